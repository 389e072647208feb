"""The shop over HTTP: a search page that works without JavaScript, product pages, and JSON."""

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from wares.errors import ConfigError

if TYPE_CHECKING:
    from wares.serve.front import Storefront

BACKLOG = 64  # asyncio tries, and logs, so many accepts in a row when there are no files left


def run(shop: "Storefront", host: str, port: int) -> None:
    """Serve the shop until Ctrl-C, which lets requests in flight finish.

    Raises
    ------
    ConfigError
        The port is taken.
    """
    import uvicorn

    from wares.serve.app import create_app

    config = uvicorn.Config(
        create_app(shop),
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        backlog=BACKLOG,
    )
    try:
        listening = socket.create_server((host, port), backlog=config.backlog)
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be listened on: {error.strerror}", fix="choose another --port"
        ) from None
    with listening, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
