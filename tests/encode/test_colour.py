import csv

import numpy as np
import pytest

from wares.encode.colour import NAMES, colour_names, describe, to_lab
from wares.errors import EncodeError
from wares.registry import create
from wares.testing import check_encoder

PURE = {
    "black": "#101010",
    "white": "#fafafa",
    "grey": "#808080",
    "red": "#d81020",
    "maroon": "#601020",
    "orange": "#f58020",
    "yellow": "#f8d820",
    "green": "#208040",
    "teal": "#109090",
    "blue": "#2060d0",
    "navy": "#141f48",
    "purple": "#7030a0",
    "pink": "#f070a8",
    "brown": "#5c3a1e",
    "beige": "#d8c4a0",
}


def test_lab_of_known_colours():
    """White, black and the sRGB primaries under D65, as published (e.g. Lindbloom)."""
    rgb = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.float32)
    lab = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [87.73, -86.18, 83.18], [32.30, 79.19, -107.86]]
    np.testing.assert_allclose(to_lab(rgb), lab, atol=0.05)


def test_contract(drawn_photo):
    photos = [
        drawn_photo("red"),
        drawn_photo("navy", size=(300, 60)),
        drawn_photo("gold", "black", format="PNG"),
        drawn_photo("white", size=(3, 3), format="PNG"),
    ]
    check_encoder(create("encoder", "colour.v1"), photos, absent=b"")


@pytest.mark.parametrize("name", PURE)
def test_a_shape_has_the_name_of_its_colour_whatever_the_ground(drawn_photo, name):
    for ground in ("#c8ccd0", "#30343a"):
        found = colour_names(drawn_photo(PURE[name], ground, shape="rectangle"))
        assert found[0].name == name
        assert found[0].share > 0.8
        assert found[0].chinese == dict(NAMES.keys())[name]


def test_the_ground_is_not_a_colour_of_the_product(drawn_photo):
    assert [colour.name for colour in colour_names(drawn_photo("#d81020", "#2060d0"))] == ["red"]


def test_a_white_product_on_white_is_white(drawn_photo):
    assert colour_names(drawn_photo("white", "white"))[0].name == "white"


def test_two_colours_have_their_shares(drawn_photo):
    found = colour_names(drawn_photo("#d81020", shape="rectangle", stripes=12, second="#2060d0"))
    assert {colour.name for colour in found} == {"red", "blue"}
    assert sum(colour.share for colour in found) == pytest.approx(1, abs=0.15)
    assert min(colour.share for colour in found) > 0.3


def test_pattern_sets_striped_apart_from_plain_whatever_the_colours(drawn_photo):
    """The last numbers are the pattern: a striped shape is nearer to another striped one than to a plain one."""
    from wares.encode.colour import PATTERN

    def pattern(**options):
        return describe(drawn_photo(shape="rectangle", ground="#d0d0d0", **options))[-PATTERN:]

    red, blue = pattern(colour="red", stripes=6), pattern(colour="blue", stripes=6)
    plain = pattern(colour="red")
    assert np.linalg.norm(red - blue) < 0.5 * np.linalg.norm(red - plain)


def test_what_is_no_photo_is_an_encode_error():
    with pytest.raises(EncodeError, match="photo"):
        colour_names(b"nothing")
    with pytest.raises(EncodeError, match="photo"):
        create("encoder", "colour.v1").encode_query(b"")


def test_names_agree_with_a_shop_on_most_plain_colours(shared_data):
    """Photos of single-coloured clothes, whose colour was written by a shop: at least 7 of 10 carry its name."""
    folder = shared_data("fashion-products") / "open"
    with (folder / "products.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["base_colour"].lower() in ("black", "white", "red", "blue")]
    rows = rows[::40]
    named = [
        row["base_colour"].lower() in {colour.name for colour in colour_names((folder / row["image"]).read_bytes())}
        for row in rows
    ]
    assert np.mean(named) >= 0.7
