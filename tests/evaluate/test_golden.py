"""Golden queries: read, made from a catalogue, compared."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.errors import JudgementError
from wares.evaluate.golden import MAX_BYTES, MOST, GoldenQuery, Placed, compare, known_items, read
from wares.registry import create
from wares.types import Category, Product, Translation, Variant

PAGE = 24
WORDS = create("analyzer", "words.v1")


def written(tmp_path, *lines):
    path = tmp_path / "golden.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def test_a_merchants_queries_are_read(tmp_path):
    path = written(
        tmp_path,
        {"query": "running shoes", "language": "en", "products": ["p1", "p2"]},
        "",
        {"query": "跑鞋", "language": "zh-CN", "products": {"p1": 3, "p7": 0}},
        {"query": "lamp", "products": ["p3"]},
    )
    assert read(path) == [
        GoldenQuery("running shoes", "en", {"p1": 1, "p2": 1}, written=True),
        GoldenQuery("跑鞋", "zh-CN", {"p1": 3, "p7": 0}, written=True),
        GoldenQuery("lamp", "", {"p3": 1}, written=True),
    ]
    assert read(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[" * 5_000,
        "[]",
        '"lamp"',
        {"query": "", "products": ["p1"]},
        {"query": "x" * 301, "products": ["p1"]},
        {"query": "lamp"},
        {"query": "lamp", "products": []},
        {"query": "lamp", "products": {}},
        {"query": "lamp", "products": "p1"},
        {"query": "lamp", "products": [1]},
        {"query": "lamp", "products": {"p1": -1}},
        {"query": "lamp", "products": {"p1": 10**30}},
        {"query": "lamp", "products": {"p1": 0.5}},
        {"query": "lamp", "products": {"p1": True}},
        {"query": "lamp", "products": [f"p{n}" for n in range(51)]},
        {"query": "lamp", "products": ["p1"], "language": "../etc"},
        {"query": "lamp", "products": ["p1"], "grade": 3},
        {"query": ["lamp"], "products": ["p1"]},
    ],
)
def test_what_is_none_is_named_with_its_line_and_what_to_write(tmp_path, line):
    path = written(tmp_path, {"query": "lamp", "products": ["p1"]}, line)
    with pytest.raises(JudgementError, match=r"golden\.jsonl line 2") as found:
        read(path)
    assert '"products": ["p1"]' in found.value.fix


def test_a_file_has_its_limits(tmp_path):
    line = {"query": "lamp", "products": ["p1"]}
    assert len(read(written(tmp_path, *[line] * MOST))) == MOST
    with pytest.raises(JudgementError, match="201 queries"):
        read(written(tmp_path, *[line] * (MOST + 1)))
    with pytest.raises(JudgementError, match="bytes"):
        read(written(tmp_path, " " * (MAX_BYTES + 1)))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "golden.jsonl"
    path.write_bytes(content)
    found = []
    with suppress(JudgementError):
        found = read(path)
    assert all(each.grades for each in found)


def products(n=30):
    return [
        Product(
            f"p{n}",
            f"bright oak desk lamp number{n}",
            (Variant(f"v{n}"),),
            language="en",
            brand=f"brand{n % 3}",
            categories=(Category("Home > Lamps"),),
            translations={"zh": Translation(f"明亮 橡木 台灯 编号{n}", categories=("家居 > 灯具",))},
        )
        for n in range(n)
    ]


def test_a_catalogue_asks_for_its_own_products_in_each_of_its_languages():
    shelf = products()
    ids = {(f"brand{n}", "Home > Lamps"): [f"p{k}" for k in range(n, 30, 3)] for n in range(3)}
    found = known_items(shelf, WORDS, lambda brand, kind: ids[brand, kind], 200, 0)
    assert found == known_items(shelf, WORDS, lambda brand, kind: ids[brand, kind], 200, 0)
    assert {each.language for each in found} == {"en", "zh"}
    kinds = {each.text: each for each in found if each.text.startswith("brand")}
    assert set(kinds) == {f"brand{n} {kind}" for n in range(3) for kind in ("Lamps", "灯具")}
    assert set(kinds["brand1 Lamps"].grades) == set(ids["brand1", "Home > Lamps"])
    titles = {product.id: (product.title, product.translations["zh"].title) for product in shelf}
    for each in found:
        if each.text not in kinds:
            (id,) = each.grades
            title = titles[id][each.language == "zh"]
            assert set(each.text.split()) < set(title.split())
        assert not each.written
    assert len(known_items(shelf, WORDS, lambda brand, kind: ids[brand, kind], 7, 0)) == 7
    assert not [
        each
        for each in known_items(shelf, WORDS, lambda brand, kind: [f"p{n}" for n in range(21)], 200, 0)
        if each.text.startswith("brand")
    ]


def asked(n, *, written=False):
    return [GoldenQuery(f"q{k}", "", {f"p{k}": 1}, written) for k in range(n)]


def stood(n, rank, without=()):
    return [Placed({f"p{k}": rank} if rank is not None else {}, without) for k in range(n)]


def verdict(before, after, n=30, *, written=False, margin=0.02):
    return compare(asked(n, written=written), before, after, margin=margin, page_size=PAGE)


def test_the_same_is_not_worse_and_better_is_not_either():
    assert verdict(stood(30, 1), stood(30, 1)).worse == ""
    found = verdict(stood(30, 4), stood(30, 0))
    assert found.worse == ""
    before, after, p = found.means["RR@10"]
    assert (before, after) == (pytest.approx(0.2), 1)
    assert p < 0.01


def test_a_lower_place_of_many_is_worse_and_the_figures_are_told():
    found = verdict(stood(30, 0), stood(30, 1))
    assert "RR@10 fell from 1.000 to 0.500" in found.worse
    assert "R@10" in found.means
    assert verdict(stood(30, 0), stood(30, 10)).worse.count("fell") == 2


def test_a_loss_within_the_margin_or_of_few_is_borne():
    after = [*stood(29, 0), Placed({"p29": 1})]
    assert verdict(stood(30, 0), after).worse == ""
    assert verdict(stood(3, 0), stood(3, 9), n=3).worse == ""  # chance explains three
    assert verdict(stood(30, 0), stood(30, 1), margin=0.6).worse == ""


def test_one_golden_product_that_left_the_first_page_is_worse():
    for gone in (None, PAGE):
        after = [*stood(29, 0), *[Placed({"p29": gone} if gone else {})]]
        found = verdict(stood(30, 0), after, written=True)
        assert found.lost == ("'q29' lost p29",)
        assert "1 golden products left the first page" in found.worse
        assert verdict(stood(30, 0), after).lost == ()
    assert verdict(stood(30, None), stood(30, None), written=True).worse == ""
    assert verdict(stood(30, PAGE - 1), stood(30, PAGE - 2), written=True).lost == ()


def test_what_is_graded_not_relevant_may_leave():
    queries = [GoldenQuery("q", "", {"p1": 1, "p2": 0}, written=True)]
    before, after = [Placed({"p1": 0, "p2": 1})], [Placed({"p1": 0})]
    assert compare(queries, before, after, margin=0.02, page_size=PAGE).worse == ""


def test_a_ranker_that_fails_is_worse_unless_it_failed_before():
    assert "the ranker failed in 30 of 30" in verdict(stood(30, 0), stood(30, 0, ("ranker",))).worse
    assert verdict(stood(30, 0, ("ranker",)), stood(30, 0, ("ranker",))).worse == ""


def test_answers_without_vectors_say_nothing():
    assert verdict(stood(30, 0, ("vectors",)), stood(30, 9)).queries == 0
    found = verdict(stood(30, 0), stood(30, 9, ("vectors",)))
    assert (found.queries, found.worse) == (0, "")
