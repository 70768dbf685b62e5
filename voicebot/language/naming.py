"""People's names: their parts, gender and cases."""

from dataclasses import dataclass

from voicebot.language.inflection import Case, Gender, parses

_FEMALE_PATRONYMIC = ("вна", "чна", "шна", "кызы")
_MALE_PATRONYMIC = ("вич", "ьич", "мич", "оглы", "кич", "нич")


@dataclass(frozen=True, kw_only=True)
class PersonName:
    """A name in its parts; those not known are empty."""

    surname: str = ""
    name: str = ""
    patronymic: str = ""

    @property
    def gender(self) -> Gender | None:
        """Where grammar shows it, else None."""
        patronymic = self.patronymic.lower()
        if patronymic.endswith(_FEMALE_PATRONYMIC):
            return Gender.FEMALE
        if patronymic.endswith(_MALE_PATRONYMIC):
            return Gender.MALE
        return _given_gender(self.name) or _surname_gender(self.surname)

    @property
    def polite(self) -> str:
        """How to address the person: name and patronymic, else what there is."""
        return " ".join(filter(None, (self.name, self.patronymic))) or self.surname

    def __str__(self) -> str:
        return " ".join(filter(None, (self.surname, self.name, self.patronymic)))


def split(full: str) -> PersonName:
    """`Иванова Мария Петровна`, `Мария Петровна Иванова` and shorter forms into parts."""
    words = full.split()
    place = next((i for i, word in enumerate(words) if is_patronymic(word)), None)
    patronymic = words.pop(place) if place is not None else ""
    if place is not None and place < len(words) and words[place].lower() in {"оглы", "кызы"}:
        patronymic += f" {words.pop(place)}"
    given = next((i for i, word in enumerate(words) if is_given(word)), None)
    if place:  # what stands before a patronymic is the given name, whatever the dictionary says
        given = place - 1
    elif given is None and len(words) > 1:
        given = 1
    name = words.pop(given) if given is not None else ""
    return PersonName(surname=" ".join(words), name=name, patronymic=patronymic)


def is_patronymic(word: str) -> bool:
    """Whether a word is a patronymic in the nominative (`Ильич` is; a surname such as `Абрамович` only by company)."""
    return any("Patr" in parse.tag and "nomn" in parse.tag for parse in parses(word.lower()))


def is_given(word: str) -> bool:
    """Whether a word is a given name in the nominative."""
    return any(
        "Name" in parse.tag and "nomn" in parse.tag and "sing" in parse.tag for parse in parses(word.lower())[:3]
    )


def _given_gender(name: str) -> Gender | None:
    genders = {
        parse.tag.gender
        for parse in parses(name.lower())
        if "Name" in parse.tag and "nomn" in parse.tag and "sing" in parse.tag
    }
    return Gender(genders.pop()) if len(genders) == 1 and genders <= set(Gender) else None


def _surname_gender(surname: str) -> Gender | None:
    lower = surname.lower()
    if lower.endswith(("ова", "ева", "ёва", "ина", "ына", "ская", "цкая", "ая")):
        return Gender.FEMALE
    return Gender.MALE if lower.endswith(("ов", "ев", "ёв", "ин", "ын", "ский", "цкий", "ой", "ый")) else None


def inflect(full: str, case: Case) -> str:
    """A full name, or part of one, in a case: `Иванова Мария Петровна` → `Ивановой Марии Петровне`."""
    person = split(full)
    gender = person.gender
    forms = {
        person.surname: _inflect_part(person.surname, "Surn", gender, case),
        person.name: _inflect_part(person.name, "Name", gender, case),
        person.patronymic: _inflect_part(person.patronymic, "Patr", gender, case),
    }
    return " ".join(forms.get(word, word) for word in full.split())


def _inflect_part(word: str, mark: str, gender: Gender | None, case: Case) -> str:
    if not word or case is Case.NOMINATIVE:
        return word
    if "-" in word:
        return "-".join(_inflect_part(part, mark, gender, case) for part in word.split("-"))
    marks = {mark, "nomn", "sing", *([gender.value] if gender else [])}
    reading = next((parse for parse in parses(word.lower()) if all(each in parse.tag for each in marks)), None)
    # A surname that the dictionary does not know in this gender stays as it is ("Мария Шевчук" is not inflected).
    form = reading.inflect({case.value, "sing"}) if reading else None
    return form.word.title() if form else word
