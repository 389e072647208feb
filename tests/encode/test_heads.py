import numpy as np
import pytest

from wares.encode.heads import LinearHead, softmax
from wares.errors import EncodeError, WeightsError


@pytest.fixture
def head():
    return LinearHead(("cup", "杯"), np.array([[1, -1], [0, 2]], np.float32), np.array([0.5, 0], np.float32), 2.0)


def test_scores_and_probabilities_worked_by_hand(head):
    x = np.array([[1, 1]], np.float32)
    np.testing.assert_allclose(head.scores(x), [[1.5, 1]])
    np.testing.assert_allclose(head.probabilities(x)[0, 0], 1 / (1 + np.exp(-0.25)))
    which, likely = head.predict(x)
    assert which.tolist() == [0]
    np.testing.assert_allclose(likely, 1 / (1 + np.exp(-0.25)))


def test_a_higher_temperature_is_less_sure_of_the_same(head):
    x = np.array([[1, 1], [0, 3]], np.float32)
    (sure, certain), (unsure, doubtful) = head.predict(x), head.at(20).predict(x)
    np.testing.assert_array_equal(sure, unsure)
    assert (doubtful < certain).all()


def test_no_photos_have_no_answers(head):
    which, likely = head.predict(np.zeros((0, 2), np.float32))
    assert which.shape == likely.shape == (0,)


def test_softmax_does_not_overflow():
    np.testing.assert_allclose(softmax(np.array([[1e6, 1e6 - 1]])).sum(), 1)


def test_what_was_saved_is_loaded(head, tmp_path):
    head.save(tmp_path / "heads")
    loaded = LinearHead.load(tmp_path / "heads")
    assert (loaded.labels, loaded.temperature) == (head.labels, head.temperature)
    np.testing.assert_array_equal(loaded.matrix, head.matrix)
    np.testing.assert_array_equal(loaded.bias, head.bias)


@pytest.mark.parametrize("file", ["head.safetensors", "head.json"])
def test_a_changed_or_missing_file_is_a_weights_error(head, tmp_path, file):
    head.save(tmp_path)
    path = tmp_path / file
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(WeightsError, match="save it again"):
        LinearHead.load(tmp_path)
    path.unlink()
    with pytest.raises(WeightsError, match="save it again"):
        LinearHead.load(tmp_path)


@pytest.mark.parametrize("x", [np.zeros((1, 3)), np.zeros(2), np.full((1, 2), np.nan)])
def test_features_that_do_not_fit_are_an_encode_error(head, x):
    with pytest.raises(EncodeError):
        head.scores(x.astype(np.float32))
