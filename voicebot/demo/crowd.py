"""As many people as wanted: those of the cast who talk, again and again, with other names, voices, times."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import cycle
from random import Random

from voicebot.demo import cast
from voicebot.demo.cast import Member, Offers, Patient, Time
from voicebot.errors import CityError
from voicebot.outcomes import Outcome
from voicebot.simulator.persona import Persona, persona

_HALF_HOURS = 18  # from nine o'clock
_VISITS, _OFFERS = 0, 15  # minutes past: a doctor's free time is no one's visit
_FIRST_DAY = 2
_POLICIES = range(10**7, 10**8)  # numbers of eight digits
_OLDEST, _BIRTHS = date(1935, 1, 1), 75 * 365  # days


def crowd(scenario: str, calls: int, seed: int = 0) -> list[Member]:
    """Members with numbers, names and times of their own; no two are alike.

    Raises:
        CityError: the cast has nobody for this scenario who talks.
    """
    everybody = cast.everybody()
    models = {one.persona: one for one in everybody if one.scenario == scenario and talks(persona(one.persona))}
    if not models:
        raise CityError(f"nobody of the cast talks in {scenario!r}", mend=f"Scenarios: {', '.join(known())}.")
    names = _Names(people=[one.patient for one in everybody], random=Random(seed))
    policies = Random(seed).sample(_POLICIES, calls)
    played = zip(cycle(models.values()), policies, strict=False)
    return [_like(one, index, names, str(policy)) for index, (one, policy) in enumerate(played)]


def known() -> list[str]:
    """The scenarios that have people who talk."""
    return list(dict.fromkeys(one.scenario for one in cast.everybody() if talks(persona(one.persona))))


def talks(one: Persona) -> bool:
    """Whether the first call comes to a talk, and nobody walks out of it."""
    first = one.pickup(0)
    return one.ends.outcome is Outcome.ANSWERED and not (first.refuse or first.ignore or first.plays or one.drops)


def _like(model: Member, index: int, names: "_Names", policy: str) -> Member:
    visit, offers, insured = model.visit, model.offers, model.insurance
    return model.model_copy(
        update={
            "patient": names.somebody(model.patient),
            "number": f"+7916{1000000 + index}",
            "visit": visit and visit.model_copy(update=_at(index, _VISITS, gone=visit.in_days < 0).model_dump()),
            "offers": offers and _offers(offers, index),
            "insurance": insured and insured.model_copy(update={"number": policy}),
        }
    )


@dataclass
class _Names:
    """Full names of parts that the city's ear knows, each once."""

    people: Sequence[Patient]
    random: Random
    taken: set[str] = field(default_factory=set)

    def somebody(self, like: Patient) -> Patient:
        """Of the same sex: their words say which."""
        alike = [one for one in self.people if _is_woman(one) == _is_woman(like)]
        while True:
            parts = {part: getattr(self.random.choice(alike), part) for part in ("surname", "name", "patronymic")}
            born = like.birth_date and _OLDEST + timedelta(days=self.random.randrange(_BIRTHS))
            one = Patient(**parts, birth_date=born)
            if one.full_name not in self.taken:
                self.taken.add(one.full_name)
                return one


def _is_woman(one: Patient) -> bool:
    return one.patronymic.endswith("на")


def _offers(like: Offers, index: int) -> Offers:
    times = tuple(_at(len(like.times) * index + place, _OFFERS) for place in range(len(like.times)))
    return like.model_copy(update={"times": times})


def _at(place: int, past: int, *, gone: bool = False) -> Time:
    """Another half hour for each place, on the coming days, or on those that are gone."""
    day, half_hour = divmod(place, _HALF_HOURS)
    minutes = 9 * 60 + 30 * half_hour + past
    return Time(in_days=-1 - day if gone else _FIRST_DAY + day, at=time(*divmod(minutes, 60)))
