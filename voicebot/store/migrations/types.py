"""Column types of the migrations; frozen: a migration must mean the same for ever."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def one_of(*words: str, name: str) -> sa.Enum:
    """Text with a CHECK."""
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
