"""What a shopper is told, in the language of the query."""

from collections.abc import Iterable

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
    "no_filter_match.counted": {
        "en": "Nothing passes all of these filters. Without them there are {n}. Take one away to see more.",
        "zh": "没有符合全部筛选条件的商品；不加筛选共有 {n} 件，请减少一个条件。",
    },
    # the steps of the ladder
    "uncorrected": {
        "en": "Nothing for “{corrected}”; showing results for “{original}”, as it was typed.",
        "zh": "没有“{corrected}”的结果，以下按您输入的“{original}”搜索。",
    },
    "corrected": {
        "en": "Nothing for “{original}”; showing results for “{corrected}”.",
        "zh": "没有“{original}”的结果，以下是“{corrected}”的结果。",
    },
    "chip_dropped": {
        "en": "Nothing with “{words}”; showing products without it too.",
        "zh": "没有符合“{words}”的商品，以下结果不限此条件。",
    },
    "chip_dropped.color": {
        "en": "Nothing in {words}; showing all colors.",
        "zh": "没有“{words}”的商品，以下显示所有颜色。",
    },
    "chip_dropped.size": {
        "en": "Nothing in {words}; showing all sizes.",
        "zh": "没有“{words}”的商品，以下显示所有尺码。",
    },
    "chip_dropped.brand": {
        "en": "Nothing from {words}; showing all brands.",
        "zh": "没有“{words}”的商品，以下显示所有品牌。",
    },
    "chip_dropped.price": {
        "en": "Nothing {words}; showing all prices.",
        "zh": "没有“{words}”的商品，以下显示所有价格。",
    },
    "chips_dropped": {
        "en": "Nothing with {words} together; showing products without these conditions.",
        "zh": "没有同时符合{words}的商品，以下结果不限这些条件。",
    },
    "price_widened": {
        "en": "Nothing {words}; showing prices up to {percent} % beyond it.",
        "zh": "没有“{words}”的商品，价格范围已放宽 {percent}%。",
    },
}
LONGEST = 60  # signs of what a shopper wrote that are said back


def notice(code: str, language: str, **values: object) -> Notice:
    """A notice by its code; languages other than Chinese are told in English.

    ``code`` may name a text for a special case after a dot, which programs are not told: ``chip_dropped.size``.
    """
    told = {name: _cut(str(value)) for name, value in values.items()}
    return Notice(code.partition(".")[0], TEXTS[code][tongue(language)].format_map(told))


def tongue(language: str) -> str:
    """The language a shopper is spoken to in."""
    return "zh" if language.startswith("zh") else "en"


def listed(words: Iterable[str], language: str) -> str:
    """Words in quotes, with what a language puts between them."""
    return ("、" if tongue(language) == "zh" else ", ").join(f"“{_cut(word)}”" for word in words)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
