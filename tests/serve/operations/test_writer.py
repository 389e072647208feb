"""The shop is open for writing while a request or a job needs it, and for a moment after."""

import asyncio
import threading

import httpx
import pytest

from slow_jobs import eventually
from small_shops import filled
from wares.errors import StoreLocked
from wares.serve.operations.writer import Writer
from wares.shop import Shop


@pytest.fixture
def config(tmp_path):
    shop = filled(tmp_path, 3)
    shop.close()
    return shop.config


def delete(writer, id: str = "none") -> int:
    async def ask() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(writer), base_url="http://w") as client:
            return (await client.delete(f"/v1/products/{id}")).status_code

    return asyncio.run(ask())


def test_the_shop_is_let_go_of_a_moment_after_the_last_write(config):
    with Writer(config, idle=0.05) as writer:
        assert not writer.holds
        assert delete(writer) == 403
        eventually(lambda: not writer.holds)
        Shop.open(config, write=True).close()
        assert delete(writer) == 403


def test_a_job_keeps_the_shop_from_being_let_go_of(config):
    with Writer(config, idle=0.01) as writer:
        with writer.writing() as shop:
            assert delete(writer) == 403  # whose end starts the wait
            threading.Event().wait(0.1)
            assert writer.holds
            with writer.writing() as same:
                assert same is shop
            assert shop.delete(["p1"]).deleted == 1
            with pytest.raises(StoreLocked):
                Shop.open(config, write=True)
        eventually(lambda: not writer.holds)


def test_who_finds_the_shop_locked_holds_nothing(config):
    other = Shop.open(config, write=True)
    with Writer(config, idle=0.01) as writer:
        assert delete(writer) == 503
        with pytest.raises(StoreLocked), writer.writing():
            pass
        other.close()
        with writer.writing():
            assert writer.holds
        eventually(lambda: not writer.holds)


def test_a_job_that_outlives_its_process_keeps_the_shop(config):
    with Writer(config) as writer:
        held = writer.writing()
        held.__enter__()
    assert writer.holds
    held.__exit__(None, None, None)
    with writer:
        pass
    assert not writer.holds
