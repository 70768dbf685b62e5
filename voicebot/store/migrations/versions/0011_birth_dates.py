"""Nobody is looked for by a birth date alone in a talk: its index cost every large list a tenth of its time

Revision: 0011, after 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_patients_birth_date"), "patients")


def downgrade() -> None:
    op.create_index(op.f("ix_patients_birth_date"), "patients", ["birth_date"])
