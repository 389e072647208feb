"""A learned network as a graph: the same as the arrays, and nearly the same in whole numbers."""

from dataclasses import replace

import numpy as np
import pytest

from learned_spaces import SIZES, WORDS, catalogue, data, random_parts, write_random
from wares.encode.learned import LearnedSpace
from wares.encode.learnedonnx import Graph
from wares.errors import TrainingError
from wares.learn.data import taught_on
from wares.learn.onnxgraph import graph_of, static_int8
from wares.learn.trial import trial
from wares.protocols import Encoded

N = 60


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    return LearnedSpace.read(write_random(tmp_path_factory.mktemp("models") / "joint-0001"))


def with_terms(space, parts, seed=3):
    generator = np.random.default_rng(seed)
    texts = [list(generator.choice(WORDS, generator.integers(0, 4))) for _ in range(len(parts["text"].present))]
    return parts | {"terms": space.own["terms"].encode(texts)}


def running(space, graph):
    return replace(space, graph=Graph(graph, space.modalities))


def cosines(one, other, parts):
    rows, weights = one.project(parts)
    return (rows * other.project(parts)[0]).sum(1)[weights.any(1)]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(
    "settings", [{}, {"words": ()}, {"sizes": {"text": 16}}, {"sizes": {"colour": 8}, "words": ()}]
)
def test_in_float_it_is_the_same(tmp_path, settings, share):
    space = LearnedSpace.read(write_random(tmp_path / "joint-0001", **settings))
    parts = random_parts(N, settings.get("sizes", SIZES), share=share)
    if space.own:
        parts |= {"terms": space.own["terms"].encode([["red"], ["unheard"], []] * (N // 3))}
    graph = running(space, graph_of(space))
    for one, other in zip(space.project(parts), graph.project(parts), strict=True):
        np.testing.assert_allclose(other, one, atol=1e-4)


def test_the_same_arrays_give_the_same_bytes(space):
    rows = with_terms(space, random_parts(100))
    graph = graph_of(space)
    assert graph == graph_of(space)
    assert static_int8(graph, space.inputs(), rows) == static_int8(graph, space.inputs(), rows)


def test_rows_of_any_modality_alone_are_nearly_the_same_in_whole_numbers(space):
    graph = running(space, static_int8(graph_of(space), space.inputs(), with_terms(space, random_parts(300))))
    parts = with_terms(space, random_parts(N, seed=5))
    assert cosines(space, graph, parts).min() > 0.98
    for name, part in parts.items():
        assert cosines(space, graph, {name: part}).min() > 0.95, name


def test_layers_are_whole_numbers_and_what_was_not_there_to_measure_is_not(space):
    import onnx

    def layers(rows):
        nodes = onnx.ModelProto.FromString(static_int8(graph_of(space), space.inputs(), rows)).graph.node
        made = {node.output[0]: node.op_type for node in nodes}
        return {node.name: made.get(node.input[1]) for node in nodes if node.op_type == "Gemm"}

    parts = with_terms(space, random_parts(100))
    assert set(layers(parts).values()) == {"DequantizeLinear"}
    parts["image"] = Encoded(parts["image"].vectors, np.zeros(100, np.bool_))
    place = space.modalities.index("image")
    float_ = {name for name, kind in layers(parts).items() if kind is None}
    assert float_ == {f"t{place}.{part}" for part in ("skip", "into", "out")}


def test_nothing_to_measure_on_is_an_error(space):
    nothing = random_parts(10, share=0.0)
    for rows in ({}, nothing, random_parts(0)):
        with pytest.raises(TrainingError, match="nothing to measure scales on"):
            static_int8(graph_of(space), space.inputs(), rows)


@pytest.mark.torch
def test_what_was_learned_is_worth_the_same_in_whole_numbers(tmp_path):
    pytest.importorskip("torch")
    from wares.encode.learned import write_model
    from wares.learn.joint import learn
    from wares.learn.objective import Settings
    from wares.learn.watching import Alone

    given = data(catalogue(360))
    learned, _, looked = given.parts()
    settings = Settings(dim=64, batch=64, steps=(150, 150), nested=(), threads=1, rate=5e-3, dropout=0.1)
    found = learn(learned, given.encode, given.terms, settings)
    write_model(tmp_path, found.arrays(), found.card())
    space = LearnedSpace.read(tmp_path)
    small = running(space, static_int8(graph_of(space), space.inputs(), taught_on(given, space, 100)))
    assert cosines(space, small, looked.parts | {"terms": space.own["terms"].encode(looked.terms)}).min() > 0.95
    before, after = (trial(Alone(each), looked, given.encode, given.terms).means for each in (space, small))
    assert after == pytest.approx(before, abs=0.03)


def test_some_products_of_each_modality_are_enough_to_measure_on(tmp_path):
    given = data(catalogue(120, photos=0.1))
    sizes = {name: part.vectors.shape[1] for name, part in given.catalogue.parts.items()}
    space = LearnedSpace.read(write_random(tmp_path / "joint-0001", sizes=sizes))
    every, some = taught_on(given, space), taught_on(given, space, 5)
    photos = int(every["image"].present.sum())
    assert min(photos, 5) <= some["image"].present.sum() <= photos
    assert len(some["image"].present) < len(every["image"].present)
