import orjson
import pytest

from search.small_catalogue import products
from wares.bench.harness import BenchOptions, run
from wares.catalog.native import document

QUERIES = [("q1", "red boots", "en", {"p7": 1, "p6": 0}), ("q2", "红色靴子", "zh", {"p6": 1, "p7": 0})]


@pytest.fixture
def shop(tmp_path):
    """The small catalogue as a feed, with two queries: boots are p6 (red) to p11, so one is judged wrongly."""
    lines = [orjson.dumps(document(product)) for product in products() if product.id.startswith("p")]
    (tmp_path / "products.jsonl").write_bytes(b"\n".join(lines))
    rows = [{"query_id": id, "text": text, "language": language} for id, text, language, _ in QUERIES]
    (tmp_path / "queries.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    judged = [f"{id} 0 {product} {grade}\n" for id, *_, grades in QUERIES for product, grade in grades.items()]
    (tmp_path / "qrels.txt").write_text("".join(judged))
    return tmp_path


def test_titles_and_judged_queries_are_measured(shop):
    figures = run("intents", BenchOptions(shop)).figures
    assert figures["titles_read"] > 0.9
    assert figures["titles_precision"] > 0.9
    assert figures["queries_read"] == 1
    # both queries say a colour and a category; of q1 the best graded are black boots, of q2 the irrelevant ones
    assert figures["relevant_hold"] == pytest.approx((0.5 + 1) / 2)
    assert figures["irrelevant_hold"] == pytest.approx((1 + 0.5) / 2)
