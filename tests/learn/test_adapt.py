import json
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from wares.arrayfiles import mapped
from wares.errors import TrainingError, WeightsError
from wares.learn.adapt import Settings, adapt
from wares.learn.pairs import Pair, data_hash

WORDS = 12
ASKED, SOLD = [f"a{i}" for i in range(WORDS)], [f"b{i}" for i in range(WORDS)]
SETTINGS = Settings(rank=8, rate=5e-3, epochs=12, batch=32, length=16, patience=12)


def pairs(seed=0, n=160):
    """Queries of two words in one language, products in another: what a word means has to be learned."""
    generator = np.random.default_rng(seed)
    made = []
    for number in range(n):
        first, second = generator.choice(WORDS, 2, replace=False)
        texts = f"{ASKED[first]} {ASKED[second]}", f"new {SOLD[second]} {SOLD[first]}"
        made.append(Pair(*texts, grade=float(1 + number % 3), product=f"{min(first, second)}-{max(first, second)}"))
    return made


def sides(seed=0):
    """Training and validation: neither queries nor products of the one are in the other."""
    every = pairs(seed)
    kept = {one.product for one in every if sum(map(int, one.product.split("-"))) % 4 == 0}
    return [one for one in every if one.product not in kept], [one for one in every if one.product in kept]


def dealt(some, seed=1):
    """The same queries with products at random."""
    order = np.random.default_rng(seed).permutation(len(some))
    return [replace(some[place], query=pair.query) for place, pair in zip(order, some, strict=True)]


def adapt_to(base, folder, settings=None, training=None):
    known, new = sides()
    return adapt(str(base), training or known, folder, validation=new, settings=settings or SETTINGS)


def folder_hash(folder, pattern="*"):
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.glob(pattern)}


# --- what needs no torch ----------------------------------------------------------------------------------------------


def test_pickles_are_refused(tmp_path: Path):
    (tmp_path / "model.pt").write_bytes(b"\x80\x02.")
    with pytest.raises(WeightsError, match=r"model\.pt is refused.*safetensors"):
        adapt(str(tmp_path / "model.pt"), pairs(), tmp_path / "out")
    (tmp_path / "disguised.safetensors").write_bytes(b"\x80\x02.")
    with pytest.raises(WeightsError, match="no safetensors file"):
        adapt(str(tmp_path / "disguised.safetensors"), pairs(), tmp_path / "out")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    with pytest.raises(WeightsError, match="pickled ones"):
        adapt(str(folder), pairs(), tmp_path / "out")
    with pytest.raises(WeightsError, match="40 hex digits"):
        adapt("owner/name", pairs(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_teaches_nothing_is_told_before_anything_is_loaded(tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(TrainingError, match="at least 2"):
        adapt(str(tmp_path), pairs()[:1], tmp_path / "out")
    with pytest.raises(TrainingError, match="keep each on one side"):
        adapt(str(tmp_path), pairs(), tmp_path / "out", validation=pairs())
    with pytest.raises(WeightsError, match="there already"):
        adapt(str(tmp_path), pairs(), tmp_path)


def test_pooling_and_prompts_must_be_those_of_the_model(tmp_path: Path):
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    with pytest.raises(TrainingError, match="pools by cls, not mean"):
        adapt(str(tmp_path), pairs(), tmp_path / "out")
    (tmp_path / "config_sentence_transformers.json").write_text('{"prompts": {"query": "query: "}}')
    with pytest.raises(TrainingError, match="query prompt 'query: ', not ''"):
        adapt(str(tmp_path), pairs(), tmp_path / "out", settings=Settings(pooling="first"))


def test_without_the_extra_the_error_names_it(tmp_path: Path):
    """In a process of its own: what loads torch only once must not learn that there is none."""
    (tmp_path / "model.safetensors").write_bytes(b"")
    code = """
import sys
from pathlib import Path
sys.modules["torch"] = None
from wares.errors import WeightsError
from wares.learn.adapt import adapt
from wares.learn.pairs import Pair
pairs = [Pair(f"query {n}", f"product {n % 3} {m}", float(m == 0)) for n in range(12) for m in range(3)]
try:
    adapt(sys.argv[1], pairs, Path(sys.argv[1]) / "out")
except WeightsError as error:
    print(error)
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert "wares[learn]" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_torch_loads_when_training_begins():
    code = "import wares.learn.adapt, wares.learn.adapters, sys; print('torch' in sys.modules, 'peft' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == (
        "False False\n"
    )


# --- what does --------------------------------------------------------------------------------------------------------

needs_peft = pytest.mark.skipif(
    not all(map(find_spec, ("torch", "transformers", "peft"))), reason="the extra wares[learn] is not installed"
)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    pytest.importorskip("transformers")
    from encode.tiny_models import save_text_encoder

    return save_text_encoder(tmp_path_factory.mktemp("base") / "model", [" ".join(("new", *ASKED, *SOLD))])


@pytest.fixture(scope="module")
def adapted(base, tmp_path_factory):
    return adapt_to(base, tmp_path_factory.mktemp("adapted") / "adapter")


@pytest.mark.torch
@needs_peft
def test_queries_and_products_that_were_not_seen_are_matched_better(adapted):
    metrics = adapted.card.metrics
    print([round(loss, 2) for loss in adapted.curve], metrics)
    assert metrics["validation_after"] < 0.85 * metrics["validation_before"]
    assert metrics["reciprocal_rank_after"] > metrics["reciprocal_rank_before"] + 0.3
    assert metrics["validation_before"] == adapted.curve[0]
    assert metrics["validation_after"] == min(adapted.curve)


@pytest.mark.torch
@needs_peft
def test_wrong_pairs_teach_nothing(base, tmp_path):
    """The test above can fail."""
    metrics = adapt_to(base, tmp_path / "adapter", training=dealt(sides()[0])).card.metrics
    print(metrics)
    assert metrics["validation_after"] > 0.95 * metrics["validation_before"]
    assert metrics["reciprocal_rank_after"] < metrics["reciprocal_rank_before"] + 0.15


@pytest.mark.torch
@needs_peft
def test_the_base_is_judged_at_the_temperature_that_fits_it(adapted, base, tmp_path, monkeypatch):
    """Else training would seem to help by learning a temperature."""
    monkeypatch.setattr("wares.learn.adapt.SCALES", (100.0,))
    other = adapt_to(base, tmp_path / "adapter", replace(SETTINGS, epochs=0))
    assert adapted.curve[0] < 0.9 * other.curve[0]


@pytest.mark.torch
@needs_peft
def test_the_card_says_what_it_is(adapted, base):
    card = json.loads((adapted.folder / "card.json").read_text("utf-8"))
    assert card["model"] == str(base)
    assert card["base_sha256"] == {"model.safetensors": folder_hash(base)["model.safetensors"]}
    assert card["adapter_sha256"] == folder_hash(adapted.folder)["adapter_model.safetensors"]
    assert card["data_sha256"] == data_hash(*sides())
    assert (card["seed"], card["settings"]["rank"]) == (0, 8)
    assert card["metrics"]["pairs"] + card["metrics"]["validation_pairs"] == 160
    assert set(folder_hash(adapted.folder)) == {"adapter_config.json", "adapter_model.safetensors", "card.json"}


@pytest.mark.torch
@needs_peft
def test_a_seed_repeats_to_the_byte_and_leaves_the_base_alone(adapted, base, tmp_path):
    import torch

    before, state = folder_hash(base), torch.get_rng_state()
    again = adapt_to(base, tmp_path / "again")
    assert again.card.adapter_sha256 == adapted.card.adapter_sha256
    assert folder_hash(base) == before
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.torch
@needs_peft
@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_the_merged_checkpoint_is_what_the_encoder_loads(base, tmp_path, pooling):
    pytest.importorskip("sentence_transformers")
    from wares.encode.sentence import SentenceTransformersEncoder
    from wares.learn.adapters import PooledEncoder, load, merge

    settings = replace(SETTINGS, pooling=pooling, epochs=2, query_prompt="a0 ", text_prompt="new ")
    found = adapt(str(base), pairs(), tmp_path / "adapter", settings=settings)
    encoder = SentenceTransformersEncoder(str(merge(found.folder, tmp_path / "merged")))
    again = merge(found.folder, tmp_path / "again")
    assert folder_hash(again, "*.*") == folder_hash(tmp_path / "merged", "*.*"), "also what the base did not have"
    texts = ["b1 b2", "new b3 b4 b5"]
    ours = load(found.folder)
    np.testing.assert_allclose(encoder.encode(texts).vectors, ours.encode([f"new {text}" for text in texts]), atol=1e-5)
    np.testing.assert_allclose(encoder.encode_query("a1 a2"), ours.encode(["a0 a1 a2"])[0], atol=1e-5)
    plain = PooledEncoder(base, pooling, 16).encode([f"new {text}" for text in texts])
    assert np.abs(encoder.encode(texts).vectors - plain).max() > 1e-2


@pytest.mark.torch
@needs_peft
def test_the_words_of_a_clip_are_adapted_and_its_photos_are_not(tmp_path):
    from encode.test_transformers import photo
    from encode.tiny_models import save_clip
    from wares.encode.transformers import ClipEncoder
    from wares.learn.adapters import load, merge

    base = save_clip("clip", tmp_path / "clip")
    few = [Pair("red", "a red dress", 1), Pair("blue", "blue shoe", 1), Pair("charger", "usb charger", 1)]
    settings = Settings(pooling="features", epochs=3, rate=1e-2, held_out=0.0)
    found = adapt(str(base), few, tmp_path / "adapter", validation=[replace(p, query=f"a {p.query}") for p in few],
                  settings=settings)  # fmt: skip
    layers, _ = mapped(found.folder / "adapter_model.safetensors")
    assert layers
    assert not any("vision" in name for name in layers)
    merged = str(merge(found.folder, tmp_path / "merged"))
    texts = ["red shoe", "usb"]
    vectors = ClipEncoder(merged, "text").encode(texts).vectors
    np.testing.assert_allclose(vectors, load(found.folder).encode(texts), atol=1e-5)
    assert np.abs(vectors - ClipEncoder(str(base), "text").encode(texts).vectors).max() > 1e-3
    red = [photo("red")]
    np.testing.assert_allclose(
        ClipEncoder(merged, "image").encode(red).vectors, ClipEncoder(str(base), "image").encode(red).vectors, atol=1e-6
    )


@pytest.mark.torch
@needs_peft
def test_the_best_round_is_what_is_kept(base, tmp_path):
    """Training up to the best round gives the same adapter to the byte."""
    settings = replace(SETTINGS, patience=2, epochs=40)
    found = adapt_to(base, tmp_path / "adapter", settings)
    best = int(np.argmin(found.curve))
    assert found.curve[-1] > found.curve[best]
    assert best > 0
    assert len(found.curve) == best + 1 + 2, "it ends when patience does"
    until = adapt_to(base, tmp_path / "until", replace(settings, epochs=best))
    assert until.card.adapter_sha256 == found.card.adapter_sha256


@pytest.mark.torch
@needs_peft
@pytest.mark.parametrize("changed", [{"loss": "sigmoid"}, {"q": 0.5, "smoothing": 0.1, "reverse": 0.1}])
def test_the_other_losses_learn_too(base, tmp_path, changed):
    metrics = adapt_to(base, tmp_path / "adapter", replace(SETTINGS, **changed)).card.metrics
    print(metrics)
    assert metrics["reciprocal_rank_after"] > metrics["reciprocal_rank_before"] + 0.2


@pytest.mark.torch
@needs_peft
def test_a_base_on_a_hub_is_pinned_and_fetched_without_pickles(base, tmp_path, monkeypatch):
    import huggingface_hub

    from wares.learn.adapters import load

    asked = []

    def fetched(name, *, revision, allow_patterns):
        asked.append((name, revision, allow_patterns))
        return str(base)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetched)
    commit = "0123456789" * 4
    known, new = sides()
    settings = replace(SETTINGS, epochs=1)
    found = adapt("owner/name", known, tmp_path / "adapter", validation=new, revision=commit, settings=settings)
    assert (found.card.model, found.card.revision) == ("owner/name", commit)
    load(found.folder)
    assert asked == 2 * [("owner/name", commit, ["*.safetensors", "*.json", "*.txt", "*.model"])]

    def unreachable(name, **_):
        raise OSError("no route")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(WeightsError, match="name a local folder"):
        load(found.folder)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, **_: str(tmp_path / "none"))
    with pytest.raises(WeightsError, match="pickles can run code"):
        load(found.folder)


@pytest.mark.torch
@needs_peft
def test_an_adapter_that_was_touched_is_refused(adapted, base, tmp_path):
    import shutil

    from encode.tiny_models import save_text_encoder
    from wares.learn.adapters import load, merge

    def copy(name):
        return Path(shutil.copytree(adapted.folder, tmp_path / name))

    changed = copy("changed")
    data = bytearray((changed / "adapter_model.safetensors").read_bytes())
    data[-1] ^= 1
    (changed / "adapter_model.safetensors").write_bytes(data)
    with pytest.raises(WeightsError, match="not what its card says"):
        load(changed)
    louder = copy("louder")
    config = json.loads((louder / "adapter_config.json").read_text("utf-8"))
    (louder / "adapter_config.json").write_text(json.dumps(config | {"lora_alpha": 99}), "utf-8")
    with pytest.raises(WeightsError, match=r"adapter_config\.json.*not what its card says"):
        load(louder)
    pickled = copy("pickled")
    (pickled / "adapter_model.bin").write_bytes(b"\x80\x02.")
    with pytest.raises(WeightsError, match="can run code"):
        load(pickled)
    bare = copy("bare")
    (bare / "card.json").unlink()
    with pytest.raises(WeightsError, match="no card"):
        merge(bare, tmp_path / "merged")
    other = save_text_encoder(tmp_path / "other", ["other words"])
    with pytest.raises(WeightsError, match="other weights"):
        load(adapted.folder, str(other))
    moved = Path(shutil.copytree(base, tmp_path / "moved"))
    np.testing.assert_array_equal(load(adapted.folder, str(moved)).encode(["a1"]), load(adapted.folder).encode(["a1"]))
    with pytest.raises(WeightsError, match="there already"):
        merge(adapted.folder, moved)
