"""The graph against a plain NumPy forward pass of a tiny network of the same make."""

import numpy as np
import onnxruntime
import pytest

from wares.encode.efficientnet import EPSILON, build_onnx

SIDE = 13  # odd, so that SAME padding is uneven


def _network(generator):
    """Stem of 4, a block without expansion, a strided 5x5 one, and one with a skip; 10 features, 3 classes."""
    tensors = {}

    def conv(name, norm, out, into, window):
        tensors[f"{name}.weight"] = generator.normal(0, 0.5, (out, into, window, window)).astype(np.float32)
        tensors[f"{norm}.weight"] = generator.uniform(0.5, 1.5, out).astype(np.float32)
        tensors[f"{norm}.bias"] = generator.normal(0, 0.5, out).astype(np.float32)
        tensors[f"{norm}.running_mean"] = generator.normal(0, 0.5, out).astype(np.float32)
        tensors[f"{norm}.running_var"] = generator.uniform(0.1, 2, out).astype(np.float32)

    conv("_conv_stem", "_bn0", 4, 3, 3)
    for block, (into, wide, out, window) in enumerate([(4, 4, 5, 3), (5, 10, 6, 5), (6, 12, 6, 3)]):
        name = f"_blocks.{block}."
        if wide != into:
            conv(f"{name}_expand_conv", f"{name}_bn0", wide, into, 1)
        conv(f"{name}_depthwise_conv", f"{name}_bn1", wide, 1, window)
        conv(f"{name}_project_conv", f"{name}_bn2", out, wide, 1)
    conv("_conv_head", "_bn1", 10, 6, 1)
    tensors["_fc.weight"] = generator.normal(size=(3, 10)).astype(np.float32)
    tensors["_fc.bias"] = generator.normal(size=3).astype(np.float32)
    return tensors


def _conv(x, kernel, stride, groups=1):
    """Convolution (channels, height, width) with TensorFlow's SAME padding, by sums over windows."""
    window, size = kernel.shape[2], x.shape[1]
    out = -(-size // stride)
    total = max((out - 1) * stride + window - size, 0)
    padded = np.pad(x, ((0, 0), *[(total // 2, total - total // 2)] * 2))
    views = np.lib.stride_tricks.sliding_window_view(padded, (window, window), (1, 2))[:, ::stride, ::stride]
    if groups > 1:
        return np.einsum("chwij,cij->chw", views, kernel[:, 0])
    return np.einsum("chwij,ocij->ohw", views, kernel)


def _forward(tensors, pixels, strided):
    def norm(x, name):
        scale = tensors[f"{name}.weight"] / np.sqrt(tensors[f"{name}.running_var"] + EPSILON)
        return (x - tensors[f"{name}.running_mean"][:, None, None]) * scale[:, None, None] + tensors[f"{name}.bias"][
            :, None, None
        ]

    def relu6(x):
        return np.clip(x, 0, 6)

    x = (pixels.astype(np.float64).transpose(2, 0, 1) - 127) / 128
    x = relu6(norm(_conv(x, tensors["_conv_stem.weight"], 2), "_bn0"))
    for block in range(3):
        name, entered = f"_blocks.{block}.", x
        if f"{name}_expand_conv.weight" in tensors:
            x = relu6(norm(_conv(x, tensors[f"{name}_expand_conv.weight"], 1), f"{name}_bn0"))
        stride = 2 if block in strided else 1
        x = relu6(norm(_conv(x, tensors[f"{name}_depthwise_conv.weight"], stride, groups=len(x)), f"{name}_bn1"))
        x = norm(_conv(x, tensors[f"{name}_project_conv.weight"], 1), f"{name}_bn2")
        x = x + entered if x.shape == entered.shape else x
    x = relu6(norm(_conv(x, tensors["_conv_head.weight"], 1), "_bn1")).mean((1, 2))
    return x, tensors["_fc.weight"] @ x + tensors["_fc.bias"]


@pytest.mark.parametrize("seed", range(5))
def test_graph_computes_the_network(seed):
    generator = np.random.default_rng(seed)
    tensors = _network(generator)
    model = build_onnx(tensors, side=SIDE, strided=frozenset({1}))
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    pixels = generator.integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    features, logits = session.run(["features", "logits"], {"pixels": pixels})
    for row in range(2):
        expected = _forward(tensors, pixels[row], {1})
        np.testing.assert_allclose(features[row], expected[0], rtol=2e-4, atol=2e-5)
        np.testing.assert_allclose(logits[row], expected[1], rtol=2e-4, atol=2e-4)


def test_the_same_weights_give_the_same_bytes():
    tensors = _network(np.random.default_rng(0))
    assert build_onnx(tensors, side=SIDE) == build_onnx(dict(tensors), side=SIDE)
