"""Two workers, really started, are one shop to whoever asks: photos and limits are the same at both."""

import io
import os
import signal
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
from PIL import Image

from serve.operations.test_processes import children, eventually, serving, writes
from small_shops import config_of, filled
from wares.audit import AuditLog
from wares.serve.access.keys import Keys
from wares.serve.access.vault import Vault
from wares.serve.operations.backup import backup


def photo_of(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(out, "JPEG")
    return out.getvalue()


@contextmanager
def stopped(pid: int):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def workers(process) -> list[int]:
    """The two workers; the writer is the one that is nicer."""
    every = eventually(lambda: len(children(process)) == 3 and list(children(process)))
    return eventually(lambda: _but_one(every))


def _but_one(every: list[int]) -> list[int] | None:
    nice = {pid: os.getpriority(os.PRIO_PROCESS, pid) for pid in every}
    found = [pid for pid in every if nice[pid] == min(nice.values())]
    return found if len(found) == 2 else None


def asked(client: httpx.Client, method: str, path: str, **more: object) -> httpx.Response:
    """Over a connection of its own, so that any worker may answer."""
    return httpx.request(method, f"{client.base_url}{path}", timeout=30, **more)


def names_of(client: httpx.Client) -> list[str]:
    """A photo posted by the API, and one by the page."""
    by_api = asked(client, "POST", "/v1/photos", content=photo_of("red"))
    sent = {"photo_file": ("a.jpg", photo_of("blue"), "image/jpeg")}
    by_page = asked(client, "POST", "/photo", files=sent)
    return [by_api.json()["sha256"], parse_qs(urlsplit(by_page.headers["location"]).query)["photo"][0]]


def holding(folder: Path, content: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and content in path.read_bytes()]


def test_a_photo_posted_to_one_worker_is_known_to_the_other_and_to_nobody_later(tmp_path, temporary):
    filled(tmp_path).close()
    with serving(tmp_path, workers=2) as (client, process):
        one, other = workers(process)
        with stopped(one):
            names = eventually(lambda: names_of(client))
        with stopped(other):
            photos = [asked(client, "GET", f"/photo/{name}.jpg").content for name in names]
            assert all(photo.startswith(b"\xff\xd8") for photo in photos)
        for n in range(10):
            for name in names:
                assert asked(client, "GET", f"/photo/{name}.jpg").status_code == 200, n
                page = asked(client, "GET", "/", params={"photo": name, "q": "lamp", "page": 2})
                assert page.status_code == 200
                assert name in page.text, "the photo was left out of the search"
        os.kill(one, signal.SIGKILL)
        with stopped(other):  # whoever connects meanwhile waits for the new one
            assert asked(client, "GET", f"/photo/{names[0]}.jpg").content == photos[0], "the new one does not know it"

        assert len(holding(temporary, photos[0])) == 1
        eventually(lambda: writes(client))
        backup(config_of(tmp_path), tmp_path / "backup")
        assert holding(tmp_path, photos[0]) == [], "it is in the shop or in its backup"
    assert list(temporary.iterdir()) == []


def test_a_key_gets_its_rate_once_and_not_once_a_process(tmp_path, temporary):
    shop = filled(tmp_path)
    folder = shop.config.shop.folder
    shop.close()
    vault = Vault(folder)
    keys = Keys(vault, AuditLog(folder))
    _, rated = keys.create(["search"], rate="20/hour")
    _, few = keys.create(["search"], products=9)
    vault.close()
    with serving(tmp_path, workers=2) as (client, process):
        eventually(lambda: writes(client))
        sent = {"X-API-Key": rated}
        statuses = [asked(client, "POST", "/v1/products/delete", json={"ids": []}, headers=sent).status_code]
        for pid in workers(process):
            with stopped(pid):
                statuses += [asked(client, "GET", "/v1/search", headers=sent).status_code for _ in range(15)]
        assert [statuses.count(each) for each in (403, 200, 429)] == [1, 19, 11]

        found = []
        for n, pid in enumerate(workers(process)):
            with stopped(pid):
                paths = [f"/v1/products/p{n * 6 + number}" for number in range(6)]
                found += [asked(client, "GET", path, headers={"X-API-Key": few}).status_code for path in paths]
        assert found == [200] * 9 + [429] * 3
