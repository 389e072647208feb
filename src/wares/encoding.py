"""The encoders that a configuration names: what they make of products and of queries.

Where their weights are missing or damaged a shop goes on by words alone, and says so.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from wares.catalog.media import MediaStore
from wares.config import Config
from wares.encode.cache import VectorCache
from wares.encode.joint import NAME as JOINT
from wares.encode.learned import LearnedSpace
from wares.encode.models import Models
from wares.encode.photos import cropped
from wares.encode.products import CatalogueEncoder
from wares.encode.transcripts import Transcripts
from wares.encode.wordsonly import WordsOnlyEncoder
from wares.errors import WeightsError
from wares.index.entries import VERSION as ENTRIES
from wares.index.entries import entry
from wares.logs import Logger
from wares.protocols import Analyzer, IndexEntry
from wares.registry import create, equip
from wares.search.calibrate import VERSION as CURVES
from wares.search.knowledge import VERSION as KNOWLEDGE
from wares.types import FloatArray, Product, Region

log = Logger(__name__)


class Encoding:
    """Makes encoders, and asks them.

    Attributes
    ----------
    failure
        Why there are no vectors now; empty while there are.
    models
        What was learned from the shop's own data.
    """

    def __init__(self, config: Config, media: MediaStore, cache: VectorCache, transcripts: Transcripts) -> None:
        self._config = config
        self._media = media
        self._cache = cache
        self._transcripts = transcripts
        offers = {"language": config.shop.language, "folder": config.weights_folder()}
        self.analyzer: Analyzer = equip("analyzer", config.encode.analyzer, **offers)
        self.failure = ""
        self.models = Models(config.shop.folder / "models")

    def vectors(
        self,
        encoder: CatalogueEncoder,
        *,
        text: str,
        photo: bytes | None,
        clip: bytes | None,
        language: str,
        region: Region | None = None,
    ) -> dict[str, FloatArray]:
        """(d,) unit vectors of a query by space; a shopper's photo or clip is hostile until it is our own copy."""
        own_photo = self._media.sanitize_photo(photo) if photo else None
        if own_photo and region:
            own_photo = cropped(own_photo, region)
        own_clip = self._media.sanitize_clip(clip) if clip else None
        try:
            return encoder.query(text, own_photo, own_clip, language)
        finally:
            if own_clip is not None:
                own_clip.unlink(missing_ok=True)

    def photo(self, product: Product) -> bytes | None:
        """The first photo of a product."""
        photos = [photo.sha256 for photo in product.photos() if photo.sha256]
        return self._media.path(photos[0]).read_bytes() if photos and self._config.encode.image else None

    def entries(self, encoder: CatalogueEncoder, products: list[Product]) -> list[IndexEntry]:
        """What the index keeps of each product."""
        shown = [[photo.sha256 for photo in product.photos() if photo.sha256] for product in products]
        read = self._transcripts.get({sha256 for photos in shown for sha256 in photos})
        derived = zip(products, encoder.encode(products), encoder.colours(products), shown, strict=True)
        return [
            entry(
                product,
                self.analyzer,
                rows,
                {"photo_color": names} if names else {},
                [read[photo] for photo in photos if photo in read],
            )
            for product, rows, names, photos in derived
        ]

    def ahead(self, encoder: CatalogueEncoder, pages: Iterable[Sequence[Product]]) -> None:
        """Put what is made of products into the cache, page by page; without sound weights there is nothing to make."""
        with suppress(WeightsError):
            for products in pages:
                encoder.encode(products)
                encoder.colours(products)

    def unfitted(self, model: Path | None = None) -> CatalogueEncoder:
        """The encoders of the configuration, before they have seen a catalogue; WeightsError where one cannot be.

        Parameters
        ----------
        model
            Folder of what was learned from the shop's own data; None: nothing yet.
        """
        settings = self._config.encode
        offers: dict[str, Any] = {"folder": self._config.weights_folder(), "threads": settings.threads}
        text = equip("encoder", settings.text, **offers)
        image = equip("encoder", settings.image, **offers) if settings.image else None
        colour = equip("encoder", settings.colour, **offers) if settings.colour else None
        fusion = equip("fusion", settings.fusion, text=text, image=image, colour=colour) if settings.fusion else None
        if fusion is not None and model is not None:
            fusion = create("fusion", JOINT, base=fusion, model=model, base_name=settings.fusion)
        clips = equip("encoder", settings.clips, image=image, **offers) if settings.clips and image else None
        return CatalogueEncoder(text, image, colour, fusion, self._cache, self._media.path, clips, self.analyzer)

    def check(self, model: Path) -> None:
        """Refuse a model that is damaged, or that was learned from other encoders than these, with WeightsError."""
        encoder = self.unfitted()
        if encoder.fusion is None:
            raise WeightsError(f"nothing is fused, so {model} is not served", fix="set encode.fusion in wares.toml")
        LearnedSpace.read(model).check_encoders(encoder.sources)

    def able(self, model: Path | None = None) -> CatalogueEncoder:
        """The encoders, not yet fitted, or what stands in for them where their weights are missing or damaged."""
        try:
            encoder = self.unfitted(model)
            _ = encoder.fingerprint, encoder.spaces  # these look at the weights
        except WeightsError as error:
            return self.without(error)
        self.failure = ""
        return encoder

    def without(self, error: WeightsError) -> WordsOnlyEncoder:
        """What stands in for the encoders; each reason is logged once."""
        if self.failure != str(error):
            log.error("products are found by words alone", code=error.code, reason=str(error))
        self.failure = str(error)
        return WordsOnlyEncoder(error)

    def fits(self, recipe: str, encoder: CatalogueEncoder) -> bool:
        """Whether a generation made by a recipe can be served; without sound weights by words alone."""
        if not isinstance(encoder, WordsOnlyEncoder):
            return recipe == self.recipe(encoder)
        before, after = self.recipe(encoder).split(encoder.fingerprint)
        return recipe.startswith(before) and recipe.endswith(after)

    def recipe(self, encoder: CatalogueEncoder) -> str:
        """Changes whenever a generation made before could not be served any more."""
        search = self._config.search
        # The cut-offs were fitted to evidence under these weights.
        weights = ",".join(f"{value:g}" for value in (search.match_share, *search.weights.model_dump().values()))
        judged = ",".join(f"{value:g}" for each in search.curves.model_dump().values() for value in each.values())
        versions = f"entries-{ENTRIES}/curves-{CURVES}/knowledge-{KNOWLEDGE}"
        encoders = f"{self.analyzer.fingerprint}/{encoder.fingerprint}"
        return f"{encoders}/{versions}/weights-{weights}/judged-{judged}"
