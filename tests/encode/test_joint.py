"""Day 0 and a learned space as two halves of one vector."""

from itertools import combinations

import numpy as np
import pytest

from learned_spaces import SIZES, Apart, random_parts, write_random
from wares.encode.joint import BASE, MODEL, RECORD, JointFusion
from wares.encode.learned import ARRAYS, CARD, LearnedSpace, unit
from wares.errors import EncodeError, WeightsError
from wares.protocols import Encoded
from wares.registry import create, factory
from wares.testing import check_fusion

N = 60
MODELLED = {"text": 16, "image": 24, "colour": 8, "clips": 24}


class Part:
    def __init__(self, modality):
        self.modality, self.dim, self.space, self.fingerprint = modality, SIZES[modality], modality, modality


def bridge():
    return create("fusion", "bridge.v1", **{name: Part(name) for name in SIZES})


def joint(folder, share=0.5, sizes=MODELLED, base=None, **settings):
    model = write_random(folder / f"joint-{round(1000 * share):04}", share, sizes=sizes, **settings)
    return create("fusion", "joint.v1", base=base or bridge(), model=model, base_name="bridge.v1")


def parts_of(fusion, n=N, seed=0, share=0.7):
    """One Encoded for each modality, some rows of each absent."""
    parts = random_parts(n, MODELLED, seed=seed, share=share)
    if "terms" in fusion.own:
        generator = np.random.default_rng(seed)
        texts = [list(generator.choice(["red", "lamp", "灯", "unheard"], generator.integers(0, 3))) for _ in range(n)]
        parts["terms"] = fusion.own["terms"].encode(texts)
    return parts


def groups(n=N):
    return [str(row) for row in range(n)]


@pytest.mark.parametrize("words", [(), ("lamp", "red", "灯")])
@pytest.mark.parametrize("sizes", [MODELLED, {"text": 16, "clips": 24}])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_contract(tmp_path, share, sizes, words):
    fusion = joint(tmp_path, share, sizes=sizes, words=words)
    check_fusion(fusion, parts_of(fusion, share=0.8), groups(), tmp_path / "saved")


def test_any_subset_of_the_modalities_is_a_product_and_a_query(tmp_path):
    fusion = joint(tmp_path, base=Apart({"text": 16, "image": 24}))
    parts = parts_of(fusion, share=1.0)
    row = int(np.argmax(parts["terms"].present))
    for size in range(1, len(fusion.modalities) + 1):
        for names in combinations(fusion.modalities, size):
            query = fusion.query({name: parts[name].vectors[row] for name in names})
            rows, weights = fusion.fuse({name: parts[name] for name in names})
            np.testing.assert_allclose(query, rows[row], atol=1e-5)
            assert np.linalg.norm(query) == pytest.approx(1, abs=1e-5)
            assert weights[row].sum() == pytest.approx(1, abs=1e-5)
            there = {fusion.modalities[column] for column in np.flatnonzero(weights[row])}
            assert there == set(names)


def test_a_cosine_is_made_of_both_by_their_shares(tmp_path):
    for share in (0.0, 0.3, 1.0):
        fusion = joint(tmp_path, share, base=Apart({"text": 16, "image": 24}))
        parts = parts_of(fusion, share=1.0)
        parts["terms"] = fusion.own["terms"].encode([["red"]] * N)
        base = fusion._base.fuse(parts)[0]
        learned = LearnedSpace.read(fusion._folder).project(parts)[0]
        rows = fusion.fuse(parts)[0]
        expected = (1 - share) * base @ base.T + share * learned @ learned.T
        np.testing.assert_allclose(rows @ rows.T, expected, atol=1e-5)


def test_what_one_half_knows_nothing_of_is_left_to_the_other(tmp_path):
    for share in (0.0, 0.4, 1.0):
        fusion = joint(tmp_path, share, sizes={"clips": 24}, words=())
        parts = parts_of(fusion, share=1.0)
        half = fusion._base.dim
        words, weights = fusion.fuse({"text": parts["text"]})
        assert not words[:, half:].any()
        np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)
        clips, weights = fusion.fuse({"clips": parts["clips"]})
        assert not clips[:, :half].any()
        np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)


def test_nothing_is_no_query(tmp_path):
    fusion = joint(tmp_path)
    for parts in ({}, {"smell": np.ones(3, np.float32)}):
        with pytest.raises(EncodeError, match="ask with words"):
            fusion.query(parts)


def test_fitting_gives_a_copy(tmp_path):
    fusion = joint(tmp_path)
    before = fusion.fingerprint
    fitted = fusion.fit(parts_of(fusion), groups())
    assert fusion.fingerprint == before != fitted.fingerprint
    assert fitted.dim == fusion.dim


def test_another_model_or_another_base_is_another_fingerprint(tmp_path):
    names = {joint(tmp_path / str(seed), seed=seed).fingerprint for seed in range(3)}
    names.add(
        JointFusion(bridge().fit(random_parts(N), groups()), tmp_path / "0" / "joint-0500", "bridge.v1").fingerprint
    )
    assert len(names) == 4


def test_what_is_saved_is_byte_by_byte_the_model(tmp_path):
    fusion = joint(tmp_path)
    fusion.save(tmp_path / "saved")
    for name in (ARRAYS, CARD):
        assert (tmp_path / "saved" / MODEL / name).read_bytes() == (fusion._folder / name).read_bytes()
    again = JointFusion.load(tmp_path / "saved")
    again.save(tmp_path / "again")
    files = [{path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
             for folder in (tmp_path / "saved", tmp_path / "again")]  # fmt: skip
    assert files[0] == files[1]
    assert len(files[0]) >= 5


def test_the_model_may_go_once_it_is_saved(tmp_path):
    fusion = joint(tmp_path)
    expected = fusion.fuse(parts_of(fusion))[0]
    fusion.save(tmp_path / "saved")
    for name in (ARRAYS, CARD):
        (fusion._folder / name).unlink()
    np.testing.assert_array_equal(JointFusion.load(tmp_path / "saved").fuse(parts_of(fusion))[0], expected)


@pytest.mark.parametrize("name", [f"{MODEL}/{ARRAYS}", f"{MODEL}/{CARD}", RECORD, f"{BASE}/bridge.json"])
@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_changed_or_missing_file_is_refused(tmp_path, name, how):
    joint(tmp_path).fit(random_parts(N, MODELLED), groups()).save(tmp_path / "saved")
    path = tmp_path / "saved" / name
    path.write_bytes(b"?" + path.read_bytes()[1:])
    if how == "gone":
        path.unlink()
    with pytest.raises(WeightsError) as error:
        JointFusion.load(tmp_path / "saved")
    assert error.value.fix


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_that_is_none_is_refused(tmp_path, share):
    write_random(tmp_path / "joint-0001", share)
    with pytest.raises(WeightsError, match="of a cosine"):
        JointFusion(bridge(), tmp_path / "joint-0001", "bridge.v1")


def test_features_of_another_dimension_are_refused(tmp_path):
    fusion = joint(tmp_path)
    wide = {"clips": Encoded(unit(np.ones((2, 30))), np.ones(2, np.bool_))}
    for act in (
        lambda: fusion.fuse(wide),
        lambda: fusion.fit(wide, groups(2)),
        lambda: fusion.query({"clips": np.ones(30)}),
    ):
        with pytest.raises(WeightsError, match="clips of 24 dimensions, not 30") as error:
            act()
        assert "wares learn" in error.value.fix


def test_it_is_a_registered_part():
    assert factory("fusion", "joint.v1") is JointFusion
    assert JointFusion.__module__ == "wares.encode.joint"
