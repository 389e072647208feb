"""C4: a picture that is a ZIP, PDF or page too leaves only the picture behind; names and types are not believed."""

import pytest

from media_makers import picture, polyglots, saved
from wares.catalog.media import MediaStore, photos
from wares.types import Media


def assert_ours(folder, data: bytes) -> None:
    (folder / "a.gif").write_bytes(data)
    store = MediaStore(folder / "media")
    path = store.path(store.take(Media("a.gif"), folder).sha256)
    stored = path.read_bytes()
    assert path.suffix == ".jpg"
    assert stored.startswith(b"\xff\xd8\xff")
    assert stored.endswith(b"\xff\xd9")
    assert b"EVIL" not in stored
    assert b"PK\x03\x04" not in stored


@pytest.mark.parametrize("name", polyglots())
def test_the_stored_bytes_are_ours(tmp_path, name):
    assert b"EVIL" in polyglots()[name]
    assert_ours(tmp_path, polyglots()[name])


def test_a_wrong_name_is_not_believed(tmp_path):
    assert_ours(tmp_path, saved(picture(), "PNG"))


@pytest.mark.parametrize("name", polyglots())
def test_without_reencoding_the_case_fails(tmp_path, monkeypatch, name):
    monkeypatch.setattr(photos, "reencode", lambda data, **limits: data)
    with pytest.raises(AssertionError):
        assert_ours(tmp_path, polyglots()[name])
