"""A line that plays a written conversation: what the robot says is kept, what the other side says is given."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from voicebot.dialog.ports import Handover, Listening, Prompt, Reply, ReplyKind
from voicebot.errors import HungUp

SILENCE = "<silence>"
HANG_UP = "<hang up>"
UNKNOWN = "<unknown>"  #: something was said, no word of it is in the grammar


def reply(words: str) -> Reply:
    """`<silence>`, `<unknown>`, digits (keys) or words."""
    if words == SILENCE:
        return Reply(kind=ReplyKind.SILENCE)
    if words.isdigit():
        return Reply(kind=ReplyKind.KEYS, keys=words)
    return Reply(kind=ReplyKind.SPEECH, text="" if words == UNKNOWN else words, confidence=0.9)


@dataclass
class WrittenLine:
    """Answers come from `answers` in their order; when they are used up the other side hangs up."""

    answers: Sequence[str]
    call_id: str = "call-1"
    operator_free: bool = True
    said: list[str] = field(default_factory=list)
    listened: list[Listening] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    ended: bool = False

    async def say(self, prompt: Prompt) -> float | None:
        self.said.append(prompt.text)
        return None

    async def ask(self, prompt: Prompt, listening: Listening) -> Reply:
        self.said.append(prompt.text)
        self.listened.append(listening)
        answer = self.answers[len(self.listened) - 1] if len(self.listened) <= len(self.answers) else HANG_UP
        if answer == HANG_UP:
            raise HungUp("the other side hung up")
        return reply(answer)

    async def transfer(self, handover: Handover) -> bool:
        self.handovers.append(handover)
        return self.operator_free

    async def hang_up(self) -> None:
        self.ended = True
