"""A10: 512 MB for a process that takes in more and more: rows stream, and what does not fit is refused, not fatal.

The slow test takes in 100,000 products; a million were not tried.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from small_shops import config_of, environment, write_feed
from wares.catalog.store import CatalogStore

CGROUPS = Path("/sys/fs/cgroup/memory")
STREAM = """
import json, sys
from pathlib import Path
from small_shops import config_of, write_feed
from wares.catalog import ingest as ingest_module
from wares.catalog.feeds import open_feed
from wares.catalog.ingest import Limits, ingest
from wares.catalog.store import CatalogStore

def peak():
    # Of this program alone; what getrusage tells begins with the process that started it.
    line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

folder, counts = Path(sys.argv[1]), [int(count) for count in sys.argv[2:] if count.isdigit()]
if "at once" in sys.argv:
    ingest_module.BATCH = 10**9
peaks = []
for number, count in enumerate(counts):
    feed = write_feed(folder / "feed.jsonl", (f"p{n:07d}" for n in range(count)), "lamp " * 40 + str(number))
    store = CatalogStore(config_of(folder).store_url())
    assert ingest(open_feed(feed), store, limits=Limits(max_shrink_share=1)).accepted == count
    store.close()
    peaks.append(peak())
print(json.dumps(peaks))
"""
REFUSED = """
import json, os, resource, sys
from pathlib import Path
from small_shops import filled, write_feed
from wares.errors import Busy
from wares.types import Query

folder = Path(sys.argv[1])
shop = filled(folder)
feed = write_feed(folder / "more.jsonl", (f"q{n}" for n in range(1500)), "lamp " * 100)
pages = next(line for line in open("/proc/self/status") if line.startswith("VmData"))
now = int(pages.split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (now + 12_000_000, resource.RLIM_INFINITY))  # threads still start
try:
    shop.ingest(feed, mode="upsert")
    said = "acknowledged"
except Busy as error:
    said = [error.code, error.status]
resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
before = shop.search(Query("p7")).ids[0]
report = shop.ingest(feed, mode="upsert")
print(json.dumps([said, before, report.accepted, shop.search(Query("lamp")).total]))
os._exit(0)
"""


def said_by(code: str, folder: Path, *words: str, **more) -> list:
    command = [sys.executable, "-c", code, str(folder), *words]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, **more)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def assert_it_streams(folder: Path, *more: str) -> None:
    few, many = said_by(STREAM, folder, "500", "4000", *more)
    assert many - few < 10_000_000, f"eight times the rows take {(many - few) / 1e6:.0f} MB more"


def test_rows_stream(tmp_path):
    assert_it_streams(tmp_path)


def test_without_its_guard_the_case_fails(tmp_path):
    with pytest.raises(AssertionError, match="MB more"):
        assert_it_streams(tmp_path, "at once")


def test_what_does_not_fit_is_refused_and_taken_when_it_does(tmp_path):
    said, before, accepted, total = said_by(REFUSED, tmp_path)
    assert said == ["busy", 503]
    assert before == "p7"
    assert (accepted, total) == (1500, 1530)


@pytest.mark.slow
def test_a_hundred_thousand_products_in_half_a_gigabyte(tmp_path):
    group = CGROUPS / f"wares-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(512 << 20))
    except OSError:
        pytest.skip("memory cannot be limited here")
    try:
        enter = lambda: (group / "cgroup.procs").write_text(str(os.getpid()))  # noqa: E731
        (peak,) = said_by(STREAM, tmp_path, "100000", preexec_fn=enter)
        assert peak < 512 << 20
        store = CatalogStore(config_of(tmp_path).store_url())
        assert store.count() == 100_000
        store.close()
        assert write_feed(tmp_path / "feed.jsonl", ["p1"])
    finally:
        group.rmdir()
