"""What a shopper is told, in the language of the query."""

from wares.types import Notice

TEXTS = {
    "no_match": {
        "en": "We don't carry that. These are the nearest we have.",
        "zh": "本店没有这样的商品，以下是最接近的。",
    },
    "no_filter_match": {
        "en": "Nothing passes all of these filters. Take one away to see more.",
        "zh": "没有符合全部筛选条件的商品，请减少一个条件。",
    },
    "other_currency": {
        "en": "Prices here are in {currency}, so the price you named was left out.",
        "zh": "本店价格以 {currency} 计，未按您所说的价格筛选。",
    },
    "words_only": {
        "en": "Only the words were matched just now, not their meaning.",
        "zh": "目前只按字词匹配，未按含义匹配。",
    },
}


def notice(code: str, language: str) -> Notice:
    """A notice by its code; languages other than Chinese are told in English."""
    return Notice(code, TEXTS[code]["zh" if language.startswith("zh") else "en"])
