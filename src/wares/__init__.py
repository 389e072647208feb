"""wares: multimodal product search and ranking for shops."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wares.client import AsyncClient, Client

__version__ = "0.1.0"
__all__ = ["AsyncClient", "Client", "__version__"]


def __getattr__(name: str) -> Any:
    """The clients are loaded when they are asked for, so that importing wares stays quick."""
    if name in ("AsyncClient", "Client"):
        from wares import client

        return getattr(client, name)
    raise AttributeError(f"module 'wares' has no attribute {name!r}")
