"""What loading a model leaves behind: freed memory that the allocator keeps for itself."""

import ctypes


def give_back() -> None:
    """Return freed memory to the system; loaders of models free about as much as they keep (glibc only)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
