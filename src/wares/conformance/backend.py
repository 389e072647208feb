"""The contract against an index: random catalogues, writes, filters and photos, beside the plain reference."""

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from wares.conformance.asking import Ask, Page, check_again, check_facets, check_pages, told
from wares.conformance.contract import Record
from wares.conformance.splitting import Splitting
from wares.index.reference import ReferenceIndex
from wares.protocols import IndexEntry, IndexQuery, ProductIndex, Schema, VariantEntry
from wares.rank.linear import LinearRanker
from wares.search.calibrate import Calibration, Curve, Curves
from wares.search.searcher import Searcher
from wares.testing import SCHEMA, small_catalogue
from wares.types import AnyOf, Between, Filter, FloatArray, Not, OneOf, Query, Region, Says

CUT = 0.6
CURVES = Curves(Curve(4.0, -2.4, -math.inf), Curve(4.0, -2.4, CUT))
CALIBRATION = Calibration(dict.fromkeys(("words", "photo", "words+photo"), CURVES))
NEAR = 2e-4  # evidence so near the cut-off that an index which keeps vectors in 16 bits may fall on either side
WORDS = ("red", "blue", "shoe", "dress", "wool", "cotton", "run", "裙", "鞋", "杯", "unheard")
FILTERS: tuple[Filter, ...] = (
    OneOf("color", ("red",)),
    OneOf("color", ("red", "blue")),
    OneOf("category", ("Women",)),
    OneOf("category", ("Men > Shoes", "Home")),
    OneOf("in_stock", ("true",)),
    Between("price", 500, 6000),
    Between("rating", 3, None),
    Not(OneOf("color", ("green",))),
    AnyOf((OneOf("category", ("Home",)), Between("price", None, 2000))),
    Says(("red",)),
)
FACETS = ("color", "category", "in_stock")
PRODUCTS, SIZES, MOST = 40, (1000, 7, 3), 1000
ORDERS = ("relevance", "relevance", "relevance", "price", "-price", "rating")

Make = Callable[[Schema], ProductIndex]


@dataclass(frozen=True, slots=True)
class Pair:
    """The index under test and the reference, with the same products in both."""

    index: ProductIndex
    oracle: ProductIndex

    def write(self, change: Callable[[ProductIndex], object]) -> None:
        """Do the same to both."""
        for each in (self.index, self.oracle):
            change(each)


def check_backend(name: str, make: Make, *, seed: int = 0, cases: int = 20) -> Record:
    """Run all eight lines against an index; nothing is raised for what the backend does wrong.

    Parameters
    ----------
    make
        Schema → an empty index.
    cases
        Random catalogues, each with its own writes and queries.
    """
    record = Record(name, seed, make(SCHEMA).capabilities)
    for case in range(cases):
        random = Random(seed + case)
        with record.trying(1, f"seed {seed + case}"):
            pair = Pair(make(SCHEMA), ReferenceIndex(SCHEMA))
            _case(record, pair, seed + case, random)
    return record


def _case(record: Record, pair: Pair, seed: int, random: Random) -> None:
    entries = small_catalogue(seed, PRODUCTS)
    pair.write(lambda index: index.upsert(entries))
    _questions(record, pair, seed, random)
    gone = [f"p{number}" for number in random.sample(range(PRODUCTS), 6)]
    pair.write(lambda index: index.upsert(small_catalogue(seed + 1, 10)))
    pair.write(lambda index: index.delete(gone))
    _questions(record, pair, seed, random)
    if "snapshots" in pair.index.capabilities:
        with record.trying(7, f"seed {seed}, a snapshot"):
            _check_snapshot(record, pair.index, seed, random)
    _check_fresh(record, pair.index, seed)


def _questions(record: Record, pair: Pair, seed: int, random: Random, many: int = 3) -> None:
    ask, ask_oracle = (_asking(index) for index in (pair.index, pair.oracle))
    held, expected = set(pair.index.scroll()), set(pair.oracle.scroll())
    record.check(6, held == expected, f"seed {seed}: after writes {sorted(held ^ expected)[:3]} are there or not")
    for _ in range(many):
        query = random_query(random)
        case = f"seed {seed}, {told(query)}"
        with record.trying(1, case):
            whole = check_pages(record, ask, query, SIZES, MOST)
            if not borderline(pair.oracle, query):
                _check_set(record, whole.ids, whole.total, ask_oracle(replace(query, page_size=MOST)), case)
        with record.trying(3, case):
            check_facets(record, ask, query, random, values=2)
            if not borderline(pair.oracle, query):
                found, wanted = ask(query).facets, ask_oracle(query).facets
                record.check(3, found == wanted, f"{case}: facets are {found}, not {wanted}")
        with record.trying(5, case):
            _check_variants(record, pair.oracle, ask(replace(query, page_size=MOST)), query, case)
        with record.trying(7, case):
            check_again(record, ask, query)


def _check_set(record: Record, ids: Sequence[str], total: int, expected: Page, case: str) -> None:
    wanted = set(expected.ids) if expected.total else set()
    wrong = sorted(wanted ^ set(ids))
    record.check(1, not wrong, f"{case}: {wrong[:3]} of {len(wanted)} are missing or do not belong")
    record.check(2, total == expected.total, f"{case}: the total is {total}, the set has {expected.total}")


def _check_variants(record: Record, oracle: ProductIndex, page: Page, query: Query, case: str) -> None:
    if not page.total:
        return
    for id, variant in zip(page.ids, page.variants, strict=True):
        entry = oracle.get(id)
        fitting = best_fitting(oracle, entry, query) if entry else ()
        record.check(5, variant in fitting, f"{case}: {id!r} is shown as {variant!r}, not as {' or '.join(fitting)}")


def _check_snapshot(record: Record, index: ProductIndex, seed: int, random: Random) -> None:
    """A generation that is opened again gives the pages it gave."""
    kind: Any = type(index)
    with TemporaryDirectory(prefix="wares-conformance-") as folder:
        index.snapshot(Path(folder) / "index")
        again = kind.restore(Path(folder) / "index")
        query = random_query(random)
        before, after = (_asking(each)(query) for each in (index, again))
        same = (before.ids, before.total, before.facets) == (after.ids, after.total, after.facets)
        record.check(7, same, f"seed {seed}, {told(query)}: a restored snapshot gives {after.ids}, not {before.ids}")


def _check_fresh(record: Record, index: ProductIndex, seed: int) -> None:
    """Line 6: one product written, found, changed, replaced and deleted, each step followed by a query."""
    ask = _asking(index)
    photo = b"\x40\x20\x10"
    first = _novelty("novelty", photo)

    def found(query: Query) -> bool:
        page = ask(replace(query, literal=True, page_size=MOST))
        return bool(page.total) and "new" in page.ids

    def check(query: Query, wanted: bool, after: str) -> None:
        said = f"seed {seed}: {after}, {told(query)} {'does not find' if wanted else 'still finds'} the product"
        record.check(6, found(query) is wanted, said)

    with record.trying(6, f"seed {seed}, upsert and delete"):
        index.upsert([first])
        check(Query("novelty"), True, "after an upsert")
        check(Query(photo=photo), True, "after an upsert")
        index.upsert([_novelty("changed", photo)])
        check(Query("novelty"), False, "after it was replaced")
        check(Query("changed"), True, "after it was replaced")
    with record.trying(6, f"seed {seed}, update"):
        index.update({"new": {"rating": 1.5}}, {"new-0": {"color": "violet"}})
        check(Query(filters=(Between("rating", 1.4, 1.6),)), True, "after a column was changed")
        check(Query(filters=(OneOf("color", ("violet",)),)), True, "after a variant's column was changed")
    with record.trying(6, f"seed {seed}, delete"):
        gone = index.delete(["new", "nowhere"])
        record.check(6, gone == 1, f"seed {seed}: a delete of one product and one unknown id counts {gone}")
        check(Query("changed"), False, "after it was deleted")


def _novelty(word: str, photo: bytes) -> IndexEntry:
    variant = VariantEntry("new-0", {"price": 100.0, "color": "red", "in_stock": True})
    vectors = {"image": _photo(photo)[None]}
    return IndexEntry("new", (variant,), {"title": (word,)}, {"rating": 4.0, "category": ("Home",)}, vectors)


def random_query(random: Random) -> Query:
    """Words, a photo, filters or all of them; nothing is read out of the words."""
    words = random.sample(WORDS, random.choice((0, 1, 1, 2, 3)))
    photo = bytes(random.randrange(256) for _ in range(3)) if random.random() < 0.4 else None
    return Query(
        text=" ".join(words),
        photo=photo if photo and any(photo) else None,
        filters=tuple(random.sample(FILTERS, random.choice((0, 0, 1, 2)))),
        facets=FACETS,
        sort=random.choice(ORDERS),
        explain=random.random() < 0.5,
        literal=True,
    )


def encode(
    *, text: str, photo: bytes | None, clip: bytes | None, language: str, region: Region | None = None
) -> dict[str, FloatArray]:
    """Words point where their checksum says; a photo's bytes are its own vector."""
    del clip, language, region
    vectors = {}
    if text:
        row = np.random.default_rng(zlib.crc32(text.encode())).normal(size=4)
        vectors["text"] = np.asarray(row / np.linalg.norm(row), np.float32)
    if photo:
        vectors["image"] = _photo(photo)
    return vectors


def _photo(photo: bytes) -> FloatArray:
    row = np.frombuffer(photo, np.int8).astype(np.float64)
    return np.asarray(row / np.linalg.norm(row), np.float32)


def _searcher(index: ProductIndex) -> Searcher:
    return Searcher(index, Splitting(), encode, LinearRanker(), CALIBRATION)


def _asking(index: ProductIndex) -> Ask:
    searcher = _searcher(index)
    return lambda query: Page.of(searcher.search(query))


def borderline(oracle: ProductIndex, query: Query) -> bool:
    """Whether a product lies so near the cut-off that rounding may put it on either side."""
    if not (query.text or query.photo):
        return False
    evidence = _searcher(oracle).judge(query).evidence
    return bool((np.abs(evidence - CUT) < NEAR).any())


def best_fitting(oracle: ProductIndex, entry: IndexEntry, query: Query) -> tuple[str, ...]:
    """The variants that pass the filters and, among those, fit the words and then the photo best, equals together."""
    passing = [variant for variant in entry.variants if _passes(entry, variant, query.filters)]
    terms = tuple(dict.fromkeys(query.text.split()))
    n = max(len(list(oracle.scroll())), 1)
    rarity = {
        term: float(np.log1p((n - having + 0.5) / (having + 0.5)))
        for term, having in zip(terms, oracle.frequencies(terms).tolist(), strict=True)
    }
    vectors = encode(text=query.text, photo=query.photo, clip=None, language="")
    worded = _highest(passing, partial(_by_words, rarity), 1e-9)
    return tuple(variant.id for variant in _highest(worded, partial(_by_vectors, entry, vectors), NEAR))


def _highest(
    variants: Sequence[VariantEntry], value: Callable[[VariantEntry], float], tolerance: float
) -> list[VariantEntry]:
    values = [value(variant) for variant in variants]
    best = max(values, default=0.0)
    return [variant for variant, each in zip(variants, values, strict=True) if each >= best - tolerance]


def _by_words(rarity: Mapping[str, float], variant: VariantEntry) -> float:
    return sum(worth for term, worth in rarity.items() if term in variant.terms)


def _by_vectors(entry: IndexEntry, vectors: Mapping[str, FloatArray], variant: VariantEntry) -> float:
    shown = [
        float(entry.vectors[name][row] @ vector)
        for name, vector in vectors.items()
        for row in variant.rows.get(name, ())
    ]
    return max(shown, default=-2.0)


def _passes(entry: IndexEntry, variant: VariantEntry, filters: tuple[Filter, ...]) -> bool:
    alone = ReferenceIndex(SCHEMA)
    alone.upsert([replace(entry, variants=(variant,))])
    return bool(alone.search(IndexQuery(filters=filters)).passing.any())
