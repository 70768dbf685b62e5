"""A line that plays a written conversation: what the robot says is kept, what the other side says is given."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from voicebot.dialog.ports import Handover, Listening, Prompt, Reply
from voicebot.dialog.terminal import HANG_UP, typed
from voicebot.errors import HungUp


@dataclass(kw_only=True)
class ScriptedLine:
    """Implements `Line`. Answers are as somebody would type them; when they are used up the other side hangs up."""

    answers: Sequence[str]
    call_id: str
    operator_free: bool = True
    said: list[str] = field(default_factory=list)
    listened: list[Listening] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)

    async def say(self, prompt: Prompt) -> float | None:
        self.said.append(prompt.text)
        return None

    async def ask(self, prompt: Prompt, listening: Listening) -> Reply:
        self.said.append(prompt.text)
        self.listened.append(listening)
        place = len(self.listened) - 1
        if place >= len(self.answers) or self.answers[place] == HANG_UP:
            raise HungUp("the other side hung up")
        return typed(self.answers[place])

    async def transfer(self, handover: Handover) -> bool:
        self.handovers.append(handover)
        return self.operator_free

    async def hang_up(self) -> None:
        """Nothing is held open."""
