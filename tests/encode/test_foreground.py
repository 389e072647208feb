import numpy as np
import pytest

from wares.encode.foreground import connected_to_border, erode, find


def _flood(near):
    """Depth-first oracle of connected_to_border."""
    height, width = near.shape
    reached = np.zeros_like(near)
    todo = [(y, x) for y in range(height) for x in range(width) if y in (0, height - 1) or x in (0, width - 1)]
    while todo:
        y, x = todo.pop()
        if 0 <= y < height and 0 <= x < width and near[y, x] and not reached[y, x]:
            reached[y, x] = True
            todo += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
    return reached


@pytest.mark.parametrize("seed", range(20))
def test_connected_to_border_is_a_flood_fill(seed):
    generator = np.random.default_rng(seed)
    near = generator.random((generator.integers(2, 30), generator.integers(2, 30))) < generator.uniform(0.4, 0.8)
    np.testing.assert_array_equal(connected_to_border(near), _flood(near))


def test_erode_takes_the_rim_but_not_at_the_picture_edge():
    mask = np.zeros((5, 6), bool)
    mask[0:3, 1:4] = True
    expected = np.zeros((5, 6), bool)
    expected[0:2, 2] = True
    np.testing.assert_array_equal(erode(mask), expected)


def test_an_ellipse_on_a_plain_ground_is_found():
    y, x = np.mgrid[:80, :60]
    shape = ((y - 40) / 25) ** 2 + ((x - 30) / 18) ** 2 < 1
    lab = np.where(shape[..., None], [40, 50, 20], [92, 1, 2]).astype(np.float32)
    lab += np.random.default_rng(0).normal(0, 0.8, lab.shape).astype(np.float32)
    product = find(lab)
    assert product.plain
    assert (product.mask & shape).sum() / (product.mask | shape).sum() > 0.95
    assert product.weight.sum() == pytest.approx(1, abs=1e-5)
    assert product.weight[~shape].sum() < 0.01


def test_a_scene_falls_back_to_the_middle():
    lab = np.random.default_rng(0).uniform(0, 100, (40, 40, 3)).astype(np.float32)
    product = find(lab)
    assert not product.plain
    assert product.weight[20, 20] > 10 * product.weight[0, 0]
