import asyncio
import errno
import socket

import pytest

from wares.serve.operations import accepting
from wares.serve.operations.accepting import Acceptor


class Greeting(asyncio.Protocol):
    """Says the name of who accepted, and goes on listening."""

    def __init__(self, name):
        self.name = name

    def connection_made(self, transport):
        transport.write(self.name)


async def greeted(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await reader.readexactly(1)
    finally:
        writer.close()


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as own:
        yield own


def test_connections_that_come_at_once_are_shared_out(listening):
    async def run():
        with listening.dup() as other:
            acceptors = [
                Acceptor(each, lambda name=name: Greeting(name), shared=True)
                for each, name in ((listening, b"a"), (other, b"b"))
            ]
            names = await asyncio.gather(*(greeted(listening.getsockname()[1]) for _ in range(10)))
            for each in acceptors:
                each.close()
            return names

    names = asyncio.run(run())
    assert min(names.count(b"a"), names.count(b"b")) >= 3


def test_it_goes_on_after_files_ran_out(listening, monkeypatch):
    monkeypatch.setattr(accepting, "WITHOUT_FILES", 0.01)

    async def run():
        loop = asyncio.get_running_loop()
        accept, failures = (
            loop.sock_accept,
            iter([OSError(errno.EMFILE, "Too many open files"), ConnectionAbortedError()]),
        )

        async def failing(own):
            for error in failures:
                raise error
            return await accept(own)

        monkeypatch.setattr(loop, "sock_accept", failing)
        acceptor = Acceptor(listening, lambda: Greeting(b"a"), shared=False)
        told = await greeted(listening.getsockname()[1])
        acceptor.close()
        return told

    assert asyncio.run(run()) == b"a"


def test_nothing_is_accepted_once_it_is_closed(listening):
    async def run():
        acceptor = Acceptor(listening, lambda: Greeting(b"a"), shared=False)
        await asyncio.sleep(0)
        acceptor.close()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(greeted(listening.getsockname()[1]), 0.1)

    asyncio.run(run())
