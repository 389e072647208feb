"""Workers and a writer as they run: real processes, killed and told to stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import httpx

from small_shops import environment, filled
from wares.errors import StoreLocked

PROGRAM = """
import sys
from pathlib import Path
from small_shops import config_of
from wares.serve.operations import processes

if __name__ == "__main__":
    options = {"serve.port": int(sys.argv[2]), "serve.workers": int(sys.argv[3])}
    config = config_of(Path(sys.argv[1]), **options)
    processes.serve(config, config.serve.workers)
"""


def eventually(found: Callable[[], object], seconds: float = 30) -> object:
    until = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
    return value


def children(process: subprocess.Popen) -> dict[int, str]:
    """Process id → what it is, of those that were started by another."""
    found = {}
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        for pid in (task / "children").read_text().split():
            line = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            if "spawn_main" in line:
                found[int(pid)] = line
    return found


@contextmanager
def serving(folder: Path, workers: int):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = folder / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program), str(folder), str(port), str(workers)]
    said = (folder / "said").open("w+")
    process = subprocess.Popen(command, env=environment(), stdout=said, stderr=subprocess.STDOUT)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        try:
            eventually(lambda: process.poll() is not None or answers(client))
            yield client, process
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                process.kill()
                said.close()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def writes(client: httpx.Client) -> bool:
    """Whether the writer answers: anything but "nobody writes"."""
    return client.delete("/v1/products/none").status_code != 503


def test_workers_and_the_writer_are_started_again_and_end_together(tmp_path):
    filled(tmp_path).close()
    with serving(tmp_path, workers=2) as (client, process):
        assert client.get("/v1/search", params={"q": "lamp p7"}).json()["hits"][0]["id"] == "p7"
        eventually(lambda: len(children(process)) == 3 and writes(client))
        before = set(children(process))
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: len(set(children(process)) - before) == 3)
        eventually(lambda: answers(client) and writes(client))
        assert client.get("/v1/search", params={"q": "lamp p7"}).json()["hits"][0]["id"] == "p7"
        last = set(children(process))
    assert process.returncode == 0
    assert not [pid for pid in last if Path(f"/proc/{pid}").exists()]


def test_one_worker_answers_while_its_writer_is_gone(tmp_path):
    filled(tmp_path).close()
    with serving(tmp_path, workers=1) as (client, process):
        (writer,) = eventually(lambda: children(process))
        eventually(lambda: writes(client))
        os.kill(writer, signal.SIGKILL)
        assert client.get("/v1/search", params={"q": "lamp"}).json()["total"] == 30
        eventually(lambda: writes(client))
    assert process.returncode == 0


def test_when_the_parent_is_killed_nobody_is_left(tmp_path):
    filled(tmp_path).close()
    with serving(tmp_path, workers=2) as (client, process):
        eventually(lambda: len(children(process)) == 3 and writes(client))
        left = set(children(process))
        process.kill()
        eventually(lambda: not [pid for pid in left if Path(f"/proc/{pid}").exists()])


def test_an_index_that_is_missing_is_made_by_the_writer(tmp_path):
    shop = filled(tmp_path)
    folder = shop.config.shop.folder / "index"
    shop.close()
    (folder / "CURRENT").unlink()
    with serving(tmp_path, workers=1) as (client, _):
        assert client.get("/v1/search", params={"q": "lamp p7"}).json()["hits"][0]["id"] == "p7"


def test_a_writer_lets_go_so_that_others_can_write(tmp_path):
    filled(tmp_path).close()

    def written() -> bool:
        try:
            filled(tmp_path, 31).close()
        except StoreLocked:
            return False
        return True

    with serving(tmp_path, workers=1) as (client, _):
        eventually(lambda: writes(client))
        eventually(written)
        eventually(lambda: client.get("/v1/search", params={"q": "lamp p30"}).json()["hits"][0]["id"] == "p30")
