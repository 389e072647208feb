import pytest

from wares.search.intents.offers import offer_phrases


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("in stock shoes", [("in stock", "in_stock")]),
        ("只看有货", [("只看有货", "in_stock")]),
        ("sale shoes", [("sale", "on_sale")]),
        ("sale", [("sale", "on_sale")]),
        ("打折的鞋", [("打折的", "on_sale")]),
        ("清仓特价鞋", [("清仓特价", "on_sale")]),
        ("4+ stars", [("4+ stars", "rating")]),
        ("rated 4.5 stars or higher", [("rated 4.5 stars or higher", "rating")]),
        ("五星以上", [("五星以上", "rating")]),
        ("garage sale", []),
        ("for sale sign", []),
        ("laptops for sale", []),
        ("wholesale bags", []),
        ("stock pot", []),
        ("4 star hotel", []),
        ("五星红旗", []),
        ("best rated tv", []),
    ],
)
def test_offers(text, said):
    found = {(text[phrase.start : phrase.end], phrase.column) for phrase in offer_phrases(text)}
    assert found >= {*said}
    assert bool(found) == bool(said)
