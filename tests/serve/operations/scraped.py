"""What a page for Prometheus says, read by prometheus-client's own parser."""

from prometheus_client.parser import text_string_to_metric_families


def scraped(text: str | bytes) -> dict[tuple[str, frozenset], float]:
    """(Name, labels) → value."""
    if isinstance(text, bytes):
        text = text.decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: dict[tuple[str, frozenset], float], name: str, **labels: str) -> float:
    """One number; 0 where nothing was counted yet."""
    return found.get((f"wares_{name}", frozenset(labels.items())), 0.0)
