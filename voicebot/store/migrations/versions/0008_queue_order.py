"""The index of the queue knows whole order: contacts due at the same time are called in the order of their list

Revision: 0008, after 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NAME = "ix_contacts_queue"
_BEFORE = "ix_contacts_campaign_id_state_zone_priority_due_at"
_COLUMNS = ["campaign_id", "state", "zone", "priority", "due_at"]


def upgrade() -> None:
    op.drop_index(op.f(_BEFORE), "contacts")
    op.create_index(_NAME, "contacts", [*_COLUMNS, "id"])


def downgrade() -> None:
    op.drop_index(_NAME, "contacts")
    op.create_index(op.f(_BEFORE), "contacts", _COLUMNS)
