import numpy as np
import pytest

from wares.encode.views import together
from wares.errors import EncodeError


def rows(*values):
    return np.array(values, np.float32)


def test_views_worked_by_hand():
    """Roots (1, 0) and (0.6, 0.8) sum to (1.6, 0.8), which at length 1 is (2, 1) / √5; colours have half a length."""
    found = together([rows([1, 0]), rows([0.36, 0.64])], rows([0, 1]))
    np.testing.assert_allclose(found, [[2 / 5**0.5, 1 / 5**0.5, 0, 0.5]], rtol=1e-6)
    assert found.dtype == np.float32


def test_one_view_is_its_root():
    view = np.abs(np.random.default_rng(0).normal(size=(5, 4))).astype(np.float32)
    found = together([view])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(found**2 / view, (1 / view.sum(1, keepdims=True)).repeat(4, 1), rtol=1e-5)


@pytest.mark.parametrize(
    ("views", "colour"),
    [
        ([], None),
        ([rows([1, 0]), rows([1, 0], [0, 1])], None),
        ([rows([1, 0])], rows([1], [1])),
        ([rows([1, 0]), rows([1, 0, 0])], None),
        ([rows([-1, 0])], None),
        ([rows(1, 0)], None),
    ],
)
def test_views_that_do_not_fit_are_an_encode_error(views, colour):
    with pytest.raises(EncodeError):
        together(views, colour)
