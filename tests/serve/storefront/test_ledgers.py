from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from wares.serve.storefront import ledgers
from wares.serve.storefront.messages import Messages
from wares.types import Counterfactual, Entry, Ledger

EN, ZH = Messages("en"), Messages("zh")
VALUES = st.lists(st.floats(-50, 50, allow_nan=False), min_size=1, max_size=30)


def points(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace(",", ""))


@given(VALUES)
def test_the_points_that_are_shown_add_up_to_the_score_that_is_shown(values):
    ledger = Ledger(tuple(Entry(f"feature{n}", value) for n, value in enumerate(values)))
    told = ledgers.told(ledger, EN)
    assert sum(points(reason.points) for reason in told.reasons) == points(told.score)
    assert abs(points(told.score) - Decimal(ledger.total)) <= Decimal("0.0051")
    for reason in told.reasons:
        assert not (points(reason.points) > 0 and reason.against) or abs(points(reason.points)) <= Decimal("0.01")


def test_reasons_are_ordered_and_shared_out_and_the_small_are_told_together():
    ledger = Ledger(
        (
            Entry("fused", -0.5),
            Entry("words:title:mug", 1.5),
            Entry("my_feature", 1.9),
            Entry("fee", 0.1, "a fee"),
            Entry("x", 0.001),
            Entry("y", 0.008),
        )
    )
    told = ledgers.told(ledger, EN)
    assert [(one.label, one.share, one.against, one.points) for one in told.reasons] == [
        ("My feature", 47, False, "+1.90"),
        ("“mug” is in its title", 37, False, "+1.50"),
        ("Its texts and photos together come close", 12, True, "−0.50"),
        ("a fee", 2, False, "+0.10"),
        ("Several small things", 0, False, "+0.01"),
    ]
    assert told.score == "3.01"


def test_a_sorted_column_is_no_sum():
    told = ledgers.told(Ledger((Entry("price", 129900.0),)), EN)
    assert [(one.label, one.points) for one in told.reasons] == [("You sorted by price", "")]
    assert told.score == ""


def test_no_ledger_tells_nothing():
    assert ledgers.told(None, EN) == ledgers.told(Ledger(()), EN) == ledgers.Told()


def test_counterfactuals_are_sentences():
    supposed = [
        Counterfactual("without the photo", 4, 0),
        Counterfactual("in stock", 4, 4),
        Counterfactual("without the word “red”", 4, None),
    ]
    assert ledgers.supposed(supposed, EN) == [
        "Without the photo: it would be number 1.",
        "In stock: it would still be number 5.",
        "Without the word “red”: it would not be found.",
    ]
    assert ledgers.supposed([Counterfactual("不用照片", 4, 0)], ZH) == ["若不用照片：会排在第 1 位。"]
