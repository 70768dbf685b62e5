"""Messages on answering machines."""

from voicebot.outbound.policy.model import MachineRule, Policy


def may_leave_message(policy: Policy, messages: int) -> bool:
    """Whether a message is left on the machine that answers; `messages`: how many the contact got already."""
    return policy.machine is MachineRule.LEAVE_MESSAGE and messages < policy.max_messages
