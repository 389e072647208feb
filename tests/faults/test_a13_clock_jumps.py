"""A13: the clock jumps back a day and on a year: what is last is told by numbers, and what lasts by a steady clock."""

import json
import shutil
import subprocess
import sys

import pytest

from small_shops import environment, shim_of

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long jump(void) {
    long seconds = 0;
    FILE *file = fopen(getenv("JUMP"), "r");
    if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
    return seconds;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = ((int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime"))(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += jump();
    return failed;
}
time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *now, void *zone) {
    struct timespec real;
    clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec;
    now->tv_usec = real.tv_nsec / 1000;
    return 0;
}
"""
CHILD = """
import json, os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from small_shops import filled, write_feed
from wares.catalog.events import EventLog
from wares.catalog.store import CatalogStore
from wares.serve.photos import QueryPhotos
from wares.types import Event, Query

folder, jump = Path(sys.argv[1]), Path(os.environ["JUMP"])
clocks = {"clock": time.time} if "wall clock" in sys.argv else {}
(folder / "photos").mkdir()
shop, kept = filled(folder), [QueryPhotos(**clocks), QueryPhotos(folder / "photos", **clocks)]
photo = [photos.keep(b"a photo") for photos in kept][0]
said = []
for number, (word, seconds) in enumerate({"lantern": 0, "torch": -86_400, "candle": 366 * 86_400, "beacon": 0}.items()):
    jump.write_text(str(seconds))
    now = datetime.fromtimestamp(time.time(), UTC)
    shop.ingest(write_feed(folder / "more.jsonl", ["p0"], word), mode="upsert")
    shop.feedback([Event(id=str(number), action="click", product="p0", time=now)])
    shop.rebuild()
    said.append({
        "now": now.timestamp(),
        "first": shop.search(Query(word)).ids[0],
        "title": shop.product("p0").title,
        "generation": shop.generation,
        "photo": all(photos.get(photo) is not None for photos in kept),
    })
store = CatalogStore(shop.config.store_url())
print(json.dumps({"steps": said, "events": [event.id for _, event in EventLog(store).read()]}))
os._exit(0)
"""

pytestmark = pytest.mark.skipif(not shutil.which("gcc"), reason="there is no compiler for the shim")


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    return shim_of(SHIM, tmp_path_factory.mktemp("shim"))


def assert_order_holds(tmp_path, shim, *more: str) -> None:
    jumping = environment(LD_PRELOAD=str(shim), JUMP=str(tmp_path / "jump"))
    command = [sys.executable, "-c", CHILD, str(tmp_path), *more]
    done = subprocess.run(command, env=jumping, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.strip().splitlines()[-1])
    steps, times = said["steps"], [step["now"] for step in said["steps"]]
    assert times[1] < times[0] - 80_000, "the clock did not jump"
    assert times[2] > times[0] + 360 * 86_400, "the clock did not jump"
    assert [step["title"] for step in steps] == ["lantern p0", "torch p0", "candle p0", "beacon p0"]
    assert {step["first"] for step in steps} == {"p0"}
    names = [step["generation"] for step in steps]
    assert names == sorted(set(names))
    assert said["events"] == ["0", "1", "2", "3"]
    assert all(step["photo"] for step in steps), "a photo was forgotten within the hour"


def test_numbers_tell_the_order(tmp_path, shim):
    assert_order_holds(tmp_path, shim)


def test_with_the_wall_clock_the_case_fails(tmp_path, shim):
    """The mutation check."""
    with pytest.raises(AssertionError, match="photo was forgotten"):
        assert_order_holds(tmp_path, shim, "wall clock")
