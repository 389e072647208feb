"""Does a learned matcher tell that two offers are the same product, also of shops that it has never seen?"""

import numpy as np

from wares.bench.harness import BenchOptions, BenchResult
from wares.bench.offerpairs import OfferPairs, read
from wares.bench.timing import load
from wares.errors import TrainingError
from wares.learn.active import Pairs, chosen
from wares.learn.blocks import cells
from wares.learn.matching import Matcher, learn, suspicious, threshold
from wares.registry import register
from wares.search.calibrate import calibration_error
from wares.types import BoolArray, FloatArray, IntArray, ScoreArray

PEERS = {"words": "weighted_cosine", "tf_idf": "word_cosine", "encoder": "encoder_cosine"}
PARTS = ("sources", "labels", "few")
INNER = 2  # folds that calibrate, within the training pairs
CHECKED = 3  # folds that tell wrong labels
WRONG = 0.05  # labels that are turned round
SIZES, FIRST, SEEDS = (50, 200, 1000), 50, 8
STUDENT = 2.365  # 97.5 % of t with seven degrees of freedom
POOL = 4000  # pairs that may be asked for
ROUNDS = 4


@register("bench", "matching")
def matching(options: BenchOptions) -> BenchResult:
    """Pairs of offers, same product or not (``product-matching``): a matcher learned from pairs of other offers.

    No title and no product is in both training and test. The interval draws products anew.

    Figures
    -------
    f1, precision, recall
        Of "the same product", at a threshold from the training pairs, as those of the peers: cosines of titles.
    gain_words, gain_tf_idf, gain_encoder
        F1 above that of each peer, on the same draws.
    miscalibration
        Expected calibration error of P(same product).
    components, largest, across
        Parts of the graph of pairs, the share of the titles in the largest, and the share of pairs between two blocks.
    f1_wdc-computers, f1_wdc-cameras, f1_wdc-shoes, f1_wdc-watches, f1_amazon-google, f1_walmart-amazon, f1_abt-buy
        F1 on the pairs of one source.
    new
        F1 where nothing was learned from the source.
    new_wdc-computers, new_wdc-cameras, new_wdc-shoes, new_wdc-watches
        The same on the pairs of one source.
    new_amazon-google, new_walmart-amazon, new_abt-buy
        The same.
    suspicious
        Share of the training labels that are probably wrong.
    planted_recall, planted_precision
        Of 5 % of the labels turned round on purpose: how many are suspicious, and the share of them in what is.
    noisy, noisy_without
        F1 learned from those labels, and without the suspicious ones.
    random_50, random_200, random_1000
        F1 from so few labels, drawn at random; mean of eight draws.
    chosen_200, chosen_1000
        F1 where all but the first 50 are chosen as unsure and unlike each other.
    active_gain_200, active_gain_1000
        Chosen − random from the same first 50; the interval is Student's over draws, told on the same pairs.
    """
    parts = options.parts(PARTS)
    folders = (options.train,) if options.crossed else (options.train, options.test)
    pairs, folder = read(options, *folders)
    rows = np.flatnonzero(folder == len(folders) - 1).astype(np.int64)
    block = pairs.blocks(max(3, options.folds))
    parted = cells(block) if options.crossed else [(pairs.others(rows), rows)]
    figures, intervals, peers = _against_peers(pairs, rows, parted, options.seed)
    figures |= _graph(pairs, block)
    if "sources" in parts and options.crossed:
        figures |= _new_sources(pairs, options.seed)
    if "labels" in parts:
        figures |= _labels(pairs, parted[0], options.seed)
    if "few" in parts:
        _few(pairs, parted[0], options.seed, figures, intervals)
    return BenchResult(
        "matching",
        figures,
        intervals=intervals,
        peers=peers,
        ratios={f"f1 / {name}": figures["f1"] / theirs["f1"] for name, theirs in peers.items() if theirs["f1"]},
        seed=options.seed,
        load=load(),
        notes=(f"{len(rows):,} pairs, {pairs.match[rows].mean():.1%} match; {len(parted)} times learned and told",),
    )


def _graph(pairs: OfferPairs, block: IntArray) -> dict[str, float]:
    sizes = np.bincount(pairs.components)
    across = float((block[:, 0] != block[:, 1]).mean())
    return {"components": float(len(sizes)), "largest": float(sizes.max() / pairs.titles), "across": across}


def _against_peers(
    pairs: OfferPairs, rows: IntArray, parted: list[tuple[IntArray, IntArray]], seed: int
) -> tuple[dict[str, float], dict[str, tuple[float, float]], dict[str, dict[str, float]]]:
    """Figures, intervals and the figures of the peers."""
    probability, answers = _tell(pairs, parted, seed)
    match, weights = pairs.match[rows], pairs.weights(rows, seed)
    figures = _figures(answers["wares"][rows], match)
    peers = {name: _figures(answers[name][rows], match) for name in PEERS}
    draws = {name: _drawn(said[rows], match, weights) for name, said in answers.items()}
    intervals = {"f1": _interval(draws["wares"])}
    for name in PEERS:
        figures[f"gain_{name}"] = figures["f1"] - peers[name]["f1"]
        intervals[f"gain_{name}"] = _interval(draws["wares"] - draws[name])
    figures["miscalibration"] = calibration_error(probability[rows], match.astype(float), np.ones(len(rows)))
    return figures | _by_source(pairs, rows, answers["wares"], "f1_"), intervals, peers


def _tell(
    pairs: OfferPairs, parted: list[tuple[IntArray, IntArray]], seed: int
) -> tuple[ScoreArray, dict[str, BoolArray]]:
    """(p,) P(same product), and the answers of the matcher and its peers; False for rows that are not told."""
    probability = np.zeros(len(pairs.match))
    said = {name: np.zeros(len(pairs.match), bool) for name in ("wares", *PEERS)}
    for train, test in parted:
        matcher = _learn(pairs, train, pairs.match[train], seed)
        probability[test] = matcher.probabilities(pairs.features[test])
        said["wares"][test] = probability[test] >= matcher.threshold
        for name, column in PEERS.items():
            scores = pairs.column(column)
            said[name][test] = scores[test] >= threshold(scores[train], pairs.match[train])
    return probability, said


def _learn(pairs: OfferPairs, train: IntArray, match: BoolArray, seed: int) -> Matcher:
    return learn(pairs.features[train], match, pairs.pairs[train], folds=INNER, seed=seed).matcher


def _by_source(pairs: OfferPairs, rows: IntArray, said: BoolArray, prefix: str) -> dict[str, float]:
    found = {}
    for number, name in enumerate(pairs.sources):
        here = rows[pairs.source[rows] == number]
        if len(here):
            found[f"{prefix}{name}"] = _figures(said[here], pairs.match[here])["f1"]
    return found


def _new_sources(pairs: OfferPairs, seed: int) -> dict[str, float]:
    said = np.zeros(len(pairs.match), bool)
    for number in range(len(pairs.sources)):
        told = np.flatnonzero(pairs.source == number).astype(np.int64)
        rest = pairs.others(told)
        matcher = _learn(pairs, rest, pairs.match[rest], seed)
        said[told] = matcher.probabilities(pairs.features[told]) >= matcher.threshold
    every = np.arange(len(said))
    return {"new": _figures(said, pairs.match)["f1"]} | _by_source(pairs, every, said, "new_")


def _labels(pairs: OfferPairs, cell: tuple[IntArray, IntArray], seed: int) -> dict[str, float]:
    """What is found of labels turned round on purpose in one cell, and what they cost."""
    train, test = cell
    match = pairs.match[train]
    found = suspicious(
        match, learn(pairs.features[train], match, pairs.pairs[train], folds=CHECKED, seed=seed).held_out
    )
    turned = np.random.default_rng(seed).random(len(train)) < WRONG
    noisy = learn(pairs.features[train], match ^ turned, pairs.pairs[train], folds=CHECKED, seed=seed)
    wrong = suspicious(match ^ turned, noisy.held_out)
    left = np.setdiff1d(np.arange(len(train)), wrong)
    without = _learn(pairs, train[left], (match ^ turned)[left], seed)
    return {
        "suspicious": len(found) / len(train),
        "planted_recall": float(turned[wrong].sum() / max(1, turned.sum())),
        "planted_precision": float(turned[wrong].mean()) if len(wrong) else 0.0,
        "noisy": _f1(noisy.matcher, pairs, test),
        "noisy_without": _f1(without, pairs, test),
    }


def _few(
    pairs: OfferPairs,
    cell: tuple[IntArray, IntArray],
    seed: int,
    figures: dict[str, float],
    intervals: dict[str, tuple[float, float]],
) -> None:
    """Add what few labels of one cell are worth, drawn or chosen: means over draws, and intervals of the difference."""
    seeds = range(seed, seed + SEEDS)
    random, active = (np.array([_curve(pairs, cell, one, active) for one in seeds]) for active in (False, True))
    for place, size in enumerate(SIZES):
        figures[f"random_{size}"] = float(random[:, place].mean())
        if size > FIRST:
            gain = active[:, place] - random[:, place]
            mean, error = float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(SEEDS))
            figures |= {f"chosen_{size}": float(active[:, place].mean()), f"active_gain_{size}": mean}
            intervals[f"active_gain_{size}"] = (mean - STUDENT * error, mean + STUDENT * error)


def _curve(pairs: OfferPairs, cell: tuple[IntArray, IntArray], seed: int, active: bool) -> list[float]:
    """F1 at each of ``SIZES``; a size without both classes is worth 0."""
    train, test = cell
    pool = np.random.default_rng(seed).permutation(train)[:POOL]
    known = np.arange(min(FIRST, len(pool)))
    places = _places(pairs.features[pool])
    found = []
    for size in SIZES:
        steps = np.unique(np.linspace(len(known), min(size, len(pool)), ROUNDS + 1).astype(int))[1:]
        for until in steps.tolist():
            known = _more(pairs, pool, (known, places), until, seed) if active else np.arange(until)
        try:
            found.append(_f1(_learn(pairs, pool[known], pairs.match[pool[known]], seed), pairs, test))
        except TrainingError:
            found.append(0.0)
    return found


def _more(pairs: OfferPairs, pool: IntArray, at: tuple[IntArray, FloatArray], until: int, seed: int) -> IntArray:
    """The places in the pool that are known when those that would teach most were asked for."""
    known, places = at
    rest = np.setdiff1d(np.arange(len(pool)), known)
    try:
        said = _learn(pairs, pool[known], pairs.match[pool[known]], seed).probabilities(pairs.features[pool[rest]])
    except TrainingError:
        said = np.full(len(rest), 0.5)
    names = [str(row) for row in rest]
    asked = chosen(Pairs(names, names, said, places[rest]), until - len(known), places[known])
    return np.concatenate([known, rest[asked]])


def _places(features: FloatArray) -> FloatArray:
    """Features of like scale, unknown ones in the middle: distances between pairs."""
    known = ~np.isnan(features)
    counts = np.maximum(1, known.sum(0))
    centred = np.where(known, features - np.where(known, features, 0).sum(0) / counts, 0)
    scaled = centred / (np.sqrt((centred**2).sum(0) / counts) + 1e-6)
    return np.asarray(np.clip(scaled, -3, 3), np.float32)


def _f1(matcher: Matcher, pairs: OfferPairs, rows: IntArray) -> float:
    said = matcher.probabilities(pairs.features[rows]) >= matcher.threshold
    return _figures(said, pairs.match[rows])["f1"]


def _figures(said: BoolArray, match: BoolArray) -> dict[str, float]:
    both, claimed, real = int((said & match).sum()), int(said.sum()), int(match.sum())
    return {
        "f1": 2 * both / max(1, claimed + real),
        "precision": both / max(1, claimed),
        "recall": both / max(1, real),
    }


def _drawn(said: BoolArray, match: BoolArray, weights: FloatArray) -> ScoreArray:
    """(samples,) F1 of each draw."""
    both, every = (weights @ part.astype(np.float32) for part in (said & match, said.astype(int) + match))
    return np.asarray(2 * both / np.maximum(1, every), np.float64)


def _interval(values: ScoreArray) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
