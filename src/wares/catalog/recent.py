"""Products that were asked for lately, decoded: a page of hits is read from memory, and never older than the store."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from wares.catalog.store import CatalogStore
from wares.types import Product

MOST = 2_048


class RecentProducts:
    """The ``most`` products that were asked for last; whoever changes one, it is read anew.

    The store's number says whether anything changed since the last call, in this process or another.
    """

    def __init__(self, store: CatalogStore, most: int = MOST) -> None:
        self._store, self._most = store, most
        self._kept: OrderedDict[str, Product] = OrderedDict()
        self._seq = 0
        self._lock = Lock()

    def many(self, ids: Sequence[str]) -> list[Product]:
        """The products that are there, in the order of the ids."""
        seq = self._store.seq
        self._keep_up(seq)
        with self._lock:
            found = {id: product for id in ids if (product := self._kept.get(id)) is not None}
            for id in found:
                self._kept.move_to_end(id)
        if len(found) < len(ids):
            missing = {product.id: product for product in self._store.many([id for id in ids if id not in found])}
            found |= missing
            with self._lock:
                if self._seq == seq:  # else what was read may be older than what is known to have changed
                    self._kept |= missing
                    while len(self._kept) > self._most:
                        self._kept.popitem(last=False)
        return [found[id] for id in ids if id in found]

    def _keep_up(self, seq: int) -> None:
        """Forget what was written since the last call."""
        if seq == self._seq:
            return
        changed = self._store.changed(self._seq, self._most) if seq > self._seq else []
        with self._lock:
            if not 0 < len(changed) < self._most:
                self._kept.clear()
            for id in changed:
                self._kept.pop(id, None)
            self._seq = seq
