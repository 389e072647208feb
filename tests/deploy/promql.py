"""As much of PromQL as the rules use, over series that a test writes down; anything else is an error.

Series are sampled once a minute: minute → value. Rates are (last - first) / range without extrapolation, which for
steady series of one sample a minute is what Prometheus finds in all but the first window.
"""

import operator
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import promql_parser

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Series = Mapping[tuple[str, Labels], Callable[[int], float | None]]

ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}
COMPARISONS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq}
AGGREGATES = {"sum": sum, "max": max, "min": min, "count": len}
STALE = 5  # minutes after which a sample is not the present any more


class Prometheus:
    """Evaluates expressions at a minute; what is recorded is evaluated when it is asked for."""

    def __init__(self, series: Series, recorded: Mapping[str, str] | None = None) -> None:
        self._series, self._recorded = series, dict(recorded or {})
        self._found: dict[tuple[str, int], Vector | float] = {}

    def at(self, expression: str, minute: int) -> Vector | float:
        key = (expression, minute)
        if key not in self._found:
            self._found[key] = self._evaluate(promql_parser.parse(expression), minute)
        return self._found[key]

    def fires(self, rule: Mapping[str, Any], minute: int) -> bool:
        """Whether an alert fires: its expression found something in every minute of its `for`."""
        held = range(minute - minutes(rule.get("for", "0m")), minute + 1)
        return all(self.at(rule["expr"], each) for each in held)

    def _evaluate(self, node: Any, minute: int) -> Vector | float:
        match node:
            case promql_parser.NumberLiteral():
                return float(node.val)
            case promql_parser.ParenExpr():
                return self._evaluate(node.expr, minute)
            case promql_parser.VectorSelector():
                return self._present(node, minute)
            case promql_parser.AggregateExpr():
                return self._aggregate(node, minute)
            case promql_parser.Call():
                return self._call(node, minute)
            case promql_parser.BinaryExpr():
                return self._binary(node, minute)
        raise NotImplementedError(type(node).__name__)

    def _matching(self, node: Any) -> dict[Labels, Callable[[int], float | None]]:
        return {
            labels: value
            for (name, labels), value in self._series.items()
            if name == node.name and all(_matches(matcher, dict(labels)) for matcher in node.matchers.matchers)
        }

    def _present(self, node: Any, minute: int) -> Vector:
        if node.name in self._recorded:
            return self.at(self._recorded[node.name], minute)
        found = {}
        minute -= int(node.offset.total_seconds() // 60) if node.offset else 0
        for labels, value in self._matching(node).items():
            recent = [value(each) for each in range(minute - STALE + 1, minute + 1) if value(each) is not None]
            if recent:
                found[labels] = recent[-1]
        return found

    def _aggregate(self, node: Any, minute: int) -> Vector:
        groups: dict[Labels, list[float]] = {}
        by = set(node.modifier.labels) if node.modifier else set()
        assert node.modifier is None or str(node.modifier.type).endswith("By")
        for labels, value in self._evaluate(node.expr, minute).items():
            groups.setdefault(frozenset(each for each in labels if each[0] in by), []).append(value)
        return {labels: float(AGGREGATES[str(node.op)](values)) for labels, values in groups.items()}

    def _call(self, node: Any, minute: int) -> Vector | float:
        name, argument = node.func.name, node.args[0]
        if name == "vector":
            return {frozenset(): self._evaluate(argument, minute)}
        if name == "absent":
            return {} if self._evaluate(argument, minute) else {frozenset(): 1.0}
        assert not argument.vector_selector.offset
        length = int(argument.range.total_seconds() // 60)
        found = {}
        for labels, value in self._matching(argument.vector_selector).items():
            samples = [value(each) for each in range(minute - length, minute + 1)]
            present = [each for each in samples if each is not None]
            if name == "min_over_time" and present:
                found[labels] = min(present)
            elif name in ("rate", "increase") and len(present) > 1:
                grown = sum(max(b - a, 0) if b >= a else b for a, b in pairwise(present))
                found[labels] = grown / (length * 60) if name == "rate" else grown
            elif name not in ("rate", "increase", "min_over_time"):
                raise NotImplementedError(name)
        return found

    def _binary(self, node: Any, minute: int) -> Vector | float:
        left, right, name = self._evaluate(node.lhs, minute), self._evaluate(node.rhs, minute), str(node.op)
        if name == "or":
            return {**right, **left}
        if name == "and":
            return {labels: value for labels, value in left.items() if labels in right}
        if name == "unless":
            return {labels: value for labels, value in left.items() if labels not in right}
        if isinstance(left, float) and isinstance(right, float):
            return _counted(name, left, right)
        keys = left if not isinstance(left, float) else right
        pairs = {labels: (_of(left, labels), _of(right, labels)) for labels in keys}
        known = {labels: (a, b) for labels, (a, b) in pairs.items() if a is not None and b is not None}
        if name in COMPARISONS:
            return {labels: a for labels, (a, b) in known.items() if COMPARISONS[name](a, b)}
        return {labels: _counted(name, a, b) for labels, (a, b) in known.items()}


def minutes(duration: str) -> int:
    return int(promql_parser.parse_duration(duration).total_seconds() // 60) if duration != "0m" else 0


def _counted(name: str, a: float, b: float) -> float:
    if name == "/":
        return a / b if b else float("nan")
    return ARITHMETIC[name](a, b)


def _of(side: Vector | float, labels: Labels) -> float | None:
    return side if isinstance(side, float) else side.get(labels)


def _matches(matcher: Any, labels: dict[str, str]) -> bool:
    value = labels.get(matcher.name, "")
    same = re.fullmatch(matcher.value, value) is not None if "Re" in str(matcher.op) else value == matcher.value
    return same is not str(matcher.op).split(".")[-1].startswith("Not")
