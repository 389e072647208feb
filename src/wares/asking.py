"""Judgements that would teach most: found in a shop, asked in the terminal or on a page, kept in a file.

The file is one that every command reads that takes judgements: ``query,product_id,grade``.
"""

import csv
import hmac
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

import numpy as np

from wares.catalog.events import EventLog
from wares.catalog.store import CatalogStore
from wares.config import Config
from wares.errors import TrainingError
from wares.evaluate.judgements import read_qrels
from wares.learn.active import Pairs, chosen
from wares.protocols import Encoder
from wares.registry import equip
from wares.shop import Shop
from wares.types import FloatArray, Query

if TYPE_CHECKING:
    from starlette.applications import Starlette

FILE = "judgements.csv"
GRADES = {3: "exactly this", 2: "fits", 1: "somewhat", 0: "no"}
QUERIES, DEPTH = 100, 20  # queries that are looked at, and products of each


@dataclass(frozen=True, slots=True)
class Question:
    """Is this product what is asked for? ``photo`` is a file, or None."""

    query: str
    product: str
    title: str
    relevance: float
    photo: Path | None = None


class Judgements:
    """Answers in a file; each is on the disk before the next question."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def known(self) -> Mapping[str, Mapping[str, int]]:
        """What was answered."""
        return read_qrels(self._path) if self._path.exists() else {}

    def add(self, question: Question, grade: int) -> None:
        """Keep an answer."""
        if grade not in GRADES:
            raise TrainingError(f"{grade} is no grade", fix=f"one of {', '.join(map(str, GRADES))}")
        fresh = not self._path.exists()
        with self._path.open("a", encoding="utf-8", newline="") as file:
            lines = csv.writer(file)
            if fresh:
                lines.writerow(("query", "product_id", "grade"))
            lines.writerow((question.query, question.product, grade))


def questions(config: Config, shop: Shop, queries: Sequence[str], k: int, known: Judgements) -> list[Question]:
    """The k most telling questions about some queries; of pairs that were answered none.

    Raises
    ------
    TrainingError
        The queries find nothing that was not judged.
    """
    encoder: Encoder[str] = equip(
        "encoder", config.encode.text, folder=config.weights_folder(), threads=config.encode.threads
    )
    judged = known.known
    found: list[Question] = []
    for query in queries[:QUERIES]:
        hits = shop.search(Query(query, page_size=DEPTH))
        titles = {product.id: product for product in shop.products(list(hits.ids))}
        for id, relevance in zip(hits.ids, hits.relevance, strict=True):
            if id in titles and id not in judged.get(query, {}):
                photo = next((each.sha256 for each in titles[id].photos() if each.sha256), "")
                path = shop.media.path(photo) if photo else None
                found.append(Question(query, id, titles[id].title, _known(float(relevance)), path))
    if not found:
        raise TrainingError("there is nothing to ask about", fix="name queries with --queries, or let shoppers search")
    before = [(query, shop.products(list(of))) for query, of in judged.items() if query in set(queries[:QUERIES])]
    old = [(query, product.title) for query, products in before for product in products]
    places = _places(encoder, [*((each.query, each.title) for each in found), *old])
    pairs = Pairs(
        [each.query for each in found],
        [each.product for each in found],
        np.array([each.relevance for each in found]),
        places[: len(found)],
    )
    return [found[row] for row in chosen(pairs, k, places[len(found) :])]


def _known(relevance: float) -> float:
    return relevance if relevance == relevance else 0.5


def _places(encoder: Encoder[str], pairs: Sequence[tuple[str, str]]) -> FloatArray:
    """(n, 2 d) where each pair lies: its query beside its title."""
    texts = list(dict.fromkeys(text for pair in pairs for text in pair))
    rows = dict(zip(texts, encoder.encode(texts).vectors, strict=True))
    return np.array([np.concatenate([rows[query], rows[title]]) for query, title in pairs], np.float32)


class Form:
    """A page that asks one question after another, for whoever has its address.

    Attributes
    ----------
    token
        Part of the address: no other page can answer in somebody's place.
    """

    def __init__(self, asked: Sequence[Question], answers: Judgements) -> None:
        self._asked = asked
        self._answers = answers
        self.token = token_urlsafe(16)

    def app(self) -> "Starlette":
        """The page as an application."""
        from starlette.applications import Starlette
        from starlette.requests import Request
        from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
        from starlette.routing import Route

        def ours(request: Request) -> bool:
            return hmac.compare_digest(request.path_params["token"], self.token)

        async def page(request: Request) -> Response:
            if not ours(request):
                return Response(status_code=404)
            return HTMLResponse(self._page(request.path_params["number"]))

        async def photo(request: Request) -> Response:
            number = request.path_params["number"]
            shown = self._asked[number].photo if ours(request) and number < len(self._asked) else None
            return FileResponse(shown) if shown else Response(status_code=404)

        async def answer(request: Request) -> Response:
            number = request.path_params["number"]
            if not ours(request) or number >= len(self._asked):
                return Response(status_code=404)
            grade = str((await request.form()).get("grade", ""))
            if grade.isdigit():
                self._answers.add(self._asked[number], int(grade))
            return RedirectResponse(f"/{self.token}/{number + 1}", status_code=303)

        return Starlette(
            routes=[
                Route("/{token}/{number:int}", page),
                Route("/{token}/{number:int}", answer, methods=["POST"]),
                Route("/{token}/{number:int}/photo", photo),
            ]
        )

    def _page(self, number: int) -> str:
        from jinja2 import Environment, select_autoescape

        template = Environment(autoescape=select_autoescape(default=True)).from_string(PAGE)
        question = self._asked[number] if number < len(self._asked) else None
        return template.render(
            question=question, number=number, total=len(self._asked), token=self.token, grades=GRADES.items()
        )


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Is this what is asked for?</title>
<style>:root { color-scheme: light dark; font: 18px/1.5 system-ui, sans-serif }
main { max-width: 32rem; margin: 2rem auto; padding: 0 1rem; text-align: center }
img { max-width: 100%; max-height: 50vh; background: #fff } q { font-weight: 600 }
button { font: inherit; padding: .5rem 1rem; margin: .25rem } small { color: #767676 }</style>
<main>{% if question %}<p><small>{{ number + 1 }} of {{ total }}</small></p>
<p>A shopper asks for <q>{{ question.query }}</q>.</p><h1>{{ question.title }}</h1>
{% if question.photo %}<p><img src="/{{ token }}/{{ number }}/photo" alt=""></p>{% endif %}
<form method="post">{% for grade, words in grades %}<button name="grade" value="{{ grade }}">{{ words }}</button>
{% endfor %}<button name="grade" value="">skip</button></form>
{% else %}<h1>Thank you</h1><p>Nothing is left to ask. Learn from the answers: <code>wares learn joint</code>.</p>
{% endif %}</main></html>"""


def typed(answer: Callable[[Question], str], asked: Sequence[Question], answers: Judgements) -> int:
    """Take what somebody types: a grade, ``s`` to skip, ``q`` to stop, anything else once more; how many answered."""
    count = 0
    for question in asked:
        while (word := answer(question).strip().lower()) not in ("s", "q", *map(str, GRADES)):
            pass
        if word == "q":
            break
        if word != "s":
            answers.add(question, int(word))
            count += 1
    return count


def logged(config: Config) -> list[str]:
    """What shoppers asked, what most of them did first."""
    with closing(CatalogStore(config.store_url())) as store:
        return [text for text, _ in sorted(EventLog(store).queries(), key=lambda each: -each[1])]
