"""The canonical JSON of a product, in the UCP/ACP shape: products → documents → bytes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from wares.types import AttributeValue, Media, Money, Product, Quantity, Rating, Review, Translation, Variant

Document = dict[str, Any]


def encode(document: Document) -> bytes:
    """The document's bytes; the same product gives the same bytes."""
    return orjson.dumps(document)


def document(product: Product) -> Document:
    """The canonical document of a product; what is absent is left out."""
    return _compact(
        id=product.id,
        title=product.title,
        description=product.description,
        language=product.language,
        brand=product.brand,
        categories=[{"value": category.value, "taxonomy": category.taxonomy} for category in product.categories],
        media=[_media_document(media) for media in product.media],
        rating=product.rating and _rating_document(product.rating),
        tags=list(product.tags),
        attributes=attributes_document(product.attributes),
        translations={tag: _translation_document(text) for tag, text in product.translations.items()},
        metadata=dict(product.metadata),
        created=product.created and _moment(product.created),
        updated=product.updated and _moment(product.updated),
        links=[{"type": link.kind, "id": link.target} for link in product.links],
        variants=[variant_document(variant) for variant in product.variants],
        reviews=[review_document(review) for review in product.reviews],
    )


def variant_document(variant: Variant) -> Document:
    """The canonical document of a variant."""
    return _compact(
        id=variant.id,
        title=variant.title,
        price=variant.price and money_document(variant.price),
        list_price=variant.list_price and money_document(variant.list_price),
        availability=variant.availability,
        stock=variant.stock,
        options=dict(variant.options),
        barcodes=[{"type": barcode.type, "value": barcode.value} for barcode in variant.barcodes],
        media=[_media_document(media) for media in variant.media],
    )


def review_document(review: Review) -> Document:
    """The canonical document of a review."""
    return _compact(
        id=review.id,
        title=review.title,
        text=review.text,
        rating=review.rating,
        language=review.language,
        author=review.author,
        created=review.created and _moment(review.created),
    )


def _compact(**fields: Any) -> Document:
    return {
        key: value for key, value in fields.items() if value is not None and value != "" and value != [] and value != {}
    }


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


def money_document(money: Money) -> Document:
    """{"amount", "currency"}, in minor units."""
    return {"amount": money.amount, "currency": money.currency}


def _rating_document(rating: Rating) -> Document:
    return {"value": rating.value, "scale_max": rating.scale_max, "count": rating.count}


def _media_document(media: Media) -> Document:
    return _compact(
        type=media.kind, url=media.url, alt_text=media.alt, options=dict(media.options), sha256=media.sha256
    )


def attributes_document(attributes: Mapping[str, AttributeValue]) -> Document:
    """Attributes by name; a quantity is {"value", "unit"}."""
    return {name: _attribute_document(value) for name, value in attributes.items()}


def _attribute_document(value: AttributeValue) -> Any:
    if isinstance(value, Quantity):
        return {"value": value.value, "unit": value.unit}
    return list(value) if isinstance(value, tuple) else value


def _translation_document(text: Translation) -> Document:
    return _compact(
        title=text.title,
        description=text.description,
        categories=list(text.categories),
        attributes=attributes_document(text.attributes),
    )
