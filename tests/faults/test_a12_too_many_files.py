"""A12: more connections than the process may have files: 503 and when to come back, and all is well once they left."""

import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pytest

from small_shops import environment, filled

FILES = 64
PROGRAM = """
import resource, sys
from pathlib import Path
from small_shops import config_of
from wares.serve import run
from wares.serve.security import SpareFiles
from wares.shop import Shop
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
if "no guard" in sys.argv:
    SpareFiles._enough = lambda self: True
run(Shop.open(config_of(Path(sys.argv[1]))), "127.0.0.1", int(sys.argv[2]))
"""


@contextmanager
def served(folder, *words):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", PROGRAM, str(folder), str(port), *words]
    said = (folder / "said").open("w+")
    process = subprocess.Popen(command, env=environment(), stdout=said, stderr=subprocess.STDOUT)
    try:
        for _ in range(600):
            try:
                if ask(port)[0] == 200:
                    break
            except OSError:
                assert process.poll() is None, (folder / "said").read_text()
                time.sleep(0.05)
        yield port, process
    finally:
        process.kill()
        process.wait()
        said.close()


def ask(port: int, held: ExitStack | None = None, patience: float = 30) -> tuple[int, str]:
    """Status and text of an answer; the connection is kept open in ``held``."""
    with ExitStack() as own:
        connection = (held or own).enter_context(socket.create_connection(("127.0.0.1", port), timeout=patience))
        connection.sendall(b"GET /v1/search?q=lamp HTTP/1.1\r\nHost: x\r\n\r\n")
        text = b""
        while b"\r\n\r\n" not in text:
            text += (more := connection.recv(65536))
            if not more:
                raise ConnectionError("no answer")
        return int(text.split()[1]), text.decode(errors="replace")


def assert_it_sheds(folder, *words, patience: float = 30) -> None:
    with served(folder, *words) as (port, process):
        with ExitStack() as held:
            answers = [ask(port, held, patience) for _ in range(FILES + 10)]
            statuses = {status for status, _ in answers}
            assert statuses == {200, 503}
            for status, text in answers:
                if status == 503:
                    assert "retry-after: 1" in text.lower()
                    assert "connection: close" in text.lower()
                    assert "application/problem+json" in text
            assert answers[0][0] == 200
            assert answers[-1][0] == 503
        until = time.monotonic() + 30
        while ask(port)[0] != 200:
            assert time.monotonic() < until, "it did not recover"
            time.sleep(0.05)
        with ExitStack() as idle:  # these ask nothing, so nobody can answer them
            for _ in range(FILES):
                idle.enter_context(socket.create_connection(("127.0.0.1", port)))
            time.sleep(0.2)
        assert ask(port)[0] == 200
        assert process.poll() is None
    assert (folder / "said").read_text().count("request refused") >= 1
    assert (folder / "said").read_text().count("out of system resource") < 10 * FILES


@pytest.fixture
def folder(tmp_path):
    filled(tmp_path).close()
    return tmp_path


def test_it_sheds_what_it_has_no_files_for(folder):
    assert_it_sheds(folder)


def test_without_its_guard_the_case_fails(folder):
    with pytest.raises((AssertionError, OSError)):
        assert_it_sheds(folder, "no guard", patience=1.5)
