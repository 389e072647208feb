"""Ninety days of searches: what was shown where, how likely it was to be seen, and what was done about it.

Clicks follow the position-based model (Craswell et al., WSDM 2008; Joachims et al., WSDM 2017): a position is examined
with a known propensity, an examined product is clicked by taste. Records are UBI 1.3; ordinals on the wire start at 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wares.catalog.demo.goods import Good, sale_price
from wares.catalog.demo.listing import CURRENCY
from wares.catalog.demo.opinions import LAST_DAY
from wares.catalog.demo.shoppers import Shopper, attraction

DAYS = 90
PAGE = 12
POLICY = "demo-logging.v1"
WEEK = (0.9, 0.85, 0.88, 0.95, 1.1, 1.3, 1.25)


Scene = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""Rows of the kind looked for, rows of its family, and how much this shopper likes every row."""


def examination(positions: int) -> NDArray[np.float64]:
    """P(examined) of each position, ``(positions,)`` in (0, 1], position 0 first."""
    return np.asarray((1.0 + np.arange(positions)) ** -0.75, np.float64)


@dataclass(frozen=True, slots=True)
class Visit:
    """One search: the UBI query record and its event records in the order they happened."""

    query: dict[str, Any]
    events: list[dict[str, Any]]


def _seasons(goods: tuple[Good, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """How much each kind is looked for on each day, ``(DAYS, kinds)``: slow drift with a phase of its own."""
    kinds = sorted({g.kind.key for g in goods})
    phase, strength = rng.uniform(0, 2 * np.pi, len(kinds)), rng.uniform(0.1, 0.7, len(kinds))
    day = np.arange(DAYS)[:, None]
    return np.exp(strength * np.sin(2 * np.pi * day / 180 + phase))


def _words(kind: Good, colour: str | None, shopper: Shopper, rng: np.random.Generator) -> str:
    lang = int(shopper.language == "zh")
    name = (kind.kind.name if rng.random() < 0.75 else kind.kind.also)[lang]
    if lang == 0:
        return " ".join(w for w in (colour, name) if w).lower()
    return f"{colour or ''}{name}"


def visits(seed: int, goods: tuple[Good, ...], shoppers: tuple[Shopper, ...], per_day: float) -> Iterator[Visit]:
    """Every search of the ninety days that end on `LAST_DAY`, in time order."""
    rng = np.random.default_rng((seed, 23))
    liking = attraction(shoppers, goods)
    kinds = sorted({g.kind.key for g in goods})
    rows = {k: np.array([i for i, g in enumerate(goods) if g.kind.key == k]) for k in kinds}
    family = {
        k: np.array([i for i, g in enumerate(goods) if g.kind.family == goods[rows[k][0]].kind.family]) for k in kinds
    }
    season = _seasons(goods, rng)
    taste = np.array([[6.0 if k in s.kinds else 0.4 for k in kinds] for s in shoppers])
    activity = np.array([s.activity for s in shoppers]) / sum(s.activity for s in shoppers)
    number = 0
    for day in range(DAYS):
        date = LAST_DAY - timedelta(days=DAYS - 1 - day)
        count = int(rng.poisson(per_day * WEEK[date.weekday()] * (0.85 + 0.3 * day / DAYS)))
        seconds = np.sort(rng.beta(3.2, 2.2, count) * 86399)
        for moment, who in zip(seconds, rng.choice(len(shoppers), count, p=activity), strict=True):
            weight = taste[who] * season[day]
            kind = kinds[int(rng.choice(len(kinds), p=weight / weight.sum()))]
            number += 1
            scene = (rows[kind], family[kind], liking[who])
            yield _visit(number, date + timedelta(seconds=float(moment)), shoppers[who], goods, scene, rng)


def _shown(
    scene: Scene,
    goods: tuple[Good, ...],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """The page of the logging policy: popular products of the kind with Gumbel noise, then some of the family."""
    own, near, _ = scene
    score = np.log1p([goods[i].appeal for i in own]) + rng.gumbel(0, 0.5, len(own))
    page = own[np.argsort(-score)][:PAGE]
    if len(page) < PAGE:
        others = rng.permutation(np.setdiff1d(near, own))[: PAGE - len(page)]
        page = np.concatenate([page, others])
    return page


@dataclass(frozen=True, slots=True)
class _Page:
    """A page that was shown: who saw it when, its rows of the stock, and P(examined) of its positions."""

    ids: dict[str, str]
    time: datetime
    goods: tuple[Good, ...]
    seen: NDArray[np.float64]

    def event(self, number: int, action: str, at: int, after: float, more: dict[str, Any]) -> dict[str, Any]:
        """The UBI record of an action on a position, ``after`` seconds."""
        attributes = {
            "object": {"object_id": self.goods[at].id, "object_id_field": "product_id"},
            "position": {"ordinal": at + 1},
            "propensity": round(float(self.seen[at]), 6),
            "list_id": "search",
            "model_version": POLICY,
            **more,
        }
        return {
            "action_name": action,
            "event_id": f"{self.ids['query_id']}-{number:02d}",
            "timestamp": _stamp(self.time + timedelta(seconds=after)),
            **self.ids,
            "event_attributes": attributes,
        }


def _actions(
    page: _Page, clicked: NDArray[np.bool_], rng: np.random.Generator
) -> list[tuple[str, int, float, dict[str, Any]]]:
    """What happened on a page: every position was shown, some were clicked, carried and bought."""
    out: list[tuple[str, int, float, dict[str, Any]]] = [("impression", at, 0.0, {}) for at in range(len(page.goods))]
    after = 3.0
    for at in np.flatnonzero(clicked).tolist():
        after += float(rng.gamma(2.0, 12.0))
        out.append(("click", at, after, {}))
        good = page.goods[at]
        deal = {"price": sale_price(good), "currency": CURRENCY, "quantity": 1}
        if rng.random() < 0.18 + 0.25 * good.quality:
            out.append(("add_to_cart", at, after + 15, deal))
            if rng.random() < 0.45:
                out.append(("purchase", at, after + 90, {**deal, "order_id": f"O{page.ids['query_id'][1:]}"}))
    return sorted(out, key=lambda action: action[2])


def _visit(
    number: int, time: datetime, shopper: Shopper, goods: tuple[Good, ...], scene: Scene, rng: np.random.Generator
) -> Visit:
    rows = _shown(scene, goods, rng)
    shown = tuple(goods[int(i)] for i in rows)
    lang = int(shopper.language == "zh")
    wish = shown[0].colours[0] if rng.random() < 0.3 else None
    text = _words(goods[int(scene[0][0])], wish.name[lang] if wish else None, shopper, rng)
    seen = examination(len(rows))
    fits = np.isin(rows, scene[0]) * 1.0
    if wish:
        fits *= np.array([1.0 if any(c.key == wish.key for c in good.colours) else 0.35 for good in shown])
    clicked = (rng.random(len(rows)) < seen) & (rng.random(len(rows)) < scene[2][rows] * (0.12 + 0.88 * fits))
    name = f"{number:06d}"
    ids = {"query_id": f"Q{name}", "client_id": f"C{shopper.id[1:]}", "session_id": f"N{name}"}
    query = {
        **ids,
        "timestamp": _stamp(time),
        "user_query": text,
        "object_ids": [good.id for good in shown],
        "query_attributes": {"language": shopper.language, "model_version": POLICY},
    }
    page = _Page({**ids, "user_id": shopper.id}, time, shown, seen)
    actions = _actions(page, clicked, rng)
    return Visit(query, [page.event(i + 1, *action) for i, action in enumerate(actions)])


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
