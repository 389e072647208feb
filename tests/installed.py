"""Engines that benches compare with come with ``wares[engines]``; a test of one that is not there is skipped."""

import pytest

MODULES = {"hnswlib": "hnswlib", "lancedb": "lancedb", "qdrant-edge": "qdrant_edge", "zvec": "zvec"}


def need(*names: str) -> None:
    for name in names:
        if name in MODULES:
            pytest.importorskip(MODULES[name], reason="pip install 'wares[engines]'")
