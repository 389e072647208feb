import asyncio

import pytest

from wares.serve.operations.admission import Admission


def scope(path: str = "/v1/search", **headers: str) -> dict:
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "path": path, "headers": listed}


class Sender:
    """One request: its body, and what it was answered."""

    def __init__(self, body: bytes = b"", *, leaves: bool = False) -> None:
        self.answers: list[dict] = []
        self._messages = [{"type": "http.request", "body": body, "more_body": False}]
        self._left = asyncio.Event()
        if leaves:
            self._left.set()

    async def receive(self) -> dict:
        if self._messages:
            return self._messages.pop()
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict) -> None:
        self.answers.append(message)

    @property
    def status(self) -> int:
        return self.answers[0]["status"]


class Held:
    """An application that answers once it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.bodies: list[bytes] = []
        self.most = self.inside = 0

    async def __call__(self, scope, receive, send) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        message = await receive()
        self.bodies.append(message.get("body", b""))
        await self.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        self.inside -= 1


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_a_few_are_worked_on_at_a_time_and_the_others_wait():
    async def story() -> None:
        app = Held()
        door = Admission(app, slots=2, max_wait=10)
        senders = [Sender(f"{n}".encode()) for n in range(5)]
        tasks = [asyncio.create_task(door(scope(), each.receive, each.send)) for each in senders]
        await settle()
        assert (app.inside, door.stats.inside, door.stats.waiting) == (2, 2, 3)
        app.go.set()
        await asyncio.gather(*tasks)
        assert [each.status for each in senders] == [200] * 5
        assert app.bodies == [b"0", b"1", b"2", b"3", b"4"]
        assert (app.most, door.stats.waiting, door.stats.admitted) == (2, 0, 5)

    asyncio.run(story())


def test_who_would_wait_too_long_is_told_at_once_when_to_come_back():
    async def story() -> None:
        app = Held()
        door = Admission(app, slots=1, max_wait=0.5)
        door.stats.seconds = 0.2
        senders = [Sender() for _ in range(6)]
        tasks = [asyncio.create_task(door(scope(), each.receive, each.send)) for each in senders]
        await settle()
        refused = [each for each in senders if each.answers]
        assert len(refused) == 3  # one inside, two wait 0.2 and 0.4 seconds
        headers = dict(refused[0].answers[0]["headers"])
        assert refused[0].status == 429
        assert headers[b"retry-after"] == b"1"
        assert b'"code":"too_many"' in refused[0].answers[1]["body"]
        app.go.set()
        await asyncio.gather(*tasks)
        assert door.stats.refused == 3
        assert door.expected_wait() == 0

    asyncio.run(story())


def test_who_has_left_is_not_worked_for():
    async def story() -> None:
        app = Held()
        door = Admission(app, slots=1, max_wait=10)
        first, left = Sender(), Sender(leaves=True)
        tasks = [asyncio.create_task(door(scope(), each.receive, each.send)) for each in (first, left)]
        await settle()
        app.go.set()
        await asyncio.gather(*tasks)
        assert left.answers == []
        assert (door.stats.admitted, door.stats.gone) == (1, 1)

    asyncio.run(story())


def test_an_application_hears_of_a_client_that_leaves_later():
    async def story() -> None:
        heard = []

        async def app(scope, receive, send) -> None:
            heard.append((await receive())["type"])
            heard.append((await receive())["type"])

        sender = Sender()
        task = asyncio.create_task(Admission(app)(scope(), sender.receive, sender.send))
        await settle()
        sender._left.set()
        await task
        assert heard == ["http.request", "http.disconnect"]

    asyncio.run(story())


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/static/shop.css", "/media/x.jpg"])
def test_what_is_cheap_always_passes(path):
    async def story() -> None:
        app = Held()
        app.go.set()
        door = Admission(app, slots=1, max_wait=0.0)
        door.stats.seconds, door.stats.waiting = 100.0, 100
        sender = Sender()
        await door(scope(path), sender.receive, sender.send)
        assert sender.status == 200

    asyncio.run(story())


@pytest.mark.parametrize("headers", [{"content_length": "5000000"}, {"transfer_encoding": "chunked"}])
def test_a_large_body_holds_no_slot_and_few_are_taken_at_a_time(headers):
    async def story() -> None:
        app = Held()
        door = Admission(app, slots=1, max_wait=10, uploads=2)
        senders = [Sender() for _ in range(4)]
        tasks = [asyncio.create_task(door(scope(**headers), each.receive, each.send)) for each in senders]
        await settle()
        assert (door.stats.uploads, door.stats.inside) == (2, 0)
        assert [each.status for each in senders if each.answers] == [429, 429]
        app.go.set()
        await asyncio.gather(*tasks)
        assert door.stats.uploads == 0

    asyncio.run(story())


def test_a_slot_is_free_again_after_an_error():
    async def story() -> None:
        async def app(scope, receive, send) -> None:
            raise RuntimeError("failed")

        door = Admission(app, slots=1, max_wait=10)
        for _ in range(3):
            sender = Sender()
            with pytest.raises(RuntimeError):
                await door(scope(), sender.receive, sender.send)
        assert door.stats.inside == 0

    asyncio.run(story())
