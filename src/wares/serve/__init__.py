"""The shop over HTTP: pages that work without JavaScript, an API, and what it takes to run them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wares.serve.front import Storefront


def run(shop: "Storefront", host: str, port: int) -> None:
    """Serve a shop that is open, in this process alone, until Ctrl-C, which lets requests in flight finish.

    Raises
    ------
    ConfigError
        The port is taken.
    """
    from wares.serve.app import create_app
    from wares.serve.operations.listening import answer, listen
    from wares.serve.operations.operated import Operated

    listening, operated = listen(host, port), Operated(shop.config)
    try:
        answer(create_app(shop, operated=operated), listening, operated.drain, shop.config.serve.drain_seconds)
    finally:
        operated.close()
