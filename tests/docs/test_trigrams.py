from wares import registry
from wares.testing import check_encoder


def test_it_keeps_the_contract_and_is_found_by_its_name() -> None:
    from docs.trigrams import TrigramEncoder

    check_encoder(TrigramEncoder(), ["red shoes", "blue shoes", "手机壳"], absent="")
    assert registry.create("encoder", "trigrams.v1", dim=64).dim == 64
