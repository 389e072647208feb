"""A5: where temporary files lie the disk is full: photos and limits are kept by each process, and that is said."""

import pytest

from faults.test_a5_disk_full import fill_up
from wares.serve.access import tally
from wares.serve.access.limits import Requests
from wares.serve.access.meter import Refused
from wares.serve.access.tally import Tally
from wares.serve.photos import QueryPhotos


def test_a_photo_that_finds_no_space_is_kept_by_this_process(small_disk, capsys):
    one, other = QueryPhotos(small_disk), QueryPhotos(small_disk)
    ballast = fill_up(small_disk, leave=100_000)
    name = one.keep(bytes(200_000))
    assert one.get(name) == bytes(200_000)
    assert other.get(name) is None
    assert [path.name for path in small_disk.iterdir()] == ["ballast"], "half of a photo is left"
    assert "photo is kept by this process alone" in capsys.readouterr().out
    ballast.unlink()
    assert other.get(one.keep(bytes(200_000))) == bytes(200_000), "it is shared once there is space"


def test_limits_that_find_no_space_are_counted_by_this_process(small_disk, capsys):
    tally.start(small_disk / "tally")
    requests = Requests(Tally(small_disk / "tally", b"secret"))
    requests.take("1/hour", "ann")
    with pytest.raises(Refused):
        requests.take("1/hour", "ann")
    assert "limits are counted by each process for itself" in capsys.readouterr().out
    assert not (small_disk / "tally" / tally.TABLE).exists()


def test_a_disk_that_is_full_later_does_not_matter_to_limits(small_disk, monkeypatch):
    monkeypatch.setattr(tally, "WINDOWS", 1_000_000)
    monkeypatch.setattr(tally, "SEEN", 1_000_000)
    monkeypatch.setattr(tally, "WINDOW_SETS", 1_000_000 // 512)
    tally.start(small_disk / "tally")
    requests = Requests(Tally(small_disk / "tally", b"secret"))
    fill_up(small_disk, leave=0)
    for number in range(10_000):
        requests.take("5/minute", str(number))
