"""From a catalogue to a model on the disk, end to end."""

import json
from dataclasses import replace

import numpy as np
import pytest

from learned_spaces import catalogue, data
from wares.encode.joint import JointFusion
from wares.encode.learned import ARRAYS, BEHAVIOUR, CARD, LearnedSpace
from wares.encode.models import Models
from wares.errors import TrainingError
from wares.learn.behaviour import behaviour
from wares.learn.data import CHOSEN_ON, LOOKED_AT, Data
from wares.learn.report import write_report

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from wares.learn import space  # noqa: E402
from wares.learn.checkpoint import Checkpoint  # noqa: E402
from wares.learn.joint import learn  # noqa: E402
from wares.learn.objective import Settings  # noqa: E402
from wares.learn.space import ASIDE, SHARES, best_share, make  # noqa: E402

QUICK = Settings(dim=64, epochs=1, batch=64, steps=(150, 150), nested=(16,), threads=1, rate=5e-3, dropout=0.1)
BRIEF = replace(QUICK, dim=16, steps=(3, 3), nested=())


@pytest.fixture(scope="module")
def given():
    return data(catalogue(360))


@pytest.fixture(scope="module")
def made(given, tmp_path_factory):
    return make(given, tmp_path_factory.mktemp("models") / "joint-0001", QUICK)


def test_it_beats_day_0_on_products_that_neither_saw(made):
    assert made.verdict.reason == ""
    before, after = made.before.means, made.after.means
    assert set(after) == {"title_photo", "phrase_photo", "phrase"}
    assert after["phrase_photo"] > 0.7 > 0.4 > before["phrase_photo"], "words found no photo on day 0"
    assert after["title_photo"] > before["title_photo"] + 0.2


def test_the_card_says_what_it_is_and_what_it_is_worth(made, given):
    card = json.loads((made.folder / CARD).read_text("utf-8"))
    assert card == json.loads(json.dumps(made.card))
    assert (card["name"], card["dim"]) == ("joint-0001", 64)
    assert card["share"] in SHARES[1:]
    assert card["encoders"] == dict(given.encoders)
    assert card["data"]["sha256"] == given.catalogue.fingerprint()
    assert card["data"]["products"] == 360
    assert card["data"]["with"] == {"text": 360, "image": 360}
    assert card["data"]["queries"]["title en"] == 360
    assert card["metrics"]["learned"] == made.after.means
    assert card["metrics"]["day 0"] == made.before.means
    assert card["metrics"]["queries"] == {name: len(each) for name, each in made.after.values.items()}
    assert card["labels"] == {name: list(label.words["en"]) for name, label in given.catalogue.labels.items()}
    assert len(card["history"]) > 5
    seen = [row["ndcg/title_photo"] for row in card["history"] if "ndcg/title_photo" in row]
    assert 5 <= len(seen) <= 10
    assert seen[-1] > seen[0] + 0.1, "it gets better on products that it does not learn from"
    assert {"version", "seconds", "use", "limits", "settings"} <= set(card)


def test_what_is_on_the_disk_is_what_was_measured(made, given):
    learned, _, looked = given.parts()
    fusion = JointFusion(given.fitted(learned), made.folder, given.base_name)
    assert given.trial(fusion, looked).means == pytest.approx(made.after.means)
    labels = LearnedSpace.read(made.folder).labels({"image": looked.parts["image"]})
    assert {name: each.shape for name, each in labels.items()} == dict.fromkeys(("colour", "kind"), (len(looked), 6))


def test_nothing_else_is_left_in_the_folder(made):
    assert {path.name for path in made.folder.iterdir()} == {ARRAYS, CARD}
    assert Models(made.folder.parent).names() == ["joint-0001"]


def test_no_product_is_on_two_sides_and_what_is_looked_at_is_not_learned_from(given, tmp_path, monkeypatch):
    seen = {}

    def watched(catalogue, *rest, **options):
        seen["learned"] = set(catalogue.ids)
        raise KeyboardInterrupt

    monkeypatch.setattr(space, "learn", watched)
    with pytest.raises(KeyboardInterrupt):
        make(given, tmp_path, BRIEF)
    learned, chosen, looked = (set(part.ids) for part in given.parts())
    assert seen["learned"] == learned
    assert len(learned) + len(chosen) + len(looked) == len(learned | chosen | looked) == 360
    assert len(looked) / 360 == pytest.approx(LOOKED_AT, abs=0.05)
    assert len(chosen) / 360 == pytest.approx(CHOSEN_ON, abs=0.04)


class Killed(BaseException):
    """Nothing in the code under test may catch it."""


@pytest.mark.parametrize("at", ["learn", "write_model", "best_share", "verdict"])
def test_killed_at_any_stage_there_is_no_model_and_it_goes_on_to_the_same(tmp_path, monkeypatch, at):
    products = data(catalogue(80))
    whole = make(products, tmp_path / "whole" / "joint-0001", BRIEF)
    monkeypatch.setattr(space, "Checkpoint", lambda folder, identity: Checkpoint(folder, identity, pause=0))
    models = Models(tmp_path / "models")
    own = getattr(space, at)

    def then_die(*given, **options):
        own(*given, **options)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(space, at, then_die)
        with pytest.raises(Killed):
            make(products, models.new("joint"), BRIEF)
    assert models.names() == []
    folder = models.unfinished("joint")
    assert folder is not None
    epochs = []
    again = make(products, folder, BRIEF, watch=lambda epoch, *_: epochs.append(epoch))
    assert epochs == [], "what was learned is not learned again"
    assert (models.names(), models.unfinished("joint")) == (["joint-0001"], None)
    assert again.after.means == whole.after.means
    assert (folder / ARRAYS).read_bytes() == (whole.folder / ARRAYS).read_bytes()
    assert not (folder / ASIDE).exists()


def test_a_run_of_other_data_or_settings_is_begun_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(space, "Checkpoint", lambda folder, identity: Checkpoint(folder, identity, pause=0))

    def die(*_):
        raise Killed

    products = catalogue(80)
    with pytest.raises(Killed):
        make(data(products), tmp_path, BRIEF, watch=die)
    for other, settings in (
        (products, replace(BRIEF, seed=1)),
        (replace(products, ratings=None), BRIEF),
        (catalogue(84), BRIEF),
    ):
        epochs = []

        def watch(epoch, *_, epochs=epochs):
            epochs.append(epoch)
            raise Killed

        with pytest.raises(Killed):
            make(data(other), tmp_path, settings, watch=watch)
        assert epochs == [0]


@pytest.mark.parametrize("n", [20, 21, 24, 30])
def test_the_smallest_shops_get_a_model_that_may_not_go_live(tmp_path, n):
    made = make(data(catalogue(n)), tmp_path / "joint-0001", BRIEF)
    assert made.verdict.reason
    assert LearnedSpace.read(made.folder).dim == 16
    assert 0 <= made.card["share"] <= 1


def test_words_alone_are_enough(tmp_path):
    made = make(data(catalogue(80, photos=0.0)), tmp_path / "joint-0001", BRIEF)
    assert "title_photo" not in made.after.means
    assert "phrase" in made.after.means


def test_too_little_is_an_error_and_no_model(tmp_path):
    models = Models(tmp_path / "models")
    with pytest.raises(TrainingError, match="3 products are too few"):
        make(data(catalogue(3)), models.new("joint"), BRIEF)
    assert models.names() == []


def test_where_all_look_alike_there_is_nothing_to_measure_it_on(tmp_path):
    products = catalogue(40)
    one = next(group for group in range(99) if len(replace(products, groups=np.full(40, group)).split((0.15,))[1]))
    made = make(data(replace(products, groups=np.full(40, one))), tmp_path / "joint-0001", BRIEF)
    assert "too few products" in made.verdict.reason
    other = next(group for group in range(99) if len(replace(products, groups=np.full(40, group)).split((0.15,))[0]))
    with pytest.raises(TrainingError, match="0 products are too few"):
        make(data(replace(products, groups=np.full(40, other))), tmp_path / "joint-0002", BRIEF)


def test_the_share_is_the_one_that_gives_least_of_any_figure_away(tmp_path, monkeypatch):
    """Of two figures the first falls and the second rises with the share: the mean would take the largest."""
    worth = {0.0: (1.0, 0.1), 0.3: (0.9, 0.5), 0.5: (0.8, 0.9), 0.7: (0.5, 1.2), 1.0: (0.2, 1.6)}

    class Told:
        def __init__(self, share):
            self.means = dict(zip(("titles", "phrases"), worth[share], strict=True))

    given = data()
    monkeypatch.setattr(Data, "trial", lambda self, fusion, held: Told(fusion.share))
    learned, chosen, _ = given.parts()
    found = learn(learned, given.encode, given.terms, BRIEF)
    assert best_share(found, given.fitted(learned), chosen, given, tmp_path / "joint-0001") == 0.5


def test_what_shoppers_did_is_learned_and_known_by_the_ids_of_all_products(tmp_path):
    """Products of a kind are taken together; the model that is written knows those it did not learn from, too."""
    products = catalogue(120)
    kind = products.labels["kind"].codes
    visits = [np.flatnonzero(kind == visit % 6)[visit % 5 :: 5] for visit in range(120)]
    taken = np.array([(visit, row) for visit, rows in enumerate(visits) for row in rows])
    part = behaviour(taken, 120)
    assert part.present.mean() > 0.9
    given = data(replace(products, parts={**products.parts, BEHAVIOUR: part}))
    made = make(given, tmp_path / "joint-0001", BRIEF)
    assert any("ndcg/" in name for row in made.card["history"] for name in row), "it was looked at while it learned"
    space = LearnedSpace.read(made.folder)
    found = space.own[BEHAVIOUR].encode([(id,) for id in products.ids])
    np.testing.assert_array_equal(found.present, part.present)
    np.testing.assert_allclose(found.vectors[part.present], part.vectors[part.present], atol=1e-5)
    weights = space.project({BEHAVIOUR: found})[1]
    assert (weights[part.present].sum(1) > 0.99).all()
    write_report(made, given)
