"""Products, variants and reviews: the source of truth that everything else is rebuilt from.

A write is acknowledged when its transaction is committed; each change of a product takes the next number ``seq``.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.exc import DBAPIError

from wares.catalog.database import ChangeSign, WriteGate, open_engine
from wares.catalog.native import Document
from wares.catalog.problems import Problems
from wares.catalog.reading import product as read_product
from wares.catalog.staging import Staging, load_documents
from wares.catalog.tables import brands, products, variants
from wares.errors import CatalogError, StoreError
from wares.types import Product

PAGE = 500


@dataclass(frozen=True, slots=True)
class Change:
    """The latest change of a product; ``product`` is None when it was deleted."""

    seq: int
    id: str
    product: Product | None


class CatalogStore:
    """The catalogue behind a SQLAlchemy URL; SQLite by default, written so that PostgreSQL is a URL away.

    Many processes may read; one writes at a time (:class:`~wares.catalog.lock.WriterLock`). Reads are paged, so no
    long transaction stands in a writer's way.
    """

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.gate = WriteGate()
        self._sign = ChangeSign(self.engine)
        self._counted: tuple[int | None, int] = (None, 0)

    @property
    def seq(self) -> int:
        """Number of the last change; 0 for an empty store. Microseconds where nobody wrote: every search asks."""
        sign = self._sign.read()
        known, seq = self._counted
        if sign is None or sign != known:
            with self._reading() as connection:
                seq = int(connection.scalar(select(func.max(products.c.seq))) or 0)
            self._counted = sign, seq
        return seq

    def count(self) -> int:
        """How many products there are."""
        with self._reading() as connection:
            return int(connection.scalar(select(func.count()).where(products.c.body.is_not(None))) or 0)

    def changes_since(self, since: int) -> int:
        """How many products changed after ``since``, those that were deleted among them."""
        with self._reading() as connection:
            return int(connection.scalar(select(func.count()).where(products.c.seq > since)) or 0)

    def get(self, id: str) -> Product | None:
        """One product, or None."""
        return next(iter(self.many([id])), None)

    def many(self, ids: Iterable[str]) -> list[Product]:
        """The products that are there, in the order of the ids."""
        wanted = list(ids)
        found: dict[str, Product] = {}
        for page in _batches(wanted, PAGE):
            with self._reading() as connection:
                documents = load_documents(connection, products, page)
            found.update((id, product) for id, fields in documents.items() if (product := _product(fields)))
        return [found[id] for id in wanted if id in found]

    def find_sku(self, sku: str) -> list[str]:
        """Ids of the products that have the variant."""
        with self._reading() as connection:
            return list(connection.scalars(select(variants.c.product_id).where(variants.c.id == sku)))

    def products(self) -> Iterator[Product]:
        """Every product, by id."""
        last = ""
        while page := self._page(
            select(products.c.id, products.c.seq)
            .where(products.c.id > last, products.c.body.is_not(None))
            .order_by(products.c.id)
            .limit(PAGE)
        ):
            yield from (change.product for change in page if change.product)
            last = page[-1].id

    def changes(self, since: int, page_size: int = PAGE) -> Iterator[Change]:
        """The latest change of each product after ``since``, in the order of ``seq``, so many read at a time."""
        while page := self._page(
            select(products.c.id, products.c.seq)
            .where(products.c.seq > since)
            .order_by(products.c.seq)
            .limit(page_size)
        ):
            yield from page
            since = page[-1].seq

    def changed(self, since: int, most: int) -> list[str]:
        """Ids of the first ``most`` products that changed after ``since``."""
        wanted = select(products.c.id).where(products.c.seq > since).order_by(products.c.seq).limit(most)
        with self._reading() as connection:
            return list(connection.scalars(wanted))

    def changed_among(self, ids: Iterable[str], since: int) -> set[str]:
        """Which of some products changed after ``since``, or were deleted."""
        found: set[str] = set()
        with self._reading() as connection:
            for page in _batches(list(ids), PAGE):
                wanted = select(products.c.id).where(products.c.seq > since, products.c.id.in_(page))
                found.update(connection.scalars(wanted))
        return found

    def brands(self) -> dict[str, str]:
        """Folded brand → the spelling the shop uses."""
        with self._reading() as connection:
            return {row.key: row.spelling for row in connection.execute(select(brands))}

    @contextmanager
    def staging(self) -> Iterator[Staging]:
        """Stage a run beside the catalogue; nothing is seen of it before its ``commit``."""
        with self.gate.writing(), self.engine.connect() as connection:
            staging = Staging(connection)
            try:
                yield staging
            finally:
                staging.close()

    def apply(self, upserts: Iterable[Product], deletes: Iterable[str] = ()) -> int:
        """Write in one transaction and return the ``seq`` after it; what is unchanged takes no number."""
        with self.staging() as staging:
            for batch in _batches(upserts, PAGE):
                staging.add([(0, _sound(product), "") for product in batch])
            staging.delete(deletes)
            return staging.commit()

    def close(self) -> None:
        """Let go of the database."""
        self._sign.close()
        self.engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise StoreError(f"the store cannot be read: {error.orig}", fix="check the disk and the folder") from error

    def _page(self, wanted: Select[Any]) -> list[Change]:
        with self._reading() as connection:
            rows = connection.execute(wanted).all()
            documents = load_documents(connection, products, [row.id for row in rows])
        return [Change(row.seq, row.id, _product(documents.get(row.id))) for row in rows]


def _product(fields: Document | None) -> Product | None:
    if fields is None:
        return None
    problems = Problems(0)
    product = read_product(fields, problems)
    if product is None:
        raise StoreError(f"product {fields['id']} in the store is damaged: {problems.errors[0]}", fix="ingest it again")
    return product


def _sound(product: Product) -> Product:
    if product.id and product.title and product.variants:
        return product
    raise CatalogError(f"product {product.id!r} cannot be kept", fix="give it an id, a title and a variant")


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch
