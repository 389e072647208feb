"""A ledger in words: why a product stands where it stands."""

from dataclasses import replace

from wares.types import Entry, Ledger

TOLD = {
    "words": "its words match the query",
    "coverage": "it has much of what was asked",
    "text": "its text means what was asked",
    "image": "its photo looks like what was asked",
    "fused": "text and photo together are close to what was asked",
    "in_stock": "it is in stock",
    "rating": "shoppers rated it above or below the usual",
    "reviews": "shoppers wrote about it",
    "price": "the list is ordered by price",
    "newest": "the list is ordered by date",
}


def told(ledger: Ledger) -> Ledger:
    """The same ledger, largest contributions first, with each entry's detail in words."""
    entries = sorted(ledger.entries, key=lambda entry: (-abs(entry.value), entry.name))
    return Ledger(tuple(replace(entry, detail=entry.detail or _detail(entry)) for entry in entries))


def lines(ledger: Ledger) -> list[str]:
    """One line for each contribution, and the sum."""
    entries = [f"{entry.value:+.3f}  {entry.name}: {entry.detail}" for entry in told(ledger).entries]
    return [*entries, f"{ledger.total:+.3f}  in all"]


def _detail(entry: Entry) -> str:
    route, *rest = entry.name.split(":", 2)
    if route == "words" and len(rest) == 2:
        return f"{rest[1]!r} is in its {rest[0]}"
    return TOLD.get(entry.name, entry.name.replace("_", " "))
