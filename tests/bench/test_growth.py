import math

import pytest

from wares.bench.growth import fitted, growth


def test_a_power_is_found_and_followed_to_50_ms():
    found = fitted({n: 1e-6 * n**0.5 for n in (10_000, 100_000, 1_000_000)})
    assert found["growth_exponent"] == pytest.approx(0.5)
    assert found["products_at_50ms"] == pytest.approx((0.05 / 1e-6) ** 2)


def test_the_way_on_goes_by_the_two_largest_sizes():
    found = fitted({1_000: 0.001, 10_000: 0.001, 100_000: 0.01})
    assert found["growth_exponent"] == pytest.approx(0.5)
    assert found["products_at_50ms"] == pytest.approx(500_000)


def test_one_size_says_nothing():
    assert all(math.isnan(value) for value in fitted({1000: 0.01}).values())


def test_an_index_is_grown_and_asked_at_each_size(tmp_path):
    found = growth(tmp_path, 8, 0, quick=False, sizes=(1000, 3000))
    assert set(found) == {"p50_1k_ms", "p50_3k_ms", "growth_exponent", "products_at_50ms"}
    assert found["p50_1k_ms"] > 0


def test_quick_stops_early(tmp_path):
    assert set(growth(tmp_path, 8, 0, quick=True, sizes=(1000, 200_000))) >= {"p50_1k_ms"}
    assert not (tmp_path / "200000").exists()
