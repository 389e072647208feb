"""Product → vectors by space, and a query of any modality → vectors in the same spaces."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from heapq import nsmallest
from pathlib import Path
from typing import Any, Self

import numpy as np

from wares.encode import listing
from wares.encode.attributes import AttributesEncoder
from wares.encode.cache import VectorCache, content_key
from wares.encode.colournames import ColourNamesEncoder, main_colours
from wares.encode.reviews import ReviewsEncoder
from wares.encode.rows import readable
from wares.errors import EncodeError, WeightsError
from wares.logs import Logger
from wares.protocols import Analyzer, Encoded, Encoder, Fusion
from wares.types import FloatArray, Media, Product, Progress, silent

CHUNK = 256  # products whose vectors are made together
MAX_FIT = 10_000  # products a fusion is fitted on
DAY_0 = ("text", "image", "colour")  # modalities that every fusion is given

log = Logger(__name__)
Vectors = dict[str, FloatArray]


class CatalogueEncoder:
    """All encoders of a shop behind one door.

    Spaces: ``text`` has one row a language, ``image`` one row a fetched photo, then one a fetched clip, and ``fused``
    one row. A space in which a product has nothing is left out.

    Parameters
    ----------
    text
        Encoder of ``str``.
    image, colour
        Encoders of a photo's bytes; None: photos are not encoded, or not for their colours.
    clips
        Encoder of a clip's path in the space of ``image``; None: clips are not encoded.
    fusion
        Takes the modalities ``text``, ``image``, ``colour``, and what else it names; None: no ``fused`` space.
    cache
        Where vectors are kept.
    media_path
        sha256 of our own copy of a photo or clip → its path.
    """

    def __init__(
        self,
        text: Encoder[str],
        image: Encoder[bytes] | None,
        colour: Encoder[bytes] | None,
        fusion: Fusion | None,
        cache: VectorCache,
        media_path: Callable[[str], Path],
        clips: Encoder[Path] | None = None,
        analyzer: Analyzer | None = None,
    ) -> None:
        self.text = text
        self.image = image
        self.colour = colour
        self.clips = clips
        self.fusion = fusion
        self._cache = cache
        self._media_path = media_path
        self._analyzer = analyzer

    @property
    def spaces(self) -> dict[str, int]:
        """Name → dimension."""
        dims = {"text": self.text.dim}
        if self.image:
            dims["image"] = self.image.dim
        if self.fusion:
            dims["fused"] = self.fusion.dim
        return dims

    @property
    def sources(self) -> dict[str, str]:
        """Modality → fingerprint of what its features come from."""
        parts = {"text": self.text, "image": self.image, "colour": self.colour, "clips": self.clips}
        return {name: part.fingerprint for name, part in parts.items() if part is not None}

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors would."""
        parts = (self.text, self.image, self.colour, self.clips, self.fusion)
        names = [part.fingerprint if part else "-" for part in parts]
        return blake2b("\n".join((f"listing-{listing.VERSION}", *names)).encode(), digest_size=8).hexdigest()

    def fit(self, products: Iterable[Product], progress: Progress = silent) -> Self:
        """Fit the fusion on the catalogue's own photos and words, of at most 10,000 products whatever their order."""
        if self.fusion:
            photographed = (product for product in products if product.title and _fetched(product.photos()))
            chosen = nsmallest(MAX_FIT, photographed, key=lambda product: content_key(product.id))
            parts: list[dict[str, Encoded]] = []
            done = 0
            for chunk in _chunks(chosen):
                parts.append(self._parts(chunk)[1])
                done += len(chunk)
                progress("encode", done, len(chosen))
            if parts:
                together = {name: _joined([part[name] for part in parts]) for name in parts[0]}
                self.fusion = self.fusion.fit(together, [listing.group(product) for product in chosen])
        return self

    def encode(self, products: Sequence[Product]) -> list[Vectors]:
        """For each product its (r, d) unit rows by space."""
        every: list[Vectors] = []
        for chunk in _chunks(products):
            spaces, parts = self._parts(chunk)
            if self.fusion:
                fused, weights = self.fusion.fuse(parts)
                for row, vectors in enumerate(spaces):
                    if weights[row].any():
                        vectors["fused"] = fused[row : row + 1]
            every += spaces
        return every

    def query(
        self,
        text: str = "",
        photo: bytes | None = None,
        clip: Path | None = None,
        language: str = "",
    ) -> Vectors:
        """(d,) unit vectors by space: of words ``text``, of a photo or clip ``image``, of any of them ``fused``."""
        parts: Vectors = {}
        if readable(text, len(text)):
            parts["text"] = self.text.encode_query(text)
            terms = self._terms([{language: text}])
            if terms is not None and terms.present[0]:
                parts["terms"] = terms.vectors[0]
        if photo and self.image:
            parts["image"] = self.image.encode_query(photo)
            if self.colour:
                parts["colour"] = self.colour.encode_query(photo)
        elif clip and self.clips:
            parts["image"] = self.clips.encode_query(clip)
        vectors: Vectors = {space: parts[space] for space in ("text", "image") if space in parts}
        if self.fusion and (known := {name: part for name, part in parts.items() if name in self.fusion.modalities}):
            vectors["fused"] = self.fusion.query(known)
        return vectors

    def colours(self, products: Sequence[Product]) -> list[tuple[str, ...]]:
        """For each product the English names of the colours its photos show, the most of it first."""
        photos = [_fetched(product.photos()) if self.colour else [] for product in products]
        names = ColourNamesEncoder(getattr(self.colour, "threads", 1))
        return [main_colours(shares) for shares in self._rows(names, photos, str, self._bytes)]

    def save(self, folder: Path) -> None:
        """Keep what was fitted."""
        if self.fusion:
            folder.mkdir(parents=True, exist_ok=True)
            self.fusion.save(folder)

    def load(self, folder: Path) -> Self:
        """Take over what was fitted and saved."""
        if self.fusion:
            self.fusion = type(self.fusion).load(folder)
        return self

    def features(self, products: Sequence[Product], modalities: Sequence[str]) -> dict[str, Encoded]:
        """One row a product of each of the modalities that can be encoded here, as a fusion is given them."""
        return self._parts(products, modalities)[1]

    def _parts(
        self, products: Sequence[Product], modalities: Sequence[str] = ()
    ) -> tuple[list[Vectors], dict[str, Encoded]]:
        """Rows by space of each product, and one row of each modality for the fusion: the mean over its rows."""
        wanted = modalities or (self.fusion.modalities if self.fusion else ())
        written = [listing.texts(product) for product in products]
        texts = [list(each.values()) for each in written]
        photos = [_fetched(product.photos()) for product in products]
        rows = {"text": self._rows(self.text, texts, content_key, str)}
        if self.image:
            rows["image"] = self._rows(self.image, photos, str, self._bytes)
        if self.colour:
            rows["colour"] = self._rows(self.colour, photos, str, self._bytes)
        dims = {encoder.modality: encoder.dim for encoder in (self.text, self.image, self.colour) if encoder}
        parts = {name: _means(rows[name], dim) for name, dim in dims.items()}
        if self.image and self.clips:
            clips = self._rows(self.clips, [_fetched(product.clips()) for product in products], str, self._media_path)
            rows["image"] = [np.concatenate(pair) for pair in zip(rows["image"], clips, strict=True)]
            parts["clips"] = _means(clips, self.clips.dim)
        if "attributes" in wanted:
            parts["attributes"] = AttributesEncoder().encode([product.attributes for product in products])
        if "reviews" in wanted:
            opinions = ReviewsEncoder(self.text)
            keys = [content_key("\n".join(f"{each.title}. {each.text}" for each in p.reviews)) for p in products]
            places = [str(place) for place in range(len(products))]
            parts["reviews"] = self._encoded(
                opinions, places, lambda place: keys[int(place)], lambda place: products[int(place)].reviews
            )
        if "terms" in wanted and (terms := self._terms(written)) is not None:
            parts["terms"] = terms
        if "behaviour" in wanted and self.fusion and (did := self.fusion.own.get("behaviour")):
            parts["behaviour"] = did.encode([(product.id,) for product in products])
        spaces = [{name: rows[name][i] for name in rows if name != "colour"} for i in range(len(products))]
        kept = {name: part for name, part in parts.items() if name in (*DAY_0, *wanted)}
        return [{name: some for name, some in each.items() if len(some)} for each in spaces], kept

    def _terms(self, texts: Sequence[Mapping[str, str]]) -> Encoded | None:
        """What a fusion has learned of the words of some texts, by language."""
        learned, read = self.fusion.own.get("terms") if self.fusion else None, self._analyzer
        if learned is None or read is None:
            return None
        return learned.encode(
            [[term for language, text in each.items() for term in read.terms(text, language)] for each in texts]
        )

    def _bytes(self, sha256: str) -> bytes:
        return self._media_path(sha256).read_bytes()

    def _rows(
        self,
        encoder: Encoder[Any],
        items: Sequence[Sequence[str]],
        key: Callable[[str], str],
        load: Callable[[str], Any],
    ) -> list[FloatArray]:
        """For each product the (r, d) rows of its r items; none of them where one cannot be encoded.

        All or none, because row i of a space must stay the i-th photo.
        """
        flat = [item for some in items for item in some]
        encoded = self._encoded(encoder, flat, key, load)
        ends = np.cumsum([len(some) for some in items])
        spans = [slice(end - len(some), end) for end, some in zip(ends, items, strict=True)]
        return [encoded.vectors[span if encoded.present[span].all() else slice(0)] for span in spans]

    def _encoded(
        self, encoder: Encoder[Any], items: Sequence[str], key: Callable[[str], str], load: Callable[[str], Any]
    ) -> Encoded:
        """One row an item; where the batch fails, the item that is to blame is logged and absent."""
        keys = [key(item) for item in items]
        try:
            return self._cache.encode(encoder, keys, lambda position: load(items[position]))
        except WeightsError:
            raise
        except (EncodeError, OSError) as failed:
            if len(items) > 1:
                return _joined([self._encoded(encoder, [item], key, load) for item in items])
            log.warning("not encoded", encoder=encoder.fingerprint, item=keys[0], error=str(failed))
            return Encoded(np.zeros((1, encoder.dim), np.float32), np.zeros(1, np.bool_))


def _fetched(media: Sequence[Media]) -> list[str]:
    return [each.sha256 for each in media if each.sha256]


def _chunks(products: Sequence[Product]) -> Iterable[Sequence[Product]]:
    return (products[start : start + CHUNK] for start in range(0, len(products), CHUNK))


def _joined(some: Sequence[Encoded]) -> Encoded:
    return Encoded(np.concatenate([each.vectors for each in some]), np.concatenate([each.present for each in some]))


def _means(rows: Sequence[FloatArray], dim: int) -> Encoded:
    """The direction of each product's rows, absent where it has none."""
    sums = np.array([some.sum(axis=0) for some in rows], np.float32).reshape(len(rows), dim)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    present = np.asarray(lengths[:, 0] > 1e-6, np.bool_)
    return Encoded(np.divide(sums, lengths, out=np.zeros_like(sums), where=present[:, None]), present)
