"""Campaigns, their contacts, and the attempts to reach them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.outcomes import Outcome, Result
from voicebot.store.tables.base import Base, Id, Key, Zone, words_of


class CampaignState(StrEnum):
    """draft → running ⇄ paused → stopped | finished."""

    DRAFT = "draft"  #: lists are loaded, nobody is called
    RUNNING = "running"
    PAUSED = "paused"  #: calls under way go on, no new ones
    STOPPED = "stopped"  #: ended by a person; contacts left are not called
    FINISHED = "finished"  #: every contact has ended


class ContactState(StrEnum):
    """waiting ⇄ calling → done | given_up | expired | withdrawn."""

    WAITING = "waiting"  #: is called at `due_at`
    CALLING = "calling"  #: in an open attempt
    DONE = "done"  #: the talk achieved its result
    GIVEN_UP = "given_up"  #: the policy allows no further attempt
    EXPIRED = "expired"  #: too late to call
    WITHDRAWN = "withdrawn"  #: the campaign was stopped


class Campaign(Base):
    """A scenario, a list and a calling policy."""

    __tablename__ = "campaigns"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(128), unique=True)
    scenario: Mapped[str] = mapped_column(String(128))
    state: Mapped[CampaignState] = mapped_column(words_of(CampaignState, "state"), index=True)
    policy: Mapped[dict[str, Any]]  #: `outbound.policy.Policy` as JSON, fixed when the campaign is made
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    source: Mapped[dict[str, Any] | None]  #: what fills it beside lists
    filled_at: Mapped[datetime | None]  #: when its source was asked last
    archived_at: Mapped[datetime | None]
    last_call_at: Mapped[datetime | None]  #: over all robots, for calls per second


class Contact(Base):
    """One row of a campaign's list.

    `zone`, `due_at`, `priority` and `expires_at` are the policy's decision, written down so that a claim is an index
    range: those whose zone's window is shut are never looked at.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "patient_id", "subject"),
        Index("ix_contacts_queue", "campaign_id", "state", "zone", "priority", "due_at", "id"),
        Index(None, "campaign_id", "state", "expires_at"),
        Index(None, "number_id", "state"),
        Index(
            "ix_contacts_appointment_id",
            "appointment_id",
            sqlite_where=text("appointment_id IS NOT NULL"),
            postgresql_where=text("appointment_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"))
    number_id: Mapped[int] = mapped_column(ForeignKey("numbers.id"))  #: the number to call next
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointments.id"))
    subject: Mapped[str]  #: what the call is about; part of the key that makes loading a file twice harmless
    data: Mapped[dict[str, Any]]  #: further columns of the list, for the scenario's phrases
    digest: Mapped[Key | None]  #: of the row's data: a changed row is told by it
    state: Mapped[ContactState] = mapped_column(words_of(ContactState, "state"))
    zone: Mapped[Zone | None]  #: of the number to call next; None: not looked up yet, or unknown
    priority: Mapped[int]  #: smaller is sooner, see `outbound.policy.Priority`
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]  #: no call after it
    tries: Mapped[int] = mapped_column(default=0)  #: attempts that count against the policy's cap
    unfinished: Mapped[int] = mapped_column(default=0)  #: answered talks that ended without a result
    messages: Mapped[int] = mapped_column(default=0)  #: left on a machine
    last_outcome: Mapped[Outcome | None] = mapped_column(words_of(Outcome, "last_outcome"))
    last_ended_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(64))  #: why it is due then, or why it ended


class ContactNumber(Base):
    """One of a contact's numbers, in the order in which they are tried."""

    __tablename__ = "contact_numbers"
    __table_args__ = (Index(None, "number_id"),)

    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  #: from 0
    number_id: Mapped[int] = mapped_column(ForeignKey("numbers.id"))
    dead: Mapped[bool] = mapped_column(default=False)  #: there is no such number


class Attempt(Base):
    """One dialling of a number; its id is the channel's id. Open until it has an outcome."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index(
            "uq_attempts_number_id_open",
            "number_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "number_id", "created_at"),
        Index(
            "ix_attempts_open",
            "node",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Key] = mapped_column(primary_key=True)
    number_id: Mapped[int] = mapped_column(ForeignKey("numbers.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), index=True)
    node: Mapped[Key]
    trunk: Mapped[Key]
    created_at: Mapped[datetime]  #: committed before the number is dialled
    lease_until: Mapped[datetime]  #: before it, no other node may end this attempt
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(words_of(Outcome, "outcome"))
    cause: Mapped[int | None]  #: ISDN cause (Q.850)
    tech_cause: Mapped[int | None]  #: SIP status


class AttemptContact(Base):
    """What an attempt achieved for one of its contacts."""

    __tablename__ = "attempt_contacts"
    __table_args__ = (Index(None, "contact_id"),)

    attempt_id: Mapped[Key] = mapped_column(ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True)
    result: Mapped[Result | None] = mapped_column(words_of(Result, "result"))
    detail: Mapped[dict[str, Any]]
    callback_at: Mapped[datetime | None]  #: the time the patient named
    recorded_at: Mapped[datetime | None]
