"""Engines that answer badly, slowly or late are seen as such."""

import math
import time

import numpy as np
import pytest

from wares.bench import race
from wares.bench.clouds import cloud, labels, near
from wares.bench.race import Course, fit, run_filtered, run_plain, visible

VECTORS = cloud(800, 16, 0)


@pytest.fixture
def course(monkeypatch):
    monkeypatch.setattr(race, "ROUNDS", 2)
    return Course.of(VECTORS, near(VECTORS, 20, 1), labels(800, 0))


class Plain:
    """Exact; knows ``effort`` of the ten nearest."""

    efforts = (2, 5, 10, 20)
    effort = 10

    def __init__(self, course):
        self.vectors, self.labels = course.vectors, course.labels

    def search(self, query, k):
        return np.argsort(-(self.vectors @ query))[: min(self.effort, k)]

    def search_filtered(self, query, k, label):
        rows = np.flatnonzero(self.labels == label)
        return rows[np.argsort(-(self.vectors[rows] @ query))][:k]

    def upsert(self, row, vector, label):
        self.vectors = np.vstack([self.vectors, vector])


class Blind(Plain):
    """Forgets the filter, sleeps, and writes nothing."""

    def search(self, query, k):
        time.sleep(0.002)
        return super().search(query, k)

    def search_filtered(self, query, k, label):
        return super().search(query, k)

    def upsert(self, row, vector, label):
        pass


def test_the_least_effort_that_is_enough_is_taken(course):
    engine = Plain(course)
    fit(engine, course)
    assert engine.effort == 10


def test_the_most_is_taken_where_nothing_is_enough(course):
    class Weak(Plain):
        efforts = (1, 2)

    engine = Weak(course)
    fit(engine, course)
    assert engine.effort == 2


def test_recall_and_time_are_of_the_held_out_half(course):
    half = Plain(course)
    half.effort = 5
    found = run_plain({"whole": Plain(course), "half": half, "slow": Blind(course)}, course)
    assert found["whole"]["recall10"] == 1
    assert found["half"]["recall10"] == 0.5
    assert found["slow"]["p50_ms"] >= 2
    assert found["whole"]["p50_ms"] < found["slow"]["p50_ms"]
    assert set(course.tuning) | set(course.held_out) == set(range(20))
    assert not set(course.tuning) & set(course.held_out)


def test_a_filter_that_is_forgotten_finds_little(course):
    found = run_filtered({"plain": Plain(course), "blind": Blind(course)}, course)
    assert found["plain"]["filtered_recall10"] == 1
    assert found["blind"]["filtered_recall10"] < 0.3


def test_a_write_that_is_never_seen_has_no_time(course, monkeypatch):
    monkeypatch.setattr(race, "PATIENCE", 0.01)
    found = visible({"plain": Plain(course), "blind": Blind(course)}, course, 0)
    assert 0 < found["plain"]["visible_ms"] < 1000
    assert math.isnan(found["blind"]["visible_ms"])
