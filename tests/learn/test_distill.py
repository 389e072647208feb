"""A student gives its teacher's vectors."""

import numpy as np
import pytest

from learned_spaces import random_parts, write_graph, write_random
from wares.encode.learned import ARRAYS, LearnedSpace, write_model
from wares.errors import TrainingError, WeightsError

pytestmark = pytest.mark.torch
pytest.importorskip("torch")

from wares.learn.distill import Distillation, distill  # noqa: E402


@pytest.fixture
def teacher(tmp_path):
    return LearnedSpace.read(write_random(tmp_path / "joint-0001"))


def inputs(teacher, n, seed):
    parts = random_parts(n, seed=seed)
    encoded = teacher.own["terms"].encode([("red", "lamp")[: 1 + row % 2] if row % 3 else () for row in range(n)])
    return {**parts, "terms": encoded}


def near(teacher, student, parts):
    rows = [each.project(parts)[0] for each in (teacher, student)]
    known = np.linalg.norm(rows[0], axis=1) > 0
    return float((rows[0] * rows[1]).sum(1)[known].mean())


def test_a_student_is_near_its_teacher_where_it_was_not_taught(teacher, tmp_path):
    unseen = inputs(teacher, 200, seed=5)
    folders = []
    for epochs in (1, 40):
        how = Distillation(hidden=8, epochs=epochs, batch=64, threads=1, rate=1e-2)
        arrays, _ = distill(teacher, inputs(teacher, 400, seed=1), how)
        folders.append(tmp_path / f"small-{epochs:04d}")
        write_model(folders[-1], arrays, {**teacher.card, "name": folders[-1].name})
    early, late = (near(teacher, LearnedSpace.read(folder), unseen) for folder in folders)
    assert late > 0.9
    assert late > early


def test_a_student_is_smaller_and_knows_the_same_words(teacher, tmp_path):
    arrays, _ = distill(teacher, inputs(teacher, 80, seed=1), Distillation(hidden=2, epochs=1, batch=16, threads=1))
    write_model(tmp_path / "small-0001", arrays, {**teacher.card, "name": "small-0001"})
    student = LearnedSpace.read(tmp_path / "small-0001")
    one, other = (each.own["terms"].encode([("red",), ("nothing",)]) for each in (teacher, student))
    np.testing.assert_array_equal(one.vectors, other.vectors)
    sizes = [(tmp_path / name / ARRAYS).stat().st_size for name in ("joint-0001", "small-0001")]
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize("how", [{"hidden": 0}, {"epochs": 0}, {"batch": 1}])
def test_what_cannot_be_is_refused(how):
    with pytest.raises(TrainingError):
        Distillation(**how)


def test_one_row_teaches_nothing(teacher):
    with pytest.raises(TrainingError, match="nothing to teach"):
        distill(teacher, inputs(teacher, 1, seed=1))


def test_a_graph_teaches_nobody(tmp_path):
    teacher = LearnedSpace.read(write_graph(tmp_path / "small-0001"))
    with pytest.raises(WeightsError, match="small-0001 is a graph") as error:
        distill(teacher, inputs(teacher, 20, 0), Distillation(hidden=8, epochs=1))
    assert error.value.fix == "take joint-0999"
