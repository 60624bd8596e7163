"""The live schedule in rows of its own, and what changed it, one row a reservation."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NEWEST = "(SELECT max(version) FROM plans WHERE plans.campaign = campaigns.id)"


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "schedules",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("plan", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_schedules_campaign_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign", name=op.f("pk_schedules")),
    )
    op.create_table(
        "reservations",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("check", sa.Integer(), nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaigns.id"], name=op.f("fk_reservations_campaign_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["check"], ["checks.number"], name=op.f("fk_reservations_check_checks")
        ),
        sa.ForeignKeyConstraint(
            ["visit"], ["visits.number"], name=op.f("fk_reservations_visit_visits")
        ),
        sa.PrimaryKeyConstraint("campaign", "number", name=op.f("pk_reservations")),
    )
    op.execute(
        f"INSERT INTO schedules (campaign, plan, number) SELECT id, {_NEWEST}, schedule "  # noqa: S608
        f"FROM campaigns WHERE {_NEWEST} IS NOT NULL"
    )
    # In place: a batch would drop the table, and with it what refers to it.
    op.drop_column("campaigns", "schedule")


def downgrade() -> None:
    """Change them back."""
    op.add_column(
        "campaigns", sa.Column("schedule", sa.Integer(), nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE campaigns SET schedule = coalesce("
        "(SELECT number FROM schedules WHERE schedules.campaign = campaigns.id), 0)"
    )
    op.drop_table("reservations")
    op.drop_table("schedules")
