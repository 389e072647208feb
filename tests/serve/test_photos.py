"""Query photos: their bounds, whether they are in files or in memory, and whoever else uses the folder."""

import hashlib
import time
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wares.serve.photos import QueryPhotos

PHOTOS = [bytes([n]) * (n * 13 % 45) for n in range(14)]


def name_of(photo: bytes) -> str:
    return hashlib.sha256(photo).hexdigest()


@pytest.fixture(params=["files", "memory"])
def folder(request, tmp_path):
    return tmp_path if request.param == "files" else None


def assert_bounded(folder: Path | None, others: int, kept: list[tuple[int, bytes]]) -> None:
    """What several instances on one folder hold is what one would: the last that fit together."""
    ticks = count()
    every = [QueryPhotos(folder, max_count=5, max_bytes=100, clock=lambda: float(next(ticks))) for _ in range(others)]
    there: dict[str, bytes] = {}
    for which, photo in kept:
        name = every[which % others].keep(photo)
        there.pop(name, None)
        there[name] = photo
        while len(there) > 5 or sum(map(len, there.values())) > 100:
            del there[next(iter(there))]
        assert name == name_of(photo)
        for each in every:
            found = {name: each.get(name) for name in NAMES}
            assert found == dict.fromkeys(NAMES) | there
        if folder is not None:
            assert {path.name: path.read_bytes() for path in folder.iterdir()} == there


NAMES = [name_of(photo) for photo in PHOTOS]
STEPS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(PHOTOS)), max_size=25)


@settings(deadline=None)
@given(STEPS)
def test_two_on_one_folder_stay_within_the_bounds_of_one(kept):
    with TemporaryDirectory() as folder:
        assert_bounded(Path(folder), 2, kept)


@settings(deadline=None)
@given(STEPS)
def test_one_in_memory_stays_within_the_same(kept):
    assert_bounded(None, 1, kept)


def test_photos_are_forgotten_after_their_time(folder):
    now = [0.0]
    kept = QueryPhotos(folder, max_age=60, clock=lambda: now[0])
    name = kept.keep(b"photo")
    now[0] = 60.0
    assert kept.get(name) == b"photo"
    now[0] = 60.1
    assert kept.get(name) is None


def test_a_photo_that_is_kept_again_begins_anew(folder):
    now = [0.0]
    kept = QueryPhotos(folder, max_age=60, clock=lambda: now[0])
    name = kept.keep(b"photo")
    now[0] = 50.0
    kept.keep(b"photo")
    now[0] = 110.0
    assert kept.get(name) == b"photo"


def test_a_photo_that_is_too_large_on_its_own_is_not_kept(folder):
    kept = QueryPhotos(folder, max_bytes=3)
    assert kept.get(kept.keep(b"four")) is None


@pytest.mark.parametrize("left_over", [False, True])
def test_nobody_asks_for_it_any_more_and_its_file_goes_all_the_same(tmp_path, left_over):
    kept = QueryPhotos(tmp_path, max_age=0.1)
    (tmp_path / f"{name_of(b'half')}.part").write_bytes(b"ha")
    kept.keep(b"photo")
    if left_over:  # whoever kept it is gone before it is too old
        kept._files._timer.cancel()
        QueryPhotos(tmp_path, max_age=0.1)
    until = time.monotonic() + 30
    while any(tmp_path.iterdir()):
        assert time.monotonic() < until, "it is still there"
        time.sleep(0.02)


@pytest.mark.parametrize("content", [b"", b"phot", b"Photo", b"photophoto"])
def test_a_file_that_is_not_what_was_kept_is_none_until_it_is_kept_again(tmp_path, content):
    kept = QueryPhotos(tmp_path)
    name = kept.keep(b"photo")
    (tmp_path / name).write_bytes(content)
    assert kept.get(name) is None
    assert QueryPhotos(tmp_path).keep(b"photo") == name
    assert kept.get(name) == b"photo"


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", ".", "\0", "a" * 63, "A" * 64, "a" * 64 + "\n"])
def test_a_name_leads_nowhere_else(tmp_path, name):
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "photos"
    folder.mkdir()
    assert QueryPhotos(folder).get(name) is None


def test_only_its_owner_can_read_it(tmp_path):
    name = QueryPhotos(tmp_path).keep(b"photo")
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_without_its_folder_it_is_kept_by_this_process_and_that_is_said(tmp_path, capsys):
    kept = QueryPhotos(tmp_path / "gone")
    assert kept.get(kept.keep(b"photo")) == b"photo"
    assert "photo is kept by this process alone" in capsys.readouterr().out
