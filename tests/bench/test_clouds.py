import numpy as np
import pytest

from wares.bench.clouds import LABELS, cloud, floors, labels, near, recall, unit


def test_a_cloud_is_seeded_and_of_unit_rows():
    rows = cloud(500, 32, 1)
    assert rows.shape == (500, 32)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.array_equal(rows, cloud(500, 32, 1))
    assert not np.array_equal(rows, cloud(500, 32, 2))


def test_a_cloud_lies_near_few_dimensions_in_clusters_of_unlike_size():
    rows = cloud(3000, 64, 0, rank=6)
    shares = np.linalg.svd(rows, compute_uv=False) ** 2 / len(rows)
    assert shares[:6].sum() > 0.98
    even = unit(np.random.default_rng(0).normal(size=(3000, 64)).astype(np.float32))
    assert (rows @ rows[:50].T > 0.9).sum() > 100 * (even @ even[:50].T > 0.9).sum() / 50


def test_floors_are_those_of_a_full_sort():
    rows, asked = cloud(5000, 16, 0), near(cloud(5000, 16, 0), 7, 1)
    wanted = np.sort(rows @ asked.T, axis=0)[-10]
    assert np.allclose(floors(rows, asked, 10), wanted, atol=1e-6)


@pytest.mark.parametrize("n", [3, 9])
def test_fewer_rows_than_k_are_all_near_enough(n):
    rows = cloud(n, 8, 0)
    assert np.allclose(floors(rows, rows[:1], 10), (rows @ rows[0]).min(), atol=1e-6)


def test_recall_counts_equals_and_no_more_than_k():
    rows = np.eye(4, dtype=np.float32)[[0, 0, 0, 1]]
    query = rows[0]
    assert recall(rows, query, 1.0, np.array([2, 1]), 2) == 1
    assert recall(rows, query, 1.0, np.array([0, 3]), 2) == 0.5
    assert recall(rows, query, 1.0, np.array([], np.int64), 2) == 0


def test_a_label_passes_a_fiftieth():
    drawn = labels(50_000, 0)
    shares = np.bincount(drawn, minlength=LABELS) / len(drawn)
    assert len(shares) == LABELS
    assert np.allclose(shares, 0.02, atol=0.004)
