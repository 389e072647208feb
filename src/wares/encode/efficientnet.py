"""EfficientNet-lite weights → an ONNX graph with batch norms folded; no torch.

The graph takes ``pixels`` (n, side, side, 3) uint8 RGB and gives ``features`` (n, 1280), the pooled last layer, and
``logits`` (n, 1000) of the ImageNet classes.

Source: Tan & Le, EfficientNet (ICML 2019); the lite variants of TensorFlow's TPU repository: no squeeze-and-excite,
ReLU6 for swish, TensorFlow's SAME padding, pixels as (x - 127) / 128.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensors = Mapping[str, NDArray[Any]]

OPSET = 17
IR_VERSION = 8
EPSILON = 1e-3
# Blocks of EfficientNet-lite2 that halve the picture; all other shapes are read from the weights.
STRIDED_BLOCKS = frozenset({1, 4, 7, 15})


class _Graph:
    """Nodes and weights in the order they are added, so that the same weights give the same bytes."""

    def __init__(self, tensors: Tensors) -> None:
        self.tensors = tensors
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def constant(self, name: str, value: NDArray[Any] | float) -> str:
        from onnx import numpy_helper

        self.weights.append(numpy_helper.from_array(np.array(value, np.float32, order="C"), name))
        return name

    def node(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))
        return output


def build_onnx(tensors: Tensors, *, side: int = 260, strided: frozenset[int] = STRIDED_BLOCKS) -> bytes:
    """Serialised ONNX model of a state dict, the same bytes for the same tensors.

    Parameters
    ----------
    tensors
        The state dict of an EfficientNet-lite.
    side
        Height and width of the pictures it takes.
    strided
        Which blocks have stride 2.
    """
    from onnx import TensorProto, helper

    graph = _Graph(tensors)
    x, size = _stem(graph, side)
    for block in range(1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("_blocks."))):
        x, size = _block(graph, block, x, size, 2 if block in strided else 1)
    x = _conv(graph, x, "_conv_head", "_bn1", size, 1, relu=True)[0]
    graph.node("ReduceMean", [x], "features", axes=[2, 3], keepdims=0)
    names = [graph.constant(name, tensors[name]) for name in ("_fc.weight", "_fc.bias")]
    graph.node("Gemm", ["features", *names], "logits", transB=1)

    classes, width = tensors["_fc.weight"].shape
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet-lite",
            [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", side, side, 3])],
            [
                helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width]),
                helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes]),
            ],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="wares",
        ir_version=IR_VERSION,
    )
    return bytes(model.SerializeToString(deterministic=True))


def _stem(graph: _Graph, side: int) -> tuple[str, int]:
    from onnx import TensorProto

    mean = graph.constant("pixel_mean", 127)
    scale = graph.constant("pixel_scale", 1 / 128)
    x = graph.node("Cast", ["pixels"], "pixels_float", to=TensorProto.FLOAT)
    x = graph.node("Sub", [x, mean], "pixels_centred")
    x = graph.node("Mul", [x, scale], "pixels_scaled")
    x = graph.node("Transpose", [x], "pixels_nchw", perm=[0, 3, 1, 2])
    return _conv(graph, x, "_conv_stem", "_bn0", side, 2, relu=True)


def _block(graph: _Graph, block: int, x: str, size: int, stride: int) -> tuple[str, int]:
    """Inverted residual: expand (if there are weights for it), depthwise, project, and add where shapes allow."""
    tensors, name = graph.tensors, f"_blocks.{block}."
    expand, depthwise, project = (f"{name}_{part}_conv" for part in ("expand", "depthwise", "project"))
    channels = entering = tensors[f"{depthwise}.weight"].shape[0]
    entered = x
    if f"{expand}.weight" in tensors:
        entering = tensors[f"{expand}.weight"].shape[1]
        x, size = _conv(graph, x, expand, f"{name}_bn0", size, 1, relu=True)
    x, size = _conv(graph, x, depthwise, f"{name}_bn1", size, stride, relu=True, groups=channels)
    x, size = _conv(graph, x, project, f"{name}_bn2", size, 1, relu=False)
    if stride == 1 and entering == tensors[f"{project}.weight"].shape[0]:
        x = graph.node("Add", [entered, x], f"{name}add")
    return x, size


def _conv(
    graph: _Graph, x: str, conv: str, norm: str, size: int, stride: int, *, relu: bool, groups: int = 1
) -> tuple[str, int]:
    """Convolution with its batch norm folded in, padded as TensorFlow's SAME; the output's name and side."""
    tensors = graph.tensors
    scale = tensors[f"{norm}.weight"].astype(np.float64) / np.sqrt(tensors[f"{norm}.running_var"] + np.float64(EPSILON))
    kernel = tensors[f"{conv}.weight"] * scale[:, None, None, None]
    bias = tensors[f"{norm}.bias"] - tensors[f"{norm}.running_mean"] * scale
    window = kernel.shape[2]
    out = -(-size // stride)
    padding = max((out - 1) * stride + window - size, 0)
    before, after = padding // 2, padding - padding // 2
    x = graph.node(
        "Conv",
        [x, graph.constant(f"{conv}.kernel", kernel), graph.constant(f"{conv}.bias", bias)],
        conv,
        kernel_shape=[window, window],
        strides=[stride, stride],
        pads=[before, before, after, after],
        group=groups,
    )
    if relu:
        low, high = f"{conv}.low", f"{conv}.high"
        graph.constant(low, 0)
        graph.constant(high, 6)
        x = graph.node("Clip", [x, low, high], f"{conv}.relu6")
    return x, out
