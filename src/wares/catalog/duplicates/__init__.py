"""Near-duplicate listings by barcode, photo and words."""

from wares.catalog.duplicates.listings import DuplicateGroup, Evidence, find

__all__ = ["DuplicateGroup", "Evidence", "find"]
