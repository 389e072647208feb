"""CLIP, SigLIP and Chinese-CLIP models that a user brings, one encoder for each side: ``transformers-clip.v1``.

Both sides of one model share a space. Needs ``wares[transformers]``; pictures are prepared by PIL, never torchvision.
"""

from collections.abc import Sequence
from functools import cached_property
from io import BytesIO
from threading import Lock
from typing import Any, Literal

import numpy as np

from wares.encode import checkpoints
from wares.encode.photos import open_photo
from wares.encode.rows import encode_query_text, encode_texts, unit_rows
from wares.errors import EncodeError, WeightsError
from wares.protocols import Encoded
from wares.registry import register
from wares.types import FloatArray

NAME = "transformers-clip.v1"
BATCH = 16
LIMIT = 512  # characters read of a text; the model's own limit in tokens comes first
SIDE = 512  # a photo is decoded no larger than about twice this


@register("encoder", "transformers-clip.v1")
class ClipEncoder:
    """One side of a joint image–text model.

    Parameters
    ----------
    model
        A local folder, or ``owner/name`` on a hub together with ``revision``.
    modality
        ``text`` (items are str) or ``image`` (items are bytes of photos).
    revision
        Commit on the hub.
    threads
        Of torch, in the whole process.
    """

    def __init__(
        self, model: str, modality: Literal["text", "image"] = "image", revision: str = "", threads: int = 1
    ) -> None:
        self.modality = modality
        self._checkpoint = checkpoints.find(model, revision)
        self._threads = threads
        self._lock = Lock()

    @property
    def space(self) -> str:
        return f"{NAME}:{self._checkpoint.fingerprint}"

    @property
    def dim(self) -> int:
        return self._dim

    @property
    def fingerprint(self) -> str:
        return f"{self.space}:{self.modality}"

    def encode(self, items: Sequence[Any]) -> Encoded:
        """(n, d) unit rows; empty texts and empty bytes are absent."""
        if self.modality == "text":
            return encode_texts(items, self._texts, dim=self.dim, limit=LIMIT, name=NAME)
        present = np.array([bool(item) for item in items], np.bool_)
        vectors = np.zeros((len(items), self.dim), np.float32)
        if present.any():
            vectors[present] = unit_rows(self._photos([item for item in items if item]), NAME)
        return Encoded(vectors, present)

    def encode_query(self, item: Any) -> FloatArray:
        """(d,) unit vector of one text or photo."""
        if self.modality == "text":
            return encode_query_text(item, self._texts, limit=LIMIT, name=NAME)
        if not item:
            raise EncodeError("there is no photo in the query", fix="send one, or leave this modality out")
        vector: FloatArray = self.encode([item]).vectors[0]
        return vector

    @cached_property
    def _dim(self) -> int:
        """Of what the model gives for a word or a white picture: its configuration says it under too many names."""
        from PIL import Image

        white = BytesIO()
        Image.new("RGB", (8, 8), "white").save(white, "PNG")
        probe = self._texts(["a"]) if self.modality == "text" else self._photos([white.getvalue()])
        return int(probe.shape[1])

    def _texts(self, texts: list[str]) -> FloatArray:
        model, tokenizer = self._loaded
        longest = min(tokenizer.model_max_length, model.config.text_config.max_position_embeddings)
        rows = []
        for start in range(0, len(texts), BATCH):
            # padded to one length: what stands beside a text must not change it, and SigLIP was trained so
            tokens = tokenizer(
                texts[start : start + BATCH],
                padding="max_length", max_length=longest, truncation=True, return_tensors="pt",
            )  # fmt: skip
            rows.append(self._run(model.get_text_features, tokens))
        return np.concatenate(rows)

    def _photos(self, photos: list[bytes]) -> FloatArray:
        model, processor = self._loaded
        rows = []
        for start in range(0, len(photos), BATCH):
            pictures = [open_photo(photo, SIDE) for photo in photos[start : start + BATCH]]
            rows.append(self._run(model.get_image_features, processor(pictures, return_tensors="pt")))
        return np.concatenate(rows)

    def _run(self, features: Any, inputs: Any) -> FloatArray:
        import torch

        with self._lock, torch.inference_mode():
            found = features(**inputs)
        vectors: FloatArray = getattr(found, "pooler_output", found).float().numpy()
        return vectors

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        """The model with its tokenizer or its picture processor."""
        try:
            import torch
            from transformers import AutoImageProcessor, AutoModel, AutoTokenizer
        except ImportError as missing:
            raise WeightsError(
                f"{NAME} needs torch and transformers", fix="pip install 'wares[transformers]'"
            ) from missing
        torch.set_num_threads(self._threads)
        name, settings = self._checkpoint.model, self._checkpoint.settings
        try:
            model = AutoModel.from_pretrained(name, use_safetensors=True, **settings).eval()
            if self.modality == "text":
                return model, AutoTokenizer.from_pretrained(name, **settings)
            processor: Any = AutoImageProcessor  # it has types for a part of itself
            return model, processor.from_pretrained(name, backend="pil", **settings)
        except (OSError, ValueError, KeyError) as error:
            raise WeightsError(f"{name} cannot be loaded: {error}", fix="see that it is a CLIP-like model") from error
