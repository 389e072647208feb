"""A shop's products → what is learned from."""

import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from learned_spaces import drawn_for
from wares.encode.cache import VectorCache
from wares.encode.products import CatalogueEncoder
from wares.encode.words import WordsAnalyzer
from wares.errors import TrainingError
from wares.learn.catalogue import ABSENT
from wares.learn.dataset import asked_by, gather, labels_of
from wares.protocols import Encoded
from wares.types import Category, Link, Product, Quantity, Rating, Review, Translation, Variant

COLOURS, KINDS = ("red", "blue", "green", "white"), ("lamp", "chair", "desk")
ZH = {"red": "红", "blue": "蓝", "green": "绿", "white": "白", "lamp": "灯", "chair": "椅", "desk": "桌"}


class Words:
    modality, space, dim, fingerprint = "text", "words", 8, "words:1"

    def encode(self, items):
        rows = np.array([drawn_for(item, 8) for item in items], np.float32).reshape(-1, 8)
        return Encoded(rows, np.ones(len(items), np.bool_))

    def encode_query(self, item):
        return drawn_for(item, 8)


def product(number: int, **fields) -> Product:
    colour, kind = COLOURS[number % 4], KINDS[number // 4 % 3]
    known = {
        "id": f"p{number}",
        "title": f"{colour} {kind} no{number}",
        "variants": (Variant(f"v{number}", options={"color": colour}),),
        "language": "en",
        "brand": ("Ikon", "Vasa")[number % 2],
        "categories": (Category(f"Home > {kind.title()}s"),),
        "attributes": {"material": ("oak", "steel")[number % 2]},
    }
    return Product(**known | fields)


def translated(number: int, tag: str = "zh") -> Product:
    own = product(number)
    colour, kind = own.title.split()[:2]
    other = Translation(f"{ZH[colour]}{ZH[kind]}", categories=(f"家 > {ZH[kind]}",), attributes={"material": "木"})
    return replace(own, translations={tag: other})


@pytest.fixture
def gathered(tmp_path):
    def gather_(products, clicks=(), **settings):
        encoder = CatalogueEncoder(Words(), None, None, None, VectorCache(tmp_path / "cache"), lambda sha: Path(sha))
        return gather(products, encoder, WordsAnalyzer(), clicks, **settings)

    return gather_


def asked(catalogue, kind, language=None):
    return [each for each in catalogue.asked if each.kind == kind and language in (None, each.language)]


def pairs(catalogue, kind, language=None):
    return {
        (each.texts[query], catalogue.ids[row])
        for each in asked(catalogue, kind, language)
        for row, query in zip(each.rows, each.queries, strict=True)
    }


SHOP = [product(number) for number in range(36)]


def test_titles_descriptions_and_reviews_ask_for_their_products(gathered):
    products = [
        replace(SHOP[0], description="Shines."),
        replace(SHOP[1], reviews=(Review("r", "Sits well", "Fine"),)),
        *SHOP[2:],
    ]  # fmt: skip
    found = gathered(products)
    assert pairs(found, "title") == {(each.title, each.id) for each in products}
    assert pairs(found, "description") == {("Shines.", "p0")}
    assert pairs(found, "review") == {("Fine. Sits well", "p1")}
    assert found.ids == tuple(each.id for each in products)
    assert set(found.parts) == {"text", "attributes", "reviews"}
    assert found.parts["reviews"].present.tolist() == [row == 1 for row in range(36)]


def test_one_title_of_two_products_is_one_query(gathered):
    found = gathered([*SHOP, replace(SHOP[3], id="again")])
    (titles,) = asked(found, "title")
    assert len(titles.texts) == 36
    assert {id for text, id in pairs(found, "title") if text == SHOP[3].title} == {"p3", "again"}
    assert found.groups[3] == found.groups[36]
    assert len(set(found.groups.tolist())) < 36, "titles that differ in their digits alone are look-alikes"


def test_labels_are_what_is_said_in_few_words():
    labels = labels_of(SHOP)
    assert set(labels) == {"brand", "category 1", "color", "material"}, "a first level that all share says nothing"
    for row, each in enumerate(SHOP):
        colour, kind = each.title.split()[:2]
        assert labels["color"].words["en"][labels["color"].codes[row]] == colour
        assert labels["category 1"].words["en"][labels["category 1"].codes[row]] == f"{kind.title()}s"
        assert labels["brand"].words["en"][labels["brand"].codes[row]] == each.brand
    assert labels["color"].size == 4


def test_what_is_not_said_of_a_product_is_absent():
    products = [replace(SHOP[0], brand="", variants=(Variant("a"), Variant("b"))), *SHOP[1:]]
    labels = labels_of(products)
    assert labels["brand"].codes[0] == labels["color"].codes[0] == ABSENT
    several = (Variant("a", options={"color": "red"}), Variant("b", options={"color": "blue"}))
    assert labels_of([replace(SHOP[0], variants=several), *SHOP[1:]])["color"].codes[0] == ABSENT, "it comes in both"


def test_labels_of_one_value_of_hundreds_or_of_hardly_any_product_are_none():
    numbers = {"serial": lambda row: f"s{row}", "made": lambda row: "here", "rare": lambda row: "ab"[row % 2]}
    products = [
        product(row, attributes={name: say(row) for name, say in numbers.items() if name != "rare" or row < 9})
        for row in range(500)
    ]
    assert set(labels_of(products)) & set(numbers) == set()
    assert "rare" in labels_of(products[:400])


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh-Hant-TW", "ZH"])
def test_labels_are_said_in_the_languages_of_the_translations(gathered, tag):
    products = [translated(number, tag) for number in range(36)]
    found = gathered(products)
    label = found.labels["category 1"]
    assert dict(zip(label.words["en"], label.words["zh"], strict=True)) == {
        "Chairs": "椅", "Desks": "桌", "Lamps": "灯"
    }  # fmt: skip
    assert "zh" not in found.labels["brand"].words
    assert {"椅", "桌", "灯"} & set(asked(found, "phrase", "zh")[0].texts)
    assert {text for text, _ in pairs(found, "title", "zh")} == {each.translations[tag].title for each in products}


@pytest.mark.parametrize("language", ["", "en", "en-GB", "EN-us"])
def test_phrases_are_made_in_english_however_it_is_tagged(gathered, language):
    found = gathered([replace(each, language=language) for each in SHOP])
    assert {each.language for each in found.asked} == {"en"}
    assert len(asked(found, "phrase", "en")[0].texts) > 10


def test_clicks_ask_for_what_was_clicked(gathered):
    clicks = [
        ("Red  Lamp", "p0", 0.3), ("red  lamp", "p0", 1.0), ("red  lamp", "p0", 0.6), ("red  lamp", "p4", 0.3),
        ("gone", "nobody", 1.0), ("", "p1", 1.0), ("\ud800", "p1", 1.0), ("nothing", "p1", 0.0),
    ]  # fmt: skip
    (found,) = asked(gathered(SHOP, clicks), "query")
    assert found.texts == ("red  lamp",)
    assert dict(zip(found.rows.tolist(), found.grades.tolist(), strict=True)) == pytest.approx({0: 1.0, 4: 0.3})
    assert asked_by([], {}).texts == ()


def test_ratings_are_shares_of_the_best_there_is(gathered):
    rated = {0: Rating(4.0, 3), 1: Rating(8.0, 3, 10.0), 2: Rating(6.0, 1), 3: Rating(4.0, 1, 0.0), 4: Rating(-2.0, 1)}
    found = gathered([replace(each, rating=rated.get(row)) for row, each in enumerate(SHOP)]).ratings
    np.testing.assert_allclose(found[:6], [0.8, 0.8, 1.0, np.nan, 0.0, np.nan], rtol=1e-6)
    assert gathered(SHOP).ratings is None


def test_links_are_of_products_that_are_there(gathered):
    links = (Link("bought_together", "p7"), Link("bought_together", "gone"), Link("similar", "p7"))
    found = gathered([replace(SHOP[0], links=links), *SHOP[1:]])
    assert found.links.tolist() == [[0, 7]]
    assert gathered(SHOP).links.tolist() == []


def test_terms_are_read_by_their_language(gathered):
    products = [replace(SHOP[0], language="de", title="Häuser Lampen"), *SHOP[1:]]
    analyzer = WordsAnalyzer()
    german = analyzer.terms("Häuser Lampen", "de")
    assert german != analyzer.terms("Häuser Lampen", "en")
    assert set(german) <= set(gathered(products).terms[0])


HOSTILE = {
    "lone surrogates": replace(
        SHOP[0], title="red \ud800 lamp", brand="Iko\udfff", description="\udc00", 
        categories=(Category("Home\ud800 > \udfff"),),
        attributes={"mat\ud800erial": "o\udc00ak"}, variants=(Variant("v", options={"col\ud800or": "re\ud800d"}),),
    ),
    "nothing": Product("empty", "", (Variant("v"),)),
    "blanks": replace(SHOP[0], title=" \u200b\t", brand=" ", 
        categories=(Category(" > "),), attributes={"": "", " ": "x"},
    ),
    "huge": replace(
        SHOP[0], title="lamp " * 200_000, description="x" * 2_000_000, brand="b" * 10_000,
        categories=(Category(">".join(map(str, range(500)))),), attributes={"a" * 5000: "v", "w": "w" * 5000},
    ),
    "odd values": replace(
        SHOP[0],
        attributes={"a": True, "b": (), "c": ("x", "y"), "d": Quantity(float("nan"), "ml"), "e": 7, "brand": "other"},
    ),
    "markup": replace(SHOP[0], title="<script>alert(1)</script> lamp", brand="{{ 7 * 7 }}"),
    "nul": replace(SHOP[0], title="red\0lamp", brand="I\0"),
    "an odd language": replace(SHOP[0], language="-", translations={"": Translation("x"), "\ud800": Translation("y")}),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_whatever_a_merchant_wrote_is_taken_as_it_is(gathered, case):
    found = gathered([HOSTILE[case], *SHOP[1:]])
    texts = [text for each in found.asked for text in each.texts]
    words = [word for name, label in found.labels.items() for said in label.words.values() for word in (name, *said)]
    for text in (*texts, *words):
        text.encode()
        assert 0 < len(text) <= 200
    assert len(found) == 36
    assert len(found.fingerprint()) == 64
    assert all(np.isfinite(part.vectors).all() for part in found.parts.values())
    assert not labels_of([HOSTILE[case]] * 3)


def test_an_empty_shop_says_how_to_fill_it(gathered):
    with pytest.raises(TrainingError, match="the shop is empty") as error:
        gathered([])
    assert "wares ingest" in error.value.fix
    with pytest.raises(TrainingError, match="too few"):
        gathered(SHOP[:5])


def test_progress_is_told(gathered):
    told = []
    gathered(SHOP, progress=lambda *each: told.append(each))
    assert told == [("encode", 36, 36)]


def test_it_is_the_same_in_every_process(tmp_path):
    """A run that was cut short goes on in another process: what it learns from must have the same fingerprint."""
    code = f"""
import sys
sys.path[:0] = {sys.path!r}
import importlib.util
spec = importlib.util.spec_from_file_location("case", {__file__!r})
case = importlib.util.module_from_spec(spec)
spec.loader.exec_module(case)
options = [dict(zip(("color", "size", "fit", "cut"), (str(row % k) for k in (2, 3, 4, 5)))) for row in range(36)]
products = [case.product(row, variants=(case.Variant("v", options=options[row]),)) for row in range(36)]
encoder = case.CatalogueEncoder(case.Words(), None, None, None, case.VectorCache(case.Path(sys.argv[1])), case.Path)
print(case.gather(products, encoder, case.WordsAnalyzer()).fingerprint())
"""
    found = set()
    for seed in "123":
        command = [sys.executable, "-c", code, str(tmp_path / seed)]
        done = subprocess.run(
            command, env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin"}, capture_output=True, text=True, check=True
        )
        found.add(done.stdout)
    assert len(found) == 1


def test_when_a_product_was_written_does_not_matter(gathered):
    later = [replace(each, created=datetime(2026, 1, 1), metadata={"a": "b"}) for each in SHOP]
    assert gathered(later).fingerprint() == gathered(SHOP).fingerprint()
