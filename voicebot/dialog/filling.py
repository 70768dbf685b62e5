"""A form on its way: which field is asked next, and when all is known."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from voicebot.dialog import asked
from voicebot.dialog.asked import Around, Asked
from voicebot.dialog.steps import Form
from voicebot.language.reading import DICTATED, Kind

_OPEN, _CONFIRM = "", "?"  #: questions that ask for no single field
_MOST_DENIALS = 2  # who denies the read-back more often is not understood


@dataclass(kw_only=True)
class Filling:
    """One run through a form."""

    form: Form
    answers: MutableMapping[str, Any]  #: of the dialogue; holds the fields that are known
    ahead: set[str]  #: fields that were told before the form began; what else is known of it is of an earlier run
    agreed: bool = False
    denials: int = field(default=0, init=False)
    _opened: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        for name in self.form.fields:
            if name not in self.ahead:
                self.answers.pop(name, None)

    @property
    def confirming(self) -> bool:
        return self.next() == _CONFIRM

    def next(self) -> str | None:
        """The field to ask for, the open question, the read-back, or None: all is known."""
        missing = [name for name, item in self.form.fields.items() if name not in self.answers and not item.optional]
        if not self._opened and self.form.form and not any(name in self.answers for name in self.form.fields):
            return _OPEN
        if missing:
            return missing[0]
        return _CONFIRM if self.form.confirm and not self.agreed else None

    def question(self, around: Around) -> Asked:
        """What is asked next."""
        name = self.next()
        if name == _CONFIRM:
            return Asked(ask=asked.read_back(self.form), around=around, others=self.form.fields)
        if not name:
            return Asked(ask=asked.open_question(self.form), around=around, others=self.form.fields)
        others = {other: item for other, item in asked.without(self.form, name).items() if self._may_be_told(other)}
        return Asked(ask=asked.of_field(self.form, name), around=around, item=name, others=others)

    def _may_be_told(self, name: str) -> bool:
        """Whether a field may be told with another one that was asked for.

        Not a place that is known: short answers sound like one of ten thousand (“жене”: Vienna). And not what is
        dictated: the numbers of a birth date would be a policy.
        """
        kind = self.form.fields[name].hear
        return kind not in DICTATED and not (kind is Kind.PLACE and name in self.answers)

    def narrow(self) -> bool:
        """Nothing came of the open question: the fields are asked one by one; False: it was not asked just now."""
        was_open = self.next() == _OPEN
        self._opened = True
        return was_open

    def start_again(self) -> bool:
        """The read-back was denied: all is asked anew, one after the other; False: too often."""
        self.denials += 1
        self._opened = True
        for name in self.form.fields:
            self.answers.pop(name, None)
        return self.denials < _MOST_DENIALS

    def close(self) -> None:
        """All is known; a later run asks anew."""
        self.ahead.difference_update(self.form.fields)
