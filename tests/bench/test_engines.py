"""Every engine, ours and the peers', finds what a plain product with all rows finds."""

import numpy as np
import pytest

from installed import need
from wares.bench.clouds import cloud, labels, near
from wares.bench.databases import DATABASES
from wares.bench.engines import LIBRARIES

ENGINES = {**LIBRARIES, **DATABASES}
VECTORS = cloud(1500, 24, 3, rank=8)
LABELS = labels(1500, 3)
QUERY = near(VECTORS, 1, 4)[0]


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_built_saved_opened_asked_and_written_to(name, tmp_path):
    need(name)
    ENGINES[name]().build(VECTORS, LABELS, tmp_path)
    engine = ENGINES[name]()
    engine.open(tmp_path)
    if engine.efforts:
        engine.effort = engine.efforts[-1]
    products = VECTORS @ QUERY
    nearest = np.argsort(-products)[:10]
    found = engine.search(QUERY, 10)
    assert len({*found.tolist()} & {*nearest.tolist()}) >= (9 if engine.efforts else 10)
    assert (np.diff(products[found]) <= 1e-5).all(), "the best come first"
    label = int(LABELS[nearest[3]])
    having = np.flatnonzero(label == LABELS)
    wanted = having[np.argsort(-products[having])][:10]
    filtered = engine.search_filtered(QUERY, 10, label)
    assert {*filtered.tolist()} <= {*having.tolist()}
    assert len({*filtered.tolist()} & {*wanted.tolist()}) >= (5 if name == "faiss-hnsw" else 9)
    new = -QUERY
    engine.upsert(len(VECTORS), new, label)
    assert engine.search(new, 1).tolist() == [len(VECTORS)]
    assert len(VECTORS) in engine.search_filtered(new, 3, label)
    engine.close()
