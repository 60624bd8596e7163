"""What of a sealed campaign waits for its opening."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "private_files",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_private_files_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign", "path", name=op.f("pk_private_files")),
    )


def downgrade() -> None:
    """Change them back."""
    op.drop_table("private_files")
