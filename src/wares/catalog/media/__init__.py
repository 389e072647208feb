"""Photos and clips: fetched safely, decoded within limits, kept as our own re-encoded copies."""

from wares.catalog.media.photos import WIDTHS
from wares.catalog.media.store import MediaStore

__all__ = ["WIDTHS", "MediaStore"]
