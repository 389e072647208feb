"""Static int8 quantization of an image model, calibrated on pictures drawn here, so that it needs no photos.

Source: onnxruntime.quantization (QDQ format, per-channel weights). ReLU6 bounds most activations by itself, so blurred
noise at many scales calibrates the few that are left nearly as well as photos do (docs/results.md).
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from wares.types import FloatArray

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
    from onnxruntime import quantization
    from onnxruntime.quantization.calibrate import CalibrationDataReader

    class Pictures(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.pictures = calibration_pictures() if pictures is None else pictures

        def get_next(self) -> dict[str, FloatArray] | None:
            picture = next(self.pictures, None)
            return None if picture is None else {"pixels": picture[None]}

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "fp32.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(_prepared(model))
        quantization.quantize_static(
            str(source),
            str(target),
            Pictures(),
            quant_format=quantization.QuantFormat.QDQ,
            calibrate_method=quantization.CalibrationMethod.MinMax,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            per_channel=True,
            nodes_to_exclude=["features", "logits"],
        )
        return target.read_bytes()


def _prepared(model: bytes) -> bytes:
    """The model marked as ready for quantization, which it is: batch norms are folded and shapes are fixed."""
    import onnx

    proto = onnx.ModelProto.FromString(model)
    proto.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")
    return bytes(proto.SerializeToString(deterministic=True))
