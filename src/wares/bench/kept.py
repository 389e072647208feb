"""A searcher kept in a folder as a generation is: its index, what turns words into vectors, and its calibration.

Run as a module it opens one, answers one query and says what that took: the cold start of a shop.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wares.bench import memory
from wares.config import Config
from wares.protocols import Encoder, Fusion, ProductIndex
from wares.registry import equip, factory
from wares.search.calibrate import Calibration
from wares.search.searcher import Searcher
from wares.types import FloatArray, Query, Region

FACETS, PAGE = ("category", "color", "gender", "season"), 24


@dataclass(slots=True)
class Words:
    """Words → vectors by space, as a shop makes them; with ``keep`` the same words are encoded once."""

    text: Encoder[str]
    fusion: Fusion | None
    keep: bool = False
    _kept: dict[str, Mapping[str, FloatArray]] = field(default_factory=dict)

    def __call__(
        self, *, text: str, photo: bytes | None, clip: bytes | None, language: str, region: Region | None = None
    ) -> Mapping[str, FloatArray]:
        del photo, clip, language, region
        return self.vectors(text)

    def vectors(self, text: str) -> Mapping[str, FloatArray]:
        """(d,) by space."""
        if not self.keep:
            return self._encoded(text)
        if text not in self._kept:
            self._kept[text] = self._encoded(text)
        return self._kept[text]

    def _encoded(self, text: str) -> Mapping[str, FloatArray]:
        vector = self.text.encode_query(text)
        return {"text": vector} | ({"fused": self.fusion.query({"text": vector})} if self.fusion else {})


def asked(text: str) -> Query:
    """A page as a shopper sees it: 24 products, four facets, and the ledger of each."""
    return Query(text, facets=FACETS, page_size=PAGE, explain=True)


def words(folder: Path, *, keep: bool = False) -> Words:
    """The encoder as shipped, and the fusion in ``folder/fusion`` where there is one."""
    settings = Config()
    kind: Any = factory("fusion", settings.encode.fusion)
    fusion = kind.load(folder / "fusion") if (folder / "fusion").is_dir() else None
    return Words(equip("encoder", settings.encode.text, folder=settings.weights_folder()), fusion, keep)


def searcher(index: ProductIndex, folder: Path, encode: Words) -> Searcher:
    """A searcher as a shop has it, with the calibration in the folder."""
    settings = Config()
    analyzer = equip("analyzer", settings.encode.analyzer, language=settings.shop.language)
    calibration = Calibration.load(folder / "calibration.json")
    return Searcher(index, analyzer, encode, equip("ranker", settings.search.ranker), calibration)


def restored(folder: Path) -> ProductIndex:
    """The index in the folder, on one thread."""
    kind: Any = factory("index", Config().index.name)
    index: ProductIndex = kind.restore(folder, threads=1)
    return index


def main(folder: Path, text: str) -> None:
    """Open, answer once, and print a line of JSON: the ids, the total, the memory, and whether torch was imported."""
    opened = searcher(restored(folder), folder, words(folder))  # held until its memory is counted
    hits = opened.search(asked(text))
    held = memory.now()
    told = {
        "ids": hits.ids,
        "total": hits.total,
        "anonymous_mb": held.anonymous,
        "mapped_mb": held.mapped,
        "torch": "torch" in sys.modules,
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
