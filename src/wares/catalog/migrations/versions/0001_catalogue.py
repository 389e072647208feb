"""Products, variants, reviews, brands, events and dead letters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "products",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False, unique=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("media_fingerprint", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary),
    )
    for name in ("variants", "reviews"):
        op.create_table(
            name,
            sa.Column("product_id", sa.Text, sa.ForeignKey("products.id", ondelete="CASCADE"), primary_key=True),
            sa.Column("position", sa.Integer, primary_key=True),
            sa.Column("id", sa.Text, nullable=False),
            sa.Column("body", sa.LargeBinary, nullable=False),
        )
    op.create_index("ix_variants_id", "variants", ["id"])
    op.create_table(
        "brands",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("spelling", sa.Text, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("seq", number, primary_key=True, autoincrement=True),
        sa.Column("event_id", sa.Text, nullable=False, unique=True),
        sa.Column("action_name", sa.Text, nullable=False),
        sa.Column("timestamp", sa.BigInteger, nullable=False),
        sa.Column("object_id", sa.Text, nullable=False),
        sa.Column("query_id", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer),
        sa.Column("propensity", sa.Float),
        sa.Column("event_attributes", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_events_timestamp", "events", ["timestamp"])
    op.create_table(
        "dead_letters",
        sa.Column("seq", number, primary_key=True, autoincrement=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
