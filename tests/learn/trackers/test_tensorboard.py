"""Event files as TensorBoard reads them. No skipping: it is installed with what learns."""

import json

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

pytestmark = pytest.mark.torch
pytest.importorskip("torch")

from learned_spaces import catalogue, data  # noqa: E402
from wares.encode.learned import ARRAYS  # noqa: E402
from wares.learn import space  # noqa: E402
from wares.learn.checkpoint import Checkpoint  # noqa: E402
from wares.learn.objective import Settings  # noqa: E402
from wares.learn.space import make  # noqa: E402
from wares.learn.trackers.tensorboard import TensorBoardTracker  # noqa: E402
from wares.learn.tracking import FOLDER, Run  # noqa: E402

BRIEF = Settings(dim=16, epochs=1, batch=64, steps=(6, 6), nested=(), threads=1)


class Killed(BaseException):
    """Nothing in the code under test may catch it."""


def read(folder):
    events = EventAccumulator(str(folder / FOLDER), size_guidance={"scalars": 0, "tensors": 0})
    events.Reload()
    return events


@pytest.fixture(scope="module")
def given():
    return data(catalogue(80))


@pytest.fixture(scope="module")
def made(given, tmp_path_factory):
    return make(given, tmp_path_factory.mktemp("models") / "joint-0001", BRIEF, track=["tensorboard"])


def test_every_epoch_is_there_with_losses_weights_rate_gradient_and_figures(made):
    events = read(made.folder)
    epochs = list(range(len(made.card["history"])))
    for name in ("title", "phrase", "labels"):
        told = events.Scalars(f"loss/{name}")
        assert [each.step for each in told] == epochs
        assert [each.value for each in told] == pytest.approx([row[name] for row in made.card["history"]])
    for name in ("loss", "rate", "gradient", "weight/title", "ndcg/title_photo"):
        assert [each.step for each in events.Scalars(name)] == epochs
    for name, value in made.after.means.items():
        (told,) = events.Scalars(f"gate/learned/{name}")
        assert (told.step, told.value) == (len(epochs), pytest.approx(value))


def test_settings_are_a_text_and_a_row_of_the_table_of_runs(made):
    events = read(made.folder)
    (text,) = events.Tensors("settings/text_summary")
    told = json.loads(text.tensor_proto.string_val[0].decode().removeprefix("```json\n").removesuffix("\n```"))
    assert told["dim"] == 16
    assert told["weights.title"] == 1.0
    assert told["products"] == 80
    hparams = events.summary_metadata
    assert {"_hparams_/experiment", "_hparams_/session_start_info", "_hparams_/session_end_info"} <= set(hparams)


def test_products_are_in_the_projector_with_their_titles(made, given):
    config = (made.folder / FOLDER / "projector_config.pbtxt").read_text("utf-8")
    (metadata,) = (made.folder / FOLDER).rglob("metadata.tsv")
    assert metadata.relative_to(made.folder / FOLDER).as_posix() in config
    assert metadata.read_text("utf-8").splitlines() == [given.catalogue.titles()[row] for row in range(80)]
    (tensors,) = (made.folder / FOLDER).rglob("tensors.tsv")
    assert len(tensors.read_text("utf-8").splitlines()) == 80


@pytest.mark.parametrize("stage", ["learn", "verdict"])
def test_a_run_that_is_killed_and_goes_on_tells_each_step_once(tmp_path, given, made, monkeypatch, stage):
    monkeypatch.setattr(space, "Checkpoint", lambda folder, identity: Checkpoint(folder, identity, pause=0))
    folder = tmp_path / "joint-0001"

    def die(epoch, *_):
        if epoch == 3:
            raise Killed

    with monkeypatch.context() as patched:
        if stage == "verdict":
            patched.setattr(space, stage, lambda *_: die(3))
        with pytest.raises(Killed):
            make(given, folder, BRIEF, watch=die if stage == "learn" else None, track=["tensorboard"])
    again = make(given, folder, BRIEF, track=["tensorboard"])
    events, whole = read(folder), read(made.folder)
    assert (folder / ARRAYS).read_bytes() == (made.folder / ARRAYS).read_bytes()
    for name in ("loss", "loss/title", "ndcg/title_photo", "rate", "gradient", "gate/overall"):
        assert [(each.step, each.value) for each in events.Scalars(name)] == [
            (each.step, each.value) for each in whole.Scalars(name)
        ]
    assert len(again.card["history"]) == len(made.card["history"])


def test_a_run_of_other_settings_in_its_place_hides_what_was_told(tmp_path, given):
    def die(epoch, *_):
        if epoch == 4:
            raise Killed

    with pytest.raises(Killed):
        make(given, tmp_path / "joint-0001", BRIEF, watch=die, track=["tensorboard"])
    other = Settings(dim=8, epochs=1, batch=64, steps=(2, 2), nested=(), threads=1)
    made = make(given, tmp_path / "joint-0001", other, track=["tensorboard"])
    told = read(made.folder).Scalars("loss/title")
    assert [each.value for each in told] == pytest.approx([row["title"] for row in made.card["history"]])


def test_what_was_told_is_on_the_disk_at_once(tmp_path):
    """A run that is killed has lost nothing that its checkpoint goes on behind."""
    tracker = TensorBoardTracker(Run(tmp_path / FOLDER, "joint-0001", 0))
    for step in range(3):
        tracker.scalars(step, {"loss": float(step)})
        assert [each.step for each in read(tmp_path).Scalars("loss")] == list(range(step + 1))
    tracker.close(finished=False)
    assert "_hparams_/experiment" not in read(tmp_path).summary_metadata
