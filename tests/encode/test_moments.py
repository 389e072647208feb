import numpy as np
import pytest

from wares.encode.moments import Moments, best_penalty, canonical, eigen, inverse_root


@pytest.fixture
def views():
    """400 pairs of views (12 and 9 wide) of three shared numbers, with noise of their own."""
    generator = np.random.default_rng(0)
    shared = generator.normal(size=(400, 3))
    x = shared @ generator.normal(size=(3, 12)) + generator.normal(size=(400, 12)) + 5
    y = shared @ generator.normal(size=(3, 9)) + generator.normal(size=(400, 9)) - 2
    return x, y


def test_chunks_sum_to_the_moments_of_all_rows(views):
    x, y = views
    moments = Moments.of((x[start : start + 70], y[start : start + 70]) for start in range(0, 400, 70))
    both = np.cov(np.hstack([x, y]).T, bias=True)
    assert moments.n == 400
    np.testing.assert_allclose(moments.mean_x, x.mean(0))
    np.testing.assert_allclose(moments.xx, both[:12, :12], atol=1e-10)
    np.testing.assert_allclose(moments.xy, both[:12, 12:], atol=1e-10)
    np.testing.assert_allclose(moments.yy, both[12:, 12:], atol=1e-10)


def test_the_penalty_has_the_least_cross_validation_error(views):
    """Against the definition with the hat matrix written out: |(I - H) y|² / n over (tr(I - H) / n)²."""
    x, y = views[0][:40] - views[0][:40].mean(0), views[1][:40] - views[1][:40].mean(0)
    moments = Moments.of([(x, y)])
    values, vectors = eigen(moments.xx)
    penalties = (0.001, 0.01, 0.1, 1.0, 10.0)

    def error(penalty):
        hat = x @ np.linalg.solve(x.T @ x + 40 * penalty * values.mean() * np.eye(12), x.T) + 1 / 40
        rest = np.eye(40) - hat
        return ((rest @ y) ** 2).sum() / 40 / (np.trace(rest) / 40) ** 2

    found = best_penalty(values, vectors.T @ moments.xy, float(np.trace(moments.yy)), 40, penalties)
    assert found == min(penalties, key=error)


def test_fewer_independent_pairs_never_lower_the_penalty(views):
    moments = Moments.of([views])
    values, vectors = eigen(moments.xx)
    projected, energy = vectors.T @ moments.xy, float(np.trace(moments.yy))
    chosen = [best_penalty(values, projected, energy, independent) for independent in (400, 100, 40, 15, 5)]
    assert chosen == sorted(chosen)


def test_inverse_root_whitens(views):
    moments = Moments.of([views])
    root = inverse_root(*eigen(moments.xx), 0.0)
    np.testing.assert_allclose(root @ moments.xx @ root, np.eye(12), atol=1e-8)


def test_canonical_correlations_are_those_of_the_definition(views):
    """Without a penalty the maps' correlations are the singular values of the whitened cross-covariance."""
    x, y = views
    moments = Moments.of([views])
    roots = inverse_root(*eigen(moments.xx), 0.0), inverse_root(*eigen(moments.yy), 0.0)
    to_x, to_y = canonical(moments, *roots, rank=4)
    expected = np.linalg.svd(roots[0] @ moments.xy @ roots[1], compute_uv=False)[:4]
    found = [np.corrcoef((x @ to_x)[:, i], (y @ to_y)[:, i])[0, 1] for i in range(4)]
    np.testing.assert_allclose(found, expected, atol=1e-8)
    np.testing.assert_allclose((x @ to_x).std(0), expected, atol=1e-8)
    np.testing.assert_allclose((y @ to_y).std(0), expected, atol=1e-8)
