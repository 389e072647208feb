"""Static int8 quantization of an image model, calibrated on pictures drawn here, so that it needs no photos.

Source: onnxruntime.quantization (QDQ format, per-channel weights). ReLU6 bounds most activations by itself, so blurred
noise at many scales calibrates the few that are left nearly as well as photos do (docs/results.md).
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

SIDE = 260
# Cells along the side of a drawn picture, from plain colour areas to fine texture.
SCALES = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 130)


def calibration_pictures(seed: int = 0, repeats: int = 4) -> Iterator[Any]:
    """(side, side, 3) uint8 pictures of noise at every scale, ``repeats`` of each."""
    from PIL import Image

    generator = np.random.default_rng(seed)
    for scale in SCALES * repeats:
        cells = generator.integers(0, 256, (scale, scale, 3), dtype=np.uint8)
        yield np.asarray(Image.fromarray(cells).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def quantize(model: bytes, pictures: Iterator[Any] | None = None) -> bytes:
    """Serialised int8 model (QDQ) of an fp32 one; the pooled features and the logits stay in fp32.

    Parameters
    ----------
    model
        ONNX with an input ``pixels`` and outputs ``features`` and ``logits``.
    pictures
        What to calibrate on, (side, side, 3) uint8 each; default: drawn ones.
    """
    shown = calibration_pictures() if pictures is None else pictures
    feeds = ({"pixels": picture[None]} for picture in shown)
    return static(_prepared(model), feeds, nodes_to_exclude=["features", "logits"])


def static(prepared: bytes, feeds: Iterator[dict[str, Any]], **options: Any) -> bytes:
    """A serialised model in whole numbers of eight bits (QDQ), with a scale for each channel of its weights.

    Parameters
    ----------
    prepared
        ONNX that is marked as ready for quantization.
    feeds
        Inputs by name that the scales of activations are measured on.
    options
        Of ``onnxruntime.quantization.quantize_static``.
    """
    from onnxruntime import quantization
    from onnxruntime.quantization.calibrate import CalibrationDataReader

    class Feeds(CalibrationDataReader):  # type: ignore[misc]
        def get_next(self) -> dict[str, Any] | None:
            return next(feeds, None)

    with tempfile.TemporaryDirectory(prefix="wares-int8-") as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(prepared)
        quantization.quantize_static(
            str(source),
            str(target),
            Feeds(),
            quant_format=quantization.QuantFormat.QDQ,
            calibrate_method=quantization.CalibrationMethod.MinMax,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            **options,
        )
        return target.read_bytes()


def marked(model: Any) -> bytes:
    """A model, as onnx has it, marked as ready for quantization."""
    model.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")
    return bytes(model.SerializeToString(deterministic=True))


def _prepared(model: bytes) -> bytes:
    """Ready for quantization as it is: batch norms are folded and shapes are fixed."""
    import onnx

    return marked(onnx.ModelProto.FromString(model))
