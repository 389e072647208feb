"""The contract against a running shop over HTTP: nothing is written, so the catalogue is its own witness."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from wares.conformance.asking import Ask, Page, check_again, check_facets, check_pages, told, walk
from wares.conformance.contract import Record
from wares.errors import QueryError
from wares.search.filters import to_text
from wares.types import OneOf, Query

SIZES, MOST = (100, 24, 7), 300
FACETS, VALUES = 4, 2
LONGEST = 90  # characters of a value that is filtered by: two of them must fit into one filter text
LONG = 40  # characters of a title without spaces that are taken for words


@dataclass(slots=True)
class ServedShop:
    """Asks ``/v1/search``; a photo is posted once and then asked for by its name."""

    client: httpx.Client
    _photos: dict[bytes, str] = field(default_factory=dict)

    def answer(self, query: Query) -> dict[str, Any]:
        """The page as JSON.

        Raises
        ------
        QueryError
            It answers with an error, or with something that is no page.
        """
        asked = {
            "text": query.text,
            "photo": self._posted(query.photo) if query.photo else "",
            "filters": to_text(query.filters),
            "facets": list(query.facets),
            "sort": query.sort,
            "page": query.page + 1,
            "page_size": query.page_size,
            "ledger": True,
        }
        response = self.client.post("/v1/search", json=asked)
        if response.status_code != 200:
            raise QueryError(f"{told(query)} is answered {response.status_code}: {response.text[:200]}")
        found: dict[str, Any] = response.json()
        return found

    def ask(self, query: Query) -> Page:
        """The page as it is compared."""
        found = self.answer(query)
        hits: Sequence[Mapping[str, Any]] = found["hits"]
        return Page(
            ids=tuple(hit["id"] for hit in hits),
            variants=tuple(hit["variant"] for hit in hits),
            scores=tuple(hit["score"] for hit in hits),
            ledgers=tuple(math.fsum(entry["value"] for entry in hit["ledger"]) for hit in hits),
            total=found["total"],
            facets={
                name: {value["value"]: value["count"] for value in facet["values"] if len(value["value"]) <= LONGEST}
                for name, facet in found["facets"].items()
            },
        )

    def _posted(self, photo: bytes) -> str:
        if photo not in self._photos:
            response = self.client.post("/photo", files={"photo_file": photo}, follow_redirects=False)
            named = parse_qs(urlsplit(response.headers.get("location", "")).query).get("photo", [""])
            if not named[0]:
                raise QueryError(f"a photo posted to /photo is answered {response.status_code}, without its address")
            self._photos[photo] = named[0]
        return self._photos[photo]


def check_url(url: str, *, seed: int = 0, cases: int = 20, client: httpx.Client | None = None) -> Record:
    """Run the lines that can be read off a live catalogue; it must not be written meanwhile.

    Parameters
    ----------
    cases
        Queries, made from the titles, facets and photos that the shop shows.
    client
        Speaks to the shop; None: over the network.

    Raises
    ------
    QueryError
        There is no shop at the address, or it has no products.
    """
    record = Record(url, seed)
    record.untested(6, "writing is no part of the read-only interface")
    with client or httpx.Client(base_url=url, timeout=60) as speaking:
        shop = ServedShop(speaking)
        for query in _queries(shop, Random(seed), cases):
            random = Random(f"{seed} {query.text}")
            case = told(query)
            with record.trying(4, case):
                check_pages(record, shop.ask, query, SIZES, MOST)
            with record.trying(3, case):
                check_facets(record, shop.ask, query, random, VALUES)
            with record.trying(1, case):
                _check_inside(record, shop.ask, query, random)
            with record.trying(7, case):
                check_again(record, shop.ask, query)
    return record


def _check_inside(record: Record, ask: Ask, query: Query, random: Random) -> None:
    """Line 1, as far as it shows from outside: a filter takes from the set, and adds nothing to it."""
    page = ask(query)
    if not page.total or page.total > MOST:
        return
    whole = {*walk(ask, query, SIZES[0], MOST).ids}
    for name, counts in page.facets.items():
        if not counts or any(isinstance(part, OneOf) and part.field == name for part in query.filters):
            continue
        value = random.choice(sorted(counts))
        narrowed = replace(query, filters=(*query.filters, OneOf(name, (value,))))
        strangers = {*walk(ask, narrowed, SIZES[0], MOST).ids} - whole
        said = f"{told(query)}: {name}={value!r} adds {sorted(strangers)[:3]}"
        record.check(1, not strangers, said)


def _queries(shop: ServedShop, random: Random, cases: int) -> list[Query]:
    """Browsing, words of titles, words with a filter, an order, and a photo where a product shows one."""
    try:
        browsed = shop.answer(Query(page_size=SIZES[0]))
    except (httpx.HTTPError, ValueError) as error:
        raise QueryError(f"no shop answers: {error}", fix="give the address that `wares serve` prints") from error
    if not browsed["hits"]:
        raise QueryError("the shop has no products", fix="take a feed in first")
    facets = {
        name: [value["value"] for value in facet["values"] if len(value["value"]) <= LONGEST]
        for name, facet in browsed["facets"].items()
    }
    named = tuple([name for name, values in facets.items() if len(values) > 1][:FACETS])
    queries = [Query(facets=named)]
    if photo := _photo(shop, browsed["hits"]):
        queries.append(Query(photo=photo, facets=named))
    titles = [hit["title"] for hit in browsed["hits"]]
    while len(queries) < cases:
        query = Query(_words(random, random.choice(titles)), facets=named, sort=random.choice(("relevance", "price")))
        if named and random.random() < 0.5:
            name = random.choice(named)
            query = replace(query, filters=(OneOf(name, (random.choice(facets[name]),)),))
        queries.append(query)
    return queries[:cases]


def _words(random: Random, title: str) -> str:
    """One to three words of a title, or a piece of one that is written without spaces."""
    words = title.split()
    if len(words) > 1:
        return " ".join(random.sample(words, min(len(words), random.randint(1, 3))))
    start = random.randrange(max(len(title) - 2, 1))
    return title[start : start + random.randint(2, 4)][:LONG]


def _photo(shop: ServedShop, hits: Sequence[Mapping[str, Any]]) -> bytes | None:
    for hit in hits:
        if hit["image"]:
            response = shop.client.get(hit["image"])
            return response.content if response.status_code == 200 else None
    return None
