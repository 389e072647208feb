"""schema.org Product as JSON-LD, safe inside a script element."""

import json
from typing import Any

from markupsafe import Markup

from wares.serve.storefront import formats
from wares.serve.storefront.messages import Messages
from wares.serve.storefront.view import media_href, stars, told
from wares.types import Product, Variant

_AVAILABILITY = {
    "in_stock": "InStock",
    "out_of_stock": "OutOfStock",
    "preorder": "PreOrder",
    "backorder": "BackOrder",
    "discontinued": "Discontinued",
}


def product_jsonld(product: Product, t: Messages, site: str, href: str) -> Markup:
    """The product with its offers and rating; ``site`` is the address of the shop without a closing slash."""
    texts = told(product, t.language)
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "productID": product.id,
        "name": texts.title,
        "description": texts.description,
        "url": site + href,
        "image": [site + media_href(photo) for photo in product.photos() if photo.sha256],
        "category": texts.categories[0] if texts.categories else "",
        "brand": {"@type": "Brand", "name": product.brand} if product.brand else None,
        "offers": [_offer(variant, site + href) for variant in product.variants if variant.price],
    }
    if rating := stars(product.rating, t):
        described["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": rating.value,
            "reviewCount": rating.count,
        }
    return script_json({name: value for name, value in described.items() if value})


def script_json(value: Any) -> Markup:
    """JSON in which nothing can end the script element or open a comment."""
    text = json.dumps(value, ensure_ascii=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _offer(variant: Variant, url: str) -> dict[str, Any]:
    assert variant.price is not None
    return {
        "@type": "Offer",
        "sku": variant.id,
        "price": str(formats.major(variant.price.amount, variant.price.currency)),
        "priceCurrency": variant.price.currency,
        "availability": f"https://schema.org/{_AVAILABILITY[variant.availability]}",
        "url": url,
    }
