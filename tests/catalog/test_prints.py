from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media_makers import picture, saved
from wares.catalog.duplicates.prints import MAX_DISTANCE, near_pairs, photo_print


def print_of(image: Image.Image, folder, **options):
    path = folder / "a.jpg"
    path.write_bytes(saved(image, **options))
    return photo_print(path)


def apart(one, other) -> int:
    return int(np.bitwise_count(one.bits ^ other.bits).sum())


def test_a_scaled_and_squeezed_picture_keeps_its_print(tmp_path):
    original = print_of(picture(600, 500, detail=4), tmp_path, quality=95)
    assert apart(original, print_of(picture(600, 500, detail=4).resize((240, 200)), tmp_path, quality=50)) <= 10
    assert apart(original, print_of(picture(600, 500, seed=1, detail=4), tmp_path)) > 60


def test_a_recoloured_picture_keeps_its_shape_and_changes_its_chroma(tmp_path):
    red, green, blue = picture(300, 300).split()
    swapped = Image.merge("RGB", (green, red, blue))
    one, other = print_of(picture(300, 300), tmp_path), print_of(swapped, tmp_path)
    assert np.abs(one.chroma - other.chroma).mean() > 12


def test_a_flat_picture_has_no_print(tmp_path):
    assert print_of(Image.new("RGB", (200, 200), (240, 240, 241)), tmp_path) is None


@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(0, MAX_DISTANCE))
def test_near_pairs_are_those_of_comparing_each_with_each(seed, rows, distance):
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2, (3, 256), dtype=np.uint8)
    flipped = rng.random((rows, 256)) < rng.choice([0.0, 0.03, 0.08], (rows, 1))
    unpacked = centres[rng.integers(0, 3, rows)] ^ flipped
    bits = np.packbits(unpacked, axis=1).view(np.uint64)
    wanted = {
        (a, b): int((unpacked[a] != unpacked[b]).sum())
        for a in range(rows)
        for b in range(a + 1, rows)
        if (unpacked[a] != unpacked[b]).sum() <= distance
    }
    pairs, distances = near_pairs(bits, distance)
    assert dict(zip(map(tuple, pairs.tolist()), distances.tolist(), strict=True)) == wanted
    assert len(pairs) == len(wanted)


def test_a_distance_the_bands_cannot_promise_is_refused():
    with pytest.raises(ValueError, match="31"):
        near_pairs(np.zeros((2, 4), np.uint64), 32)


def test_no_prints_make_no_pairs():
    pairs, distances = near_pairs(np.zeros((0, 4), np.uint64), 20)
    assert pairs.shape == (0, 2)
    assert distances.shape == (0,)


def test_the_bytes_of_a_print_do_not_depend_on_the_file_name(tmp_path):
    (tmp_path / "b.jpg").write_bytes(BytesIO(saved(picture())).getvalue())
    assert (photo_print(tmp_path / "b.jpg").bits == print_of(picture(), tmp_path).bits).all()
