from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pytest
from PIL import Image

from wares.encode.cache import VectorCache
from wares.encode.products import CatalogueEncoder
from wares.errors import EncodeError, WeightsError
from wares.protocols import Encoded
from wares.registry import create
from wares.types import Media, Product, Review, Translation, Variant


class HashEncoder:
    """Unit rows drawn from the content; items that start with ``bad`` cannot be encoded."""

    def __init__(self, modality: str, dim: int) -> None:
        self.modality = self.space = modality
        self.dim = dim
        self.fingerprint = f"hash-{modality}"
        self.encoded = 0
        self.error: type[EncodeError] = EncodeError

    def encode(self, items: Sequence[str | bytes | Path]) -> Encoded:
        rows = np.zeros((len(items), self.dim), np.float32)
        for row, item in enumerate(items):
            content = item.read_bytes() if isinstance(item, Path) else item.encode() if isinstance(item, str) else item
            if content.startswith(b"bad"):
                raise self.error("cannot be decoded")
            drawn = np.random.default_rng(list(sha256(content).digest())).normal(size=self.dim)
            rows[row] = drawn / np.linalg.norm(drawn)
        self.encoded += len(items)
        return Encoded(rows, np.ones(len(items), np.bool_))

    def encode_query(self, item: str | bytes | Path) -> np.ndarray:
        return self.encode([item]).vectors[0]


class MeanFusion:
    """The mean of what is present, in the first four dimensions."""

    modalities = ("text", "image")
    dim = 4
    own: Mapping[str, object] = {}

    def __init__(self, fitted: int = 0) -> None:
        self.fitted = fitted
        self.groups: Sequence[str] = ()

    @property
    def fingerprint(self) -> str:
        return f"mean-{self.fitted}"

    def fit(self, parts: Mapping[str, Encoded], groups: Sequence[str]) -> Self:
        assert all(len(parts[name].vectors) == len(groups) for name in self.modalities)
        assert parts["image"].present.all()
        fitted = type(self)(len(groups))
        fitted.groups = groups
        return fitted

    def fuse(self, parts: Mapping[str, Encoded]) -> tuple[np.ndarray, np.ndarray]:
        present = np.stack([parts[name].present for name in self.modalities], 1)
        weights = present / np.maximum(present.sum(1, keepdims=True), 1)
        mean = sum(weights[:, [i]] * parts[name].vectors[:, :4] for i, name in enumerate(self.modalities))
        return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9), np.float32), weights

    def query(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        assert set(parts) <= set(self.modalities)
        mean = sum(part[:4] for part in parts.values())
        return np.asarray(mean / np.linalg.norm(mean), np.float32)

    def save(self, folder: Path) -> None:
        (folder / "fitted").write_text(str(self.fitted))

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(int((folder / "fitted").read_text()))


class Shop:
    def __init__(self, folder: Path, **parts: object) -> None:
        self.folder = folder
        self.text, self.image, self.clips = HashEncoder("text", 8), HashEncoder("image", 6), HashEncoder("image", 6)
        self.clips.fingerprint = "hash-clips"
        settings = {"image": self.image, "colour": None, "fusion": MeanFusion(), "clips": self.clips, **parts}
        cache = VectorCache(folder / "cache")
        self.encoder = CatalogueEncoder(self.text, cache=cache, media_path=lambda sha: folder / sha, **settings)  # type: ignore[arg-type]

    def media(self, content: bytes, kind: str = "image") -> Media:
        name = sha256(content).hexdigest()
        (self.folder / name).write_bytes(content)
        return Media(f"{content!r}", kind, sha256=name)  # type: ignore[arg-type]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def product(id: str = "p", title: str = "Red shoe", **fields: object) -> Product:
    return Product(**{"id": id, "title": title, "variants": (Variant(id),), "language": "en", **fields})  # type: ignore[arg-type]


def test_rows_are_languages_photos_then_clips(shop: Shop) -> None:
    media = (shop.media(b"clip", "video"), shop.media(b"one"), Media("not fetched"), shop.media(b"two"))
    listed = product(media=media, translations={"zh": Translation("红鞋")})
    (vectors,) = shop.encoder.encode([listed])
    expected = np.concatenate([shop.image.encode([b"one", b"two"]).vectors, shop.clips.encode([b"clip"]).vectors])
    np.testing.assert_allclose(vectors["image"], expected, atol=1e-6)
    np.testing.assert_allclose(vectors["text"], shop.text.encode(["Red shoe", "红鞋"]).vectors, atol=1e-6)
    assert vectors["fused"].shape == (1, 4)
    assert shop.encoder.spaces == {"text": 8, "image": 6, "fused": 4}


def test_what_a_product_has_not_is_left_out(shop: Shop) -> None:
    words, photo, nothing = shop.encoder.encode(
        [product("a"), product("b", title="", media=(shop.media(b"one"),)), product("c", title="")]
    )
    assert words.keys() == {"text", "fused"}
    assert photo.keys() == {"image", "fused"}
    assert nothing == {}


def test_products_do_not_depend_on_their_batch(shop: Shop) -> None:
    some = [product(str(i), f"shoe {i}", media=(shop.media(b"%d" % i),) if i % 3 else ()) for i in range(300)]
    together = shop.encoder.encode(some)
    for i in (0, 1, 255, 256, 299):
        (alone,) = shop.encoder.encode([some[i]])
        assert alone.keys() == together[i].keys()
        for space in alone:
            np.testing.assert_allclose(alone[space], together[i][space], atol=1e-6)


def test_nothing_is_encoded_twice(shop: Shop) -> None:
    listed = product(media=(shop.media(b"one"),))
    shop.encoder.encode([listed, replace(listed, id="again")])
    shop.encoder.encode([listed])
    assert (shop.text.encoded, shop.image.encoded) == (1, 1)


@pytest.mark.parametrize("damage", ["bad", "missing"])
def test_a_photo_that_cannot_be_read_costs_only_its_products_photos(shop: Shop, damage: str) -> None:
    broken = shop.media(b"bad photo" if damage == "bad" else b"gone")
    if damage == "missing":
        (shop.folder / broken.sha256).unlink()
    good, bad = shop.encoder.encode(
        [product("good", media=(shop.media(b"one"),)), product("bad", media=(shop.media(b"two"), broken))]
    )
    assert good["image"].shape == (1, 6)
    assert bad.keys() == {"text", "fused"}


def test_broken_weights_are_an_error_not_a_missing_photo(shop: Shop) -> None:
    shop.image.error = WeightsError
    with pytest.raises(WeightsError):
        shop.encoder.encode([product(media=(shop.media(b"bad"),))])


def test_the_fusion_is_fitted_on_photographed_products_in_any_order(shop: Shop) -> None:
    some = [product(str(i), f"shoe {i}", media=(shop.media(b"%d" % i),) if i % 2 else ()) for i in range(20)]
    before = shop.encoder.fingerprint
    shop.encoder.fit(some)
    assert isinstance(shop.encoder.fusion, MeanFusion)
    assert (shop.encoder.fusion.fitted, set(shop.encoder.fusion.groups)) == (10, {"shoe"})
    assert shop.encoder.fingerprint != before
    done: list[int] = []
    shop.encoder.fit(reversed(some), lambda _what, count, _total: done.append(count))
    assert (shop.encoder.fusion.fitted, done[-1]) == (10, 10)


def test_without_photos_nothing_is_fitted(shop: Shop) -> None:
    fusion = shop.encoder.fusion
    assert shop.encoder.fit([product()]).fusion is fusion


def test_what_was_fitted_is_saved_and_loaded(shop: Shop, tmp_path: Path) -> None:
    shop.encoder.fit([product(media=(shop.media(b"one"),))]).save(tmp_path / "generation")
    other = Shop(tmp_path).encoder.load(tmp_path / "generation")
    assert other.fingerprint == shop.encoder.fingerprint


def test_a_query_has_the_spaces_it_can_be_asked_in(shop: Shop, tmp_path: Path) -> None:
    clip = shop.folder / shop.media(b"clip", "video").sha256
    assert shop.encoder.query() == shop.encoder.query("\u200b ") == {}
    assert shop.encoder.query("shoe").keys() == {"text", "fused"}
    assert shop.encoder.query(photo=b"one").keys() == {"image", "fused"}
    assert shop.encoder.query(clip=clip).keys() == {"image", "fused"}
    both = shop.encoder.query("shoe", photo=b"one")
    assert both.keys() == {"text", "image", "fused"}
    assert all(vector.shape == (shop.encoder.spaces[space],) for space, vector in both.items())
    np.testing.assert_allclose(both["text"], shop.text.encode_query("shoe"))


def test_a_shop_of_words_alone(tmp_path: Path) -> None:
    shop = Shop(tmp_path, image=None, clips=None, fusion=None)
    (vectors,) = shop.encoder.encode([product(media=(shop.media(b"one"),))])
    assert vectors.keys() == shop.encoder.spaces.keys() == {"text"}
    assert shop.encoder.query("shoe", photo=b"one").keys() == {"text"}


def test_colours_are_those_of_the_photos(tmp_path: Path) -> None:
    shop = Shop(tmp_path, colour=create("encoder", "colour.v1"), fusion=None)
    picture = Image.new("RGB", (90, 90), "white")
    picture.paste((196, 20, 34), (20, 20, 70, 70))
    data = BytesIO()
    picture.save(data, "JPEG")
    assert shop.encoder.colours([product(media=(shop.media(data.getvalue()),))]) == [("red",)]
    assert shop.encoder.colours([product()]) == [()]
    assert Shop(tmp_path).encoder.colours([product(media=(shop.media(data.getvalue()),))]) == [()]


class Learned(MeanFusion):
    """A fusion that knows some words and one product, and takes more than photos and texts."""

    modalities = ("text", "image", "clips", "attributes", "reviews", "terms", "behaviour")
    given: Mapping[str, Encoded]

    class Keys:
        def __init__(self, *keys: str) -> None:
            self.keys, self.dim = keys, len(keys)

        def encode(self, items: Sequence[Sequence[str]]) -> Encoded:
            rows = np.array([[key in item for key in self.keys] for item in items], np.float32)
            return Encoded(rows.reshape(-1, self.dim), rows.reshape(-1, self.dim).any(1))

    own: ClassVar = {"terms": Keys("shoe", "schuh"), "behaviour": Keys("full")}

    def fuse(self, parts: Mapping[str, Encoded]) -> tuple[np.ndarray, np.ndarray]:
        self.given = parts
        return MeanFusion().fuse({name: parts[name] for name in MeanFusion.modalities})

    def query(self, parts: Mapping[str, np.ndarray]) -> np.ndarray:
        self.given = {name: Encoded(part[None], np.ones(1, np.bool_)) for name, part in parts.items()}
        return MeanFusion().query({name: part for name, part in parts.items() if name in MeanFusion.modalities})


class Told:
    """Words as they stand, with the language they were read in."""

    def __init__(self) -> None:
        self.read: list[tuple[str, str]] = []

    def terms(self, text: str, language: str = "") -> list[str]:
        self.read.append((text, language))
        return text.lower().replace(".", "").split()


EVERY = ("text", "image", "clips", "attributes", "reviews", "terms", "behaviour")


def test_features_are_one_row_a_product_of_each_modality(tmp_path: Path) -> None:
    shop = Shop(tmp_path, fusion=Learned(), analyzer=Told())
    review = Review("r", "Sits well", "Fine")
    full = product("full", media=(shop.media(b"one"), shop.media(b"two"), shop.media(b"clip", "video")),
                   attributes={"material": "leather"}, reviews=(review,))  # fmt: skip
    bare = product("bare", "Hat")
    nothing = product("nothing", "")
    found = shop.encoder.features([full, bare, nothing], EVERY)
    there = {name: part.present.tolist() for name, part in found.items()}
    assert there == {
        "text": [True, True, False], "image": [True, False, False], "clips": [True, False, False],
        "attributes": [True, False, False], "reviews": [True, False, False], "terms": [True, False, False],
        "behaviour": [True, False, False],
    }  # fmt: skip
    assert {name: part.vectors.shape[1] for name, part in found.items()} == {
        "text": 8, "image": 6, "clips": 6, "attributes": 256, "reviews": 8, "terms": 2, "behaviour": 1
    }  # fmt: skip
    both = shop.image.encode([b"one", b"two"]).vectors.sum(0)
    np.testing.assert_allclose(found["image"].vectors[0], both / np.linalg.norm(both), atol=1e-6)
    np.testing.assert_allclose(found["clips"].vectors[0], shop.clips.encode([b"clip"]).vectors[0], atol=1e-6)
    np.testing.assert_allclose(found["reviews"].vectors[0], shop.text.encode(["Fine. Sits well"]).vectors[0], atol=1e-6)
    for part in found.values():
        assert not part.vectors[~part.present].any()


def test_features_are_those_that_were_asked_for_and_those_of_day_0(shop: Shop) -> None:
    listed = product(media=(shop.media(b"one"),), attributes={"a": "b"}, reviews=(Review("r", "good"),))
    assert shop.encoder.features([listed], ("attributes",)).keys() == {"text", "image", "attributes"}
    assert shop.encoder.features([listed], ("text", "terms")).keys() == {"text", "image"}, "no terms were learned"
    assert shop.encoder.features([], EVERY)["reviews"].vectors.shape == (0, 8)
    words = Shop(shop.folder, image=None, clips=None, fusion=None).encoder.features([listed], EVERY)
    assert words.keys() == {"text", "attributes", "reviews"}


def test_words_are_read_in_their_own_language_when_served_as_when_learned(tmp_path: Path) -> None:
    told, fusion = Told(), Learned()
    shop = Shop(tmp_path, fusion=fusion, analyzer=told)
    listed = product(translations={"de": Translation("Roter Schuh")})
    shop.encoder.encode([listed])
    assert told.read == [("Red shoe", "en"), ("Roter Schuh", "de")]
    np.testing.assert_array_equal(fusion.given["terms"].vectors, [[1, 1]])
    shop.encoder.query("Schuh", language="de")
    assert told.read[-1] == ("Schuh", "de")
    np.testing.assert_array_equal(fusion.given["terms"].vectors, [[0, 1]])
    shop.encoder.query("unheard of")
    assert "terms" not in fusion.given


def test_a_fusion_is_given_what_it_names(tmp_path: Path) -> None:
    shop = Shop(tmp_path, fusion=(fusion := Learned()), analyzer=Told())
    shop.encoder.encode([product(media=(shop.media(b"one"),))])
    assert fusion.given.keys() == set(EVERY)
    assert Shop(tmp_path).encoder.features([product()], ()).keys() == {"text", "image"}


def test_reviews_are_encoded_once(shop: Shop) -> None:
    listed = product(reviews=(Review("r", "good"), Review("s", "better")))
    first = shop.encoder.features([listed], ("reviews",))["reviews"].vectors
    before = shop.text.encoded
    np.testing.assert_array_equal(shop.encoder.features([listed], ("reviews",))["reviews"].vectors, first)
    assert shop.text.encoded == before
    more = replace(listed, reviews=(*listed.reviews, Review("t", "again")))
    assert (shop.encoder.features([more], ("reviews",))["reviews"].vectors != first).any()


def test_reviews_that_cannot_be_encoded_cost_only_their_products_reviews(shop: Shop) -> None:
    some = [product("a", reviews=(Review("r", "good"),)), product("b", reviews=(Review("s", "bad"),))]
    found = shop.encoder.features(some, ("reviews",))
    assert found["reviews"].present.tolist() == [True, False]
    assert found["text"].present.all()


def test_sources_name_what_features_come_from(shop: Shop, tmp_path: Path) -> None:
    assert shop.encoder.sources == {"text": "hash-text", "image": "hash-image", "clips": "hash-clips"}
    assert Shop(tmp_path, image=None, clips=None).encoder.sources == {"text": "hash-text"}
