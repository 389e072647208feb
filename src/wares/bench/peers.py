"""The systems that run beside ours, and how they are set up: never a straw man, never out of tune.

They come with the ``bench`` extra and are imported when a bench asks for them.
"""

import importlib
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from wares.errors import ConfigError


def require(*modules: str) -> tuple[ModuleType, ...]:
    """Import what only benches need; what is not installed is a ConfigError that names the extra."""
    try:
        return tuple(importlib.import_module(module) for module in modules)
    except ModuleNotFoundError as missing:
        raise ConfigError(f"this bench needs {missing.name}", fix="pip install 'wares[bench,engines]'") from missing


class Bm25sPeer:
    """bm25s (Lù, 2024) over one field of text: English stop words and stems, BM25 as in Lucene."""

    def __init__(self, documents: Mapping[str, str], k1: float = 1.2, b: float = 0.75) -> None:
        self._bm25s, stemmer = require("bm25s", "Stemmer")
        self._settings: dict[str, Any] = {"stopwords": "en", "stemmer": stemmer.Stemmer("english")}
        self._settings |= {"show_progress": False}
        self._ids = list(documents)
        self._index = self._bm25s.BM25(k1=k1, b=b, method="lucene")
        self._index.index(self._bm25s.tokenize(list(documents.values()), **self._settings), show_progress=False)

    def rank(self, query: str, depth: int) -> dict[str, float]:
        """Document → score of the best ``depth`` with a positive score."""
        terms = self._bm25s.tokenize([query], **self._settings, return_ids=False)
        if not terms[0]:
            return {}
        found, scores = self._index.retrieve(terms, k=min(depth, len(self._ids)), show_progress=False)
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        return {self._ids[row]: score for row, score in pairs if score > 0}


class TantivyPeer:
    """tantivy (the search library in Rust) over one field of text: English stems, BM25 with k1 = 1.2 and b = .75.

    ``memory`` bounds the index writer, in bytes.
    """

    def __init__(self, documents: Mapping[str, str], memory: int = 100_000_000) -> None:
        (tantivy,) = require("tantivy")
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_text_field("text", tokenizer_name="en_stem")
        self._index = tantivy.Index(builder.build())
        writer = self._index.writer(heap_size=memory, num_threads=1)
        for document, text in documents.items():
            writer.add_document(tantivy.Document(id=document, text=text))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def rank(self, query: str, depth: int) -> dict[str, float]:
        """Document → score of the best ``depth`` that have any of the words."""
        words = " ".join(re.findall(r"\w+", query.lower()))  # a shopper's words, not tantivy's query language
        parsed, _ = self._index.parse_query_lenient(words, ["text"])
        hits = self._searcher.search(parsed, limit=depth).hits
        return {self._searcher.doc(address)["id"][0]: float(score) for score, address in hits}
