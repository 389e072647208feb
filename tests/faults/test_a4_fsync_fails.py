"""A4: fsync says EIO: nothing is acknowledged any more, a later success is not believed, reading goes on."""

import json
import shutil
import subprocess
import sys

import pytest

from small_shops import config_of, environment, shim_of, write_feed
from wares.catalog.store import CatalogStore
from wares.errors import DiskFailed, StoreError, disk_error
from wares.serve.problems import problem_json
from wares.shop import Shop
from wares.types import Query

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
static int failing(void) { return access(getenv("FAILING"), F_OK) == 0; }
int fsync(int file) {
    if (failing()) { errno = EIO; return -1; }
    return ((int (*)(int)) dlsym(RTLD_NEXT, "fsync"))(file);
}
int fdatasync(int file) {
    if (failing()) { errno = EIO; return -1; }
    return ((int (*)(int)) dlsym(RTLD_NEXT, "fdatasync"))(file);
}
"""
CHILD = """
import json, os, sys
from pathlib import Path
from small_shops import filled, write_feed
from wares.catalog.database import WriteGate
from wares.errors import WaresError, disk_errors
from wares.types import Query

folder, failing = Path(sys.argv[1]), Path(os.environ["FAILING"])
if "no gate" in sys.argv:
    WriteGate.writing = lambda self: disk_errors()
shop = filled(folder)
def answer_to_a_write(name):
    try:
        shop.ingest(write_feed(folder / "more.jsonl", [name]), mode="upsert")
        return "acknowledged"
    except WaresError as error:
        return [error.code, error.status]
    except Exception as error:
        return type(error).__name__
failing.touch()
said = {"failing": answer_to_a_write("during"), "found": shop.search(Query("lamp")).total}
failing.unlink()
said |= {"after": answer_to_a_write("after"), "degraded": shop.degraded, "found after": shop.search(Query("p7")).total}
print(json.dumps(said))
os._exit(0)
"""

pytestmark = pytest.mark.skipif(not shutil.which("gcc"), reason="there is no compiler for the shim")


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    return shim_of(SHIM, tmp_path_factory.mktemp("shim"))


def what_it_said(tmp_path, shim, *more: str) -> tuple[dict, str]:
    failing = environment(LD_PRELOAD=str(shim), FAILING=str(tmp_path / "failing"))
    command = [sys.executable, "-c", CHILD, str(tmp_path), *more]
    done = subprocess.run(command, env=failing, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *logged, said = done.stdout.strip().splitlines()
    return json.loads(said), "\n".join(logged)


def assert_it_stops(tmp_path, shim, *more: str) -> None:
    said, _ = what_it_said(tmp_path, shim, *more)
    assert said["failing"] == ["disk_failed", 503]
    assert said["after"] == ["disk_failed", 503], "a disk that failed was believed again"
    assert (said["found"], said["degraded"]) == (30, ["write"])
    assert said["found after"] >= 1


def test_a_disk_that_failed_is_not_believed_again(tmp_path, shim):
    assert_it_stops(tmp_path, shim)
    store = CatalogStore(config_of(tmp_path).store_url())
    assert {f"p{n}" for n in range(30)} <= {product.id for product in store.products()}
    assert store.get("after") is None
    store.close()
    shop = Shop.open(config_of(tmp_path), write=True)
    shop.ingest(write_feed(tmp_path / "more.jsonl", ["again"]), mode="upsert")
    assert "again" in shop.search(Query("again")).ids
    shop.close()


def test_without_its_guard_the_case_fails(tmp_path, shim):
    with pytest.raises(AssertionError):
        assert_it_stops(tmp_path, shim, "no gate")


def test_the_gate_stays_shut(tmp_path):
    store = CatalogStore(f"sqlite:///{tmp_path / 'catalogue.sqlite'}")
    with pytest.raises(DiskFailed), store.gate.writing():
        raise OSError(5, "Input/output error")
    with pytest.raises(DiskFailed, match="start again"):
        store.apply([])
    assert store.count() == 0
    store.close()


def test_the_answer_is_for_programs():
    error = disk_error(OSError(5, "Input/output error"))
    assert isinstance(error, StoreError)
    answer = problem_json(error, error.status)
    assert (answer.status_code, json.loads(answer.body)["code"]) == (503, "disk_failed")
