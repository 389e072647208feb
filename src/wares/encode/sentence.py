"""Sentence encoders that a user brings: ``sentence-transformers.v1``, with ``wares[transformers]``."""

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any

from wares.encode import checkpoints
from wares.encode.rows import encode_query_text, encode_texts
from wares.errors import WeightsError
from wares.protocols import Encoded
from wares.registry import register
from wares.types import FloatArray

NAME = "sentence-transformers.v1"


@register("encoder", "sentence-transformers.v1")
class SentenceTransformersEncoder:
    """Any model of sentence-transformers; where it has prompts for queries and documents they are used.

    Parameters
    ----------
    model
        A local folder, or ``owner/name`` on a hub together with ``revision``.
    revision
        Commit on the hub.
    limit
        Characters that are read of a text; the model's own limit in tokens comes first.
    threads
        Of torch, in the whole process.
    """

    modality = "text"

    def __init__(self, model: str, revision: str = "", limit: int = 2_000, threads: int = 1) -> None:
        self._checkpoint = checkpoints.find(model, revision)
        self._limit = limit
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
        return f"{self.space}:{self._limit}"

    def encode(self, items: Sequence[str]) -> Encoded:
        """(n, d) unit rows; an empty text is absent."""
        return encode_texts(items, self._documents, dim=self.dim, limit=self._limit, name=NAME)

    def encode_query(self, item: str) -> FloatArray:
        """(d,) unit vector; an empty query is an EncodeError."""
        return encode_query_text(item, self._queries, limit=self._limit, name=NAME)

    @cached_property
    def _dim(self) -> int:
        return int(self._documents(["a"]).shape[1])

    def _documents(self, texts: list[str]) -> FloatArray:
        with self._lock:
            vectors: FloatArray = self._loaded.encode_document(texts, show_progress_bar=False, convert_to_numpy=True)
        return vectors

    def _queries(self, texts: list[str]) -> FloatArray:
        with self._lock:
            vectors: FloatArray = self._loaded.encode_query(texts, show_progress_bar=False, convert_to_numpy=True)
        return vectors

    @cached_property
    def _loaded(self) -> Any:
        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError as missing:
            fix = "pip install 'wares[transformers]'"
            raise WeightsError(f"{NAME} needs torch and sentence-transformers", fix=fix) from missing
        torch.set_num_threads(self._threads)
        name = self._checkpoint.model
        try:
            return SentenceTransformer(
                name, device="cpu", model_kwargs={"use_safetensors": True}, **self._checkpoint.settings
            )
        except (OSError, ValueError, KeyError) as error:
            raise WeightsError(
                f"{name} cannot be loaded: {error}", fix="see that sentence-transformers opens it"
            ) from error
