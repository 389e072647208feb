"""A feed → the store: good rows go in, bad rows are told and never stop them, one transaction applies the run.

Rows are staged as they stream by. Only what changed has its media taken in, and only when nothing holds the run.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from wares.catalog.feeds import Feed, FeedRow
from wares.catalog.native import Document
from wares.catalog.normalize import Normalizer
from wares.catalog.problems import Problem, Problems, shown
from wares.catalog.reading import media as read_media
from wares.catalog.reading import product as read_product
from wares.catalog.report import MAX_KEPT, IngestReport
from wares.catalog.staging import Counts, Pending, Staging, fingerprint
from wares.catalog.store import CatalogStore
from wares.errors import FeedError, MediaRejected
from wares.types import Media, Product, Progress, silent

Mode = Literal["replace", "upsert"]
TakeMedia = Callable[[Media, Path | None], Media]

BATCH = 500
SMALL = 20  # a share of a handful of rows says nothing: smaller feeds are only held when no row is good


@dataclass(frozen=True, slots=True)
class Limits:
    """A larger share of bad rows, or of vanished products, holds a run; with 1 nothing of the kind does (`--force`)."""

    max_bad_share: float = 0.2
    max_shrink_share: float = 0.5


LIMITS = Limits()


@dataclass(slots=True)
class _Tally:
    """Problems of a run, counted in full and kept up to a limit."""

    bad: int = 0
    rejected: list[Problem] = field(default_factory=list)
    warned: int = 0
    warnings: list[Problem] = field(default_factory=list)

    def reject(self, problems: Sequence[Problem]) -> None:
        self.bad += 1
        self.rejected.extend(problems[: max(0, MAX_KEPT - len(self.rejected))])

    def warn(self, problems: Sequence[Problem]) -> None:
        self.warned += len(problems)
        self.warnings.extend(problems[: max(0, MAX_KEPT - len(self.warnings))])


def ingest(
    feed: Feed,
    store: CatalogStore,
    take_media: TakeMedia | None = None,
    *,
    mode: Mode = "replace",
    limits: Limits = LIMITS,
    threads: int = 2,
    ahead: Callable[[int, Iterable[Sequence[Product]]], None] | None = None,
    progress: Progress = silent,
) -> IngestReport:
    """Take a feed in.

    Parameters
    ----------
    take_media
        Makes our own copy of a photo or clip, given the feed's folder, and raises MediaRejected; it is called from
        ``threads`` threads at a time. None: media stay addresses.
    mode
        ``replace``: the feed is the whole truth, what it lacks is deleted; ``upsert``: other products stay.
    limits
        What holds the run: nothing is changed then, and the report says why. A feed without a good row always does.
    ahead
        Called with how many products are about to be written, and with pages of them.
    progress
        Told of the steps ``rows``, ``photos`` and ``apply``.
    """
    started = time.monotonic()
    tally = _Tally()
    normalize = Normalizer(store.brands(), language=feed.language, currency=feed.currency)
    seq = store.seq
    with store.staging() as staging:
        broken = _stage(feed, staging, normalize, tally, progress)
        if mode == "replace":
            staging.delete_missing()
        counts = staging.counts()
        held = _held(counts, tally, limits) or (broken if limits.max_bad_share < 1 else "")
        if not held:
            if take_media is not None:
                _take_all(staging, take_media, feed.folder, threads, tally, progress)
                counts = staging.counts()
            if ahead is not None and counts.changed:
                ahead(counts.changed, _about_to_be_written(staging))
            staging.spell(normalize.new_brands)
            progress("apply", 0, counts.changed + counts.deleted)
            seq = staging.commit()
            progress("apply", counts.changed + counts.deleted, counts.changed + counts.deleted)
    return _report(feed.name, mode, counts, tally, held, seq, started)


def remove(ids: Iterable[str], store: CatalogStore) -> IngestReport:
    """Delete products in one transaction; an id that is not there is told as a warning."""
    started = time.monotonic()
    wanted = list(dict.fromkeys(ids))
    tally = _Tally()
    with store.staging() as staging:
        staging.delete(wanted)
        there = set(staging.deletions())
        missing = ((row, id) for row, id in enumerate(wanted, 1) if id not in there)
        tally.warn([Problem(row, "id", f"there is no product {shown(id)}", "nothing to do") for row, id in missing])
        seq = staging.commit()
    return _report("delete", "delete", Counts(0, 0, 0, len(there)), tally, "", seq, started)


def _report(name: str, mode: str, counts: Counts, tally: _Tally, held: str, seq: int, started: float) -> IngestReport:
    return IngestReport(
        feed=name,
        mode=mode,
        accepted=counts.staged,
        changed=counts.changed,
        unchanged=counts.staged - counts.changed,
        deleted=counts.deleted,
        bad_rows=tally.bad,
        rejected=tuple(tally.rejected),
        warned=tally.warned,
        warnings=tuple(tally.warnings),
        held=held,
        seq=seq,
        seconds=time.monotonic() - started,
    )


def _stage(feed: Feed, staging: Staging, normalize: Normalizer, tally: _Tally, progress: Progress) -> str:
    """Stage every good row; returns why the feed could not be read to its end, or "" when it was."""
    batch: list[tuple[int, Product, str]] = []
    done = 0
    rows: Iterator[FeedRow] = iter(feed)
    while True:
        try:
            row = next(rows, None)
        except FeedError as error:
            tally.reject([Problem(done + 1, "", error.message, error.fix)])
            _flush(staging, batch, tally)
            return str(error)
        if row is not None:
            done += 1
            problems = Problems(row.number)
            product = normalize(row.product, problems) if row.product else None
            if product is None and row.left_out:
                tally.warn(row.problems)
            elif product is None:
                tally.reject((*row.problems, *problems.errors))
            else:
                tally.warn((*row.problems, *problems.warnings))
                batch.append((row.number, product, _media_fingerprint(product, feed.folder)))
        if row is None or len(batch) >= BATCH:
            _flush(staging, batch, tally)
            progress("rows", done, 0)
        if row is None:
            return ""


def _flush(staging: Staging, batch: list[tuple[int, Product, str]], tally: _Tally) -> None:
    for row, id in staging.add(batch):
        reason = f"{id} is there twice; the first one counts"
        tally.reject([Problem(row, "id", reason, "give every product its own id")])
    batch.clear()


def _held(counts: Counts, tally: _Tally, limits: Limits) -> str:
    rows = counts.staged + tally.bad
    if rows and not counts.staged:
        return f"all {rows:,} rows are bad; mend them"
    if rows >= SMALL and tally.bad > limits.max_bad_share * rows:
        share = tally.bad / rows
        bad = f"{tally.bad:,} of {rows:,} rows are bad ({share:.0%}, allowed {limits.max_bad_share:.0%})"
        return f"{bad}; mend them, or use --force"
    if counts.deleted > limits.max_shrink_share * counts.before:
        share = counts.deleted / counts.before
        return (
            f"{counts.deleted:,} of {counts.before:,} products are missing from it ({share:.0%}, "
            f"allowed {limits.max_shrink_share:.0%}); check that it is whole, use --force, or --mode upsert for a part"
        )
    return ""


# --- media -----------------------------------------------------------------------------------------------------------


def _about_to_be_written(staging: Staging) -> Iterator[list[Product]]:
    for page in staging.pending():
        yield [each for item in page if (each := read_product(item.document, Problems(0))) is not None]


def _every_media(product: Product) -> Iterator[Media]:
    return chain(product.media, *(variant.media for variant in product.variants))


def _is_remote(url: str) -> bool:
    return "://" in url


def _media_fingerprint(product: Product, folder: Path | None) -> str:
    """Changes when a local photo was written anew, though the row that names it is the same."""
    if folder is None:
        return ""
    stamps = []
    for media in _every_media(product):
        if not _is_remote(media.url):
            try:
                found = (folder / media.url).stat()
                stamps.append(f"{media.url}:{found.st_size}:{found.st_mtime_ns}")
            except (OSError, ValueError):
                stamps.append(media.url)
    return fingerprint("\n".join(stamps).encode(errors="replace")) if stamps else ""


def _take_all(
    staging: Staging, take: TakeMedia, folder: Path | None, threads: int, tally: _Tally, progress: Progress
) -> None:
    done = 0
    with ThreadPoolExecutor(threads, thread_name_prefix="media") as pool:
        for page in staging.pending():
            taken = list(pool.map(lambda item: _take(item, take, folder), page))
            for _, problems in taken:
                tally.warn(problems)
            staging.replace(page, [not problems for _, problems in taken])
            done += sum(count for count, _ in taken)
            progress("photos", done, 0)


def _take(item: Pending, take: TakeMedia, folder: Path | None) -> tuple[int, list[Problem]]:
    """Fill in ``sha256`` of every photo of one document, in place; how many were taken, and what failed."""
    known = _taken_before(item, folder)
    problems: list[Problem] = []
    done: dict[str, str] = {}
    for fields in _media_documents(item.document):
        url = fields["url"]
        if url not in done:
            done[url] = known.get(url) or fields.get("sha256", "")
        if not done[url]:
            try:
                media = read_media(fields)
                done[url] = take(media, folder).sha256
            except MediaRejected as error:
                problems.append(Problem(item.row, url, error.message, error.fix or "replace the file"))
        if done[url]:
            fields["sha256"] = done[url]
    return len(done), problems


def _taken_before(item: Pending, folder: Path | None) -> dict[str, str]:
    """Our copies of what cannot have changed: addresses, files that are as they were, and paths of a feed before."""
    media = _media_documents(item.stored) if item.stored else ()
    kept = (fields for fields in media if folder is None or item.same_media or _is_remote(fields["url"]))
    return {fields["url"]: fields["sha256"] for fields in kept if fields.get("sha256")}


def _media_documents(fields: Document) -> Iterator[dict[str, Any]]:
    return chain(fields.get("media", ()), *(variant.get("media", ()) for variant in fields.get("variants", ())))
