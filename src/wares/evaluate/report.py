"""Several runs over the same judgements: means, intervals, and what separates each from the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from wares.evaluate.compare import Comparison, interval, paired_by_query
from wares.evaluate.judgements import Qrels, Run, answerable
from wares.evaluate.metrics import by_query


@dataclass(frozen=True, slots=True)
class Report:
    """Run → metric → figure; ``against`` compares the first run with each other one; ``left_out`` counts queries."""

    means: Mapping[str, Mapping[str, float]]
    intervals: Mapping[str, Mapping[str, tuple[float, float]]]
    against: Mapping[str, Mapping[str, Comparison]]
    queries: int
    left_out: int
    values: Mapping[str, Mapping[str, Mapping[str, float]]] = field(repr=False, default_factory=dict)


def report(qrels: Qrels, runs: Mapping[str, Run], metrics: Sequence[str], seed: int) -> Report:
    """Measure every run over the queries that have a relevant document; the others are left out and counted."""
    asked = answerable(qrels)
    values = {name: by_query(run, asked, metrics) for name, run in runs.items()}
    ours, *others = runs
    return Report(
        means={name: {m: float(np.mean([*of[m].values()])) for m in metrics} for name, of in values.items()},
        intervals={name: {m: interval([*of[m].values()], seed) for m in metrics} for name, of in values.items()},
        against={
            name: {m: paired_by_query(values[ours][m], values[name][m], seed) for m in metrics} for name in others
        },
        queries=len(asked),
        left_out=len(qrels) - len(asked),
        values=values,
    )
