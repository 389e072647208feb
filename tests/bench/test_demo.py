from wares.bench import demo as module
from wares.bench.harness import BenchOptions, run


def test_a_small_demo_shop_is_built_and_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PRODUCTS", 44)
    options = BenchOptions(tmp_path / "feed", cache=tmp_path / "cache")
    result = run("demo", options)
    assert 0.4 < result.figures["ndcg10_zh"] <= 1
    assert 0.4 < result.figures["ndcg10_en"] <= 1
    assert result.figures["refused_wrongly"] < 0.5
