"""Days whose teams are drawn, or wait for their seed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.add_column("schedules", sa.Column("fixed_until", sa.Text(), nullable=True))


def downgrade() -> None:
    """Change them back."""
    op.drop_column("schedules", "fixed_until")
