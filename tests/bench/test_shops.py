import pytest

from wares.bench.shops import mapping, words_only
from wares.errors import ConfigError
from wares.mapping import read_mapping


def test_words_only_leaves_out_photos_and_nothing_else() -> None:
    path = mapping("chorus-icecat")
    whole, words = read_mapping(path), words_only(path)
    assert whole.products[0].fields.images is not None
    assert words.products[0].fields.images is None
    assert words.products[0].fields.title == whole.products[0].fields.title
    assert (words.currency, words.language) == (whole.currency, whole.language)


def test_an_unknown_mapping_is_told() -> None:
    with pytest.raises(ConfigError, match="checkout"):
        mapping("nobody")
