"""One run's rows, staged in temporary tables beside the catalogue and applied in one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    false,
    func,
    insert,
    literal,
    select,
    true,
    update,
)

from wares.catalog.native import Document, document, encode
from wares.catalog.tables import (
    STAGED,
    brands,
    products,
    reviews,
    staged,
    staged_brands,
    staged_reviews,
    staged_variants,
    variants,
)
from wares.types import Product

PAGE = 500
_PRINTS = ("fingerprint", "media_fingerprint")
_UNCHANGED, _CHANGED, _SAME = 0, 1, 2  # same: the rows differ, what is kept does not
_LAST = 2**53  # deletions come after the rows of the feed


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run would do to the catalogue, in products."""

    before: int
    staged: int
    changed: int
    deleted: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A staged product that differs from the stored one, whose document may hold the media taken in before."""

    row: int
    fingerprint: str
    document: Document
    stored: Document | None
    same_media: bool


class Staging:
    """Rows of one run on one connection; only ``commit`` touches the catalogue, all or nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        STAGED.drop_all(connection)
        STAGED.create_all(connection)
        connection.commit()

    def add(self, rows: Sequence[tuple[int, Product, str]]) -> list[tuple[int, str]]:
        """Stage rows of (row number, product, media fingerprint); returns (row, id) of those that are staged already.

        A product is unchanged if its own document and its media fingerprint are those of the stored one.
        """
        ids = [product.id for _, product, _ in rows]
        taken = set(self._connection.scalars(select(staged.c.id).where(staged.c.id.in_(ids))))
        wanted = select(products.c.id, products.c.fingerprint, products.c.media_fingerprint, products.c.body.is_(None))
        stored = {id: rest for id, *rest in self._connection.execute(wanted.where(products.c.id.in_(ids)))}
        lines: list[dict[str, Any]] = []
        doubled: list[tuple[int, str]] = []
        parts = _Parts()
        for row, product, media in rows:
            if product.id in taken:
                doubled.append((row, product.id))
                continue
            taken.add(product.id)
            fields = document(product)
            print = fingerprint(encode(fields))
            changed = stored.get(product.id) != [print, media, False]
            body = parts.cut(product.id, fields) if changed else b""
            lines.append(
                {
                    "id": product.id,
                    "row": row,
                    "changed": _CHANGED if changed else _UNCHANGED,
                    "fingerprint": print,
                    "media_fingerprint": media,
                    "body": body,
                }
            )
        self._insert(staged, lines)
        parts.insert(self._insert)
        self._connection.commit()
        return doubled

    def pending(self) -> Iterator[list[Pending]]:
        """Pages of the staged products that differ from the stored ones, in the order of rows."""
        last = (-1, "")
        while True:
            place = (staged.c.row, staged.c.id)
            wanted = (
                select(staged, products.c.media_fingerprint.label("known"))
                .outerjoin(products, products.c.id == staged.c.id)
                .where(staged.c.changed == _CHANGED, staged.c.body.is_not(None))
                .where((place[0] > last[0]) | ((place[0] == last[0]) & (place[1] > last[1])))
                .order_by(*place)
                .limit(64)
            )
            page = self._connection.execute(wanted).all()
            ids = [line.id for line in page]
            new = load_documents(self._connection, staged, ids)
            old = load_documents(self._connection, products, ids)
            self._connection.commit()
            if not page:
                return
            yield [
                Pending(x.row, x.fingerprint, new[x.id], old.get(x.id), x.known == x.media_fingerprint) for x in page
            ]
            last = (page[-1].row, page[-1].id)

    def replace(self, pending: Sequence[Pending], whole: Sequence[bool]) -> None:
        """Stage the documents again with their media; ``whole`` is False where a photo failed and is due next time.

        A document that is equal to the stored one is no change after all.
        """
        parts = _Parts()
        lines: list[dict[str, Any]] = []
        for item, complete in zip(pending, whole, strict=True):
            changed = _CHANGED if item.document != item.stored else _SAME
            id = item.document["id"]
            line = {"key": id, "changed": changed, "body": parts.cut(id, item.document)}
            lines.append(line | {"print": item.fingerprint if complete else ""})
        keys = [line["key"] for line in lines]
        for table in (staged_variants, staged_reviews):
            self._connection.execute(delete(table).where(table.c.product_id.in_(keys)))
        values: dict[str, Any] = {name: bindparam(name) for name in ("changed", "body")} | {
            "fingerprint": bindparam("print")
        }
        self._connection.execute(update(staged).where(staged.c.id == bindparam("key")).values(**values), lines)
        parts.insert(self._insert)
        self._connection.commit()

    def spell(self, spellings: Mapping[str, str]) -> None:
        """Keep new brand spellings, by folded brand."""
        self._insert(staged_brands, [{"key": key, "spelling": text} for key, text in spellings.items()])
        self._connection.commit()

    def delete(self, ids: Iterable[str]) -> None:
        """Stage the deletion of products; an id that is not there is no change."""
        remaining = iter(ids)
        while page := list(islice(remaining, PAGE)):
            self._stage_deletions(products.c.id.in_(page))

    def deletions(self) -> list[str]:
        """Ids of the products whose deletion is staged."""
        return list(self._connection.scalars(select(staged.c.id).where(staged.c.body.is_(None))))

    def delete_missing(self) -> None:
        """Stage the deletion of every product that this run did not bring."""
        self._stage_deletions(true())

    def counts(self) -> Counts:
        """What is staged against what is stored."""
        one = self._connection.execute(
            select(
                select(func.count()).where(products.c.body.is_not(None)).scalar_subquery(),
                select(func.count()).where(staged.c.body.is_not(None)).scalar_subquery(),
                select(func.count()).where(staged.c.body.is_not(None), staged.c.changed == _CHANGED).scalar_subquery(),
                select(func.count()).where(staged.c.body.is_(None)).scalar_subquery(),
            )
        ).one()
        self._connection.commit()
        return Counts(*one)

    def commit(self) -> int:
        """Apply everything in one transaction and return the store's ``seq`` after it."""
        connection = self._connection
        # A write that changes nothing takes the write lock before anything is read, so no other writer comes between.
        connection.execute(update(products).where(false()).values(seq=products.c.seq))
        seq = int(connection.scalar(select(func.max(products.c.seq))) or 0)
        changed = select(staged.c.id).where(staged.c.changed == _CHANGED)
        for table, key in ((variants, "product_id"), (reviews, "product_id"), (products, "id")):
            connection.execute(delete(table).where(table.c[key].in_(changed)))
        number = func.row_number().over(order_by=(staged.c.row, staged.c.id))
        columns = (staged.c.fingerprint, staged.c.media_fingerprint, staged.c.body)
        lines = select(staged.c.id, literal(seq) + number, *columns).where(staged.c.changed == _CHANGED)
        connection.execute(insert(products).from_select([column.name for column in products.c], lines))
        for table, source in ((variants, staged_variants), (reviews, staged_reviews)):
            parts = select(source).where(source.c.product_id.in_(changed))
            connection.execute(insert(table).from_select([column.name for column in table.c], parts))
        same = select(staged.c.id).where(staged.c.changed == _SAME)
        prints = {
            name: select(staged.c[name]).where(staged.c.id == products.c.id).scalar_subquery() for name in _PRINTS
        }
        connection.execute(update(products).where(products.c.id.in_(same)).values(**prints))
        new = select(staged_brands).where(staged_brands.c.key.not_in(select(brands.c.key)))
        connection.execute(insert(brands).from_select(["key", "spelling"], new))
        after = int(connection.scalar(select(func.max(products.c.seq))) or 0)
        connection.commit()
        return after

    def close(self) -> None:
        """Drop what was not committed."""
        self._connection.rollback()
        STAGED.drop_all(self._connection)
        self._connection.commit()

    def _stage_deletions(self, which: ColumnElement[bool]) -> None:
        gone = (
            select(products.c.id, literal(_LAST), literal(_CHANGED), literal(""), literal(""))
            .where(products.c.body.is_not(None), products.c.id.not_in(select(staged.c.id)))
            .where(which)
        )
        columns = ["id", "row", "changed", "fingerprint", "media_fingerprint"]
        self._connection.execute(insert(staged).from_select(columns, gone))
        self._connection.commit()

    def _insert(self, table: Table, lines: Sequence[Mapping[str, Any]]) -> None:
        if lines:
            self._connection.execute(insert(table), lines)


class _Parts:
    """Variants and reviews, cut out of the documents of products into lines of their own."""

    def __init__(self) -> None:
        self._lines: dict[str, list[dict[str, Any]]] = {"variants": [], "reviews": []}

    def cut(self, id: str, fields: Document) -> bytes:
        for name, lines in self._lines.items():
            for position, part in enumerate(fields.pop(name, ())):
                lines.append({"product_id": id, "position": position, "id": part["id"], "body": encode(part)})
        return encode(fields)

    def insert(self, write: Callable[[Table, Sequence[Mapping[str, Any]]], None]) -> None:
        write(staged_variants, self._lines["variants"])
        write(staged_reviews, self._lines["reviews"])


def fingerprint(content: bytes) -> str:
    """128 bits that change when the content does."""
    return blake2b(content, digest_size=16).hexdigest()


def load_documents(connection: Connection, table: Table, ids: Sequence[str]) -> dict[str, Document]:
    """The whole documents of the ids, from the catalogue or from what is staged; deleted ones are left out."""
    if not ids:
        return {}
    bodies = select(table.c.id, table.c.body).where(table.c.id.in_(ids), table.c.body.is_not(None))
    found: dict[str, Document] = {id: orjson.loads(body) for id, body in connection.execute(bodies)}
    for name, parts in _PARTS[table.name].items():
        lines = select(parts.c.product_id, parts.c.body).where(parts.c.product_id.in_(ids))
        for id, body in connection.execute(lines.order_by(parts.c.product_id, parts.c.position)):
            found[id].setdefault(name, []).append(orjson.loads(body))
    return found


_PARTS = {
    "products": {"variants": variants, "reviews": reviews},
    "staged": {"variants": staged_variants, "reviews": staged_reviews},
}
