"""The tables of the store, and those of a connection's own that a run is staged in."""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

METADATA = MetaData()

# ``body`` is the canonical JSON without variants and reviews; None is a product that was deleted.
products = Table(
    "products",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("fingerprint", Text, nullable=False),
    Column("media_fingerprint", Text, nullable=False),
    Column("body", LargeBinary),
)


def _parts(name: str) -> Table:
    owner = ForeignKey("products.id", ondelete="CASCADE")
    return Table(
        name,
        METADATA,
        Column("product_id", Text, owner, primary_key=True),
        Column("position", Integer, primary_key=True),
        Column("id", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
    )


variants = _parts("variants")
reviews = _parts("reviews")
Index("ix_variants_id", variants.c.id)

brands = Table("brands", METADATA, Column("key", Text, primary_key=True), Column("spelling", Text, nullable=False))

events = Table(
    "events",
    METADATA,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("action_name", Text, nullable=False),
    Column("timestamp", BigInteger, nullable=False),  # microseconds since 1970, UTC
    Column("object_id", Text, nullable=False),
    Column("query_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("position", Integer),
    Column("propensity", Float),
    Column("event_attributes", LargeBinary, nullable=False),
)
Index("ix_events_timestamp", events.c.timestamp)

dead_letters = Table(
    "dead_letters",
    METADATA,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
)

# Who was erased, as hashes with the key that ``salts`` holds.
erased = Table(
    "erased",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    Column("erased_at", BigInteger, nullable=False),  # seconds since 1970
)
salts = Table("salts", METADATA, Column("name", Text, primary_key=True), Column("value", LargeBinary, nullable=False))

# Temporary tables vanish with their connection, so a run that dies leaves nothing behind.
STAGED = MetaData()

staged = Table(
    "staged",
    STAGED,
    Column("id", Text, primary_key=True),
    Column("row", BigInteger, nullable=False, index=True),
    Column("changed", Integer, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("media_fingerprint", Text, nullable=False),
    Column("body", LargeBinary),
    prefixes=["TEMPORARY"],
)


def _staged_parts(name: str) -> Table:
    return Table(
        name,
        STAGED,
        Column("product_id", Text, primary_key=True),
        Column("position", Integer, primary_key=True),
        Column("id", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        prefixes=["TEMPORARY"],
    )


staged_variants = _staged_parts("staged_variants")
staged_reviews = _staged_parts("staged_reviews")
staged_brands = Table(
    "staged_brands",
    STAGED,
    Column("key", Text, primary_key=True),
    Column("spelling", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
