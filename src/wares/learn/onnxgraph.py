"""The network of a learned space → an ONNX graph, as it is or in whole numbers of eight bits. No torch.

Static quantisation: activations have fixed scales, measured on rows that the network is for (onnxruntime.quantization,
QDQ format; Jacob et al., Quantization and training of neural networks for efficient integer-arithmetic-only inference,
CVPR 2018). Layers are quantised; norms, gates, the softmax and the sums between them stay in float.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from wares.encode.int8 import marked, static
from wares.encode.learned import NORM_EPSILON, TERMS, LearnedSpace
from wares.encode.learnedonnx import inputs_of
from wares.errors import TrainingError
from wares.protocols import Encoded
from wares.types import BoolArray, FloatArray

OPSET, IR_VERSION = 17, 9
AWAY = -1e30  # gate of what is not there
LAYER = "Gemm"  # what is quantised
ROWS = 2000  # that scales are measured on
TRUNK = ("norm", "into", "out")


class _Graph:
    """Nodes and weights in the order they are added, so that the same weights give the same bytes."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def constant(self, name: str, value: Any, kind: Any = np.float32) -> str:
        from onnx import numpy_helper

        self.weights.append(numpy_helper.from_array(np.array(value, kind, order="C"), name))
        return name

    def node(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        return output

    def layer(self, x: str, name: str, weight: FloatArray, bias: FloatArray) -> str:
        """W x + b."""
        names = [self.constant(f"{name}.weight", weight), self.constant(f"{name}.bias", bias)]
        return self.node(LAYER, [x, *names], name, transB=1)

    def network(self, x: str, name: str, into: Sequence[FloatArray], out: Sequence[FloatArray]) -> str:
        """W₂ silu(W₁ x)."""
        hidden = self.layer(x, f"{name}.into", *into)
        open_ = self.node("Sigmoid", [hidden], f"{name}.sigmoid")
        return self.layer(self.node("Mul", [hidden, open_], f"{name}.silu"), f"{name}.out", *out)

    def unit(self, x: str, name: str) -> str:
        """Rows of length 1; zeros stay."""
        length = self.node("ReduceL2", [x], f"{name}.length", axes=[1], keepdims=1)
        least = self.constant(f"{name}.least", 1e-12)
        return self.node("Div", [x, self.node("Max", [length, least], f"{name}.floor")], name)


def graph_of(space: LearnedSpace) -> bytes:
    """A serialised graph that gives what the space gives, the same bytes for the same arrays.

    Raises
    ------
    WeightsError
        The space is a graph itself.
    """
    from onnx import TensorProto, helper

    arrays, graph, sizes = space.weights(), _Graph(), space.inputs()
    m, dim = len(sizes), len(arrays["trunk.out.bias"])
    rows = [_tower(graph, f"t{place}", f"x{place}", arrays, name, space) for place, name in enumerate(sizes)]
    gates = [_gate(graph, f"t{place}", rows[place], arrays[f"{name}.gate"]) for place, name in enumerate(sizes)]
    second = graph.constant("second", [1], np.int64)
    there = [graph.node("Unsqueeze", [f"p{place}", second], f"there{place}") for place in range(m)]
    present = graph.node("Concat", there, "present", axis=1)
    gate = graph.node("Concat", gates, "gates", axis=1)
    masked = graph.node("Where", [present, gate, graph.constant("away", AWAY)], "masked")
    known = graph.node("Cast", [present], "known", to=TensorProto.FLOAT)
    graph.node("Mul", [graph.node("Softmax", [masked], "softmax", axis=1), known], "weights")
    shares = []
    for place, row in enumerate(rows):
        column = graph.node("Gather", ["weights", graph.constant(f"at{place}", [place], np.int64)], f"w{place}", axis=1)
        shares.append(graph.node("Mul", [column, row], f"share{place}"))
    fused = graph.node("Sum", shares, "summed")
    norm, into, out = ([arrays[f"trunk.{part}.{kind}"] for kind in ("weight", "bias")] for part in TRUNK)
    names = [graph.constant(f"norm.{kind}", value) for kind, value in zip(("weight", "bias"), norm, strict=True)]
    normed = graph.node("LayerNormalization", [fused, *names], "norm", axis=-1, epsilon=NORM_EPSILON)
    mixed = graph.node("Add", [fused, graph.network(normed, "trunk", into, out)], "mixed")
    any_ = graph.node("ReduceMax", [known], "any", axes=[1], keepdims=1)
    graph.node("Mul", [mixed, any_], "fused")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "learned",
            [
                *(
                    helper.make_tensor_value_info(f"x{n}", TensorProto.FLOAT, ["n", s])
                    for n, s in enumerate(sizes.values())
                ),
                *(helper.make_tensor_value_info(f"p{place}", TensorProto.BOOL, ["n"]) for place in range(m)),
            ],
            [
                helper.make_tensor_value_info("fused", TensorProto.FLOAT, ["n", dim]),
                helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["n", m]),
            ],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="wares",
        ir_version=IR_VERSION,
    )
    return bytes(model.SerializeToString(deterministic=True))


def _tower(graph: _Graph, name: str, x: str, arrays: Mapping[str, Any], modality: str, space: LearnedSpace) -> str:
    """A row of the space, (n, D), from the features of one modality."""
    if modality == TERMS:
        return graph.unit(x, f"{name}.row")
    if space.card["rooted"][modality]:
        x = graph.node("Max", [x, graph.constant(f"{name}.zero", 0)], f"{name}.positive")
        x = graph.node("Sqrt", [x], f"{name}.rooted")
    x = graph.node("Sub", [x, graph.constant(f"{name}.mean", arrays[f"{modality}.mean"])], f"{name}.centred")
    x = graph.node("Mul", [x, graph.constant(f"{name}.scale", arrays[f"{modality}.scale"])], f"{name}.standard")
    skip, into, out = (
        [arrays[f"{modality}.{part}.{kind}"] for kind in ("weight", "bias")] for part in ("skip", "into", "out")
    )
    straight = graph.layer(x, f"{name}.skip", *skip)
    return graph.node("Add", [straight, graph.network(x, name, into, out)], f"{name}.row")


def _gate(graph: _Graph, name: str, row: str, gate: FloatArray) -> str:
    """How much a modality counts, (n, 1), before it is weighed against the others."""
    direction = graph.constant(f"{name}.direction", gate[:-1, None])
    turned = graph.node("MatMul", [graph.unit(row, f"{name}.unit"), direction], f"{name}.turned")
    return graph.node("Add", [turned, graph.constant(f"{name}.level", gate[-1:])], f"{name}.gate")


def static_int8(graph: bytes, sizes: Mapping[str, int], rows: Mapping[str, Encoded]) -> bytes:
    """The same graph with its layers in whole numbers of eight bits.

    Parameters
    ----------
    sizes
        Modality → the dimension of its features, in the order of the inputs.
    rows
        What scales are measured on: n rows of each modality, such as those that were learned from. A modality that
        none of them has stays in float.

    Raises
    ------
    TrainingError
        There are no rows.
    """
    given = [(name, rows[name].present) for name in sizes if name in rows]
    if not any(present.any() for _, present in given):
        raise TrainingError("there is nothing to measure scales on", fix="give it the catalogue's own rows")
    unseen = [place for place, name in enumerate(sizes) if name not in rows or not rows[name].present.any()]

    return static(
        _prepared(graph),
        _feeds(sizes, rows),
        reduce_range=True,  # sums of 16 bits overflow on some processors: a vector is to be the same on all
        op_types_to_quantize=[LAYER],
        nodes_to_exclude=[f"t{place}.{part}" for place in unseen for part in ("skip", "into", "out")],
        extra_options={"OpTypesToExcludeOutputQuantization": [LAYER]},
    )


def _feeds(sizes: Mapping[str, int], rows: Mapping[str, Encoded]) -> Iterator[dict[str, Any]]:
    """Rows as they are, and by each of their modalities alone, as queries and photos come.

    What a row lacks is filled from others: the network turns zeros into something, too, but nobody sees it.
    """
    some = {name: rows[name] for name in sizes if name in rows}
    n = len(next(iter(some.values())).present)
    picked = np.sort(np.random.default_rng(0).permutation(n)[:ROWS])
    present = {name: part.present[picked] for name, part in some.items()}
    filled = {}
    for name, part in some.items():
        have = np.flatnonzero(part.present)
        if len(have):
            at = np.where(present[name], picked, have[np.arange(len(picked)) % len(have)])
            filled[name] = Encoded(part.vectors[at], np.ones(len(picked), np.bool_))

    def feed(there: Mapping[str, BoolArray]) -> dict[str, Any]:
        found = inputs_of(filled, sizes, slice(None))
        nothing = np.zeros(len(picked), np.bool_)
        return found | {f"p{place}": there.get(name, nothing) for place, name in enumerate(sizes)}

    yield feed(present)
    for name in filled:
        yield feed({name: present[name]})


def _prepared(graph: bytes) -> bytes:
    """With the shapes of all that is between, and marked as ready for quantisation."""
    import onnx

    return marked(onnx.shape_inference.infer_shapes(onnx.ModelProto.FromString(graph)))
