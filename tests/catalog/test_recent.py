import pytest

from wares.catalog.recent import RecentProducts
from wares.catalog.store import CatalogStore
from wares.types import Product, Variant


@pytest.fixture
def store(tmp_path):
    store = CatalogStore(f"sqlite:///{tmp_path}/a.sqlite")
    store.apply(thing(number) for number in range(10))
    yield store
    store.close()


def thing(number: int, title: str = "thing") -> Product:
    return Product(str(number), title, (Variant(f"{number}-v"),))


def reads(store, monkeypatch) -> list[list[str]]:
    """Every read of products from the store."""
    seen = []
    many = store.many
    monkeypatch.setattr(store, "many", lambda ids: (seen.append(list(ids)), many(ids))[1])
    return seen


def test_a_product_is_read_once(store, monkeypatch):
    recent, seen = RecentProducts(store), reads(store, monkeypatch)
    assert [product.id for product in recent.many(["3", "1", "none", "3"])] == ["3", "1", "3"]
    assert recent.many(["1", "3", "2"])[2].id == "2"
    assert seen == [["3", "1", "none", "3"], ["2"]]


def test_what_anyone_changes_is_read_anew_and_nothing_else(store, tmp_path, monkeypatch):
    recent, seen = RecentProducts(store), reads(store, monkeypatch)
    recent.many(["1", "2", "3"])
    other = CatalogStore(f"sqlite:///{tmp_path}/a.sqlite")
    other.apply([thing(1, "new")], ["2"])
    other.close()
    assert [(product.id, product.title) for product in recent.many(["1", "2", "3"])] == [("1", "new"), ("3", "thing")]
    assert seen[1:] == [["1", "2"]]


def test_it_is_bounded(store, monkeypatch):
    recent, seen = RecentProducts(store, most=3), reads(store, monkeypatch)
    recent.many([str(number) for number in range(10)])
    recent.many(["9"])
    recent.many(["0"])
    assert seen[1:] == [["0"]]
    store.apply(thing(number, "new") for number in range(10))
    assert {product.title for product in recent.many(["0", "9"])} == {"new"}


def test_what_was_read_before_a_change_is_not_kept_after_it(store, monkeypatch):
    recent = RecentProducts(store)
    recent.many(["5"])
    many = store.many

    def slow(ids):
        found = many(ids)
        monkeypatch.setattr(store, "many", many)
        store.apply([thing(1, "new")])
        recent.many(["5"])  # another thread sees the change while this one still reads
        return found

    monkeypatch.setattr(store, "many", slow)
    assert recent.many(["1"])[0].title == "thing"
    assert recent.many(["1"])[0].title == "new"


def test_without_keeping_up_the_case_fails(store, tmp_path, monkeypatch):
    monkeypatch.setattr(RecentProducts, "_keep_up", lambda self, seq: setattr(self, "_seq", seq))
    with pytest.raises(AssertionError):
        test_what_anyone_changes_is_read_anew_and_nothing_else(store, tmp_path, monkeypatch)
