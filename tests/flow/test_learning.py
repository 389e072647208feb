"""What was learned goes live with its index, is answered with, is taken back, and outlives the place it came from."""

import json
import os
import shutil
import signal
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

import small_shops
from killed_runs import in_a_child
from learned_shops import COLOURS, LEARNING, MAKERS, answers, filled, learned, opened, served, write_feed
from wares.cli import app
from wares.encode.learned import ARRAYS, CARD, sha256_of
from wares.encode.learnedonnx import FILE as GRAPH
from wares.encode.models import PUBLISHED
from wares.errors import CorruptIndex, GateRefused, NotFound, WeightsError
from wares.evaluate.golden import NAME as GOLDEN
from wares.types import Query

FREE = {"gate.enforce": False}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    return filled(tmp_path_factory.mktemp("learned"))


@pytest.fixture
def folder(shelf, tmp_path) -> Path:
    shutil.copytree(shelf, tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def shop(folder):
    with closing(opened(folder, **FREE)) as shop:
        yield shop


def models(folder: Path) -> Path:
    return folder / "shop" / "models"


def test_publish_search_roll_back_and_publish_again(shop, folder):
    day_0, first = answers(shop), shop.generation
    assert served(shop) == ""
    name = learned(folder)
    shop.rebuild(model=name)
    with_it = answers(shop)
    assert served(shop) == name == (models(folder) / PUBLISHED).read_text()
    assert with_it != day_0
    assert shop.rollback() == first == shop.generation
    assert answers(shop) == day_0, "the same products, with the same scores"
    assert (served(shop), (models(folder) / PUBLISHED).read_text()) == ("", "")
    shop.rebuild(model=name)
    assert answers(shop) == with_it
    assert served(shop) == name


def test_it_stays_over_rebuilds_restarts_and_what_is_written(folder):
    name = learned(folder)
    with closing(opened(folder, **FREE)) as shop:
        shop.rebuild(model=name)
        with_it, generation = answers(shop), shop.generation
        shop.rebuild()
        assert (served(shop), answers(shop)) == (name, with_it)
        assert shop.generation > generation
    with closing(opened(folder, **FREE)) as shop:
        assert (served(shop), answers(shop)) == (name, with_it)
        shop.ingest(write_feed(folder / "more", 48, 80), mode="upsert")  # so many that a generation is made
        assert served(shop) == name
        assert shop.search(Query("red lamp", page_size=100)).total > 0
        shop.rebuild(model="")
        assert served(shop) == ""


def test_one_after_the_other_and_both_back(shop, folder):
    one, other = learned(folder), learned(folder, seed=1)
    pages = {"": answers(shop)}
    for name in (one, other):
        shop.rebuild(model=name)
        pages[name] = answers(shop)
    assert pages[one] != pages[other]
    for name in (one, ""):
        shop.rollback()
        assert (served(shop), answers(shop)) == (name, pages[name])
    with pytest.raises(CorruptIndex, match="no older generation"):
        shop.rollback()
    assert answers(shop) == pages[""]


def test_what_was_written_since_is_in_what_is_gone_back_to(shop, folder):
    shop.rebuild(model=learned(folder))
    shop.ingest(write_feed(folder / "more", 48, 50), mode="upsert")
    shop.delete(["p2"])
    shop.rollback()
    found = shop.search(Query(page_size=100)).ids
    assert {"p48", "p49"} <= set(found)
    assert "p2" not in found


def test_who_reads_follows_forth_and_back(shop, folder):
    with closing(opened(folder, write=False, **FREE)) as reader:
        day_0 = answers(reader)
        name = learned(folder)
        shop.rebuild(model=name)
        assert answers(reader) == answers(shop) != day_0
        assert (reader.generation, served(reader)) == (shop.generation, name)
        shop.rollback()
        assert answers(reader) == day_0


@pytest.mark.parametrize("harm", ["deleted", "poisoned", "note"])
def test_once_it_is_live_it_does_not_depend_on_where_it_came_from(folder, harm):
    name = learned(folder)
    with closing(opened(folder, **FREE)) as shop:
        shop.rebuild(model=name)
        with_it = answers(shop)
        if harm == "deleted":
            shutil.rmtree(models(folder))
        elif harm == "poisoned":
            (models(folder) / name / ARRAYS).write_bytes(b"\x80\x04." * 99)
            (models(folder) / name / CARD).write_text("[")
        else:
            (models(folder) / PUBLISHED).write_bytes(b"\xff../../etc")
        assert answers(shop) == with_it
    for write in (False, True):
        with closing(opened(folder, write=write, **FREE)) as shop:
            assert (answers(shop), served(shop), shop.degraded) == (with_it, name, ())
    with closing(opened(folder, **FREE)) as shop:
        shop.rebuild()
        assert (answers(shop), served(shop)) == (with_it, name)


def poison(path: Path, how: str) -> None:
    arrays, card = path / ARRAYS, path / CARD
    data = arrays.read_bytes()
    if how == "flipped":
        arrays.write_bytes(data[:-70] + bytes([data[-70] ^ 1]) + data[-69:])
    elif how == "pickled":
        arrays.write_bytes(b"\x80\x04." * 99)
    elif how == "forged":
        arrays.write_bytes(data[: len(data) // 2])
        card.write_text(json.dumps(json.loads(card.read_text()) | {"sha256": sha256_of(arrays)}))
    elif how == "of other encoders":
        card.write_text(json.dumps(json.loads(card.read_text()) | {"encoders": {"text": "others:1"}}))
    elif how == "counts for too much":
        card.write_text(json.dumps(json.loads(card.read_text()) | {"share": 7}))
    else:
        card.write_text("{")


def test_a_poisoned_one_is_refused_and_what_is_live_stays(shop, folder):
    good = learned(folder)
    shop.rebuild(model=good)
    before, generation = answers(shop), shop.generation
    for how in ("flipped", "pickled", "forged", "of other encoders", "counts for too much", "no card"):
        bad = learned(folder, seed=1)
        poison(models(folder) / bad, how)
        with pytest.raises(WeightsError) as error:
            shop.rebuild(model=bad)
        assert error.value.fix, how
        assert (answers(shop), shop.generation, shop.degraded) == (before, generation, ()), how
    assert (models(folder) / PUBLISHED).read_text() == good
    shop.ingest(write_feed(folder / "more", 48, 49), mode="upsert")
    assert shop.search(Query(page_size=100)).total == 49


def test_one_that_is_not_there_is_not_found(shop, folder):
    learned(folder)
    generation = shop.generation
    for name in ("joint-0009", "../joint-0001", "nobody"):
        with pytest.raises(NotFound, match="there is no model"):
            shop.rebuild(model=name)
    assert shop.generation == generation


def test_a_shop_that_fuses_nothing_serves_no_model(tmp_path):
    with closing(small_shops.filled(tmp_path)) as shop:
        name = learned(tmp_path)
        with pytest.raises(WeightsError, match="nothing is fused") as error:
            shop.rebuild(model=name)
        assert "encode.fusion" in error.value.fix
        assert served(shop) == ""


def test_what_is_worse_on_the_merchants_own_queries_does_not_go_live(folder):
    with closing(opened(folder)) as shop:
        asked = [f"{colour} {maker}" for colour in COLOURS for maker in MAKERS] + ["rde lmap", "ikno dske", "bleu vsea"]
        golden = [{"query": text, "language": "en", "products": shop.search(Query(text)).ids[:5]} for text in asked]
        (folder / "shop" / GOLDEN).write_text("".join(json.dumps(each) + "\n" for each in golden))
        shop.rebuild()
        before, generation = answers(shop), shop.generation
        name = learned(folder, share=1.0)
        with pytest.raises(GateRefused, match="does not go live") as error:
            shop.rebuild(model=name)
        assert "--force" in error.value.fix
        assert (answers(shop), shop.generation, served(shop)) == (before, generation, "")
        assert not (models(folder) / PUBLISHED).exists() or (models(folder) / PUBLISHED).read_text() == ""
    with closing(opened(folder)) as shop:
        assert (answers(shop), served(shop)) == (before, "")
    with closing(opened(folder, **FREE)) as shop:  # where that is forced it goes live
        shop.rebuild(model=name)
        assert served(shop) == name


def publish_and_die(folder: Path, step: str, number: int) -> None:
    """Publish a model, and die at the Nth step of that name."""
    shop = opened(folder, **FREE)
    seen = 0

    def die(name: str) -> None:
        nonlocal seen
        seen += name.startswith(step)
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    shop._live._generations._step = die
    shop.rebuild(model="joint-0001")
    os._exit(0)


STEPS = {("seal", 1): "", ("sync", 1): "", ("rename CURRENT", 1): "", ("sync folder of CURRENT", 1): "joint-0001"}


@pytest.mark.parametrize(("step", "expected"), STEPS.items())
def test_killed_between_building_and_activating_the_old_one_is_served(folder, step, expected):
    with closing(opened(folder, **FREE)) as shop:
        before, generation = answers(shop), shop.generation
    learned(folder)
    assert in_a_child(lambda: publish_and_die(folder, *step)) == signal.SIGKILL
    for write in (False, True):
        with closing(opened(folder, write=write, **FREE)) as shop:
            assert served(shop) == expected
            assert (shop.generation == generation) == (expected == "")
            assert (answers(shop) == before) == (expected == "")
    with closing(opened(folder, **FREE)) as shop:
        shop.rebuild(model="joint-0001")
        assert served(shop) == "joint-0001"


def test_without_an_index_a_shop_begins_with_what_was_published_last(folder):
    name = learned(folder)
    with closing(opened(folder, **FREE)) as shop:
        shop.rebuild(model=name)
        with_it = answers(shop)
    shutil.rmtree(folder / "shop" / "index")
    with closing(opened(folder, **FREE)) as shop:
        assert (served(shop), answers(shop)) == (name, with_it)


@pytest.mark.parametrize("how", ["forged", "of other encoders"])
def test_without_an_index_and_without_a_sound_model_it_begins_as_on_day_0(folder, how):
    name = learned(folder)
    with closing(opened(folder, **FREE)) as shop:
        day_0 = answers(shop)
        shop.rebuild(model=name)
    shutil.rmtree(folder / "shop" / "index")
    poison(models(folder) / name, how)
    with closing(opened(folder, **FREE)) as shop:
        assert (served(shop), answers(shop), shop.degraded) == ("", day_0, ())


@pytest.mark.parametrize("name", [ARRAYS, CARD])
def test_a_damaged_copy_in_the_generation_is_made_anew(folder, name):
    model = learned(folder)
    with closing(opened(folder, **FREE)) as shop:
        shop.rebuild(model=model)
        with_it, generation = answers(shop), shop.generation
    (path,) = (folder / "shop" / "index" / generation).rglob(name)
    data = path.read_bytes()
    path.write_bytes(data[:-70] + bytes([data[-70] ^ 1]) + data[-69:])
    with closing(opened(folder, **FREE)) as shop:
        assert shop.generation != generation
        assert (served(shop), answers(shop), shop.degraded) == (model, with_it, ())


class OtherLetters(small_shops.LettersEncoder):
    fingerprint = "letters:2"


def test_other_encoders_are_served_without_what_was_learned_from_the_first(folder):
    from wares.registry import register

    register("encoder", "other-letters.v1")(OtherLetters)
    name = learned(folder)
    with closing(opened(folder, **FREE)) as shop:
        shop.rebuild(model=name)
    with closing(opened(folder, **{**FREE, "encode.text": "other-letters.v1"})) as shop:
        assert (served(shop), shop.degraded) == ("", ())
        assert shop.search(Query("red lamp")).total > 0
        with pytest.raises(WeightsError, match="other text vectors"):
            shop.rebuild(model=name)


def test_whatever_is_asked_is_answered(shop, folder):
    shop.rebuild(model=learned(folder))
    for text in ("red \ud800 lamp", "\udfff", "lamp" * 30_000, "red\0lamp", "灯 lamp", "'; DROP"):
        assert shop.search(Query(text)).degraded == ()


def test_the_audit_log_says_what_went_live_and_back(shop, folder):
    name = learned(folder)
    shop.rebuild(model=name)
    shop.rollback()
    lines = [json.loads(line) for line in (folder / "shop" / "audit.jsonl").read_text().splitlines()][-2:]
    assert [line["action"] for line in lines] == ["rebuild", "rollback"]
    assert lines[0]["facts"]["model"] == name


def test_a_graph_is_made_published_and_served_by_command(folder):
    toml = folder / "wares.toml"
    given = {**small_shops.PLAIN, **LEARNING, "shop.folder": str(folder / "shop"), "gate.enforce": False}
    toml.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in given.items()), "utf-8")
    with closing(opened(folder, **FREE)) as shop:
        shop.rebuild(model=learned(folder))
        whole = answers(shop)

    def wares(*words):
        return CliRunner().invoke(app, ["learn", *words, "--config", str(toml)])

    done = wares("quantize", "joint-0001", "--onnx", "--json")
    assert done.exit_code == 0, done.exception
    small = json.loads(done.stdout)
    assert small["model"] == "small-0001"
    assert small["after"] == pytest.approx(small["before"], abs=0.1)
    assert small["bytes"][1] == sum((models(folder) / "small-0001" / name).stat().st_size for name in (ARRAYS, GRAPH))
    assert wares("quantize", "small-0001", "--dim", "4").exception.fix == "take joint-0001"
    assert wares("publish", "small-0001", "--force").exit_code == 0
    with closing(opened(folder, **FREE)) as shop:
        assert served(shop) == "small-0001"
        with_it = answers(shop)
        shutil.rmtree(models(folder))
        assert shop.search(Query("red lamp")).degraded == ()
    with closing(opened(folder, **FREE)) as shop:
        assert answers(shop) == with_it, "the generation has its own copy"
        (copy,) = (folder / "shop" / "index").glob(f"*/fusion/model/{GRAPH}")
        shop.rollback()
        assert answers(shop) == whole
    assert copy.is_file()


@pytest.mark.torch
def test_learned_published_and_taken_back_by_command(tmp_path, monkeypatch):
    """Words of the catalogue find photos that only a look at the catalogue connects with them."""
    pytest.importorskip("torch")
    from wares.learn import joint, space

    monkeypatch.setattr(joint, "Settings", partial(space.Settings, steps=(120, 120), rate=5e-3))
    folder = tmp_path / "here"
    with closing(opened(folder)) as shop:
        assert shop.ingest(write_feed(folder / "feed", 0, 240)).accepted == 240
        day_0 = answers(shop)
    toml = folder / "wares.toml"
    given = {**small_shops.PLAIN, **LEARNING, "shop.folder": str(folder / "shop")}
    toml.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in given.items()), "utf-8")

    def wares(*words):
        done = CliRunner().invoke(app, ["learn", *words, "--config", str(toml)])
        assert done.exit_code == 0, done.exception
        return done.stdout

    made = json.loads(wares("joint", "--dim", "32", "--epochs", "1", "--threads", "1", "--json"))
    assert (made["model"], made["data"]["products"]) == ("joint-0001", 240)
    assert Path(made["report"]).read_text("utf-8").startswith("<!doctype html>")
    assert list((folder / "shop" / "models" / "joint-0001" / "events").glob("events.out.tfevents.*"))
    before, after = made["metrics"]["day 0"], made["metrics"]["learned"]
    assert sum(after.values()) > sum(before.values())
    published = json.loads(wares("publish", "joint-0001", "--json"))
    assert published["model"] == "joint-0001"
    with closing(opened(folder)) as shop:
        assert served(shop) == "joint-0001"
        assert answers(shop) != day_0
        assert shop.search(Query("red lamp")).degraded == ()
    assert "what day 0 knows" in wares("rollback")
    with closing(opened(folder)) as shop:
        assert answers(shop) == day_0
