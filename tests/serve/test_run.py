import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

import wares
from serve.small_shop import SmallShop
from wares.errors import ConfigError
from wares.serve import run

PROGRAM = """
import sys
from pathlib import Path
from serve.small_shop import SmallShop
from wares.serve import run
run(SmallShop([], Path(sys.argv[1])), "127.0.0.1", int(sys.argv[2]))
"""


def test_it_serves_until_it_is_interrupted_and_then_ends_quietly(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    paths = [str(Path(wares.__file__).parents[1]), str(Path(__file__).parents[1])]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(port)],
        env={"PYTHONPATH": ":".join(paths)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        page = _answer(process, f"http://127.0.0.1:{port}/")
        assert page.status_code == 200
        assert "server" not in page.headers
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert said == ""


def test_a_port_that_is_taken_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigError, match="another --port"):
        run(SmallShop([], tmp_path), "127.0.0.1", taken.getsockname()[1])


def _answer(process: subprocess.Popen, address: str) -> httpx.Response:
    for _ in range(300):
        try:
            return httpx.get(address)
        except httpx.ConnectError:
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
    raise AssertionError("no answer")
