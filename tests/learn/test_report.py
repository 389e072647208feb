"""A run as one page."""

import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from learned_spaces import catalogue, data, write_random
from wares.encode.joint import JointFusion
from wares.evaluate.compare import Comparison
from wares.learn.catalogue import Label
from wares.learn.report import COLOURS, NAME, figures, losses, scatter, write_report
from wares.learn.trial import MARGIN, Verdict, trial, verdict

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}'
VOID = {"meta", "img", "hr", "tr", "td", "th", "circle", "polyline"}  # or closed by what follows


class Page(HTMLParser):
    """What a browser would see: tags, attributes, words, and whether they nest."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


class Made:
    """What was made, without having learned."""

    def __init__(self, given, folder, **card):
        history = [{"epoch": n, "seconds": n, "title": 3.0 / (n + 1), "phrase": 2.0} for n in range(4)]
        sizes = {name: part.vectors.shape[1] for name, part in given.catalogue.parts.items()}
        about = {"history": history, "seconds": 1.5, "version": "1", "metrics": {}, **card}
        self.folder = write_random(folder / "joint-0001", sizes=sizes, words=("red", "lamp"), about=about)
        learned, _, looked = given.parts()
        base = given.fitted(learned)
        fusion = JointFusion(base, self.folder, given.base_name)
        self.before, self.after = (trial(each, looked, given.encode, given.terms) for each in (base, fusion))
        self.verdict = verdict(self.after, self.before, MARGIN)
        self.card = fusion._space.card


def page_of(given, folder, photos=None, **card) -> Page:
    path = write_report(Made(given, folder, **card), given, photos)
    assert path == folder / "joint-0001" / NAME
    return Page(path.read_text("utf-8"))


def test_it_shows_what_it_is_worth_to_whom_and_what_is_near(tmp_path):
    products = catalogue(120, photos=0.8)
    page = page_of(data(products), tmp_path)
    words = "".join(page.words)
    assert page.open == [], "all is closed that was opened"
    assert words.count("joint-0001") >= 2
    for expected in ("title → photo", "phrase → photo", "language en", "head", "tail", "["):
        assert expected in words, expected
    assert page.tags.count("circle") == 120
    assert page.tags.count("polyline") == 2
    assert page.tags.count("figure") == 2 * 8 * 6, "eight products with six each, before and after"
    assert "red lamp name0" in {title for each in products.asked[:1] for title in each.texts}
    assert not [value for name, value in page.attributes if name in ("src", "href") and not value.startswith("data:")]
    assert "script" not in page.tags


def test_what_a_merchant_wrote_is_shown_and_never_run(tmp_path):
    products = catalogue(60)
    title = replace(products.asked[0], texts=(HOSTILE,) * 60)
    label = Label(np.arange(60) % 2, {"en": (HOSTILE, "b")})
    phrase = replace(products.asked[1], wanted=None)
    labels = {"category 0": label, HOSTILE: label}
    products = replace(products, asked=(title, phrase), labels=labels)
    page = page_of(data(products), tmp_path, name=HOSTILE, note=HOSTILE, labels={HOSTILE: [HOSTILE]})
    assert "script" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert {value for name, value in page.attributes if name == "src"} <= {""}
    assert sum(HOSTILE[:60] in each for each in page.words) > 10
    assert "49" not in "".join(each for each in page.words if "alert" in each)


def test_photos_are_in_the_page_as_small_ones_and_those_that_cannot_be_shown_are_left_out(tmp_path):
    given = data(catalogue(60))
    paths = {f"p{row}": tmp_path / f"{row}.png" for row in range(60)}
    for row, path in enumerate(paths.values()):
        Image.new("RGBA" if row % 2 else "RGB", (900, 300), "red").save(path)
    paths["p1"].unlink()
    paths["p2"].write_bytes(b"no picture")
    paths["p3"].write_bytes(paths["p4"].read_bytes()[:40])
    page = page_of(given, tmp_path, paths)
    shown = [value for name, value in page.attributes if name == "src"]
    assert shown
    import base64

    for each in shown:
        kind, content = each.split(",")
        assert kind == "data:image/jpeg;base64"
        with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
            assert max(picture.size) == 120
    broken = {f"p{row}": paths["p2"] for row in range(60)}
    assert not [each for each in page_of(given, tmp_path / "other", broken).tags if each == "img"]


@pytest.mark.parametrize("lost", [(), ("phrase of category <b> loses 0.100 (9 queries)",)])
def test_it_says_why_it_is_not_to_be_published(tmp_path, lost):
    given = data(catalogue(60))
    made = Made(given, tmp_path)
    gain = Comparison(0.2, 0.1, 0.3, 0.001)
    made.verdict = Verdict({"phrase": gain}, gain, lost)
    words = "".join(Page(write_report(made, given).read_text("utf-8")).words)
    assert ("Not to be published: phrase of category <b> loses" in words) == bool(lost)
    assert "+0.200 [+0.100, +0.300]" in words


@pytest.mark.parametrize("n", [20, 24])
def test_the_smallest_shop_has_a_page_too(tmp_path, n):
    page = page_of(data(catalogue(n)), tmp_path)
    assert page.tags.count("circle") == n


def test_curves_are_drawn_from_what_is_known():
    drawn = losses(
        [{"epoch": 0, "seconds": 1.0, "title": 4.0}, {"epoch": 1, "seconds": 2.0, "title": 1.0, "links": 0.0}]
    )
    assert drawn.count("<polyline") == 2
    assert ">title</text>" in drawn
    assert "seconds" not in drawn
    lines = re.findall(r'points="([^"]*)"', drawn)
    assert [len(line.split()) for line in lines] == [1, 2], "by name; what an epoch does not have is left out"
    heights = [float(point.split(",")[1]) for point in lines[1].split()]
    assert heights == [15.0, 165.0], "from its highest value down to a quarter of it"
    assert "nan" not in drawn
    assert losses([]).count("<polyline") == 0


def test_figures_that_were_seen_now_and_then_are_lines_from_one_to_the_next(tmp_path):
    history = [{"epoch": n, "seconds": n, "title": 3.0} for n in range(5)]
    assert figures(history) == figures([]) == ""
    history[1]["ndcg/title_photo"], history[4]["ndcg/title_photo"] = 0.0, 0.5
    history[1]["ndcg/phrase"] = 1.0
    drawn = figures(history)
    lines = {
        name: [tuple(map(float, point.split(","))) for point in points.split()]
        for points, name in re.findall(r'points="([^"]*)".*?>([^<]*)</text>', drawn)
    }
    assert list(lines) == ["phrase 1.00", "title → photo 0.50"]
    assert [y for _, y in lines["title → photo 0.50"]] == [215.0, 115.0], "not stretched: 1 is the best there is"
    assert len(lines["phrase 1.00"]) == 1
    assert "nan" not in drawn
    assert losses(history).count("<polyline") == 1, "figures are no losses"
    words = "".join(page_of(data(catalogue(60)), tmp_path, history=history).words)
    assert "While it learned" in words
    assert "title → photo 0.50" in words
    assert "While it learned" not in "".join(page_of(data(catalogue(60)), tmp_path / "other").words)


def test_the_map_is_of_points_in_the_unit_square():
    drawn = scatter([(0.0, 0.0, 0), (1.0, 1.0, len(COLOURS)), (0.5, 0.5, -1)])
    assert re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn) == [("8.0", "8.0"), ("632.0", "418.0"), ("320.0", "213.0")]
    assert re.findall(r'fill="(#\w+)"', drawn) == [COLOURS[0], COLOURS[0], "#9ca3af"]
    assert scatter([]).startswith("<svg")


def test_what_each_modality_and_task_brings_is_shown(tmp_path):
    given = data()
    made = Made(given, tmp_path)
    compared = SimpleNamespace(worth={"shipped": 0.5}, without={"title": 0.4, "links": 0.625})
    words = " ".join(" ".join(Page(write_report(made, given, compared=compared).read_text("utf-8")).words).split())
    assert "What each part brings" in words
    for said in ("0.400 -0.100", "0.625 +0.125", "text", "image", "terms"):
        assert said in words
    alone = write_report(made, given).read_text("utf-8")
    assert "without one task" not in alone
