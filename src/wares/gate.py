"""Nothing goes live unmeasured: a new generation, or another ranker, is asked golden queries beside what is served.

What is measurably worse is refused: it stays on the disk to be looked at, and what was served goes on. Each generation
keeps, among its facts, where the right products stood and how its first queries were answered, so that whoever opens it
can tell whether it still answers so.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from random import Random
from typing import Any

import numpy as np

from wares.answering import Answering
from wares.audit import AuditLog
from wares.catalog.staging import fingerprint
from wares.catalog.store import CatalogStore
from wares.config import Config
from wares.errors import GateRefused, JudgementError, StoreError, UnknownPart
from wares.evaluate.golden import NAME, GoldenQuery, Placed, Verdict, compare, known_items, placed, read
from wares.index.generations import Generation, Generations
from wares.logs import Logger
from wares.protocols import Analyzer, IndexQuery, ProductIndex
from wares.search.searcher import Searcher
from wares.trials import Parts
from wares.types import OneOf, Query

ANSWERS = 8  # queries that a generation must go on answering as when it was made
SEED = 0
NEAR = 1e-3  # of a score
FIX = "mend what made it worse, or let it go live all the same: `wares rebuild --force`"
ANEW = "`wares rebuild` makes it anew from the store"

log = Logger(__name__)


class Gate:
    """Measures what is to go live, and says whether it may."""

    def __init__(
        self,
        config: Config,
        store: CatalogStore,
        analyzer: Analyzer,
        answering: Answering,
        generations: Generations,
        *,
        write: bool,
    ) -> None:
        self._config = config
        self._store = store
        self._analyzer = analyzer
        self._answering = answering
        self._generations = generations
        self._write = write
        self._file = config.shop.folder / NAME
        self._audit = AuditLog(config.shop.folder)

    def trial(
        self,
        index: ProductIndex,
        candidate: Searcher,
        served: Searcher | None,
        before: Generation | None,
        *,
        enforce: bool = True,
    ) -> dict[str, Any]:
        """What is to be known of a new generation: where products stood, before and after, and why it is refused.

        Parameters
        ----------
        served
            What answers now, with the same products; None: nothing does.
        before
            The generation that was served until other encoders or settings were configured: its own records stand in.
        """
        queries, problem = self._golden()
        if absent := sorted({id for query in queries for id in query.grades if index.get(id) is None}):
            log.warning("golden products are not in the catalogue", count=len(absent), ids=absent[:5])
        queries += self._known(index, self._config.gate.queries - len(queries))
        after = self._placed(candidate, queries)
        verdict = Verdict()
        if served is not None:
            verdict = self._compared(queries, self._placed(served, queries), after)
        elif before is not None:
            kept = _recorded(before)
            changed = self._store.changed_among({id for query, _ in kept for id in query.grades}, before.facts["seq"])
            old = [each for each in kept if changed.isdisjoint(each[0].grades)]
            asked = [query for query, _ in old]
            verdict = self._compared(asked, [stood for _, stood in old], self._placed(candidate, asked))
        worse = verdict.worse or (problem if served or before else "")
        facts = self._records(candidate, queries, after) | {"ranker": self._answering.ranker, "terms": self._terms}
        facts |= {"gate": verdict.facts(), "refused": worse if self._enforced(enforce) else ""}
        if worse and not facts["refused"]:
            self._tell("gate.forced", "", worse)
        return facts

    def refusal(self, generation: Generation) -> GateRefused:
        """The error that says so."""
        return GateRefused(f"{generation.name} does not go live: {generation.refused}", fix=FIX)

    def bar(self, generation: Generation, reason: str) -> None:
        """Keep on the disk, in the log and in the audit log that a generation does not go live."""
        self._tell("gate.refused", generation.name, reason)
        if not generation.refused:
            self._amend(generation, refused=reason)

    def settled(self, barred: Generation, most: float) -> bool:
        """Whether a generation that was refused would be so again: the same is demanded, little was written."""
        same = barred.facts["terms"] == self._terms and self._config.gate.enforce
        return same and self._store.seq - barred.facts["seq"] <= most * self._store.count()

    def prove(self, generation: Generation, searcher: Searcher, excused: Iterable[str]) -> None:
        """Ask a generation its first queries again.

        Parameters
        ----------
        excused
            Parts that were missing before, and are no fault of the generation.

        Raises
        ------
        GateRefused
            It answers otherwise than when it was made, or its ranker fails.
        """
        golden = generation.facts["golden"]
        if golden["rules"] != self._answering.rules_of(self._answering.ranker):
            return  # other synonyms, settings or another ranker may answer otherwise
        for text, language, scores in golden["answers"]:
            hits = searcher.search(Query(text, language=language))
            if "ranker" in hits.degraded and "ranker" not in excused:
                raise GateRefused(f"the ranker of {generation.name} fails", fix="see the log; check search.ranker")
            if not hits.degraded and not _alike(np.array(scores), hits.scores):
                raise GateRefused(f"{generation.name} answers otherwise than when it was made", fix=ANEW)

    def ranker_of(self, generation: Generation, parts: Parts) -> tuple[str, str]:
        """The ranker that a generation is served with, and why it is not the one that is configured."""
        kept, wanted = generation.facts["ranker"], self._config.search.ranker
        if wanted == kept:
            return wanted, ""
        known = generation.facts.get("rankers", {}).get(wanted)
        if known is not None and known["terms"] == self._terms and self._config.gate.enforce:
            return kept, known["worse"]
        after = self._answering.searcher(*parts, aside=wanted)
        try:
            before = self._answering.ranked_by(after, kept)
        except UnknownPart as error:
            log.warning("ranker not measured", ranker=wanted, reason=error.message)
            return wanted, ""
        golden, worse = self._golden()
        queries = [*golden, *(query for query, _ in _recorded(generation) if not query.written)]
        now = self._placed(after, queries)
        verdict = self._compared(queries, self._placed(before, queries), now)
        worse = verdict.worse or worse
        if worse and self._enforced():
            reason = f"{kept} is kept, {wanted} is worse: {worse}"
            self._amend(generation, rankers={wanted: {"worse": reason, "terms": self._terms}})
            self._tell("gate.refused", wanted, reason)
            return kept, reason
        if worse:
            self._tell("gate.forced", wanted, worse)
        records = self._records(after, queries, now, ranker=wanted)
        self._amend(generation, **records, ranker=wanted, gate=verdict.facts())
        return wanted, ""

    def _compared(self, queries: Sequence[GoldenQuery], before: Sequence[Placed], after: Sequence[Placed]) -> Verdict:
        settings = self._config
        return compare(
            queries, before, after, margin=settings.gate.margin, page_size=settings.search.page_size, seed=SEED
        )

    def _records(
        self, searcher: Searcher, queries: Sequence[GoldenQuery], stood: Sequence[Placed], ranker: str = ""
    ) -> dict[str, Any]:
        """What a generation remembers of its queries."""
        asked = [(product.title, product.language) for product in islice(self._store.products(), ANSWERS)]
        answers = [
            (text, language, np.round(searcher.search(Query(text, language=language)).scores, 5).tolist())
            for text, language in asked
        ]
        stands = [{**asdict(query), "ranks": dict(at.ranks)} for query, at in zip(queries, stood, strict=True)]
        rules = self._answering.rules_of(ranker or self._answering.ranker)
        return {"golden": {"queries": stands, "answers": answers, "rules": rules}}

    def _golden(self) -> tuple[list[GoldenQuery], str]:
        """The merchant's own queries, or why they cannot be read."""
        try:
            return read(self._file), ""
        except JudgementError as error:
            log.error("golden queries not read", reason=str(error))
            return [], str(error)

    def _known(self, index: ProductIndex, most: int) -> list[GoldenQuery]:
        """Queries made from the catalogue."""
        ids = sorted(index.scroll())
        chosen = Random(SEED).sample(ids, min(max(most, 0), len(ids)))

        def having(brand: str, category: str) -> tuple[str, ...]:
            filters = (OneOf("brand", (brand,)), OneOf("category", (category,)))
            found = index.search(IndexQuery(filters=filters))
            return index.ids(found.rows[found.passing])

        return known_items(self._store.many(chosen), self._analyzer, having, max(most, 0), SEED)

    def _placed(self, searcher: Searcher, queries: Sequence[GoldenQuery]) -> list[Placed]:
        return placed(searcher.search, queries, self._config.search.page_size)

    @property
    def _terms(self) -> str:
        """Changes with what is demanded."""
        demanded = self._file.read_bytes() if self._file.exists() else b""
        return fingerprint(repr((self._config.gate.margin, self._config.search.page_size, demanded)).encode())

    def _enforced(self, enforce: bool = True) -> bool:
        return enforce and self._config.gate.enforce

    def _amend(self, generation: Generation, **facts: Any) -> None:
        """Only who writes the folder may; others find out for themselves."""
        if self._write:
            with suppress(StoreError):
                self._generations.amend(generation.name, **facts)

    def _tell(self, action: str, target: str, reason: str) -> None:
        log.error(action, target=target, reason=reason)
        with suppress(StoreError):  # a full disk is told elsewhere
            self._audit.write(action, target, reason=reason)


def _recorded(generation: Generation) -> list[tuple[GoldenQuery, Placed]]:
    """Golden queries of a generation, and where their products stood."""
    kept: Sequence[Mapping[str, Any]] = generation.facts["golden"]["queries"]
    return [
        (GoldenQuery(each["text"], each["language"], each["grades"], each["written"]), Placed(each["ranks"]))
        for each in kept
    ]


def _alike(one: Any, other: Any) -> bool:
    """Whether two pages have the same scores; products of equal ones may change places."""
    k = min(len(one), len(other))
    return abs(len(one) - len(other)) <= 1 and bool(np.allclose(one[:k], other[:k], atol=NEAR))
