"""Searches over HTTP: what one costs, how long it takes, beside what answers a constant; and what too many do."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.parse import quote

from wares.bench import kept
from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.loads import closed, get, paced
from wares.bench.pages import different, repeated, searches, stocked
from wares.bench.processes import Server, listening, served, used
from wares.bench.shops import built, grown_shop
from wares.bench.timing import load
from wares.config import Config
from wares.errors import ContractError
from wares.registry import register
from wares.types import Query

if TYPE_CHECKING:
    from wares.shop import Shop

DATA = "fashion-products"
PARTS = ("fashion", "grown")
ROUNDS, SECONDS, SHARES = 3, 6.0, (50, 95, 99)
SEARCHES, CONSTANTS, WARM, DIFFERENT = 300, 2000, 100, 100
WHOLE = {"page_size": str(kept.PAGE), "facets": ",".join(kept.FACETS)}  # of everything, so that the page is full
LEAST = 8  # requests that a percentile is told of
CONSTANT, MODEL = ("starlette", "fastapi"), "wares.serve.native.shapes:SearchAnswer"
AT_ONCE = 2  # a worker's slots, so that nothing waits for one
HALF = 0.5  # of what a server can answer: the load under which latency is told


@dataclass(slots=True)
class Racer:
    """A server and what it is asked: ``requests(n)`` are the next n."""

    server: Server
    requests: Callable[[int], Sequence[bytes]]
    n: int
    at_once: int = AT_ONCE
    per_cpu_s: float = 0.0
    per_s: float = 0.0
    latency: tuple[float, ...] = ()

    def run(self) -> None:
        """As fast as it answers; the best round counts."""
        asked = self.requests(self.n)
        before = used(self.server.process, sizes=False).cpu
        answers = closed(self.server.port, asked, self.at_once)
        spent = used(self.server.process, sizes=False).cpu - before
        if answers.failed:
            raise ContractError(f"{answers.failed} of {len(asked)} requests failed", fix="serve it by hand and look")
        good = int(answers.good.sum())
        self.per_cpu_s = max(self.per_cpu_s, good / max(spent, 1e-3))
        self.per_s = max(self.per_s, good / answers.seconds)

    def pace(self) -> None:
        """At half of what it can answer; the round with the lowest p95 counts."""
        rate = HALF * self.per_s
        answers = paced(self.server.port, self.requests(max(int(rate * SECONDS), LEAST)), rate)
        found = tuple(answers.percentile(share) for share in SHARES)
        if not self.latency or found[1] < self.latency[1]:
            self.latency = found

    def figures(self, name: str) -> dict[str, float]:
        """Under its name."""
        percentiles = {f"{name}_p{share}_ms": ms for share, ms in zip(SHARES, self.latency, strict=True)}
        return {f"{name}_per_cpu_s": self.per_cpu_s, f"{name}_per_s": self.per_s, **percentiles}


@dataclass(frozen=True, slots=True)
class Speed:
    """Figures of one catalogue, and of the peers beside it."""

    figures: dict[str, float]
    peers: Mapping[str, Mapping[str, float]]

    @property
    def ratios(self) -> dict[str, float]:
        """CPU time of ours over a peer's constant: a request, what HTTP adds to a search, a request asked again."""
        found = {}
        for name, theirs in self.peers.items():
            constant = 1000 / theirs["one_per_cpu_s"]
            found[f"request_cpu/{name}"] = 1000 / self.figures["one_per_cpu_s"] / constant
            found[f"layer_cpu/{name}"] = self.figures["layer_cpu_ms"] / constant
            found[f"repeated_cpu/{name}"] = 1000 / self.figures["repeated_per_cpu_s"] / constant
        return found


@register("bench", "serve")
def serve(options: BenchOptions) -> BenchResult:
    """Pages of search results over HTTP on loopback: 41,246 fashion products and, grown, `--n`; one worker and two.

    A request is a page of 24 products with four facets of the whole result set. No query comes twice, so that each is
    understood and encoded anew, unless a figure says `repeated`: 100 queries as often as Zipf has it. The peers answer
    a constant: `starlette` an empty JSON object, `fastapi` a page of ours through `response_model`; one process each.
    All servers stand at once and take turns. Throughput: as fast as they answer, two requests at a time a worker, best
    of 3. Latency: requests at even distances at half that rate, from the moment each was due; the best of 3 rounds.
    `--only fashion,grown` chooses. The generator runs on the same machine and takes its share of the cores. Shops are
    taken in first, which takes some minutes, and kept in the cache.

    Figures
    -------
    one_per_cpu_s, two_per_cpu_s, grown_one_per_cpu_s, grown_two_per_cpu_s
        Requests per second of CPU time of all processes of the server: one worker, two; as ingested, grown.
    one_per_s, two_per_s, grown_one_per_s, grown_two_per_s
        Requests per second.
    one_p50_ms, one_p95_ms, one_p99_ms, two_p50_ms, two_p95_ms, two_p99_ms
        Milliseconds from when a request was due to the whole answer, at half of the rate above.
    grown_one_p50_ms, grown_one_p95_ms, grown_one_p99_ms, grown_two_p50_ms, grown_two_p95_ms, grown_two_p99_ms
        The same, grown.
    repeated_per_cpu_s, repeated_per_s, repeated_p50_ms, repeated_p95_ms, repeated_p99_ms
        One worker, repeated queries.
    grown_repeated_per_cpu_s, grown_repeated_per_s, grown_repeated_p50_ms, grown_repeated_p95_ms, grown_repeated_p99_ms
        The same, grown.
    shop_per_cpu_s, grown_shop_per_cpu_s
        Searches per second of CPU time through `Shop.search` in this process, without HTTP.
    layer_cpu_ms, grown_layer_cpu_ms
        CPU milliseconds a request takes over HTTP beyond that.
    cold_s, grown_cold_s
        Seconds from the start of `wares serve` to the first page of results; best of 3.
    one_pss_mb, two_pss_mb, grown_one_pss_mb, grown_two_pss_mb
        Megabytes of all processes after these loads; what they share counts once.
    worker_mb, grown_worker_mb
        Megabytes that the second worker adds.
    products, grown_products
        Products searched.
    """
    started = load()
    figures: dict[str, float] = {}
    speeds: list[Speed] = []
    for part in options.parts(PARTS):
        shop, prefix = (
            (built(options, DATA, options.data), "") if part == "fashion" else (grown_shop(options, DATA), "grown_")
        )
        with shop as there:
            folder, products = there.config.shop.folder, stocked(there)
        speeds.append(_speed(folder, different(products, options.seed)))
        figures |= {f"{prefix}{name}": value for name, value in speeds[-1].figures.items()}
        figures[f"{prefix}products"] = float(len(products))
    first = speeds[0]
    return BenchResult("serve", figures, peers=first.peers, ratios=first.ratios, seed=options.seed, load=started)


def _speed(folder: Path, texts: Iterator[str]) -> Speed:
    """Of one catalogue."""
    from wares.shop import Shop

    cold = min(_cold(folder, next(texts)) for _ in range(ROUNDS))
    again, turn = list(islice(texts, DIFFERENT)), count()

    def fresh(n: int) -> list[bytes]:
        return searches(texts, n)

    with ExitStack() as standing:
        one, two = (standing.enter_context(served(folder, workers)) for workers in (1, 2))
        page = Path(standing.enter_context(TemporaryDirectory(prefix="wares-bench-"))) / "page.json"
        page.write_bytes(one.client.get("/v1/search", params=WHOLE).content)
        constants = [
            standing.enter_context(listening("wares.bench.constants", name, MODEL, str(page))) for name in CONSTANT
        ]
        shop = Shop.open(Config.load(options={"shop.folder": folder}, environment={}))
        standing.enter_context(closing(shop))
        racers = {
            "one": Racer(one, fresh, SEARCHES),
            "two": Racer(two, fresh, SEARCHES, 2 * AT_ONCE),
            "repeated": Racer(one, lambda n: searches(iter(repeated(again, n, next(turn))), n), SEARCHES),
        }
        peers = {
            name: Racer(server, lambda n: [get("/")] * n, CONSTANTS)
            for name, server in zip(CONSTANT, constants, strict=True)
        }
        for racer in (*racers.values(), *peers.values()):
            closed(racer.server.port, racer.requests(WARM), racer.at_once)
        alone = 0.0
        for _ in range(ROUNDS):
            for racer in (*racers.values(), *peers.values()):
                racer.run()
            alone = max(alone, _searched(shop, list(islice(texts, SEARCHES))))
        for _ in range(ROUNDS):
            for racer in (*racers.values(), *peers.values()):
                racer.pace()
        held = [used(server.process).pss for server in (one, two)]
    figures = {"cold_s": cold, "shop_per_cpu_s": alone}
    for name, racer in racers.items():
        figures |= racer.figures(name)
    figures["layer_cpu_ms"] = 1000 / figures["one_per_cpu_s"] - 1000 / alone
    figures |= {"one_pss_mb": held[0], "two_pss_mb": held[1], "worker_mb": held[1] - held[0]}
    return Speed(figures, {name: racer.figures("one") for name, racer in peers.items()})


def _searched(shop: "Shop", texts: Sequence[str]) -> float:
    """Searches per second of CPU time in this process."""
    start = time.process_time()
    for text in texts:
        shop.search(Query(text, facets=kept.FACETS, page_size=kept.PAGE))
    return len(texts) / (time.process_time() - start)


def _cold(folder: Path, text: str) -> float:
    """Seconds from the start of a server to a page of results."""
    start = time.perf_counter()
    with served(folder, path=f"/v1/search?q={quote(text)}"):
        return time.perf_counter() - start
