"""What all tables share: the base class, column types, names of constraints."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Integer, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column


class Instant(TypeDecorator[datetime]):
    """An aware datetime; kept in UTC, given back in UTC.

    SQLite knows no zones: there the UTC wall time is stored, so that comparing and sorting stay right.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: they would mean another moment on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a datetime without zone cannot be stored: {value.isoformat()}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words_of(states: type[StrEnum], name: str) -> Enum:
    """A column of one of the enum's words: text with a CHECK, readable by any tool."""
    return Enum(
        states,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


Json = JSON().with_variant(JSONB(), "postgresql")
_Serial = BigInteger().with_variant(Integer(), "sqlite")

Id = Annotated[int, mapped_column(_Serial, primary_key=True)]
Key = Annotated[str, mapped_column(String(64))]  #: an identifier made outside: a channel's id, a node's name
Phone = Annotated[str, mapped_column(String(20))]  #: E.164
Zone = Annotated[str, mapped_column(String(64))]  #: IANA name


class Base(DeclarativeBase):
    """All tables; relations are joined explicitly, nothing is loaded behind the reader's back."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy's own way)
        datetime: Instant(),
        int: _Serial,
        dict[str, Any]: Json,
    }
