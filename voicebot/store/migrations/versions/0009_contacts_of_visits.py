"""Contacts are found by their visit: one that is cancelled or moved is not called about

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NAME = "ix_contacts_appointment_id"


def upgrade() -> None:
    some = sa.text("appointment_id IS NOT NULL")
    op.create_index(_NAME, "contacts", ["appointment_id"], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    op.drop_index(_NAME, "contacts")
