"""Many strings in one array, found by their hash: they can stay on the disk, and opening them costs nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from wares.index.ragged import Ragged, edges, join
from wares.types import IntArray


@dataclass(frozen=True, eq=False)
class Strings:
    """n strings in UTF-8: string ``i`` is row ``i`` of ``packed`` (uint8)."""

    packed: Ragged

    @classmethod
    def of(cls, names: Iterable[str]) -> "Strings":
        encoded = [_bytes(name) for name in names]
        lengths = np.array([len(each) for each in encoded], np.int64)
        return cls(Ragged(np.frombuffer(b"".join(encoded), np.uint8), edges(lengths)))

    @classmethod
    def join(cls, parts: Sequence["Strings"]) -> "Strings":
        return cls(join([part.packed for part in parts]))

    def take(self, rows: IntArray) -> "Strings":
        return Strings(self.packed.take(rows))

    def __len__(self) -> int:
        return len(self.packed)

    def __getitem__(self, row: int) -> str:
        return self._raw(row).decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        data, starts = self.packed.values.tobytes(), self.packed.starts.tolist()
        for row in range(len(self)):
            yield data[starts[row] : starts[row + 1]].decode("utf-8", "surrogatepass")

    def find(self, name: str) -> int | None:
        """The first row with this name."""
        rows = self.rows_of(name)
        return int(rows[0]) if len(rows) else None

    def rows_of(self, name: str) -> IntArray:
        """All rows with this name, ascending."""
        raw = _bytes(name)
        sign = np.uint64(xxhash.xxh3_64_intdigest(raw))
        first, last = np.searchsorted(self.hashes, sign, "left"), np.searchsorted(self.hashes, sign, "right")
        return np.array([row for row in self.by_hash[first:last].tolist() if self._raw(row) == raw], np.int64)

    def find_all(self, names: Sequence[str]) -> IntArray:
        """(m,) the first row with each of the names, -1 where there is none."""
        signs = np.array([xxhash.xxh3_64_intdigest(_bytes(name)) for name in names], np.uint64)
        first = np.searchsorted(self.hashes, signs)
        there = first < len(self.hashes)
        there[there] = self.hashes[first[there]] == signs[there]
        found = np.full(len(names), -1, np.int64)
        for place in np.flatnonzero(there).tolist():
            row = self.find(names[place])
            found[place] = -1 if row is None else row
        return found

    @cached_property
    def _hashed(self) -> tuple[NDArray[Any], NDArray[Any]]:
        data, starts = self.packed.values.tobytes(), self.packed.starts.tolist()
        signs = (xxhash.xxh3_64_intdigest(data[starts[row] : starts[row + 1]]) for row in range(len(self)))
        hashes = np.fromiter(signs, np.uint64, len(self))
        order = np.argsort(hashes, kind="stable")
        return hashes[order], order.astype(np.int32)

    @property
    def hashes(self) -> NDArray[Any]:
        """(n,) uint64 XXH3 of the names, ascending."""
        return self._hashed[0]

    @property
    def by_hash(self) -> NDArray[Any]:
        """(n,) int32 the rows in the order of their hashes."""
        return self._hashed[1]

    @cached_property
    def by_name(self) -> NDArray[Any]:
        """(n,) int32 the rows in the order of their bytes, which is that of their code points."""
        return np.array(sorted(range(len(self)), key=self._raw), np.int32)

    def beginning(self, prefix: str) -> IntArray:
        """The rows whose names begin with the prefix, in the order of the names."""
        raw = _bytes(prefix)
        first = self._bisect(raw, len(raw), after=False)
        return np.asarray(self.by_name[first : self._bisect(raw, len(raw), after=True)], np.int64)

    def _bisect(self, raw: bytes, size: int, *, after: bool) -> int:
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            head = self._raw(int(self.by_name[middle]))[:size]
            low, high = (middle + 1, high) if head < raw or (after and head == raw) else (low, middle)
        return low

    def _raw(self, row: int) -> bytes:
        return self.packed[row].tobytes()

    @classmethod
    def mapped(cls, arrays: "dict[str, NDArray[Any]]") -> "Strings":
        """On the arrays that ``arrays`` gave, as they are."""
        strings = cls(Ragged(arrays["bytes"], arrays["starts"]))
        strings.__dict__["_hashed"] = arrays["hashes"], arrays["by_hash"]
        if "by_name" in arrays:
            strings.__dict__["by_name"] = arrays["by_name"]
        return strings

    def arrays(self, *, ordered: bool = False) -> dict[str, NDArray[Any]]:
        """Everything as arrays; ``ordered``: with what ``beginning`` needs."""
        own = {"bytes": self.packed.values, "starts": self.packed.starts}
        own |= {"hashes": self.hashes, "by_hash": self.by_hash}
        return own | {"by_name": self.by_name} if ordered else own


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")
