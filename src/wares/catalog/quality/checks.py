"""What can be said of a product by itself."""

from collections.abc import Iterator

from wares.catalog.normalize.gtin import digits_of
from wares.catalog.normalize.words import language_of
from wares.catalog.quality.kinds import Finding
from wares.types import Product

TITLE_SHORT = 2  # words, or characters of a script without blanks
TITLE_LONG = 150  # characters; what Google Merchant shows at most
SHOUTING = 10  # letters from which capitals are no longer an abbreviation
TELLING = 150  # characters from which a statistical guess at a language is worth something
# What shops are written in; guesses at other languages are mostly brands and units.
WRITTEN = "ar bg cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nl no pl pt ro ru sk sl sr sv th tr vi zh"
BY_SCRIPT = frozenset({"zh", "ja", "ko", "th", "he", "el", "hi"})


def findings(product: Product) -> Iterator[Finding]:
    """The faults of one product, in no order."""
    for check in (_photos, _prices, _barcodes, _language, _title, _rest):
        for kind, detail in check(product):
            yield Finding(kind, examples=((product.id, detail[:80]),))


def _photos(product: Product) -> Iterator[tuple[str, str]]:
    photos = product.photos()
    broken = [media.url for media in (*photos, *product.clips()) if not media.sha256]
    if not any(media.sha256 for media in photos):
        yield "photo_missing", photos[0].url if photos else ""
    elif broken:
        yield "photo_broken", broken[0]


def _prices(product: Product) -> Iterator[tuple[str, str]]:
    priced = [(variant, variant.price) for variant in product.variants if variant.price is not None]
    if not priced:
        yield "price_missing", ""
    for variant, price in priced:
        if price.amount <= 0:
            yield "price_zero", variant.id
            break
    for variant, price in priced:
        if variant.list_price is not None and variant.list_price.amount < price.amount:
            yield "list_price_low", f"{variant.list_price.amount} < {price.amount} {price.currency}"
            break


def _barcodes(product: Product) -> Iterator[tuple[str, str]]:
    for variant in product.variants:
        for code in variant.barcodes:
            if code.type == "gtin" and not digits_of(code.value):
                yield "gtin_invalid", code.value
                return


def _language(product: Product) -> Iterator[tuple[str, str]]:
    if not product.language:
        yield "language_missing", product.title
        return
    declared = product.language.partition("-")[0].lower()
    text = f"{product.title}\n{product.description[:1000]}"
    guess = language_of(text, declared)
    if guess != declared and (guess in BY_SCRIPT or declared in BY_SCRIPT or _sure(text, guess, declared)):
        yield "language_mismatch", f"{declared}, reads like {guess}"


def _sure(text: str, guess: str, declared: str) -> bool:
    """Whether the text is long enough and both of its halves read the same: brands and units mislead a guess."""
    halves = text[: len(text) // 2], text[len(text) // 2 :]
    return (
        guess in WRITTEN.split()
        and len(text) >= TELLING
        and all(language_of(half, declared) == guess for half in halves)
    )


def _title(product: Product) -> Iterator[tuple[str, str]]:
    title = product.title.strip()
    wide = sum(character >= "\u2e80" for character in title)
    if wide < 2 * TITLE_SHORT and len(title.split()) < TITLE_SHORT:
        yield "title_short", title
    if len(title) > TITLE_LONG:
        yield "title_long", title
    if title.isupper() and sum(map(str.isalpha, title)) - wide >= SHOUTING:
        yield "title_shouting", title


def _rest(product: Product) -> Iterator[tuple[str, str]]:
    if not product.description.strip():
        yield "description_missing", ""
    if not product.categories:
        yield "category_missing", ""
