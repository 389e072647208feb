"""The folder of what a shop has learned."""

import pytest

from learned_spaces import write_random
from wares.encode.learned import ARRAYS, CARD, name_of
from wares.encode.models import PUBLISHED, Models
from wares.errors import NotFound, WeightsError


@pytest.fixture
def models(tmp_path):
    return Models(tmp_path / "models")


def test_models_are_numbered_by_kind(models):
    assert models.names() == []
    for expected in ("joint-0001", "joint-0002", "reviews-0001"):
        folder = models.new(expected[:-5])
        assert (folder.name, folder.exists()) == (expected, False)
        write_random(folder)
    assert models.names() == ["joint-0001", "joint-0002", "reviews-0001"]
    assert models.card("joint-0002")["name"] == name_of(models.folder("joint-0002")) == "joint-0002"
    assert models.read("joint-0001").dim == 12


def test_a_number_is_not_given_again_while_a_later_one_is_there(models):
    write_random(models.new("joint"))
    write_random(models.new("joint"))
    for name in (CARD, ARRAYS):
        (models.folder("joint-0002").parent / "joint-0001" / name).unlink()
    assert models.new("joint").name == "joint-0003"
    assert models.names() == ["joint-0002"]


def test_a_run_that_was_cut_short_is_gone_on_with_and_is_no_model(models):
    assert models.unfinished("joint") is None
    write_random(models.new("joint"))
    assert models.unfinished("joint") is None
    cut = models.new("joint")
    cut.mkdir()
    assert models.unfinished("joint") == cut
    assert models.names() == ["joint-0001"]
    (cut / CARD).write_text("{}")  # arrays come first
    assert models.names() == ["joint-0001"]
    write_random(cut)
    assert (models.unfinished("joint"), models.names()) == (None, ["joint-0001", "joint-0002"])


def test_only_the_last_run_is_gone_on_with(models):
    models.new("joint").mkdir(parents=True)
    write_random(models.new("joint"))
    assert models.unfinished("joint") is None


@pytest.mark.parametrize("name", ["joint-0002", "", "..", "../models/joint-0001", "joint-0001/", "/etc", "j" * 1000])
def test_a_name_of_nothing_is_not_found(models, name):
    write_random(models.new("joint"))
    for act in (models.folder, models.card, models.read):
        with pytest.raises(NotFound, match="there is no model") as error:
            act(name)
        assert "there are joint-0001" in error.value.fix
        assert len(error.value.message) < 200


def test_other_files_are_not_models(models, tmp_path):
    write_random(tmp_path / "models" / "joint-0001")
    for name in ("notes", "joint-1", "Joint-0001", "joint-0001.bak", "../x"):
        write_random(tmp_path / "models" / name)
    (tmp_path / "models" / "joint-0009").write_text("a file")
    assert models.names() == ["joint-0001"]


@pytest.mark.parametrize("content", [b"{", b"[1]", b"3", b"\xff", b""])
def test_a_card_that_cannot_be_read_is_an_error_with_a_way_out(models, content):
    folder = write_random(models.new("joint"))
    (folder / CARD).write_bytes(content)
    with pytest.raises(WeightsError, match="the card") as error:
        models.card("joint-0001")
    assert f"delete the folder {folder}" in error.value.fix


def test_the_note_names_what_was_published_last(models):
    models.publish("")
    assert models.published is None
    first, second = (write_random(models.new("joint")) for _ in range(2))
    models.publish("joint-0001")
    assert models.published == first
    models.publish("joint-0002")
    assert models.published == second
    models.publish("")
    assert models.published is None


@pytest.mark.parametrize("note", [b"joint-0007", b"../../etc", b"", b"\xff\xfe", b"joint-0001\x00", b"x" * 5000])
def test_a_note_of_nothing_is_none(models, tmp_path, note):
    write_random(models.new("joint"))
    (tmp_path / "models" / PUBLISHED).write_bytes(note)
    assert models.published is None


def test_a_model_that_is_gone_is_published_no_more(models):
    folder = write_random(models.new("joint"))
    models.publish("joint-0001")
    (folder / ARRAYS).unlink()
    assert models.published is None
