"""The shop over HTTP: a search page that works without JavaScript, product pages, and JSON."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wares.serve.front import Storefront


def run(shop: "Storefront", host: str, port: int) -> None:
    """Serve the shop until Ctrl-C, which lets requests in flight finish."""
    import uvicorn

    from wares.serve.app import create_app

    uvicorn.run(
        create_app(shop),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
