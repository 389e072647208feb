"""Photos and clips: fetched safely, decoded within limits, kept as our own re-encoded copies."""

from wares.catalog.media.store import MediaStore

__all__ = ["MediaStore"]
