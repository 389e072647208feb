"""What a sentence encoder reads of a product: one short text for each of its languages."""

import re
from collections.abc import Mapping, Sequence

from wares.encode.attributes import phrases
from wares.encode.rows import readable
from wares.types import AttributeValue, Product

VERSION = 1  # part of every fingerprint: raise it whenever the texts change
ATTRIBUTES = 8
VALUE_CHARS = 40
_SAYS_NOTHING = frozenset(("", "yes", "no", "true", "false", "n/a", "none", "other", "是", "否", "无", "其他"))


def texts(product: Product) -> dict[str, str]:
    """Language → text, the product's own language first: title, brand, category, options, attributes, description.

    An encoder reads only the beginning of a long text, so what names the thing comes first.
    """
    own = [category.value for category in product.categories]
    every = {product.language: _text(product, product.title, own, product.attributes, product.description)}
    for language, other in product.translations.items():
        if other.title or other.description:
            every.setdefault(
                language, _text(product, other.title, other.categories, other.attributes, other.description)
            )
    return {language: text for language, text in every.items() if readable(text, len(text))}


def group(product: Product) -> str:
    """A name that look-alikes share: the words of the title without digits, signs and order."""
    return " ".join(sorted(set(re.findall(r"[^\W\d_]+", product.title.casefold())))) or product.id


def _text(
    product: Product,
    title: str,
    categories: Sequence[str],
    attributes: Mapping[str, AttributeValue],
    description: str,
) -> str:
    brand = "" if product.brand.casefold() in title.casefold() else product.brand
    colours = {
        value for variant in product.variants for name, value in variant.options.items() if "color" in name.lower()
    }
    paths = [", ".join(reversed([part.strip() for part in path.split(">")][-2:])) for path in categories[:2]]
    spoken = [*paths, *sorted(colours)[:ATTRIBUTES], *_phrases(attributes)]
    sentences = (title, brand, ", ".join(dict.fromkeys(filter(None, spoken))), description)
    return ". ".join(" ".join(sentence.split()).rstrip(".。") for sentence in sentences if sentence.strip())


def _phrases(attributes: Mapping[str, AttributeValue]) -> list[str]:
    """The first attributes that are words, and quantities with their names."""
    spoken = (phrase for name, value in attributes.items() for phrase in phrases(name, value))
    short = (phrase for phrase in spoken if len(phrase) <= VALUE_CHARS and phrase.casefold() not in _SAYS_NOTHING)
    return [phrase for phrase, _ in zip(short, range(ATTRIBUTES), strict=False)]
