"""Commands of learning on a small shop: what they print, and what they leave."""

import json

import pytest
from typer.testing import CliRunner

from learned_shops import LEARNING, filled, learned
from small_shops import PLAIN
from wares.asking import FILE
from wares.cli import app
from wares.encode.models import Models
from wares.errors import TrainingError


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("shop"))


def run(folder, *words, text=None):
    toml = folder / "wares.toml"
    given = {**PLAIN, **LEARNING, "shop.folder": str(folder / "shop")}
    toml.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in given.items()), "utf-8")
    done = CliRunner().invoke(app, ["learn", *words, "--config", str(toml)], input=text)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_attribute_is_shown_and_then_written(shop):
    words = ("fewshot", "use", "--example", "reading=p0,p16", "--example", "sitting=p4,p20", "--least", "0")
    found = json.loads(run(shop, *words, "--json"))
    assert not set(found) & {"p0", "p16", "p4", "p20"}
    assert {each["value"] for each in found.values()} <= {"reading", "sitting"}
    assert "--apply writes them" in run(shop, *words)
    assert "written to the catalogue" in run(shop, *words, "--apply")
    again = json.loads(run(shop, "fewshot", "use", "--example", "reading=p0", "--example", "sitting=p4", "--json"))
    assert isinstance(again, dict)


def test_an_example_that_is_none_is_refused(shop):
    with pytest.raises(TrainingError, match="no example"):
        run(shop, "fewshot", "use", "--example", "reading")


def test_what_is_asked_in_the_terminal_is_kept(shop):
    queries = shop / "queries.csv"
    queries.write_text("query_id,query\n1,red lamp\n2,blue chair\n", "utf-8")
    said = run(shop, "ask", "--queries", str(queries), "--count", "3", text="3\ns\n0\n")
    assert "2 answers" in said
    lines = (shop / "shop" / FILE).read_text("utf-8").splitlines()
    assert [line.rsplit(",", 1)[1] for line in lines] == ["grade", "3", "0"]


def test_a_smaller_model_says_what_it_costs(shop):
    name = learned(shop)
    told = json.loads(run(shop, "quantize", name, "--dim", "4", "--json"))
    assert told["from"] == name
    assert told["bytes"][1] < told["bytes"][0]
    assert told["before"].keys() == told["after"].keys() != set()
    assert Models(shop / "shop" / "models").read(told["model"]).dim == 4
    assert told["model"] in run(shop, "models")


@pytest.mark.torch
def test_a_student_says_what_it_costs(shop):
    pytest.importorskip("torch")
    name = learned(shop)
    told = json.loads(run(shop, "distill", name, "--hidden", "2", "--epochs", "1", "--json"))
    card = Models(shop / "shop" / "models").card(told["model"])
    assert (card["from"], card["distilled"]["hidden"]) == (name, 2)
    assert card["metrics"]["learned"] == told["after"]


def test_values_that_look_wrong_are_shown(shop):
    pytest.importorskip("cleanlab")
    found = json.loads(run(shop, "labels", "--least", "1", "--json"))
    assert all(each["said"] != each["likely"] for each in found)
    assert "values look wrong" in run(shop, "labels")


@pytest.mark.torch
def test_a_run_goes_on_from_a_model(shop):
    pytest.importorskip("torch")
    first = json.loads(run(shop, "joint", "--epochs", "1", "--dim", "8", "--track", "", "--json"))
    again = json.loads(run(shop, "joint", "--from", first["model"], "--epochs", "1", "--track", "", "--json"))
    assert again["from"] == first["model"] != again["model"]
    assert again["dim"] == first["dim"] == 8
    assert len(again["history"]) < len(first["history"])


@pytest.mark.torch
def test_tasks_are_weighed_and_a_model_is_learned_with_the_best_weights(shop):
    pytest.importorskip("torch")
    found = json.loads(run(shop, "multitask", "--trials", "0", "--epochs", "1", "--track", "", "--json"))
    assert {"shipped", "uncertainty"} <= set(found["worth"])
    assert found["without"]
    assert found["model"] in Models(shop / "shop" / "models").names()


@pytest.mark.torch
def test_a_text_encoder_is_adapted_to_what_was_asked(shop, tmp_path):
    pytest.importorskip("peft")
    from encode.tiny_models import save_text_encoder

    titles = [f"{colour} {kind}" for colour in ("red", "blue") for kind in ("lamp", "chair")]
    base = save_text_encoder(tmp_path / "base", [" ".join(titles)])
    lines = [f"{number % 4},p{number},3\n" for number in range(40)]
    (tmp_path / "qrels.csv").write_text("query_id,product_id,grade\n" + "".join(lines), "utf-8")
    texts = [f"{number},{title}\n" for number, title in enumerate(titles)]
    (tmp_path / "queries.csv").write_text("query_id,query\n" + "".join(texts), "utf-8")
    files = ("--qrels", str(tmp_path / "qrels.csv"), "--queries", str(tmp_path / "queries.csv"))
    told = json.loads(run(shop, "adapt", str(base), str(tmp_path / "mine"), *files, "--json"))
    assert told["folder"] == str(tmp_path / "mine")
    assert told["validation_after"] <= told["validation_before"]
    assert (tmp_path / "mine" / "model.safetensors").exists()
