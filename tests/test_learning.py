"""What a shop is learned from, beside whatever serves it; no torch is needed to measure, publish and go back."""

import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from learned_shops import EYES, LEARNING, SOURCES, filled, learned, opened, settings
from small_shops import PLAIN, config_of, environment
from small_shops import filled as words_alone
from wares.encode.models import Models
from wares.errors import NotFound, TrainingError, WeightsError
from wares.learning import asked, graded, learnable, measured, served_model
from wares.types import Event

NUMBERS = count()
TIME = datetime(2026, 1, 1, tzinfo=UTC)


def event(action, product="", query_id="q", **fields):
    number = next(NUMBERS)
    return Event(f"e{number}", action, product, TIME + timedelta(seconds=number), query_id, **fields)


def search(text, shopper, query_id):
    return event("search", query_id=query_id, shopper=shopper, attributes={"user_query": text})


def searches(text, shoppers):
    """Each asks and clicks ``p`` of their own name."""
    for shopper in shoppers:
        yield search(text, shopper, f"{text} of {shopper}")
        yield event("click", f"p-{shopper}", f"{text} of {shopper}", shopper=shopper)


@pytest.mark.parametrize(("shoppers", "expected"), [("a", 0), ("ab", 0), ("aaaa", 0), ("abc", 3), ("abcd", 4)])
def test_words_of_fewer_than_three_shoppers_are_not_learned_from(shoppers, expected):
    assert len(set(asked(searches("red lamp", shoppers)))) == expected


def test_without_a_name_a_session_is_a_shopper_and_nobody_is_none():
    def of(**who):
        for number, name in enumerate("abc"):
            fields = {key: value.format(name) for key, value in who.items()}
            yield event("search", query_id=f"q{number}", attributes={"user_query": "lamp"}, **fields)
            yield event("click", "p", f"q{number}", **fields)

    assert list(asked(of(session="s-{}"))) == [("lamp", "p", 0.3)]
    assert list(asked(of())) == []
    assert list(asked(of(session="s-{}", shopper="the same"))) == []


def test_the_same_words_are_the_same_query_and_the_best_that_was_done_counts():
    events = [*searches("Red  Lamp", "ab"), search("red lamp ", "c", "q3")]
    events += [event(action, "p-a", "q3") for action in ("add_to_cart", "purchase", "click")]
    events += [event("view", "p-z", "q3"), event("remove", "p-z", "q3")]
    assert {(text, product): grade for text, product, grade in asked(events)} == {
        ("red lamp", "p-a"): 1.0, ("red lamp", "p-b"): 0.3
    }  # fmt: skip


def test_what_belongs_to_no_query_is_not_learned_from():
    events = [
        *(search("red lamp", shopper, "") for shopper in "abc"),
        event("click", "p", ""),
        event("click", "p", "gone"),
    ]
    events += [event("search", query_id=f"q{n}", shopper=str(n)) for n in range(3)]  # without words
    events += [event("click", "p", "q1")]
    assert list(asked(events)) == []


@pytest.mark.parametrize("text", ["\ud800 lamp", "x" * 100_000, 7, None, ["a"], "<b>"])
def test_whatever_was_typed_is_read(text):
    events = [event("search", query_id=f"q{n}", shopper=str(n), attributes={"user_query": text}) for n in range(3)]
    found = list(asked([*events, event("click", "p", "q1")]))
    assert len(found) == 1
    assert len(found[0][0]) <= 10_000


def test_judgements_are_shares_of_the_best_grade():
    judged = {"q1": {"p1": 4, "p2": 1, "p3": 0}, "red lamp": {"p1": 2}}
    assert set(graded(judged, {"q1": "blue desk"})) == {
        ("blue desk", "p1", 1.0), ("blue desk", "p2", 0.25), ("red lamp", "p1", 0.5)
    }  # fmt: skip
    assert list(graded({}, {})) == list(graded({"q": {"p": 0}}, {})) == list(graded({"q": {}}, {})) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = filled(tmp_path_factory.mktemp("learning"))
    with closing(opened(folder)) as shop:
        shop.feedback(searches("Lamp for the hall", "abc"))
        shop.feedback(searches("my own words", "d"))
    return folder


def test_a_shops_data_is_read_while_it_is_served(folder):
    with closing(opened(folder)) as shop, learnable(settings(folder), {"q": {"p3": 2}}, {"q": "warm light"}) as data:
        assert len(data.catalogue) == shop.stats.products == 48
        assert data.encoders == SOURCES
        assert set(data.catalogue.parts) == {"text", "image", "attributes"}
        assert data.catalogue.parts["image"].vectors.shape == (48, EYES)
        assert {"brand", "color", "kind"} <= set(data.catalogue.labels)
        (queries,) = (each for each in data.catalogue.asked if each.kind == "query")
        assert queries.texts == ("warm light",), (
            "what was clicked is not in the catalogue; one shopper's words never are"
        )
        assert data.encode(["red lamp"]).vectors.shape == (1, 32)
        assert all(path.is_file() for path in data.photos.values())
        assert len(data.photos) == sum(number % 5 > 0 for number in range(48))
    learned_, chosen, looked = data.parts()
    assert len(learned_) + len(chosen) + len(looked) == 48


def test_clicks_of_several_are_read_from_the_log(folder):
    def clicks():
        for shopper in "abc":
            yield search("reading corner", shopper, f"r-{shopper}")
            yield event("purchase", "p7", f"r-{shopper}", shopper=shopper)

    with closing(opened(folder)) as shop:
        shop.feedback(clicks())
    with learnable(settings(folder)) as data:
        (queries,) = (each for each in data.catalogue.asked if each.kind == "query")
    assert [data.catalogue.ids[row] for row in queries.rows] == ["p7"]
    assert (queries.texts, queries.grades.tolist()) == (("reading corner",), [1.0])


def test_a_shop_that_fuses_nothing_or_has_nothing_says_what_to_do(tmp_path):
    words_alone(tmp_path).close()
    with pytest.raises(TrainingError, match="nothing is fused") as error, learnable(config_of(tmp_path)):
        pass
    assert "encode.fusion" in error.value.fix
    opened(tmp_path / "empty").close()
    with pytest.raises(TrainingError, match="the shop is empty"), learnable(settings(tmp_path / "empty")):
        pass


def test_a_model_is_measured_beside_what_is_served(folder):
    config = settings(folder)
    name = learned(folder)
    assert served_model(config) is None
    with learnable(config) as data:
        before, after, judged = measured(config, data, name)
        assert before.means.keys() == after.means.keys() != set()
        assert before.means != after.means
        assert judged.reason, "random arrays beat nothing"
        with closing(opened(folder, **{"gate.enforce": False})) as shop:
            shop.rebuild(model=name)
        assert served_model(config) is not None
        again, same, judged = measured(config, data, name)
        assert again.means == same.means == after.means
        assert judged.overall.difference == 0
        with closing(opened(folder)) as shop:
            shop.rollback()
        assert served_model(config) is None


@pytest.mark.parametrize("modality", ["text", "image"])
def test_a_model_of_other_encoders_is_refused(folder, modality):
    name = learned(folder, encoders={**SOURCES, modality: "others:1"})
    with learnable(settings(folder)) as data, pytest.raises(WeightsError, match=f"other {modality} vectors") as error:
        measured(settings(folder), data, name)
    assert "wares learn joint" in error.value.fix
    with learnable(settings(folder)) as data, pytest.raises(NotFound):
        measured(settings(folder), data, "joint-9999")


WITHOUT_TORCH = """
import sys
for name in ("torch", "transformers", "peft"):
    sys.modules[name] = None
import learned_shops
"""


def without_torch(code, *words):
    command = [sys.executable, "-c", WITHOUT_TORCH + code, *words]
    return subprocess.run(command, env=environment(), capture_output=True, text=True)


def test_what_is_measured_published_and_taken_back_loads_no_torch():
    code = """
import wares.learning, wares.learncommands
from wares.learn import catalogue, data, dataset, phrases, report, trial
try:
    import wares.learn.space
except ModuleNotFoundError as error:
    print(error.name)
"""
    done = without_torch(code)
    assert (done.returncode, done.stdout.split()) == (0, ["torch"]), done.stderr


RUN = """
import json
from typer.testing import CliRunner
from wares.cli import app

for words in json.loads(sys.argv[1]):
    done = CliRunner().invoke(app, ["learn", *words, "--config", sys.argv[2]])
    error = done.exception if not isinstance(done.exception, SystemExit) else None
    print(json.dumps([done.exit_code, done.stdout, str(error or "")]))
"""


def test_models_publish_and_roll_back_by_command_without_torch(tmp_path):
    folder = filled(tmp_path)
    name = learned(folder)
    toml = folder / "wares.toml"
    given = {**PLAIN, **LEARNING, "shop.folder": str(folder / "shop")}
    toml.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in given.items()), "utf-8")
    asked = [["models", "--json"], ["publish", name], ["publish", name, "--force", "--json"], ["models", "--json"],
             ["rollback"], ["joint"]]  # fmt: skip
    done = without_torch(RUN, json.dumps(asked), str(toml))
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert [code for code, *_ in answers] == [0, 1, 0, 0, 0, 1], answers
    before, refused, published, after, back, joint = answers
    assert [(each["name"], each["live"]) for each in json.loads(before[1])] == [(name, False)]
    assert "does not beat what is served" in refused[2]
    assert json.loads(published[1])["generation"] == "g00000002"
    assert [(each["name"], each["live"]) for each in json.loads(after[1])] == [(name, True)]
    assert "what day 0 knows" in back[1]
    assert "pip install 'wares[learn]'" in joint[2]
    assert Models(folder / "shop" / "models").names() == [name]
