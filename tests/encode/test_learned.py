"""A learned space as it is read and used: numpy alone."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from learned_spaces import SIZES, WORDS, random_arrays, random_parts, telling, write_random
from wares.arrayfiles import chunks
from wares.encode.learned import (
    ARRAYS,
    CARD,
    TOWER,
    TRUNK,
    LearnedSpace,
    LookupEncoder,
    quantized,
    restored,
    sha256_of,
    unit,
    vocabulary,
    write_model,
)
from wares.errors import EncodeError, WeightsError
from wares.protocols import Encoded
from wares.testing import check_encoder

N = 40


@pytest.fixture
def space(tmp_path):
    return LearnedSpace.read(write_random(tmp_path / "joint-0001"))


def with_terms(space, parts, *, seed=3):
    generator = np.random.default_rng(seed)
    texts = [list(generator.choice(WORDS, generator.integers(0, 4))) for _ in range(len(parts["text"].present))]
    return parts | {"terms": space.own["terms"].encode(texts)}


def test_rows_have_length_1_and_weights_sum_to_1_over_what_is_there(space):
    parts = with_terms(space, random_parts(N, share=0.3))
    rows, weights = space.project(parts)
    present = np.stack([parts[name].present for name in space.modalities], axis=1)
    known = present.any(1)
    assert 0 < known.sum() < N, "some products have nothing at all"
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), known, atol=1e-5)
    np.testing.assert_allclose(weights.sum(1), known, atol=1e-5)
    assert (weights[~present] == 0).all()
    assert (weights[present] > 0).all()
    assert not rows[~known].any()


def test_by_hand(tmp_path):
    """One modality of one number, an identity for a trunk: the row is the sign of what is left of the mean."""
    arrays = {name: np.zeros((1, 1), np.float32) for name in ("x.skip.weight", "x.into.weight", "x.out.weight")}
    arrays |= {f"x.{name}": np.zeros(1, np.float32) for name in ("skip.bias", "into.bias", "out.bias")}
    arrays |= {"x.mean": np.float32([4]), "x.scale": np.float32([1]), "x.gate": np.zeros(2, np.float32)}
    arrays["x.skip.weight"][:] = 2
    arrays |= {
        f"trunk.{name}": np.zeros((1, 1) if "to.w" in name or "ut.w" in name else 1, np.float32) for name in TRUNK
    }
    card = {"modalities": ["x"], "dim": 1, "rooted": {"x": True}}
    write_model(tmp_path, arrays, card)
    rows, weights = LearnedSpace.read(tmp_path).project({"x": Encoded(np.float32([[25], [9]]), np.array([True, True]))})
    np.testing.assert_allclose(rows, [[1], [-1]])  # √25 > 4 > √9
    np.testing.assert_allclose(weights, [[1], [1]])


@pytest.mark.parametrize("dropped", [*SIZES, "terms"])
def test_a_modality_that_is_not_given_is_one_that_is_absent(space, dropped):
    parts = with_terms(space, random_parts(N))
    absent = {**parts, dropped: Encoded(parts[dropped].vectors, np.zeros(N, np.bool_))}
    without = {name: part for name, part in parts.items() if name != dropped}
    for one, other in zip(space.project(absent), space.project(without), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_product_does_not_depend_on_those_around_it(space):
    parts = with_terms(space, random_parts(N))
    rows, weights = space.project(parts)
    for row in range(0, N, 7):
        alone = {name: Encoded(part.vectors[[row]], part.present[[row]]) for name, part in parts.items()}
        found, shares = space.project(alone)
        np.testing.assert_allclose(found[0], rows[row], atol=1e-5)
        np.testing.assert_allclose(shares[0], weights[row], atol=1e-5)


def test_no_products_are_no_rows(space):
    rows, weights = space.project(random_parts(0))
    assert rows.shape == (0, space.dim)
    assert weights.shape == (0, len(space.modalities))


def test_a_shorter_or_binary_space_is_the_beginning_of_the_whole(tmp_path, space):
    parts = random_parts(N)
    whole, _ = space.project(parts)
    shorter = replace(space, dim=5).project(parts)[0]
    np.testing.assert_allclose(shorter, unit(whole[:, :5]), atol=1e-5)
    binary = replace(space, card={**space.card, "binary": True}).project(parts)[0]
    np.testing.assert_allclose(binary, unit(np.sign(whole)), atol=1e-6)


def test_labels_are_probabilities_by_the_row_and_by_what_is_seen(tmp_path):
    write_model(tmp_path, *telling(*random_arrays()))
    space = LearnedSpace.read(tmp_path)
    parts = random_parts(N)
    found = space.labels(parts)["colour"]
    assert found.shape == (N, 3)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
    unseen = space.labels({**parts, "image": Encoded(parts["image"].vectors, np.zeros(N, np.bool_))})["colour"]
    assert space.labels({"text": parts["text"]})["colour"].shape == (N, 3)
    same = (found == unseen).all(1)
    np.testing.assert_array_equal(same, ~parts["image"].present)
    assert LearnedSpace.read(write_random(tmp_path / "none")).labels(random_parts(2)) == {}


def test_terms_contract(space):
    check_encoder(space.own["terms"], [["red", "lamp"], ["灯"], ["blue", "unheard"], ["chair"]], ["unheard"])


def test_terms_are_the_mean_of_those_that_were_learned(space):
    rows = space.arrays["terms.rows"]
    words = vocabulary(sorted(WORDS))[1]
    expected = unit(rows[words.index("red")] + rows[words.index("lamp")])
    found = space.own["terms"].encode_query(["lamp", "unheard", "red"])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    with pytest.raises(EncodeError, match="nothing of the query was learned"):
        space.own["terms"].encode_query(["unheard"])


def test_a_space_without_words_has_no_terms(tmp_path):
    space = LearnedSpace.read(write_random(tmp_path, words=()))
    assert (space.own, "terms" in space.inputs()) == ({}, False)


@pytest.mark.parametrize("term", ["\ud800", "", "a" * 100_000, "\x00", "灯\udfff"])
def test_terms_that_nobody_meant_are_not_learned_and_not_known(space, term):
    assert not space.own["terms"].encode([[term]]).present[0]
    assert space.own["terms"].encode([[term, "red"]]).present[0]
    trie, words = vocabulary(["red", "\ud800"])
    assert words == ["red"]
    assert LookupEncoder("terms", np.ones((1, 3), np.float32), trie, "1").encode([["red"]]).present[0]


def test_what_was_quantized_is_nearly_what_it_was(tmp_path):
    arrays, card = random_arrays(dim=32)
    again = restored(quantized(arrays))
    assert again.keys() == arrays.keys()
    for name, array in arrays.items():
        assert again[name].shape == array.shape
        if array.ndim == 2:
            assert np.abs(again[name] - array).max() <= np.abs(array).max() / 127
        else:
            np.testing.assert_array_equal(again[name], array)
    write_model(tmp_path / "whole", arrays, card)
    write_model(tmp_path / "small", quantized(arrays), card)
    parts = random_parts(N, share=1.0)
    one, other = (LearnedSpace.read(tmp_path / name).project(parts)[0] for name in ("whole", "small"))
    assert (one * other).sum(1).min() > 0.999
    assert (tmp_path / "small" / ARRAYS).stat().st_size < 0.5 * (tmp_path / "whole" / ARRAYS).stat().st_size


def test_features_of_other_encoders_are_refused(tmp_path):
    known = {"text": "letters:1", "image": "eyes:1", "clips": "eyes:2"}
    space = LearnedSpace.read(write_random(tmp_path, about={"encoders": known}))
    space.check_encoders(known)
    space.check_encoders({**known, "clips": "eyes:3"})  # of which the model knows nothing
    for other in ({**known, "text": "letters:2"}, {"image": "eyes:1"}, {}):
        with pytest.raises(WeightsError, match="learned from other text vectors") as error:
            space.check_encoders(other)
        assert "wares learn joint" in error.value.fix


@pytest.mark.torch
def test_it_gives_what_the_network_gave_that_was_learned(tmp_path):
    torch = pytest.importorskip("torch")
    from wares.learn.towers import Standard, Towers

    torch.manual_seed(0)
    parts = random_parts(N, {"text": 16, "image": 24, "colour": 8})
    towers = Towers({name: Standard.of(part) for name, part in parts.items()}, [*WORDS, "\ud800"], dim=12).eval()
    with torch.no_grad():
        for parameter in towers.parameters():
            parameter += 0.3 * torch.randn(parameter.shape)
        towers.rows.weight[-1] = 0  # what is after the last term
    texts = [["lamp", "red"], ["unheard"], [], ["灯", "灯", "chair"]] * (N // 4)
    write_model(tmp_path, towers.arrays(), towers.card())
    space = LearnedSpace.read(tmp_path)
    assert space.modalities == towers.modalities
    given = parts | {"terms": space.own["terms"].encode(texts)}
    features = {name: standard(parts[name].vectors) for name, standard in towers.standards.items()}
    present = {name: torch.from_numpy(part.present) for name, part in parts.items()}
    features["terms"], present["terms"] = towers.bag(texts), torch.ones(N, dtype=torch.bool)
    for names in (space.modalities, ("text",), ("image", "colour"), ("terms",), ("colour", "terms")):
        with torch.no_grad():
            learned = towers({name: features[name] for name in names}, {name: present[name] for name in names})
        rows, _ = space.project({name: given[name] for name in names})
        np.testing.assert_allclose(rows, learned.numpy(), atol=1e-4)
        assert np.linalg.norm(rows, axis=1).any()


# What may befall a file of arrays; each is a WeightsError that names the way out.
def forged(folder):
    """The card names the damaged file, as somebody who means harm would write it."""
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps(card | {"sha256": sha256_of(folder / ARRAYS)}))


def rewritten(folder, change):
    arrays, _ = random_arrays()
    change(arrays)
    (folder / ARRAYS).write_bytes(b"".join(bytes(piece) for piece in chunks(arrays)))
    forged(folder)


def carded(folder, **changes):
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(
        json.dumps({name: value for name, value in (card | changes).items() if value is not None})
    )


def flipped(folder):
    data = bytearray((folder / ARRAYS).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / ARRAYS).write_bytes(data)


def truncated(folder, share=0.5):
    data = (folder / ARRAYS).read_bytes()
    (folder / ARRAYS).write_bytes(data[: int(len(data) * share)])


def swapped(folder):
    write_random(folder.parent / "other", seed=1)
    (folder / ARRAYS).write_bytes((folder.parent / "other" / ARRAYS).read_bytes())


class Attack:
    def __reduce__(self):
        return pytest.fail, ("it was opened",)


def pickled(folder):
    (folder / ARRAYS).write_bytes(pickle.dumps(Attack()))
    forged(folder)


def header(folder, text):
    (folder / ARRAYS).write_bytes(len(text).to_bytes(8, "little") + text + bytes(64))
    forged(folder)


DAMAGE = {
    "flipped": flipped,
    "truncated": truncated,
    "empty": lambda folder: truncated(folder, 0),
    "truncated with its card": lambda folder: (truncated(folder), forged(folder)),
    "empty with its card": lambda folder: (truncated(folder, 0), forged(folder)),
    "swapped": swapped,
    "pickled": pickled,
    "no arrays": lambda folder: (folder / ARRAYS).unlink(),
    "no card": lambda folder: (folder / CARD).unlink(),
    "card of another": lambda folder: carded(folder, sha256="0" * 64),
    "card without sha256": lambda folder: carded(folder, sha256=None),
    "card is no JSON": lambda folder: (folder / CARD).write_text("{"),
    "card is a list": lambda folder: (folder / CARD).write_text("[]"),
    "card is not text": lambda folder: (folder / CARD).write_bytes(b"\xff\xfe{}"),
    "modalities missing": lambda folder: carded(folder, modalities=None),
    "modalities of nobody": lambda folder: carded(folder, modalities=["smell"]),
    "no modalities": lambda folder: carded(folder, modalities=[]),
    "more dimensions than there are": lambda folder: carded(folder, dim=4096),
    "no dimensions": lambda folder: carded(folder, dim=0),
    "dim is a word": lambda folder: carded(folder, dim="wide"),
    "rooted missing": lambda folder: carded(folder, rooted={}),
    "header is a list": lambda folder: header(folder, b"[1]"),
    "header is of other things": lambda folder: header(folder, b'{"a": 1}'),
    "header of unknown types": lambda folder: header(
        folder, b'{"a": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}'
    ),
    "header of a large shape": lambda folder: header(
        folder, b'{"a": {"dtype": "F32", "shape": [9000000000000000000, 9], "data_offsets": [0, 8]}}'
    ),
    "header beyond the file": lambda folder: header(
        folder, b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [9999, 10007]}}'
    ),
    "an array is missing": lambda folder: rewritten(folder, lambda arrays: arrays.pop("text.out.bias")),
    "a word list that is none": lambda folder: rewritten(
        folder, lambda arrays: arrays.update({"terms.trie": np.zeros(9, np.uint8)})
    ),
    "no numbers": lambda folder: rewritten(folder, lambda arrays: arrays["text.skip.weight"].fill(np.nan)),
    "one word is infinite": lambda folder: rewritten(
        folder, lambda arrays: arrays["terms.rows"].__setitem__((2, 2), np.inf)
    ),
    **{
        f"{name} of another shape": lambda folder, name=name: rewritten(
            folder, lambda arrays: arrays.update({name: np.zeros((3, 5), np.float32)})
        )
        for name in (*(f"image.{name}" for name in TOWER), *(f"trunk.{name}" for name in TRUNK), "terms.gate")
    },
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_model_that_is_not_what_its_card_says_is_refused_with_the_way_out(tmp_path, damage):
    folder = write_random(tmp_path / "joint-0001")
    LearnedSpace.read(folder)
    DAMAGE[damage](folder)
    with pytest.raises(WeightsError) as error:
        LearnedSpace.read(folder)
    assert "wares learn joint" in error.value.fix
    assert str(folder) in error.value.message


def test_any_byte_that_changed_is_noticed(tmp_path):
    folder = write_random(tmp_path / "joint-0001", sizes={"text": 4}, dim=4, words=())
    sound = (folder / ARRAYS).read_bytes()
    for place in range(0, len(sound), 41):
        (folder / ARRAYS).write_bytes(sound[:place] + bytes([sound[place] ^ 0x10]) + sound[place + 1 :])
        with pytest.raises(WeightsError):
            LearnedSpace.read(folder)
    (folder / ARRAYS).write_bytes(sound)
    LearnedSpace.read(folder)
