"""What took the time of a reply: three parts of reply_latency_ms

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_PARTS = ("end_point_ms", "meaning_ms", "speaking_ms")


def upgrade() -> None:
    with op.batch_alter_table("turns") as turns:
        for part in _PARTS:
            turns.add_column(sa.Column(part, sa.Float(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("turns") as turns:
        for part in _PARTS:
            turns.drop_column(part)
