"""Listings that are one and the same product twice, with the evidence.

Candidates come from equal barcodes, near photos and rare words in common, never from comparing each with each. A
different colour or a different number in the title (64 GB, 128 GB) makes another product, whatever else is alike.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np

from wares.catalog.duplicates.prints import PhotoPrint, near_pairs, photo_print
from wares.catalog.duplicates.titles import RARE, Titles, has_digit, words
from wares.errors import NotFound
from wares.types import Product

Pair = tuple[int, int]
Terms = Callable[[str], Iterable[str]]

COLOUR_FIELDS = frozenset({"color", "colour", "颜色", "顏色", "色"})
COLOUR_WORD = re.compile(
    r"\b(?:(?:light|dark|deep|bright|pale) )?"
    r"(?:black|white|gr[ea]y|red|pink|cyan|orange|yellow|green|olive|blue|navy|turquoise|teal|purple|violet"
    r"|brown|beige|cream|khaki|gold|silver|maroon|burgundy|lavender|magenta|peach|rust|mustard|charcoal|tan)\b"
    r"|[黑白灰红粉橙黄绿蓝紫棕米金银]色|咖啡色|卡其色"
)
MIN_WORDS = 0.85  # cosine of titles from which words alone make a duplicate
SHARED = 10  # a photo of more products than that is a placeholder
CHROMA = 12.0  # mean difference of Cb and Cr beyond which the colours are others


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two products are taken for one.

    Attributes
    ----------
    ids
        The two products.
    barcode
        A trade number both have, or empty.
    photos, distance
        SHA-256 of the nearest photo of each and the differing bits of 256; empty and None where none is near.
    words, shared
        Cosine of the titles in rare words (0 to 1), and those they share, the rarest first.
    """

    ids: tuple[str, str]
    barcode: str = ""
    photos: tuple[str, str] | tuple[()] = ()
    distance: int | None = None
    words: float = 0.0
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Products that look like one, and the pairs that tie them together, the strongest first."""

    ids: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(slots=True)
class _Listing:
    """What is kept of a product while the catalogue is read."""

    id: str
    terms: frozenset[str]
    colours: frozenset[str]
    barcodes: frozenset[str]
    photos: tuple[str, ...]
    prints: Mapping[str, PhotoPrint] = field(default_factory=dict)


def find(
    products: Iterable[Product],
    photo_path: Callable[[str], Path] | None = None,
    *,
    terms: Terms | None = None,
    min_words: float = MIN_WORDS,
    min_words_with_photo: float = 0.35,
    max_distance: int = 20,
    photos_each: int = 2,
    threads: int = 2,
) -> list[DuplicateGroup]:
    """Groups of near-duplicate listings, the largest first.

    Parameters
    ----------
    products
        Read once.
    photo_path
        SHA-256 → our copy; None: by words and barcodes alone.
    terms
        Title → words; None: words of letters and digits, Chinese in pairs of characters.
    min_words, min_words_with_photo
        Cosine of the titles from which words alone, or words beside a near photo, make a duplicate.
    max_distance
        Bits of 256 up to which two photos are the same picture, at most 31.
    photos_each
        Photos of a product that are compared.
    threads
        Photos read at a time.
    """
    listings = [_listing(product, terms or words, photos_each) for product in products]
    if len(listings) < 2:
        return []
    if photo_path is not None:
        _take_prints(listings, photo_path, threads)
    titles = Titles([listing.terms for listing in listings])
    near, codes = _near_photos(listings, max_distance), _same_barcodes(listings)
    pairs = sorted({*near, *codes, *titles.candidates(min_words)})
    ties: dict[Pair, Evidence] = {}
    for (a, b), score in zip(pairs, titles.cosines(pairs), strict=True):
        by_photo = (a, b) in near and score >= min_words_with_photo
        unseen = not (listings[a].prints and listings[b].prints)  # photos, where both have them, must agree
        by_words = unseen and score >= min_words and titles.telling(a, b)
        if (by_words or by_photo or (a, b) in codes) and not differ(listings[a], listings[b], (a, b) in codes):
            photos, distance = near.get((a, b), ((), None))
            ties[a, b] = Evidence(
                (listings[a].id, listings[b].id),
                codes.get((a, b), ""),
                photos,
                distance,
                float(score),
                titles.shared(a, b),
            )
    return _groups(listings, ties)


def differ(one: _Listing, other: _Listing, same_code: bool = False) -> bool:
    """Whether the colours are others or, without a common barcode, each title has a number the other has not."""
    if one.colours and other.colours and not one.colours & other.colours:
        return True
    here, there = one.terms - other.terms, other.terms - one.terms
    return not same_code and any(map(has_digit, here)) and any(map(has_digit, there))


def _listing(product: Product, terms: Terms, photos_each: int) -> _Listing:
    colours = {
        value.casefold()
        for variant in product.variants
        for name, value in variant.options.items()
        if name.casefold() in COLOUR_FIELDS
    }
    for name, value in product.attributes.items():
        if name.casefold() in COLOUR_FIELDS and isinstance(value, (str, tuple)):
            colours.update(each.casefold() for each in ((value,) if isinstance(value, str) else value))
    return _Listing(
        id=product.id,
        terms=frozenset({*terms(product.title), *terms(product.brand)}),
        colours=frozenset(colours or COLOUR_WORD.findall(product.title.casefold())),
        barcodes=frozenset(
            code.value.lstrip("0")
            for variant in product.variants
            for code in variant.barcodes
            if code.value.isdecimal() and len(code.value) >= 8 and code.value.strip("0")
        ),
        photos=tuple(dict.fromkeys(media.sha256 for media in product.photos() if media.sha256))[:photos_each],
    )


def _take_prints(listings: Sequence[_Listing], photo_path: Callable[[str], Path], threads: int) -> None:
    """Give the listings the prints of their photos, but for pictures that so many share that they are placeholders."""

    def read(sha256: str) -> PhotoPrint | None:
        try:
            return photo_print(photo_path(sha256))
        except NotFound:
            return None

    names = list(dict.fromkeys(sha256 for listing in listings for sha256 in listing.photos))
    with ThreadPoolExecutor(threads) as pool:
        made = {sha256: found for sha256, found in zip(names, pool.map(read, names), strict=True) if found is not None}
    sharers = Counter(made[name].bits.tobytes() for listing in listings for name in listing.photos if name in made)
    for listing in listings:
        prints = {sha256: made[sha256] for sha256 in listing.photos if sha256 in made}
        listing.prints = {name: found for name, found in prints.items() if sharers[found.bits.tobytes()] <= SHARED}


def _near_photos(listings: Sequence[_Listing], distance: int) -> dict[Pair, tuple[tuple[str, str], int]]:
    """For each pair of listings the nearest pair of photos of the same shape and colours, if one is near enough."""
    owners = [(row, sha256, found) for row, listing in enumerate(listings) for sha256, found in listing.prints.items()]
    if not owners:
        return {}
    pairs, distances = near_pairs(np.stack([found.bits for _, _, found in owners]), distance)
    nearest: dict[Pair, tuple[tuple[str, str], int]] = {}
    for (left, right), apart in sorted(zip(pairs.tolist(), distances.tolist(), strict=True), key=lambda pair: pair[1]):
        (a, one, first), (b, other, second) = owners[left], owners[right]
        if a != b and np.abs(first.chroma - second.chroma).mean() <= CHROMA:
            nearest.setdefault((a, b), ((one, other), apart))
    return nearest


def _same_barcodes(listings: Sequence[_Listing]) -> dict[Pair, str]:
    owners: dict[str, list[int]] = defaultdict(list)
    for row, listing in enumerate(listings):
        for code in listing.barcodes:
            owners[code].append(row)
    return {pair: code for code, rows in owners.items() if len(rows) <= RARE for pair in combinations(rows, 2)}


def _groups(listings: Sequence[_Listing], ties: Mapping[Pair, Evidence]) -> list[DuplicateGroup]:
    """Join pairs from the strongest on, but never two listings that differ, however they are connected."""

    def strength(pair: Pair) -> tuple[bool, bool, float]:
        return bool(ties[pair].barcode), ties[pair].distance is not None, ties[pair].words

    rows_of: dict[int, list[int]] = {}
    for a, b in sorted(ties, key=strength, reverse=True):
        here, there = rows_of.get(a, [a]), rows_of.get(b, [b])
        same_code = bool(ties[a, b].barcode)
        if here is not there and not any(differ(listings[x], listings[y], same_code) for x in here for y in there):
            joined = [*here, *there]
            rows_of.update((row, joined) for row in joined)
    groups = []
    for rows in {id(rows): sorted(rows) for rows in rows_of.values()}.values():
        inside = sorted((pair for pair in combinations(rows, 2) if pair in ties), key=strength, reverse=True)
        groups.append(DuplicateGroup(tuple(listings[row].id for row in rows), tuple(ties[pair] for pair in inside)))
    return sorted(groups, key=lambda group: (-len(group.ids), group.ids))
