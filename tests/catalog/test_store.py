"""The store keeps what it was given, numbers changes, and refuses a newer schema."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from wares.catalog import database
from wares.catalog.lock import WriterLock
from wares.catalog.store import CatalogStore
from wares.catalog.tables import METADATA, STAGED
from wares.errors import CatalogError, NewerState, StoreError, StoreLocked
from wares.types import (
    Barcode,
    Category,
    Link,
    Media,
    Money,
    Product,
    Quantity,
    Rating,
    Review,
    Translation,
    Variant,
)

FULL = Product(
    id="hoodie",
    title="Chaz Hoodie",
    description="Warm.\nSoft.",
    language="en",
    brand="Luma",
    categories=(Category("Men > Tops"), Category("1604", "google")),
    media=(Media("a.jpg", alt="front", options={"color": "Red"}, sha256="ab"), Media("b.mp4", "video")),
    rating=Rating(4.5, 12),
    tags=("new",),
    attributes={
        "weight": Quantity(350.0, "g"),
        "climate": ("Cool", "Windy"),
        "eco": True,
        "year": 2011.0,
        "cut": "slim",
    },
    translations={"zh": Translation("连帽衫", "暖和。", ("男装 > 上衣",), {"cut": "修身"})},
    metadata={"erp": "77"},
    created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    links=(Link("goes_with", "bag"), Link("related", "jacket")),
    variants=(
        Variant("h-s", "S", Money(5200, "USD"), Money(6000, "USD"), stock=0, availability="out_of_stock"),
        Variant("h-m", options={"color": "Red", "size": "M"}, barcodes=(Barcode("gtin", "0012345678905"),)),
    ),
    reviews=(Review("r1", "Great", "Ok", 5.0, "en", "Ann", datetime(2025, 5, 5, tzinfo=UTC)), Review("r2", "Bad")),
)


def plain(id: str, title: str = "A thing") -> Product:
    return Product(id, title, (Variant(f"{id}-1"),))


@pytest.fixture
def store(tmp_path):
    store = CatalogStore(f"sqlite:///{tmp_path}/catalogue.sqlite")
    yield store
    store.close()


def test_a_product_comes_back_as_it_was(store):
    store.apply([FULL])
    assert store.get("hoodie") == FULL
    assert list(store.products()) == [FULL]
    assert store.get("nothing") is None


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    title=words.filter(bool),
    attributes=st.dictionaries(
        words.filter(bool),
        st.one_of(
            words.filter(bool),
            st.booleans(),
            st.floats(allow_nan=False, allow_infinity=False),
            st.builds(Quantity, st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["g", "cm"])),
            st.lists(words.filter(bool), min_size=1, max_size=3).map(tuple),
        ),
        max_size=4,
    ),
    prices=st.lists(
        st.one_of(st.none(), st.builds(Money, st.integers(0, 10**12), st.just("JPY"))), min_size=1, max_size=3
    ),
)
def test_any_product_comes_back_as_it_was(store, title, attributes, prices):
    variants = tuple(Variant(f"v{number}", price=price) for number, price in enumerate(prices))
    product = Product("p", title, variants, attributes=attributes)
    store.apply([product])
    assert store.get("p") == product


def test_each_change_takes_a_number_and_no_change_takes_none(store):
    assert store.seq == 0
    assert store.apply([plain("a"), plain("b")]) == 2
    assert store.apply([plain("a"), plain("b")]) == 2
    assert store.apply([plain("a", "Another"), plain("b")]) == 3
    assert [(change.seq, change.id) for change in store.changes(0)] == [(2, "b"), (3, "a")]
    assert [change.id for change in store.changes(2)] == ["a"]
    assert list(store.changes(3)) == []


def test_a_deleted_product_is_a_change_without_a_product(store):
    store.apply([plain("a"), plain("b")])
    assert store.apply([], ["a", "never there"]) == 3
    assert store.get("a") is None
    assert store.count() == 1
    assert [(change.id, change.product) for change in store.changes(2)] == [("a", None)]
    assert store.apply([plain("a")]) == 4
    assert store.count() == 2


def test_numbers_never_go_back_when_the_last_change_is_replaced(store):
    store.apply([plain("a"), plain("b")])
    for turn in range(5):
        assert store.apply([plain("b", f"turn {turn}")]) == 3 + turn


def test_many_keeps_the_order_asked_for(store):
    store.apply(plain(f"p{number}") for number in range(1203))
    ids = [f"p{number}" for number in reversed(range(1203))]
    assert [product.id for product in store.many(ids)] == ids
    assert len(list(store.products())) == 1203
    assert [change.seq for change in store.changes(0)] == list(range(1, 1204))


def test_a_variant_is_found_by_its_sku(store):
    store.apply([FULL, plain("a")])
    assert store.find_sku("h-m") == ["hoodie"]


def test_what_cannot_be_kept_is_refused_before_anything_is_written(store):
    with pytest.raises(CatalogError):
        store.apply([plain("a"), Product("b", "", (Variant("b"),))])
    assert store.seq == 0


def test_another_process_sees_a_write_at_once(store, tmp_path):
    other = CatalogStore(f"sqlite:///{tmp_path}/catalogue.sqlite")
    store.apply([plain("a")])
    assert other.get("a") == plain("a")
    assert other.seq == 1


def test_a_store_of_a_newer_wares_is_refused_and_left_alone(store, tmp_path):
    store.apply([plain("a")])
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerState, match="update wares"):
        CatalogStore(f"sqlite:///{tmp_path}/catalogue.sqlite")
    assert store.get("a") == plain("a")


def test_migrations_and_tables_agree(store):
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_the_store_is_durable(store):
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_tables_compile_for_postgresql():
    for table in (*METADATA.sorted_tables, *STAGED.sorted_tables):
        assert str(CreateTable(table).compile(dialect=postgresql.dialect())).strip().startswith("CREATE")


def test_an_address_that_is_none_is_told(tmp_path):
    with pytest.raises(StoreError, match="sqlite:///"):
        CatalogStore("nonsense")
    (tmp_path / "no.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError):
        CatalogStore(f"sqlite:///{tmp_path}/no.sqlite")


def test_a_password_is_not_shown():
    with pytest.raises(StoreError) as caught:
        CatalogStore("nosuch://user:canary-secret@host/db")
    assert "canary-secret" not in str(caught.value)


def test_a_second_writer_is_refused_until_the_first_lets_go(tmp_path):
    with WriterLock(tmp_path), pytest.raises(StoreLocked, match="process"):
        WriterLock(tmp_path)
    WriterLock(tmp_path).release()


def test_the_lock_of_a_dead_process_is_free(tmp_path):
    opened = f"lock = WriterLock(Path({str(tmp_path)!r}))"
    code = f"import os; from pathlib import Path; from wares.catalog.lock import WriterLock; {opened}; os._exit(9)"
    subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": "src"})
    WriterLock(tmp_path).release()


def test_the_newest_schema_is_known_by_its_name():
    """A store that is at it is opened without loading what migrates."""
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(database._alembic_config()).get_heads() == [database.HEAD]


def test_seq_is_read_anew_after_each_commit_of_anybody(tmp_path):
    url = f"sqlite:///{tmp_path / 'catalogue.sqlite'}"
    one, other = CatalogStore(url), CatalogStore(url)
    for n in range(1, 6):
        writer = (one, other)[n % 2]
        written = writer.apply([Product(id=f"p{n}", title="lamp", variants=(Variant(f"v{n}"),))])
        assert (one.seq, other.seq) == (written, written)
        assert one.seq == written
    one.close()
    other.close()


def test_seq_is_not_read_where_nobody_wrote(tmp_path, monkeypatch):
    store = CatalogStore(f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    seq = store.seq
    monkeypatch.setattr(store, "_reading", lambda: pytest.fail("nothing was written"))
    assert store.seq == seq
    store.close()
