import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.catalog.duplicates import DuplicateGroup
from wares.catalog.quality import QualityReport, assess
from wares.catalog.quality.kinds import KINDS
from wares.types import Barcode, Category, Media, Money, Product, Translation, Variant

PHOTO = Media("a.jpg", sha256="ab" * 32)
ENGLISH = (
    "A light shirt of pure linen with a soft collar, cut wide for warm days at the sea and long evenings in town."
    " Wash it cold and iron it damp."
)


def good(number: int = 0, **changes) -> Product:
    made = Product(
        f"p{number}",
        f"Aurora linen shirt number{number}",
        (Variant(f"p{number}-v", price=Money(4900 + 10 * (number % 9), "EUR"), barcodes=(gtin(number),)),),
        description=ENGLISH,
        language="en",
        brand="Aurora",
        categories=(Category("Women > Tops > Shirts"),),
        media=(PHOTO,),
        attributes={"material": "linen"},
        translations={"zh": Translation(title="极光亚麻衬衫")},
    )
    return replace(made, **changes)


def gtin(number: int) -> Barcode:
    digits = f"{400_000_000_000 + number}"
    check = -sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits)) % 10
    return Barcode("gtin", f"{digits}{check}")


def shop(count: int = 20) -> list[Product]:
    return [good(number) for number in range(count)]


def issues(products, **settings) -> dict[str, tuple[int, tuple]]:
    report = assess(products, **settings)
    return {issue.kind: (issue.count, issue.examples) for issue in report.issues}


def variant(number: int = 99, **changes) -> tuple[Variant, ...]:
    return (replace(good(number).variants[0], **changes),)


def test_a_good_catalogue_has_no_issue():
    report = assess(shop())
    assert report == QualityReport(20, 20, ())


def test_an_empty_catalogue_has_no_issue():
    assert assess([]) == QualityReport(0, 0, ())


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("photo_missing", {"media": ()}),
        ("photo_missing", {"media": (Media("gone.jpg"),)}),
        ("photo_broken", {"media": (PHOTO, Media("gone.jpg"))}),
        ("photo_broken", {"media": (PHOTO, Media("gone.mp4", "video"))}),
        ("price_missing", {"variants": variant(price=None)}),
        ("price_zero", {"variants": variant(price=Money(0, "EUR"))}),
        ("price_outlier", {"variants": variant(price=Money(490_000, "EUR"))}),
        ("price_outlier", {"variants": variant(price=Money(49, "EUR"))}),
        ("list_price_low", {"variants": variant(list_price=Money(10, "EUR"))}),
        ("gtin_missing", {"variants": variant(barcodes=())}),
        ("gtin_invalid", {"variants": variant(barcodes=(Barcode("gtin", "4006381333932"),))}),
        ("language_missing", {"language": ""}),
        ("language_mismatch", {"language": "de"}),
        ("language_mismatch", {"title": "极光亚麻衬衫 女士 宽松", "description": "柔软的亚麻面料"}),
        ("title_short", {"title": "Shirt99"}),
        ("title_short", {"title": "衬衫", "language": "zh", "description": "柔软的亚麻面料"}),
        ("title_long", {"title": "Aurora linen shirt " * 9}),
        ("title_shouting", {"title": "AURORA LINEN SHIRT SALE"}),
        ("description_missing", {"description": " "}),
        ("category_missing", {"categories": ()}),
        ("brand_missing", {"brand": ""}),
        ("attribute_missing", {"attributes": {}}),
        ("translation_missing", {"translations": {}}),
        ("translation_missing", {"translations": {"zh": Translation()}}),
    ],
)
def test_one_bad_product_among_good_ones(kind, changes):
    found = issues([*shop(), good(99, **changes)])
    count, examples = found[kind]
    assert count == 1
    assert [id for id, _ in examples] == ["p99"]
    assert set(found) - {kind} <= {"gtin_missing", "translation_missing"}


def test_every_kind_is_known_and_explained():
    for kind, known in KINDS.items():
        assert known.cost.format(share="1 %", field="x")
        assert known.fix, kind


def test_the_same_title_and_barcode_twice():
    found = issues([*shop(), good(3, id="twin")])
    assert found["title_shared"] == (2, (("twin", "Aurora linen shirt number3"),))
    assert found["gtin_shared"][0] == 2
    assert {id for id, _ in found["gtin_shared"][1]} == {"p3", "twin"}
    assert "title_shared" not in issues([*shop(), good(99, title=good(3).title, brand="Borealis")])


def test_the_cost_is_a_share_in_words():
    (issue,) = assess([*shop(15), *(good(number, attributes={}) for number in range(15, 20))]).issues
    assert (issue.kind, issue.field, issue.share) == ("attribute_missing", "material in Women > Tops > Shirts", 0.25)
    assert issue.cost == "25.0% of the products vanish when shoppers filter by material in Women > Tops > Shirts"


def test_attributes_that_few_have_are_not_missed():
    few = [good(number, attributes={"material": "linen", "collar": "soft"}) for number in range(11)]
    assert assess([*few, *shop(31)[11:]]).issues == ()
    assert "attribute_missing" in issues([*few, *shop(18)[11:]])


def test_options_count_as_attributes():
    colours = [good(number, variants=variant(number, options={"Color": "Red"})) for number in range(19)]
    assert issues([*colours, good(19)])["attribute_missing"] == (1, (("p19", ""),))


def test_a_small_category_says_nothing():
    small = [good(number, categories=(Category("Men > Hats"),)) for number in range(100, 105)]
    odd = good(105, categories=(Category("Men > Hats"),), attributes={}, variants=variant(105, price=Money(9, "EUR")))
    assert assess([*shop(), *small, odd]).issues == ()


def test_duplicates_are_counted_but_for_one_of_each_group():
    group = DuplicateGroup(("p1", "p4", "p7"), ())
    assert issues(shop(), duplicates=[group])["duplicate"] == (
        2,
        (("p4", "the same as p1"), ("p7", "the same as p1")),
    )


def test_errors_come_first_then_the_most_frequent():
    bad = [
        good(30, media=()),
        good(31, description=""),
        good(32, description=""),
        good(33, title="AURORA LINEN SHIRTS"),
    ]
    report = assess([*shop(), *bad])
    assert [issue.kind for issue in report.issues] == ["photo_missing", "description_missing", "title_shouting"]
    assert (report.products, report.faultless) == (24, 21)


def test_the_report_can_be_shown_and_sent():
    report = assess([*shop(), good(30, title="[RED]LINEN SHIRTS[/RED]", media=())])
    sent = json.loads(report.to_json())
    assert sent["products"] == 21
    assert [issue["kind"] for issue in sent["issues"]] == ["photo_missing", "title_shouting"]
    assert all(len(row) == len(report.table().columns) for row in report.rows())
    assert report.table().row_count == 2


@given(st.lists(st.integers(1, 10**7), min_size=10, max_size=60))
def test_price_outliers_are_those_far_from_the_median(amounts):
    products = [
        good(number, variants=variant(number, price=Money(amount, "EUR"))) for number, amount in enumerate(amounts)
    ]
    logs = np.log(amounts)
    apart = np.abs(logs - np.median(logs))
    wanted = int((apart > max(5 * 1.4826 * np.median(apart), np.log(5))).sum())
    assert issues(products).get("price_outlier", (0, ()))[0] == wanted


@given(st.lists(st.sampled_from([(), ("a",), ("a", "b"), ("b", "c")]), min_size=1, max_size=40))
def test_attribute_counts_are_those_of_a_plain_count(names):
    products = [good(number, attributes=dict.fromkeys(each, "x")) for number, each in enumerate(names)]
    report = assess(products, siblings=1)
    found = {issue.field.split()[0]: issue.count for issue in report.issues if issue.kind == "attribute_missing"}
    have = {name: sum(name in each for each in names) for name in "abc"}
    assert found == {name: len(names) - n for name, n in have.items() if 0.6 * len(names) <= n < len(names)}
