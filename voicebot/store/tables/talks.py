"""Calls and what was said in them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.outcomes import Outcome, Result
from voicebot.store.tables.base import Base, Id, Json, Key, Phone, words_of


class Direction(StrEnum):
    """Who called whom."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Call(Base):
    """One telephone connection of the robot."""

    __tablename__ = "calls"
    __table_args__ = (Index(None, "number", "started_at"), Index(None, "started_at"))

    id: Mapped[Key] = mapped_column(primary_key=True)
    direction: Mapped[Direction] = mapped_column(words_of(Direction, "direction"))
    number: Mapped[Phone]  #: the other side's; empty when withheld
    dialled: Mapped[Phone]  #: the number that was called
    attempt_id: Mapped[Key | None] = mapped_column(ForeignKey("attempts.id", ondelete="SET NULL"), unique=True)
    scenario: Mapped[str] = mapped_column(String(128))
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(words_of(Outcome, "outcome"))
    result: Mapped[Result | None] = mapped_column(words_of(Result, "result"))  #: of a call without contacts
    detail: Mapped[dict[str, Any]]
    recording: Mapped[str | None]  #: path below the recordings folder


class Turn(Base):
    """The robot spoke, the other side answered."""

    __tablename__ = "turns"

    call_id: Mapped[Key] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    no: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]
    step: Mapped[str] = mapped_column(String(128))
    prompt: Mapped[str]
    reply_kind: Mapped[str | None] = mapped_column(String(16))  #: speech, keys, silence; None: nothing was asked
    reply_text: Mapped[str]
    reply_keys: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float | None] = mapped_column(Float)
    prompt_heard: Mapped[float | None] = mapped_column(Float)  #: share of the prompt played when the answer began
    reply_latency_ms: Mapped[float | None] = mapped_column(Float)  #: end of the answer → first frame of the reply
    end_point_ms: Mapped[float | None] = mapped_column(Float)  #: of that: until the answer's end was decided
    meaning_ms: Mapped[float | None] = mapped_column(Float)  #: then until it was understood
    speaking_ms: Mapped[float | None] = mapped_column(Float)  #: then until the first frame was sent


class Fact(Base):
    """One thing understood, stored when it was understood."""

    __tablename__ = "facts"
    __table_args__ = (Index(None, "call_id", "turn"),)

    id: Mapped[Id]
    call_id: Mapped[Key] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"))
    turn: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(64))
    value: Mapped[Any] = mapped_column(Json)
    confidence: Mapped[float] = mapped_column(Float)
    words: Mapped[str]  #: the words it came from
    clip: Mapped[str | None]  #: path of the answer's sound
    at: Mapped[datetime]


class Operation(Base):
    """One effect of a talk on the store, done once; a repetition gets the stored result."""

    __tablename__ = "operations"

    call_id: Mapped[Key] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    turn: Mapped[int] = mapped_column(Integer, primary_key=True)
    action: Mapped[int] = mapped_column(Integer, primary_key=True)  #: index of the action within the turn
    name: Mapped[str] = mapped_column(String(64))
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime]
