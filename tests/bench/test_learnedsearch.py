import numpy as np
import pytest

from wares.bench import demo, learnedsearch
from wares.bench.harness import BenchOptions, documented, run
from wares.bench.learnedsearch import Photographed, asked_of_fashion
from wares.catalog.feeds import FeedRow, Rows
from wares.types import Hits, Media, Product


class Counter:
    """A shop that lists all products by their numbers, whatever is asked."""

    def __init__(self, n):
        self.asked = []
        self._ids = tuple(str(number) for number in range(n))

    def search(self, query):
        self.asked.append(query.text)
        n = len(self._ids)
        return Hits(self._ids, self._ids, -np.arange(n, dtype=float), np.zeros((n, 0)), (), np.zeros(n), n)


def _row(number, title, kind):
    return {"product_id": str(number), "title": title, "gender": "Men", "base_colour": "Red", "article_type": kind}


def test_only_what_was_never_learned_from_stands_in_the_answers():
    """Of 12 products 10 and 11 are held out: the first ten were learned from and are in nobody's way."""
    held = [_row(10, "One", "Caps"), _row(11, "Two", "Ties")]
    shop = Counter(12)
    values = asked_of_fashion(shop, held, 0)
    assert values["fashion_asked"] == pytest.approx({"Men Red Caps": 1, "Men Red Ties": 1 / np.log2(3)})
    assert set(values["fashion_zh"]) == {"红色男鸭舌帽", "红色男领带"}
    assert values["fashion_title"] == {"one": 0, "two": 0}  # among all products they are not of the first ten
    assert len(shop.asked) == 6


def test_products_without_a_photo_are_left_out(tmp_path):
    shown = Product("a", "A", (), media=(Media("a.png", "image"),))
    rows = (FeedRow(1, shown), FeedRow(2, Product("b", "B", ())), FeedRow(3, None))
    feed = Photographed(Rows(rows, "all", "USD", "en"), tmp_path)
    assert [row.number for row in feed] == [1]


@pytest.mark.torch
@pytest.mark.slow
def test_a_small_demo_shop_is_learned_from_and_searched(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setattr(demo, "PRODUCTS", 60)
    monkeypatch.setattr(learnedsearch, "QUICK", (3, 3))
    options = BenchOptions(tmp_path, cache=tmp_path / "cache", only=("demo",), quick=True)
    result = run("learnedsearch", options)
    expected = {name for name in documented(learnedsearch.learnedsearch) if name.startswith("demo")}
    assert set(result.figures) == expected
    assert set(result.peers["day 0"]) == {"demo", "demo_en", "demo_zh"}
    assert result.figures["demo_gain"] == pytest.approx(result.figures["demo"] - result.peers["day 0"]["demo"])
    assert any("verdict" in note for note in result.notes)
