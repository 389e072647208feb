import csv
import gzip
import json
import re

import numpy as np

from wares.bench import suggest
from wares.bench.harness import BenchOptions, run
from wares.bench.suggest import Asked, bisected, built, keystrokes, measure, popular, scanned, typed_of
from wares.protocols import Token
from wares.types import Suggestion

TITLES = ["Red shoes", "Blue shoes", "Red boots", "Shoe laces"]


class Words:
    def tokens(self, text, language=""):
        return [Token(match.start(), match.end(), (match[0],)) for match in re.finditer(r"[a-z]+|..", text)]


def texts(found):
    return [each.text for each in found]


def test_peers_offer_what_they_say():
    assert texts(bisected(TITLES)("re")) == ["Red boots", "Red shoes"]
    assert texts(bisected(TITLES)("boo")) == []
    assert texts(scanned(TITLES)("SHO")) == ["Red shoes", "Blue shoes", "Shoe laces"]
    assert texts(popular({"red shoes": 1, "Red boots": 5, "blue": 9})("red")) == ["Red boots", "red shoes"]


def test_only_what_goes_on_is_typed():
    assert typed_of("shoes", (3, 4, 5)) == {"3": "sho", "4": "shoe"}


def test_a_query_is_offered_as_itself_or_by_what_has_its_words():
    offers = {"re": [Suggestion("query", "Red Shoe")], "red": [Suggestion("product", "Blue shoes, not red")], "b": []}
    asked = [Asked("red shoes", {"2": "re", "3": "red", "1": "b"})]
    assert {key: value.tolist() for key, value in measure({"x": offers.get}, asked, "z_")["x"].items()} == {
        "z_same_2": [1], "z_leads_2": [1], "z_same_3": [0], "z_leads_3": [1], "z_same_1": [0], "z_leads_1": [0],
    }  # fmt: skip


def test_queries_need_a_product_that_has_all_their_words():
    found = suggest._answerable(["red shoe", "Red Shoes", "blue boots", "red", "laces shoe"], TITLES, 4)
    assert found == ["laces shoe", "Red Shoes"]


def test_keystrokes_are_timed_in_turn():
    asked = []
    systems = {name: lambda typed, name=name: asked.append(name + typed) or [] for name in "ab"}
    taken = keystrokes(systems, ["x", "y"])
    assert asked == ["ax", "bx", "ay", "by"] * 3
    assert all(np.isfinite(taken[name]).all() and len(taken[name]) == 2 for name in "ab")


def test_a_log_is_used():
    products = [suggest._product(str(number), title) for number, title in enumerate(TITLES)]
    assert "boots red" in texts(built(products, Words(), {"boots red": 5.0}).suggest("boo"))
    assert "boots red" not in texts(built(products, Words()).suggest("boo"))


def write_csv(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt") if path.suffix == ".gz" else path.open("w") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_the_whole_bench_on_a_small_shelf(tmp_path, monkeypatch):
    monkeypatch.setattr(suggest, "create", lambda kind, name: Words())
    monkeypatch.setattr(suggest, "LARGE", 40)
    monkeypatch.setattr(suggest, "TIMED", 10)
    monkeypatch.setattr(suggest, "SCANNED", 5)
    best = tmp_path / "bestbuy-catalog"
    best.mkdir()
    rows = [
        {"product_id": str(n), "title": title, "brand": "Acme", "categories": ["Shoes"], "popularity": n}
        for n, title in enumerate(TITLES)
    ]
    with gzip.open(best / "products.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    write_csv(best / "query_suggestions.csv", [{"query": "red boots", "popularity": 9}])
    clicks = [{"query": "acme shoes"}, {"query": "Red shoes"}, {"query": "television"}]
    write_csv(tmp_path / "bestbuy-query-clicks" / "open" / "clicks.csv", clicks)
    (tmp_path / "zh-product-titles" / "open").mkdir(parents=True)
    titles = tmp_path / "zh-product-titles" / "open" / "titles.jsonl"
    titles.write_text(json.dumps({"title": "红色连衣裙夏季"}) + "\n" + json.dumps({"title": "夏季红色连衣裙"}))
    write_csv(tmp_path / "zh-ecom-queries" / "open" / "queries.csv", [{"query": "红色连衣裙"}])
    shelf = {"title": "Nike Red Cap", "master_category": "A", "sub_category": "B", "article_type": "Cap"}
    shelf |= {"base_colour": "Red"}
    fashion = tmp_path / "fashion-products"
    write_csv(fashion / "open" / "products.csv", [{"product_id": "1"} | shelf])
    write_csv(fashion / "text-only" / "products_no_image.csv.gz", [{"product_id": "2"} | shelf])

    result = run("suggest", BenchOptions(tmp_path))
    assert {key: result.figures[key] for key in ("queries", "log_queries", "zh_queries")} == {
        "queries": 3, "log_queries": 2, "zh_queries": 1,
    }  # fmt: skip
    assert result.figures["same_3"] == 1 / 3  # "acme shoes": a brand before its category
    assert result.figures["leads_3"] == 1
    assert result.peers["bisect"]["leads_3"] == 2 / 3
    assert result.figures["pinyin_leads_3"] == result.figures["zh_leads_1"] == 1
    assert result.figures["large_p99_ms"] > 0
    assert set(result.peers) == {"bisect", "scan", "popular"}
