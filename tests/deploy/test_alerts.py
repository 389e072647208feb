"""The rules parse, ask only for what a shop tells, and fire when they should and not before."""

import json
import re
from pathlib import Path

import promql_parser
import pytest
import yaml

from deploy.promql import Prometheus, minutes
from wares.serve.operations.metrics import OBJECTIVE, PARTS, SHED, Metrics

ROOT = Path(__file__).parents[2]
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
RECORDED = {rule["record"]: rule["expr"] for rule in RULES if "record" in rule}
ALERTS = [rule for rule in RULES if "alert" in rule]
DASHBOARD = json.loads((ROOT / "deploy/grafana/wares.json").read_text("utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
TARGETS = [target["expr"].replace("$__rate_interval", "5m") for panel in PANELS for target in panel["targets"]]
DAY = 24 * 60


def selectors(expression: str) -> list:
    found = []

    def look(node) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        for name in ("lhs", "rhs", "expr", "vector_selector"):
            if getattr(node, name, None) is not None:
                look(getattr(node, name))
        for argument in getattr(node, "args", ()):
            look(argument)

    look(promql_parser.parse(expression))
    return found


def told() -> dict[str, set[str]]:
    """Names of samples that a shop tells, and their labels."""
    found = {}
    registry = Metrics().registry
    for metric in registry.collect():
        labels = set(registry._names_to_collectors[metric.name]._labelnames)
        match metric.type:
            case "counter":
                found[f"{metric.name}_total"] = labels
            case "histogram":
                for end, more in (("bucket", {"le"}), ("sum", set()), ("count", set())):
                    found[f"{metric.name}_{end}"] = labels | more
            case _:
                found[metric.name] = labels
    return found


TOLD = told()


@pytest.mark.parametrize("expression", sorted({*(rule["expr"] for rule in RULES), *TARGETS}))
def test_an_expression_asks_for_what_there_is(expression):
    asked = selectors(expression)
    assert asked
    for selector in asked:
        if selector.name in RECORDED:
            continue
        assert selector.name in TOLD, selector.name
        for matcher in selector.matchers.matchers:
            assert matcher.name in TOLD[selector.name], (selector.name, matcher.name)
            values = re.split(r"\|", matcher.value)
            closed = {"part": PARTS, "reason": SHED}.get(matcher.name)
            assert closed is None or set(values) <= closed, matcher.value


@pytest.mark.parametrize("expression", sorted({*(rule["expr"] for rule in RULES), *TARGETS}))
def test_what_is_grouped_by_is_a_label(expression):
    labels = set().union(*TOLD.values())
    for group in re.findall(r"by \(([^)]*)\)", expression):
        assert {each.strip() for each in group.split(",")} <= labels


def test_rules_say_nothing_that_prometheus_does_not_know():
    for rule in RULES:
        kind = {"record"} if "record" in rule else {"alert", "for", "labels", "annotations"}
        assert rule.keys() == kind | {"expr"}
    assert len(RECORDED) == len([rule for rule in RULES if "record" in rule])
    assert len({(rule["alert"], rule["labels"].get("window")) for rule in ALERTS}) == len(ALERTS)


def test_the_objective_ends_a_bucket():
    metrics = Metrics()
    metrics._requests.labels("/", "200").observe(0.1)
    assert f'le="{OBJECTIVE}"' in metrics.text().decode()
    assert f'le="{OBJECTIVE}"' in RECORDED["wares:searches_slow:ratio_rate5m"]


def test_every_alert_has_its_place_in_the_guide():
    guide = (ROOT / "docs/operations.md").read_text("utf-8")
    titles = set(re.findall(r"(?m)^#+ (.+)$", guide))
    for rule in ALERTS:
        assert rule["alert"] in titles, rule["alert"]
        assert rule["annotations"]["runbook_url"].endswith(f"docs/operations.md#{rule['alert'].lower()}")
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert minutes(rule["for"]) >= 0
    assert {title for title in titles if title.startswith("Wares")} == {rule["alert"] for rule in ALERTS}


def labelled(**labels: str):
    return frozenset(labels.items())


def traffic(bad, per_minute: float = 600.0, name: str = "status"):
    """Requests of which a share, by minute, fails (``status``) or is slow (``le``)."""
    grown = [0.0]
    for minute in range(4 * DAY):
        grown.append(grown[-1] + per_minute * bad(minute))

    def total(minute):
        return per_minute * minute if minute >= 0 else None

    def failed(minute):
        return grown[minute] if minute >= 0 else None

    def fine(minute):
        return total(minute) - failed(minute) if minute >= 0 else None

    usual = {"route": "/v1/search"}
    if name == "status":
        return {
            ("wares_request_seconds_count", labelled(**usual, status="200")): fine,
            ("wares_request_seconds_count", labelled(**usual, status="503")): failed,
        }
    return {
        ("wares_request_seconds_count", labelled(**usual, status="200")): total,
        ("wares_request_seconds_bucket", labelled(**usual, status="200", le="0.25")): fine,
        ("wares_request_seconds_bucket", labelled(**usual, status="200", le="+Inf")): total,
    }


def firing(alert: str, series, minute: int) -> set[str]:
    """Windows of an alert that fires at a minute."""
    prometheus = Prometheus(series, RECORDED)
    return {
        rule["labels"].get("window", "") for rule in ALERTS if rule["alert"] == alert and prometheus.fires(rule, minute)
    }


NOW = 3 * DAY + 600


@pytest.mark.parametrize(
    ("alert", "name", "budget"), [("WaresRequestsFail", "status", 0.001), ("WaresSearchesSlow", "le", 0.05)]
)
@pytest.mark.parametrize(
    ("burn", "since", "windows"),
    [
        (0.9, NOW, set()),  # within the budget, for ever
        (1.2, NOW, {"3d"}),
        (4, NOW, {"1d", "3d"}),
        (7, NOW, {"6h", "1d", "3d"}),
        (18, NOW, {"1h", "6h", "1d", "3d"}),
        (18, 5, set()),  # too short to matter
        (18, 65, {"1h"}),
    ],
)
def test_budgets_burn(alert, name, budget, burn, since, windows):
    series = traffic(lambda minute: burn * budget if minute >= NOW - since else 0.0, name=name)
    assert firing(alert, series, NOW) == windows


@pytest.mark.parametrize(("after", "fires"), [(0, True), (10, False)])
def test_an_alert_ends_soon_after_the_trouble(after, fires):
    series = traffic(lambda minute: 0.05 if NOW - 120 <= minute < NOW else 0.0)
    assert ("1h" in firing("WaresRequestsFail", series, NOW + after)) is fires


def test_requests_that_are_turned_away_failed():
    series = traffic(lambda minute: 0.0)
    shed = {("wares_shed_total", labelled(reason="queue")): lambda minute: 12.0 * minute if minute >= 0 else None}
    limited = {("wares_shed_total", labelled(reason="rate")): lambda minute: 12.0 * minute if minute >= 0 else None}
    assert "1h" in firing("WaresRequestsFail", {**series, **shed}, NOW)
    assert firing("WaresOverloaded", {**series, **shed}, NOW) == {""}
    assert firing("WaresRequestsFail", {**series, **limited}, NOW) == set()
    assert firing("WaresOverloaded", {**series, **limited}, NOW) == set()


def test_probes_are_no_traffic():
    probes = {
        ("wares_request_seconds_count", labelled(route="/readyz", status="503")): lambda m: 60.0 * m if m >= 0 else None
    }
    assert firing("WaresRequestsFail", {**traffic(lambda minute: 0.0), **probes}, NOW) == set()


def grows(per_minute: float, until: int = 10 * DAY):
    return lambda minute: per_minute * min(minute, until) if minute >= 0 else None


def steady(value: float, begin: int = 0, end: int = 10 * DAY):
    return lambda minute: (value if begin <= minute < end else 0.0) if minute >= 0 else None


NOTHING, FOUND = labelled(outcome="nothing"), labelled(outcome="found")
CASES = {
    "WaresGone": (
        {("wares_build_info", labelled(version="1")): lambda minute: 1.0 if minute < NOW - 15 else None},
        {("wares_build_info", labelled(version="1")): lambda minute: 1.0 if minute < NOW - 8 else None},
    ),
    "WaresIndexBehind": (
        {("wares_index_lag_changes", labelled()): steady(40.0)},
        {("wares_index_lag_changes", labelled()): lambda minute: 40.0 if minute % 10 else 0.0},  # catches up
    ),
    "WaresNothingFound": (
        {("wares_searches_total", NOTHING): grows(40), ("wares_searches_total", FOUND): grows(60)},
        {("wares_searches_total", NOTHING): grows(0.4), ("wares_searches_total", FOUND): grows(0.6)},  # too few
    ),
    "WaresSearchesDegraded": (
        {("wares_degraded_total", labelled(part="vectors")): grows(6), ("wares_searches_total", FOUND): grows(100)},
        {("wares_degraded_total", labelled(part="vectors")): grows(4), ("wares_searches_total", FOUND): grows(100)},
    ),
    "WaresEventsRejected": (
        {
            ("wares_events_total", labelled(outcome="rejected")): grows(2),
            ("wares_events_total", labelled(outcome="accepted")): grows(10),
        },
        {
            ("wares_events_total", labelled(outcome="rejected")): grows(1),
            ("wares_events_total", labelled(outcome="accepted")): grows(10),
        },
    ),
    "WaresJobsFail": (
        {("wares_jobs_total", labelled(kind="rebuild", outcome="failed")): lambda m: 1.0 if m >= NOW - 9 else None},
        {("wares_jobs_total", labelled(kind="rebuild", outcome="failed")): steady(3.0)},  # long ago
    ),
    "WaresFilesLow": (
        {
            ("wares_process_open_files", labelled()): steady(900),
            ("wares_process_max_open_files", labelled()): steady(1024),
        },
        {
            ("wares_process_open_files", labelled()): steady(700),
            ("wares_process_max_open_files", labelled()): steady(1024),
        },
    ),
    "WaresOverloaded": (
        {("wares_shed_total", labelled(reason="queue")): grows(12), **traffic(lambda minute: 0.0)},
        {("wares_shed_total", labelled(reason="queue")): grows(3), **traffic(lambda minute: 0.0)},
    ),
}
for alert, part in (
    ("WaresNoGeneration", "generation"),
    ("WaresCannotWrite", "write"),
    ("WaresDiskLow", "disk"),
    ("WaresDegraded", "ranker"),
):
    name = ("wares_part_degraded", labelled(part=part))
    CASES[alert] = ({name: steady(1.0)}, {name: steady(1.0, NOW - 1)})


@pytest.mark.parametrize("alert", sorted(CASES))
def test_an_alert_fires_when_it_should_and_not_before(alert):
    trouble, none = CASES[alert]
    assert firing(alert, trouble, NOW) == {""}
    assert firing(alert, none, NOW) == set()


def test_every_alert_is_tried():
    assert {rule["alert"] for rule in ALERTS} == {*CASES, "WaresRequestsFail", "WaresSearchesSlow"}


def test_rates_are_of_the_samples_and_counters_that_begin_anew_do_not_fall():
    series = {("x", labelled(a="1")): lambda m: float(m % 10), ("x", labelled(a="2")): lambda m: 2.0 * m}
    prometheus = Prometheus(series)
    assert prometheus.at('increase(x{a="1"}[10m])', 15) == {labelled(a="1"): 9.0}
    assert prometheus.at('rate(x{a="2"}[5m])', 100) == {labelled(a="2"): pytest.approx(2 / 60)}
    assert prometheus.at("sum(x) > 30", 15) == {labelled(): 35.0}
    assert prometheus.at("sum by (a) (x) unless x{a!~'1|3'}", 15) == {labelled(a="1"): 5.0}
    with pytest.raises(NotImplementedError):
        prometheus.at("deriv(x[5m])", 15)


def test_the_dashboard_is_laid_out():
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert all(target["datasource"]["uid"] == "${datasource}" for panel in PANELS for target in panel["targets"])
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)


def test_every_number_of_a_shop_is_on_the_dashboard_or_behind_it():
    shown = {selector.name for expression in TARGETS for selector in selectors(expression)}
    shown |= {selector.name for name in shown & set(RECORDED) for selector in selectors(RECORDED[name])}
    families = {re.sub("_(bucket|sum|count|total)$", "", name) for name in TOLD}
    missing = {name for name in families if not any(each.startswith(name) for each in shown)}
    assert missing == set()
