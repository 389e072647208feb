"""C9: names that lead out of the folder, links and devices are rejected; nothing outside is touched."""

import io
import tarfile
import zipfile

import pytest

from wares.catalog import archives
from wares.errors import FeedError

NAMES = ["../outside", "a/../../outside", "/outside", "..\\outside", "C:\\outside", "c:outside", "a\0b", "..", "a/.."]


def zip_with(path, name: str):
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        archive.writestr(entry, b"bad")
    return path


def tar_with(path, name: str, **fields):
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo(name)
        for key, value in fields.items():
            setattr(entry, key, value)
        entry.size = 0 if fields else 3
        archive.addfile(entry, None if fields else io.BytesIO(b"bad"))
    return path


def assert_nothing_leaves(tmp_path) -> None:
    inside = tmp_path / "deep" / "inside"
    inside.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(NAMES):
        for make, suffix in ((zip_with, "zip"), (tar_with, "tar")):
            if suffix == "tar" and "\0" in name:
                continue  # a tar cannot say it
            with pytest.raises(FeedError):
                archives.unpack(make(tmp_path / f"{number}.{suffix}", name), inside)
    assert list((tmp_path / "deep").rglob("*")) == [inside]


def test_names_that_lead_out_are_rejected(tmp_path):
    assert_nothing_leaves(tmp_path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_of_a_tar_are_rejected(tmp_path, kind):
    path = tar_with(tmp_path / "a.tar", "link", type=kind, linkname="/etc/passwd")
    with pytest.raises(FeedError, match="link or a device"):
        archives.unpack(path, tmp_path / "out")


def test_links_of_a_zip_are_rejected(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(FeedError, match="link"):
        archives.unpack(tmp_path / "a.zip", tmp_path / "out")


def test_without_its_guard_the_case_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "_inside", lambda path, folder, name: folder / name.replace("\0", ""))
    with pytest.raises((AssertionError, pytest.fail.Exception, ValueError, IsADirectoryError)):
        assert_nothing_leaves(tmp_path)
