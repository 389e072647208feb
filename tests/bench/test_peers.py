import pytest

from wares.bench.peers import Bm25sPeer, TantivyPeer, require
from wares.errors import ConfigError

DOCUMENTS = {
    "mouse": "Wireless mouse for laptops",
    "mice": "Two wired mouse pads, mouse pads, mouse pads",
    "lamp": "A desk lamp",
    "case": "Laptop case",
}


def test_a_missing_peer_names_the_extra() -> None:
    with pytest.raises(ConfigError, match=r"wares\[bench,engines\]"):
        require("a_package_that_is_nowhere")


@pytest.mark.parametrize(("peer", "package"), [(Bm25sPeer, "bm25s"), (TantivyPeer, "tantivy")])
def test_a_peer_ranks_what_has_any_of_the_words_in_any_number(peer: type[Bm25sPeer], package: str) -> None:
    pytest.importorskip(package)
    lexical = peer(DOCUMENTS)
    found = lexical.rank("laptop mouse", depth=10)
    assert set(found) == {"mouse", "mice", "case"}
    assert max(found, key=found.__getitem__) == "mouse"
    assert len(lexical.rank("laptop mouse", depth=1)) == 1
    assert lexical.rank("sofa", depth=10) == {}
    assert lexical.rank("", depth=10) == {}
    assert lexical.rank('18" case: +-"(', depth=10).keys() == {"case"}  # words of a shopper, not a query language
