import numpy as np
import pytest

from wares.encode.conse import ConSE
from wares.errors import TrainingError
from wares.learn.zeroshot import TEMPERATURE, aligned, name_scores, picture_scores, text_prototypes


def test_aligning_lays_one_mean_on_the_other_and_keeps_the_differences():
    generator = np.random.default_rng(0)
    pictures, photos = generator.normal(3, 1, (5, 4)), generator.normal(size=(20, 4))
    moved = aligned(pictures, photos)
    np.testing.assert_allclose(moved.mean(0), photos.mean(0), atol=1e-6)
    np.testing.assert_allclose(moved[0] - moved[1], pictures[0] - pictures[1], rtol=1e-5)


def test_aligning_finds_products_whose_pictures_are_all_alike_in_one_way():
    """A ground that all pictures share hides which is which until it is taken off."""
    generator = np.random.default_rng(0)
    ground = np.zeros(8)
    ground[7] = 5
    photos = np.eye(8)[np.arange(40) % 4] + 0.1 * generator.normal(size=(40, 8))
    scores = picture_scores(photos, aligned(np.eye(8)[:4] + ground, photos), photos.mean(0))
    np.testing.assert_array_equal(scores.argmax(1), np.arange(40) % 4)


def test_picture_scores_are_cosines_about_the_centre():
    scores = picture_scores(np.array([[2.0, 1.0]]), np.array([[1.0, 4.0], [5.0, 1.0]]), np.array([1.0, 1.0]))
    np.testing.assert_allclose(scores * TEMPERATURE, [[0, 1]], atol=1e-12)


def test_names_pass_on_what_the_classifier_sees():
    """Two of its classes are called as products are, the third as nothing: it says nothing of them."""
    conse = ConSE(9 * np.eye(3, dtype=np.float32), np.zeros(3, np.float32), np.eye(4, dtype=np.float32)[:3])
    scores = name_scores(conse, np.eye(3, dtype=np.float32), np.eye(4, dtype=np.float32)[[1, 0]])
    np.testing.assert_allclose(np.exp(scores).sum(1), 1)
    assert scores[:2].argmax(1).tolist() == [1, 0]
    assert abs(scores[2, 0] - scores[2, 1]) < 1e-3


def test_looks_are_predicted_from_names_that_are_alike():
    names = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    pictures = np.array([[5, 0], [0, 5], [0, 0]], np.float32)
    near_first = np.array([[0.9, 0.1, 0]], np.float32)
    found = text_prototypes(near_first, names, pictures, penalty=0.01)
    assert found[0, 0] > 4 > 1 > found[0, 1]
    np.testing.assert_allclose(text_prototypes(names.mean(0, keepdims=True), names, pictures), [[5 / 3, 5 / 3]])


def test_without_anything_known_there_is_an_error():
    with pytest.raises(TrainingError, match="at least one"):
        text_prototypes(np.ones((1, 2), np.float32), np.zeros((0, 2), np.float32), np.zeros((0, 3), np.float32))
    with pytest.raises(TrainingError, match="at least one"):
        aligned(np.zeros((0, 3), np.float32), np.ones((2, 3), np.float32))
