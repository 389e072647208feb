"""The learned space: what it finds on products that it never saw, and what befalls it."""

from dataclasses import replace

import numpy as np
import pytest

from learned_spaces import IMAGE, TEXT, catalogue, encode, terms
from wares.encode.learned import LearnedSpace, write_model
from wares.errors import TrainingError, WeightsError
from wares.learn.catalogue import Asked, Catalogue, Label
from wares.learn.compress import Compression, compress
from wares.learn.phrases import phrases
from wares.protocols import Encoded

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

from wares.learn.joint import Learned, Onlookers, learn, made  # noqa: E402
from wares.learn.objective import TASKS, Objective, Settings  # noqa: E402
from wares.learn.views import Shelf  # noqa: E402

QUICK = Settings(
    dim=64, epochs=1, batch=64, steps=(200, 200), nested=(8, 16), threads=1, rate=5e-3, dropout=0.1,
    weights={**Settings().weights, "labels": 1.0},
)  # fmt: skip
BRIEF = replace(QUICK, dim=32, steps=(4, 4))


def rows_of(towers, shelf, names):
    with torch.no_grad():
        return towers.eval()(*shelf.side(np.arange(len(next(iter(shelf.features.values())))), names)).numpy()


def found(towers, products: Catalogue) -> float:
    """How often a colour and a kind find a photo of that pair first, among products that were not learned from."""
    shelf = Shelf.of(products, towers)
    photos = rows_of(towers, shelf, ("image",))
    pairs = np.stack([label.codes for label in products.labels.values()], axis=1)
    texts = [f"{a} {b}" for a in products.labels["colour"].words["en"] for b in products.labels["kind"].words["en"]]
    wanted = np.stack(np.meshgrid(np.arange(6), np.arange(6), indexing="ij"), axis=-1).reshape(-1, 2)
    there = [row for row in range(36) if (pairs == wanted[row]).all(1).any()]
    side = {"text": towers.standards["text"](encode([texts[row] for row in there]).vectors)}
    with torch.no_grad():
        queries = towers(side, {"text": torch.ones(len(there), dtype=torch.bool)}).numpy()
    first = (queries @ photos.T).argmax(1)
    return float(np.mean((pairs[first] == wanted[there]).all(1)))


@pytest.fixture(scope="module")
def learned() -> Learned:
    return learn(catalogue(240), encode, terms, QUICK)


def test_words_find_photos_of_products_that_it_never_saw(learned):
    new = catalogue(108, seed=9)
    before = made(catalogue(240), terms, QUICK)
    assert found(before, new) < 0.2, "the right answers are learned, not given"
    assert found(learned.towers, new) > 0.8


def test_all_tasks_are_learned_and_their_losses_fall(learned):
    assert set(learned.history[0]) - {"epoch", "seconds"} == {"title", "phrase", "links", "labels", "rating"}
    assert [row["epoch"] for row in learned.history] == list(range(len(learned.history)))
    for name in ("title", "phrase", "labels"):
        assert learned.history[-1][name] < 0.7 * learned.history[0][name], name
    assert set(learned.objective.labels.names) == {"colour", "kind"}


def test_what_was_learned_stays_when_its_features_go():
    brief = learn(catalogue(60), encode, terms, BRIEF)
    arrays, card = brief.arrays(), brief.card()
    brief.let_go()
    assert brief.objective.shelf.features == {}
    assert brief.card() == card
    assert all(np.array_equal(array, arrays[name]) for name, array in brief.arrays().items())


def test_labels_are_told_from_photos_that_it_never_saw(learned):
    new = catalogue(108, seed=9)
    side = Shelf.of(new, learned.towers).side(np.arange(108), ("image",))
    with torch.no_grad():
        told = learned.objective.labels.eval()(learned.towers.eval()(*side), *side)
    for place, name in enumerate(("colour", "kind")):
        for way in (told.by_row[place], told.by_look[place]):
            right = np.mean(way.argmax(1).numpy() == new.labels[name].codes)
            assert right > 0.6, name  # one of six by chance


def test_the_first_dimensions_alone_find_nearly_as_much(learned):
    new = catalogue(108, seed=9)
    rows = rows_of(learned.towers, Shelf.of(new, learned.towers), ("image",))[:, :16]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    pairs = new.labels["colour"].codes * 6 + new.labels["kind"].codes
    scores = rows @ rows.T - 2 * np.eye(len(rows))
    assert np.mean(pairs[scores.argmax(1)] == pairs) > 0.7


def test_the_same_seed_gives_the_same_arrays_and_another_one_others():
    one, again, other = (learn(catalogue(60), encode, terms, replace(BRIEF, seed=seed)).arrays() for seed in (3, 3, 4))
    assert one.keys() == again.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, again[name])
    assert any((array != other[name]).any() for name, array in one.items() if array.dtype == np.float32)


def test_progress_is_told_of_every_epoch():
    told, watched = [], []
    done = learn(
        catalogue(60), encode, terms, BRIEF,
        progress=lambda *each: told.append(each),
        onlookers=Onlookers(lambda epoch, _, means: watched.append((epoch, means))),
    )  # fmt: skip
    epochs = len(done.history)
    expected = [(f"learn · loss {means['loss']:.2f}", epoch + 1, epochs) for epoch, means in watched]
    assert told == expected
    assert [epoch for epoch, _ in watched] == list(range(epochs))


def test_who_watches_is_told_losses_weights_rate_and_gradient():
    watched = []
    done = learn(
        catalogue(60), encode, terms, BRIEF,
        onlookers=Onlookers(lambda _, towers, told: watched.append(told), lambda towers: {"title_photo": 0.25}),
    )  # fmt: skip
    for row, told in zip(done.history, watched, strict=True):
        tasks = set(row) - {"epoch", "seconds", "ndcg/title_photo"}
        assert {f"loss/{name}": row[name] for name in tasks} == {
            name: value for name, value in told.items() if name.startswith("loss/")
        }
        assert {f"weight/{name}": BRIEF.weights[name] for name in tasks}.items() <= told.items()
        assert told["loss"] == pytest.approx(sum(BRIEF.weights[name] * row[name] for name in tasks))
        assert told["ndcg/title_photo"] == 0.25
        assert told["gradient"] > 0
    rates = [told["rate"] for told in watched]
    assert rates[-1] == min(rates) < BRIEF.rate


@pytest.mark.parametrize("epochs", [1, 2, 9, 10, 11, 19, 91, 95, 100, 300, 3000])
def test_the_towers_are_looked_at_ten_times_at_most_and_at_the_end(epochs):
    from wares.learn.joint import LOOKS, _Run

    run = _Run.__new__(_Run)
    run.epochs = epochs
    looks = [epoch for epoch in range(epochs) if run.looks(epoch)]
    assert min(epochs, LOOKS // 2) <= len(looks) <= LOOKS
    assert looks[-1] == epochs - 1


def test_looking_changes_nothing_of_what_is_learned():
    """Not even where it draws numbers, changes the mode, or takes gradients."""

    def look(towers):
        towers.eval()
        torch.manual_seed(7)
        np.random.default_rng().random(3)
        next(iter(towers.parameters())).sum().backward()
        towers.zero_grad()
        return {"title_photo": float(torch.rand(()))}

    told = []
    alone = learn(catalogue(60), encode, terms, BRIEF)
    seen = learn(
        catalogue(60), encode, terms, BRIEF, onlookers=Onlookers(look=look), progress=lambda *each: told.append(each[0])
    )
    for name, array in alone.arrays().items():
        np.testing.assert_array_equal(array, seen.arrays()[name])
    bare = [{name: value for name, value in row.items() if not name.startswith("ndcg/")} for row in seen.history]
    assert [{**row, "seconds": 0} for row in bare] == [{**row, "seconds": 0} for row in alone.history]
    assert all(" · title ." in each for each in told)


@pytest.mark.parametrize(("n", "least", "most", "epochs", "expected"), [
    (64, 10, 100, 3, 10), (64, 1, 100, 3, 3), (640, 10, 100, 3, 3), (640, 10, 20, 30, 2), (64, 0, 0, 5, 1),
])  # fmt: skip
def test_steps_are_at_least_and_at_most_so_many(n, least, most, epochs, expected):
    from wares.learn.joint import _Run

    products = catalogue(n)
    settings = replace(QUICK, epochs=epochs, steps=(least, most))
    objective = Objective(products, made(products, terms, settings), encode, terms, settings)
    assert _Run(objective).epochs == expected


def objective_of(products, **settings):
    settings = replace(QUICK, dropout=0.0, drop=0.0, forget=0.0, seen=0.0, nested=(), **settings)
    torch.manual_seed(0)
    return Objective(products, made(products, terms, settings), encode, terms, settings).eval()


def test_the_same_product_twice_is_no_wrong_answer():
    """Each title asks for both copies of its product: the loss that is left is what sets 20 pairs apart, no more."""
    half = catalogue(20)
    rows = np.concatenate([np.arange(20), np.arange(20)])
    twice = replace(half[np.arange(20)], ids=tuple(f"p{row}" for row in range(40)), groups=half.groups[rows])
    title = next(each for each in half.asked if each.kind == "title")
    asked = Asked(title.texts, "title", "en", np.arange(40), rows, np.ones(40, np.float32))
    parts = {name: Encoded(part.vectors[rows], part.present[rows]) for name, part in half.parts.items()}
    twice = replace(twice, parts=parts, terms=half.terms * 2, asked=(asked,), labels={}, ratings=None, links=None)
    alike = objective_of(twice, weights={"title": 1.0})
    apart = objective_of(
        replace(twice, groups=np.arange(40), asked=(replace(asked, texts=title.texts * 2, queries=np.arange(40)),)),
        weights={"title": 1.0},
    )
    apart.load_state_dict(alike.state_dict())
    losses = [float(each(np.arange(40), np.random.default_rng(0))["title"].detach()) for each in (alike, apart)]
    assert losses[0] == pytest.approx(losses[1] - np.log(2), abs=0.05), "one of two, by chance, costs log 2"


def test_every_task_can_be_left_out_and_none_is_unknown():
    products = catalogue(40)
    for name in ("title", "phrase", "links", "labels", "rating"):
        weights = {**Settings().weights, name: 0.0}
        losses = objective_of(products, weights=weights)(np.arange(40), np.random.default_rng(0))
        assert name not in losses
        assert set(losses) <= set(TASKS)
    with pytest.raises(TrainingError, match="no task is called 'tittle'"):
        Settings(weights={"tittle": 1.0})


def test_weights_may_be_learned_too():
    done = learn(catalogue(60), encode, terms, replace(BRIEF, uncertainty=True))
    assert all(np.isfinite(array).all() for array in done.arrays().values())


def test_a_model_goes_on_with_new_products_and_does_not_forget_the_old(tmp_path):
    """Of six kinds five were learned: the sixth is taught in a few steps, and pairs of the others are still found."""
    whole = catalogue(240)
    sixth = whole.labels["kind"].codes == 5
    old, both = whole[np.flatnonzero(~sixth)], catalogue(216, seed=9)
    first = learn(old, encode, terms, QUICK)
    write_model(tmp_path, first.arrays(), first.card())
    start = LearnedSpace.read(tmp_path)
    brief = replace(QUICK, steps=(30, 30), rate=2e-3)
    gone_on, forgot, anew = (
        learn(some, encode, terms, brief, start=how).towers
        for some, how in ((whole, start), (whole[np.flatnonzero(sixth)], start), (whole, None))
    )
    parts = {
        name: both[np.flatnonzero((both.labels["kind"].codes == 5) == new)] for name, new in (("old", 0), ("new", 1))
    }
    assert found(first.towers, parts["new"]) < 0.5
    assert found(gone_on, parts["new"]) > 0.8
    assert found(gone_on, parts["old"]) > 0.8
    assert found(gone_on, both) > found(anew, both) + 0.1, "it had learned before"
    assert found(gone_on, parts["old"]) >= found(forgot, parts["old"])


def test_a_model_of_other_dimensions_is_not_gone_on_with(tmp_path):
    first = learn(catalogue(60), encode, terms, BRIEF)
    write_model(tmp_path, first.arrays(), first.card())
    with pytest.raises(TrainingError, match="shape"):
        learn(catalogue(60), encode, terms, QUICK, start=LearnedSpace.read(tmp_path))


def test_a_graph_is_not_gone_on_with(tmp_path):
    first = learn(catalogue(60), encode, terms, BRIEF)
    write_model(tmp_path / "joint-0001", first.arrays(), first.card() | {"name": "joint-0001"})
    compress(LearnedSpace.read(tmp_path / "joint-0001"), Compression(onnx=True), tmp_path / "small-0001")
    with pytest.raises(WeightsError, match="small-0001 is a graph"):
        learn(catalogue(60), encode, terms, BRIEF, start=LearnedSpace.read(tmp_path / "small-0001"))


def test_going_on_without_a_step_changes_nothing(tmp_path):
    products = catalogue(60)
    first = learn(products, encode, terms, BRIEF)
    write_model(tmp_path, first.arrays(), first.card())
    again = made(products, terms, BRIEF, LearnedSpace.read(tmp_path)).arrays()
    for name, array in first.towers.arrays().items():
        np.testing.assert_array_equal(array, again[name], err_msg=name)


def test_labels_that_nobody_gave_are_learned_from_where_they_are_sure():
    """A label that is said of one product in five is told of the rest by what the others look like."""
    products = catalogue(240)
    kind = products.labels["kind"]
    sparse = Label(np.where(np.arange(240) % 5, -1, kind.codes), kind.words)
    few = replace(products, labels={"kind": sparse}, asked=products.asked[:1])
    done = learn(few, encode, terms, QUICK)
    guessed = done.objective.labels.codes[0]
    told = guessed >= 0
    assert told.sum() > 60
    assert np.mean(guessed[told] == kind.codes[told]) > 0.9
    none = learn(few, encode, terms, replace(QUICK, sure=1.0, steps=(4, 4)))
    assert (none.objective.labels.codes[0] >= 0).sum() == 48


@pytest.mark.parametrize("how", [{"hard": 0.5}, {"surgery": True}, {"surgery": True, "uncertainty": True}])
def test_other_ways_to_learn_find_products_that_they_never_saw_too(how):
    done = learn(catalogue(240), encode, terms, replace(QUICK, steps=(120, 120), **how))
    assert found(done.towers, catalogue(108, seed=9)) > 0.7


# What a catalogue may be like.


def with_part(products, name, vectors, present=None):
    there = np.ones(len(products), np.bool_) if present is None else present
    return replace(products, parts={**products.parts, name: Encoded(vectors.astype(np.float32), there)})


def nan_photo(products):
    vectors = products.parts["image"].vectors.copy()
    vectors[7, 3] = np.nan
    return with_part(products, "image", vectors)


def infinite_words(products):
    vectors = products.parts["text"].vectors.copy()
    vectors[5] = np.inf
    return with_part(products, "text", vectors)


def all_alike(products):
    same = with_part(products, "image", np.ones((len(products), IMAGE)) / 4)
    same = with_part(same, "text", np.ones((len(products), TEXT)) / 4)
    return same


def no_words(products):
    return replace(products, parts={"image": products.parts["image"]})


def nothing_asked(products):
    return replace(products, asked=())


REFUSED = {
    "NaN in a photo": (nan_photo, "image vector of product 'p7' is not finite"),
    "Inf in words": (infinite_words, "text vector of product 'p5' is not finite"),
    "three products": (lambda products: products[np.arange(3)], "3 products are too few"),
    "none": (lambda products: products[np.arange(0)], "0 products are too few"),
    "all alike": (all_alike, "nothing tells the products apart"),
    "no words": (no_words, "no product has words"),
    "nothing asked": (nothing_asked, "nothing tells the products apart"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_learned_from_is_said_with_a_way_out(case):
    change, message = REFUSED[case]
    with pytest.raises(TrainingError, match=message) as error:
        learn(change(catalogue(60)), encode, terms, BRIEF)
    assert error.value.fix


def label(products, name, codes, words):
    labels = {**products.labels, name: Label(codes, {"en": words})}
    asked = (products.asked[0], phrases(labels, "en", 0, range(len(products))))
    return replace(products, labels=labels, asked=asked)


def one_category(products):
    return label(products, "category 0", np.zeros(len(products), np.int64), ("Lamps",))


def unsaid_label(products):
    return label(products, "mood", np.full(len(products), -1), ("glad", "sad"))


def one_title_asks(products):
    title = Asked(("lamp", "chair"), "title", "en", np.array([0, 1]), np.array([0, 1]), np.ones(2, np.float32))
    return replace(products, asked=(title,))


ACCEPTED = {
    "all photos missing": lambda products: catalogue(60, photos=0.0),
    "photos absent but named": lambda products: with_part(
        products, "image", np.zeros((60, IMAGE)), np.zeros(60, np.bool_)
    ),
    "one photo": lambda products: with_part(
        products, "image", products.parts["image"].vectors * (np.arange(60) == 3)[:, None], np.arange(60) == 3
    ),
    "all photos alike": lambda products: with_part(products, "image", np.ones((60, IMAGE)) / 4),
    "all words alike": lambda products: with_part(products, "text", np.ones((60, TEXT)) / np.sqrt(TEXT)),
    "one category": one_category,
    "a label that nobody has": unsaid_label,
    "no labels": lambda products: replace(products, labels={}, asked=products.asked[:1]),
    "no terms": lambda products: replace(products, terms=((),) * 60),
    "one look-alike of all": lambda products: replace(products, groups=np.zeros(60, np.int64)),
    "rated by nobody": lambda products: replace(products, ratings=np.full(60, np.nan, np.float32)),
    "no links": lambda products: replace(products, links=np.zeros((0, 2), np.int64)),
    "two titles": one_title_asks,
    "as few as there may be": lambda products: products[np.arange(12)],
    "smaller than a batch": lambda products: products[np.arange(21)],
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_can_be_learned_from_gives_numbers(case):
    products = ACCEPTED[case](catalogue(60))
    done = learn(products, encode, terms, BRIEF)
    for name, array in done.arrays().items():
        assert np.isfinite(array).all(), name
    rows = rows_of(done.towers, Shelf.of(products, done.towers), done.towers.modalities)
    assert np.isfinite(rows).all()
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)


def test_a_rate_without_measure_is_an_error_and_no_model():
    with pytest.raises(TrainingError, match=r"not finite|NaN or Inf"):
        learn(catalogue(60), encode, terms, replace(QUICK, rate=1e30))
