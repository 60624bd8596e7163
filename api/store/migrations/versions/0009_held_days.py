"""Days that wait while their teams' odds are computed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = ("held_until", "held_by", "held_at")


def upgrade() -> None:
    """Change the tables."""
    for name in COLUMNS:
        op.add_column("schedules", sa.Column(name, sa.Text(), nullable=True))


def downgrade() -> None:
    """Change them back."""
    for name in reversed(COLUMNS):
        op.drop_column("schedules", name)
