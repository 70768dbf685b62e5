"""Where the clinic receives, and what for: sites and services."""

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from voicebot.store.tables.base import Base, Id, Zone


class Site(Base):
    """A building of the clinic."""

    __tablename__ = "sites"

    id: Mapped[Id]
    external_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str] = mapped_column(default="")  #: as it is said
    zone: Mapped[Zone]


class Service(Base):
    """What a patient comes for, and what it needs of them."""

    __tablename__ = "services"

    id: Mapped[Id]
    external_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    specialty: Mapped[str] = mapped_column(index=True)  #: who does it: a key such as `cardiologist`
    preparation: Mapped[str] = mapped_column(default="")  #: what to bring, how to prepare
    minutes: Mapped[int | None] = mapped_column(Integer)  #: how long it takes; None: as long as the schedule's slots
