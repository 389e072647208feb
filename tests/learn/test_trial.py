"""What a space is worth, worked by hand, and who may go live."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from learned_spaces import TEXT, Apart, catalogue, encode, terms
from wares.learn.catalogue import Asked, Catalogue, Label
from wares.learn.trial import ENOUGH, MARGIN, SPARSE, Trial, Verdict, trial, verdict
from wares.protocols import Encoded


class Told:
    """A fusion that puts words and photos where it is told."""

    modalities, dim = ("text", "image"), 2
    own: Mapping[str, object] = {}

    def fuse(self, parts):
        part = parts.get("image") or parts["text"]
        return part.vectors[:, :2], part.present[:, None].astype(np.float32)


def at(*degrees):
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def shelf(photos, rows, queries, *, groups=None, present=None, grades=None, wanted=None, labels=None):
    """Products at some degrees; query i stands at 10 i degrees."""
    n = len(photos)
    there = np.ones(n, np.bool_) if present is None else np.array(present)
    parts = {"image": Encoded(at(*photos) * there[:, None], there)}
    asked = Asked(
        tuple(str(number) for number in range(max(queries) + 1)), "title" if wanted is None else "phrase", "en",
        np.array(rows), np.array(queries), np.array(grades or [1.0] * len(rows), np.float32), wanted,
    )  # fmt: skip
    ids = tuple(f"p{row}" for row in range(n))
    return Catalogue(
        ids, np.arange(n) if groups is None else np.array(groups), parts, ((),) * n, labels or {}, (asked,)
    )


def degrees(texts):
    return Encoded(at(*(10 * int(text) for text in texts)), np.ones(len(texts), np.bool_))


def worth(products, figure="title_photo"):
    return sorted(trial(Told(), products, degrees, terms).values[figure].round(6).tolist())


FIRST, SECOND, THIRD = 1.0, 1 / np.log2(3), 0.5


def test_by_hand():
    # 0° asks for p0 at 0°: first; 10° asks for p2 at 40°: behind p0 and p1, third
    assert worth(shelf([0, 20, 40], [0, 2], [0, 1])) == pytest.approx([THIRD, FIRST])
    # 0° asks for p1 at 20°: second
    assert worth(shelf([0, 20, 40], [1], [0])) == pytest.approx([SECOND])


def test_look_alikes_are_as_right_as_the_product_itself():
    assert worth(shelf([0, 20, 40], [1], [0], groups=[7, 7, 8])) == pytest.approx([FIRST])


def test_equal_scores_are_no_luck():
    assert worth(shelf([0, 0, 0], [0], [0])) == pytest.approx([THIRD])


def test_grades_count_in_proportion():
    # p1 is the best, p0 is half as good and stands first
    ideal = 1 + 0.5 / np.log2(3)
    assert worth(shelf([0, 20, 40], [1, 0], [0, 0], grades=[1.0, 0.5])) == pytest.approx(
        [(0.5 + 1 / np.log2(3)) / ideal]
    )


def test_a_phrase_asks_for_all_that_it_holds_for():
    labels = {"colour": Label(np.array([0, 1, 0]), {"en": ("red", "blue")})}
    products = shelf([0, 20, 40], [0], [0], wanted=np.array([[0]]), labels=labels)
    ideal = 1 + 1 / np.log2(3)
    assert worth(products, "phrase_photo") == pytest.approx([(1 + 0.5) / ideal])


def test_who_has_no_photo_is_not_among_those_that_are_found_by_photos():
    products = shelf([0, 20, 40], [1, 2], [0, 1], present=[False, True, True])
    assert worth(products) == pytest.approx([SECOND, FIRST])
    nobody = shelf([0, 20, 40], [0], [0], present=[False, True, True])
    assert trial(Told(), nobody, degrees, terms).values == {}


class Blind(Told):
    """It knows nothing of the products from the second on."""

    def fuse(self, parts):
        rows, weights = super().fuse(parts)
        if "image" in parts:
            weights[1:] = 0
        return rows * weights, weights


def test_what_a_fusion_does_not_know_stands_last_and_is_asked_for_all_the_same():
    products = shelf([0, 20, 40], [0, 1, 2], [0, 1, 2])
    seeing, blind = (trial(each, products, degrees, terms) for each in (Told(), Blind()))
    assert len(seeing.values["title_photo"]) == len(blind.values["title_photo"]) == 3
    assert sorted(blind.values["title_photo"].round(6)) == pytest.approx([THIRD, THIRD, FIRST])
    assert verdict(seeing, blind, MARGIN).figures.keys() == {"title_photo"}


def test_a_fusion_that_knows_none_of_it_is_worth_nothing_and_can_be_compared():
    class Mute(Apart):
        """Of words alone: products that are shown by their photos are nothing to it."""

        modalities = ("text",)

        def __init__(self):
            super().__init__()
            self.dim = TEXT

    products = catalogue(40)
    mute, day_0 = (trial(each, products, encode, terms) for each in (Mute(), Apart()))
    assert mute.values.keys() == day_0.values.keys()
    assert verdict(day_0, mute, MARGIN).figures


def test_figures_and_slices_of_a_catalogue():
    found = trial(Apart(), catalogue(72, photos=0.8), encode, terms)
    assert set(found.values) == {"title_photo", "phrase_photo", "phrase"}
    assert found.means["phrase"] > 0.5 > 0.2 > found.means["title_photo"], "words find words, not photos"
    assert found.mean == pytest.approx(np.mean(list(found.means.values())))
    for name, parts in found.slices.items():
        assert set(parts) == {"head", "tail", "language en", "no photo"}
        assert (parts["head"] ^ parts["tail"]).all()
        assert all(len(inside) == len(found.values[name]) for inside in parts.values())


def test_categories_are_slices():
    products = catalogue(36)
    label = Label(np.arange(36) % 2, {"en": ("Lamps", "Chairs")})
    phrase = replace(
        products.asked[1], wanted=np.hstack([products.asked[1].wanted, np.full((len(products.asked[1].texts), 1), -1)])
    )
    products = replace(products, labels={**products.labels, "category 0": label}, asked=(products.asked[0], phrase))
    parts = trial(Apart(), products, encode, terms).slices["title_photo"]
    assert parts["category Lamps"].sum() == parts["category Chairs"].sum() == 18


def test_nothing_to_ask_is_worth_nothing():
    empty = trial(Apart(), catalogue(20)[np.arange(0)], encode, terms)
    assert (empty.values, empty.mean) == ({}, 0.0)
    one = trial(Apart(), catalogue(20)[np.arange(1)], encode, terms)
    assert one.values == {}


# Who may go live.


def tried(values, slices=None):
    values = {name: np.array(each, np.float64) for name, each in values.items()}
    sizes = {name: len(each) for name, each in values.items()}
    found = {name: {} for name in values}
    for figure, parts in (slices or {}).items():
        found[figure] = {name: np.isin(np.arange(sizes[figure]), rows) for name, rows in parts.items()}
    return Trial(values, found)


def test_a_gain_may():
    before, after = tried({"a": [0.2] * 30, "b": [0.5] * 10}), tried({"a": [0.4] * 30, "b": [0.6] * 10})
    found = verdict(after, before, MARGIN)
    assert found.reason == ""
    assert {name: each.difference for name, each in found.figures.items()} == pytest.approx({"a": 0.2, "b": 0.1})
    assert found.overall.difference == pytest.approx(0.15), "each figure counts alike, whatever it is of"


@pytest.mark.parametrize("change", [0.0, -0.1])
def test_a_tie_or_a_loss_is_no_gain(change):
    before, after = tried({"a": [0.5] * 30}), tried({"a": [0.5 + change] * 30})
    assert verdict(after, before, MARGIN).reason.startswith("it does not beat what is served")


def test_what_may_be_chance_is_no_gain():
    before = np.full(40, 0.5)
    after = before + np.tile([0.3, -0.28], 20)
    found = verdict(tried({"a": after}), tried({"a": before}), MARGIN)
    assert found.overall.low < 0 < found.overall.high
    assert found.reason


@pytest.mark.parametrize(("loss", "rows", "lost"), [
    (0.3, 10, True), (0.01, 10, False), (0.3, SPARSE, True), (0.3, SPARSE - 1, False),
])  # fmt: skip
def test_a_slice_that_loses_is_named(loss, rows, lost):
    slices = {"a": {"category Lamps": range(rows), "category Chairs": range(rows, 200)}}
    before = tried({"a": [0.5] * 200}, slices)
    after = tried({"a": [0.5 - loss] * rows + [0.8] * (200 - rows)}, slices)
    reason = verdict(after, before, MARGIN).reason
    assert reason == (f"a of category Lamps loses {loss:.3f} ({rows} queries)" if lost else "")


def test_a_slice_that_loses_by_chance_is_not():
    slices = {"a": {"category Lamps": range(10)}}
    swing = [0.5, -0.45, 0.4, -0.5, 0.3, -0.4, 0.5, -0.5, 0.4, -0.6]
    before = tried({"a": [0.5] * 200}, slices)
    after = tried({"a": [0.5 + each for each in swing] + [0.8] * 190}, slices)
    assert np.mean(swing) < -MARGIN
    assert verdict(after, before, MARGIN).reason == ""


@pytest.mark.parametrize(("n", "refused"), [(1, True), (ENOUGH - 1, True), (ENOUGH, False)])
def test_a_gain_on_few_queries_is_none(n, refused):
    found = verdict(tried({"a": [0.9] * n}), tried({"a": [0.1] * n}), MARGIN)
    assert ("too few products" in found.reason) == refused
    assert found.figures["a"].difference == pytest.approx(0.8)
    assert verdict(tried({}), tried({}), MARGIN) == Verdict({}, None, ())
