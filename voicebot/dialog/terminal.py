"""A line on which somebody types: what the robot says is printed, what is typed counts as said."""

from collections.abc import Awaitable, Callable

from voicebot.dialog.ports import Handover, Listening, Prompt, Reply, ReplyKind
from voicebot.errors import HungUp

SILENCE = "<silence>"
HANG_UP = "<hang up>"
UNKNOWN = "<unknown>"  #: something was said, no word of it is in the grammar


def typed(words: str) -> Reply:
    """`<silence>` or nothing, `<unknown>`, digits (keys) or words."""
    text = " ".join(words.split())
    if text in ("", SILENCE):
        return Reply(kind=ReplyKind.SILENCE)
    if text.strip("0123456789*#") == "":
        return Reply(kind=ReplyKind.KEYS, keys=text)
    return Reply(kind=ReplyKind.SPEECH, text="" if text == UNKNOWN else text.lower(), confidence=1.0)


class TerminalLine:
    """Implements `Line`."""

    def __init__(
        self,
        read: Callable[[], Awaitable[str | None]],
        tell: Callable[[str], None],
        *,
        call_id: str,
        before_speaking: Callable[[], Awaitable[None]],
        operator_free: bool = True,
    ) -> None:
        """
        Args:
            read: gives the next typed line; None: the other side is gone.
            before_speaking: awaited when the robot is about to act on the last answer.
        """
        self._read = read
        self._tell = tell
        self._call_id = call_id
        self._before_speaking = before_speaking
        self._operator_free = operator_free

    @property
    def call_id(self) -> str:
        return self._call_id

    async def say(self, prompt: Prompt) -> float | None:
        await self._before_speaking()
        self._tell(f"Робот: {prompt.text}")
        return None

    async def ask(self, prompt: Prompt, listening: Listening) -> Reply:
        """An empty prompt waits for the callee's “алло”: nobody need type that."""
        if not prompt.fragments:
            return Reply(kind=ReplyKind.SILENCE)
        await self.say(prompt)
        words = await self._read()
        if words is None or words.strip() == HANG_UP:
            raise HungUp("the other side hung up")
        return typed(words)

    async def transfer(self, handover: Handover) -> bool:
        await self._before_speaking()
        known = "".join(f", {name}: {value}" for name, value in handover.facts.items())
        answer = "оператор взял трубку" if self._operator_free else "никто не ответил"
        self._tell(f"[перевод на оператора, причина: {handover.reason}{known}; {answer}]")
        return self._operator_free

    async def hang_up(self) -> None:
        """Nothing is held open."""
