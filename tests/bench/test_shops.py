from pathlib import Path

import pytest

from wares.bench.harness import BenchOptions
from wares.bench.shops import built, mapping
from wares.errors import ConfigError

LAMPS = """{"product_id": "1", "title": "Brass desk lamp", "price_cents": 4900, "attributes": {"t_socket": "E27"}}
{"product_id": "2", "title": "Wireless mouse", "price_cents": 1900, "attributes": {}}
"""


def test_a_shop_is_built_from_a_feed_by_its_mapping_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    from wares.types import Query

    (tmp_path / "products.jsonl.gz").write_bytes(gzip.compress(LAMPS.encode()))
    options = BenchOptions(tmp_path, cache=tmp_path / "cache")
    generations = []
    for code in ("one", "one", "another"):
        monkeypatch.setattr("wares.bench.shops._code", lambda code=code: code)
        with built(options, "chorus-icecat", tmp_path) as shop:
            assert shop.search(Query(text="desk lamp")).ids[0] == "1"
            generations.append(shop.generation)
    assert generations[0] == generations[1]
    assert generations[1] != generations[2]  # other code made everything that is derived anew


def test_an_unknown_mapping_is_told() -> None:
    with pytest.raises(ConfigError, match="checkout"):
        mapping("nobody")
