"""A campaign's calling policy, and its decisions: pure functions of (policy, history, now)."""

from voicebot.outbound.policy.decision import Decision, Priority, Why, deadline, decide
from voicebot.outbound.policy.grounds import Ground, Rule
from voicebot.outbound.policy.machines import may_leave_message
from voicebot.outbound.policy.model import MachineRule, Policy, Purpose, kept, read
from voicebot.outbound.policy.moments import closes, earliest, opens
from voicebot.outbound.policy.parts import Part, part_of
from voicebot.outbound.policy.past import (
    MISSED,
    History,
    NumberHistory,
    Try,
    counts_against_caps,
    pause_after,
    rest_after,
)

__all__ = [
    "MISSED",
    "Decision",
    "Ground",
    "History",
    "MachineRule",
    "NumberHistory",
    "Part",
    "Policy",
    "Priority",
    "Purpose",
    "Rule",
    "Try",
    "Why",
    "closes",
    "counts_against_caps",
    "deadline",
    "decide",
    "earliest",
    "kept",
    "may_leave_message",
    "opens",
    "part_of",
    "pause_after",
    "read",
    "rest_after",
]
