"""Photos → 1280 numbers, and which of 1000 ImageNet classes they look like: EfficientNet-lite2 on onnxruntime."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from wares.encode import weights
from wares.encode.memory import give_back
from wares.encode.photos import encode_each, square
from wares.errors import EncodeError
from wares.protocols import Encoded
from wares.registry import register
from wares.types import FloatArray

FP32, INT8 = "efficientnet-lite2.v1", "efficientnet-lite2-int8.v1"
CLOSEUP = "efficientnet-lite2-closeup.v1"
DIM = 1280
SIDE = 260
# What a close-up is: the middle of a photo, enlarged beyond what the network was trained on.
MIDDLE, CLOSEUP_SIDE = 0.7, 380
# Typical length of the pooled features: unit rows times it give logits at the classifier's own temperature.
FEATURE_NORM = 12.0


class EfficientNetEncoder:
    """Pooled features of EfficientNet-lite2 as unit rows; fp32 and int8 vectors are different spaces.

    Every picture runs through the network by itself: on a CPU batches are no faster, and so a row cannot depend on
    the batch around it.

    Parameters
    ----------
    folder
        Where :func:`wares.encode.weights.prepare` keeps converted weights; they are made at the first use if missing.
    threads
        Pictures encoded at a time.
    model
        Name of the recipe in :mod:`wares.encode.weights`.
    name
        Registered name, of which space and fingerprint are made.
    side
        Height and width in pixels of the pictures that the model takes.
    middle
        Share of a photo's sides, around its middle, that is looked at.
    """

    modality = "image"
    dim = DIM

    def __init__(
        self,
        folder: Path | None = None,
        threads: int = 1,
        *,
        model: str,
        name: str,
        side: int = SIDE,
        middle: float = 1.0,
    ) -> None:
        self.folder = Path.home() / ".cache" / "wares" / "weights" if folder is None else folder
        self.threads = threads
        self.model = model
        self.name = name
        self.side = side
        self.middle = middle
        self._session: Any = None
        self._lock = Lock()

    @property
    def space(self) -> str:
        return self.name

    @property
    def fingerprint(self) -> str:
        return f"{self.name}:{weights.sha256_of(self.model, self.folder)[:16]}"

    def encode(self, items: Sequence[bytes]) -> Encoded:
        """(n, 1280) unit rows of JPEG, PNG or WebP bytes; empty bytes are absent."""
        return encode_each(items, self._vector, DIM, self.threads)

    def encode_query(self, item: bytes) -> FloatArray:
        """(1280,) unit vector of one photo."""
        if not item:
            raise EncodeError("there is no photo in the query", fix="send one, or leave this modality out")
        vector = self._vector(item)
        give_back()  # what one picture leaves behind is most of a hundred megabytes
        return vector

    def classify(self, item: bytes) -> FloatArray:
        """(1000,) probabilities of the ImageNet classes."""
        logits = self._run(item)[1].astype(np.float64)
        odds = np.exp(logits - logits.max())
        return np.asarray(odds / odds.sum(), np.float32)

    def classifier(self) -> tuple[FloatArray, FloatArray]:
        """Weights (1000, 1280) and bias (1000,) that turn a unit row into the logits of the ImageNet classes."""
        import onnx
        from onnx import numpy_helper

        graph = onnx.ModelProto.FromString(weights.load(self.model, self.folder)[0]).graph
        tensors = {tensor.name: tensor for tensor in graph.initializer}
        matrix, bias = (numpy_helper.to_array(tensors[name]) for name in ("_fc.weight", "_fc.bias"))
        return np.asarray(matrix * FEATURE_NORM, np.float32), np.asarray(bias, np.float32)

    def _vector(self, item: bytes) -> FloatArray:
        features = self._run(item)[0]
        return np.asarray(features / np.linalg.norm(features), np.float32)

    def _run(self, item: bytes) -> tuple[FloatArray, FloatArray]:
        features, logits = self._open().run(
            ["features", "logits"], {"pixels": square(item, self.side, self.middle)[None]}
        )
        return features[0], logits[0]

    def _open(self) -> Any:
        with self._lock:
            if self._session is None:
                self._session = open_session(weights.verified(self.model, self.folder))
                give_back()
            return self._session


def open_session(model: Path) -> Any:
    """An onnxruntime session on one core of the CPU: several pictures at a time use more of them better."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it keeps 20 MB and saves no time
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


@register("encoder", FP32)
def efficientnet(folder: Path | None = None, threads: int = 1) -> EfficientNetEncoder:
    """EfficientNet-lite2 in fp32."""
    return EfficientNetEncoder(folder, threads, model="efficientnet-lite2", name=FP32)


@register("encoder", INT8)
def efficientnet_int8(folder: Path | None = None, threads: int = 1) -> EfficientNetEncoder:
    """EfficientNet-lite2 in int8."""
    return EfficientNetEncoder(folder, threads, model="efficientnet-lite2-int8", name=INT8)


@register("encoder", CLOSEUP)
def efficientnet_closeup(folder: Path | None = None, threads: int = 1) -> EfficientNetEncoder:
    """EfficientNet-lite2 in fp32 on the middle of a photo, enlarged: a second view of it, at twice the work.

    Notes
    -----
    Networks see objects smaller in the photos they are asked about than in those they were trained on: Touvron et al.,
    "Fixing the train-test resolution discrepancy", NeurIPS 2019.
    """
    return EfficientNetEncoder(
        folder, threads, model="efficientnet-lite2-closeup", name=CLOSEUP, side=CLOSEUP_SIDE, middle=MIDDLE
    )
