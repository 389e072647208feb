"""Numbers, lines and the way out of a shop as it runs: real processes."""

import json
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from serve.operations.scraped import scraped, value
from serve.operations.test_processes import answers, eventually, writes
from small_shops import environment, filled
from wares.serve.operations.draining import Drain, DrainingServer

PROGRAM = """
import json, sys
from pathlib import Path
from small_shops import config_of
from wares.serve.operations import processes

if __name__ == "__main__":
    config = config_of(Path(sys.argv[1]), **json.loads(sys.argv[2]))
    processes.serve(config, config.serve.workers)
"""


@contextmanager
def serving(folder: Path, **settings: object):
    """A client, the process, and the file of what it says."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "program.py").write_text(PROGRAM)
    options = json.dumps({"serve.port": port, "serve.disk_reserve": 0, **settings})
    command = [sys.executable, str(folder / "program.py"), str(folder), options]
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(command, env=environment(), stdout=said, stderr=said)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            try:
                eventually(lambda: process.poll() is not None or answers(client))
                yield client, process, folder / "said"
            finally:
                process.terminate()
                try:
                    process.wait(30)
                finally:
                    process.kill()


def numbers(client: httpx.Client) -> dict:
    return scraped(client.get("/metrics").text)


def test_numbers_of_workers_and_writer_are_one_and_lines_are_json(tmp_path):
    filled(tmp_path, 5).close()
    with serving(tmp_path, **{"serve.workers": 2, "serve.log_share": 1.0}) as (client, _, said):
        eventually(lambda: writes(client))
        eventually(lambda: value(numbers(client), "workers") == 2)
        for n in range(20):  # connections of their own, so that both workers are asked
            assert httpx.get(f"{client.base_url}/v1/search", params={"q": f"lamp canary{n}"}).status_code == 200
        found = numbers(client)
        written = sum(
            count
            for (name, labels), count in found.items()
            if name == "wares_request_seconds_count" and dict(labels)["route"].startswith("/v1/products")
        )
        assert value(found, "request_seconds_count", route="/v1/search", status="200") == 20
        assert written >= 1
        assert value(found, "index_products") == 5
    lines = [json.loads(line) for line in said.read_text().splitlines() if line.startswith("{")]
    told = [line for line in lines if line.get("route") == "/v1/search"]
    assert len(told) == 20
    assert all({"request_id", "trace", "stages_ms", "timestamp"} <= set(line) for line in told)
    assert "canary" not in said.read_text()


def test_a_shop_that_is_told_to_end_goes_on_answering_until_traffic_is_elsewhere(tmp_path):
    filled(tmp_path, 5).close()
    with serving(tmp_path, **{"serve.drain_seconds": 3.0}) as (client, process, _):
        assert client.get("/readyz").status_code == 200
        process.send_signal(signal.SIGTERM)
        told = eventually(lambda: (answer := client.get("/readyz")).status_code == 503 and answer.json())
        assert [each["part"] for each in told["degraded"]] == ["stopping"]
        assert client.get("/v1/search", params={"q": "lamp"}).json()["total"] == 5
        process.wait(30)
    assert process.returncode == 0


def test_a_second_signal_does_not_wait():
    drain = Drain()
    server = DrainingServer(uvicorn.Config(None), drain, 3600.0)
    server.handle_exit(signal.SIGTERM, None)
    assert (drain.stopping, server.should_exit) == (True, False)
    server.handle_exit(signal.SIGTERM, None)
    assert server.should_exit


def test_ctrl_c_and_no_time_to_drain_end_at_once():
    for number, seconds in ((signal.SIGINT, 3600.0), (signal.SIGTERM, 0.0)):
        drain = Drain()
        server = DrainingServer(uvicorn.Config(None), drain, seconds)
        server.handle_exit(number, None)
        assert (drain.stopping, server.should_exit) == (True, True)
