import csv
import gzip
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wares.encode.opinions import AspectOpinions, aspects, opinions, polarity
from wares.types import Review


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Great jacket, the fit is perfect", {("", 1), ("fit", 1)}),
        ("The fabric is not soft at all", {("comfort", -1)}),
        ("Not a problem", {("", 1)}),
        ("The zipper broke after a week", {("quality", -1)}),
        ("Love the colour but the shipping was slow", {("colour", 1), ("delivery", -1)}),
        ("I don't like how it feels, uncomfortable", {("comfort", -1)}),
        ("质量很好，就是尺码偏小", {("quality", 1), ("fit", -1)}),
        ("音质不错，电池不耐用", {("sound", 1), ("quality", -1)}),
        ("快递很慢，客服态度差", {("delivery", -1), ("service", -1)}),
        ("没有异味，面料舒服", {("material", 1), ("comfort", 1)}),
        ("不喜欢", {("", -1)}),
        ("It has two pockets", set()),
        ("", set()),
    ],
)
def test_opinions_worked_by_hand(text: str, expected: set[tuple[str, int]]) -> None:
    assert {(opinion.aspect, opinion.polarity) for opinion in opinions(text)} == expected


def test_aspects_count_a_review_once() -> None:
    reviews = [
        Review("1", "The fit is perfect, great fit.", "Fit"),
        Review("2", "Too tight."),
        Review("3", "质量很好"),
        Review("4", "Good fit. Tight."),
        Review("5", "It has two pockets."),
    ]
    fit, quality = aspects(reviews)
    assert (fit.aspect, fit.positive, fit.negative, fit.share) == ("fit", 1, 1, 0.5)
    assert quality == AspectOpinions("quality", 1, 0, "质量很好")


def test_polarity_is_nan_where_nothing_is_judged() -> None:
    assert math.isnan(polarity("It has two pockets"))
    assert polarity("good but expensive") == 0
    assert polarity("good good bad") == pytest.approx(1 / 3)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert all(opinion.polarity in (1, -1) for opinion in opinions(text))


def test_a_hostile_text_is_bounded() -> None:
    assert len(opinions("不" * 10**6 + "good " * 10**6)) == 0
    assert len(opinions("good." * 10**6)) <= 500


def test_chinese_polarity_agrees_with_the_labels(shared_data: Callable[[str], Path]) -> None:
    with gzip.open(shared_data("zh-shop-reviews") / "open/reviews.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::10]
    said = [(polarity(row["review"]), row["label"] == "1") for row in rows]
    judged = [(value > 0) == praised for value, praised in said if not math.isnan(value) and value != 0]
    assert len(judged) > 0.75 * len(rows)
    assert sum(judged) > 0.87 * len(judged)
