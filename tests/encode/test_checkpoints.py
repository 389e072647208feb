from pathlib import Path

import pytest

from wares.encode.checkpoints import find
from wares.errors import WeightsError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def folder(path: Path) -> Path:
    path.mkdir()
    (path / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(b"weights")
    return path


def test_a_folder_is_known_by_what_is_read_of_it(tmp_path: Path) -> None:
    model = folder(tmp_path / "model")
    found = find(str(model))
    assert found.settings == {"trust_remote_code": False, "local_files_only": True}
    assert find(str(folder(tmp_path / "copy"))).fingerprint == found.fingerprint
    (model / "notes.md").write_text("not read")
    assert find(str(model)).fingerprint == found.fingerprint
    (model / "config.json").write_text('{"changed": 1}')
    changed = find(str(model)).fingerprint
    (model / "model.safetensors").write_bytes(b"Weights")
    assert len({found.fingerprint, changed, find(str(model)).fingerprint}) == 3


def test_c16_pickled_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(WeightsError, match="safetensors"):
        find(str(tmp_path))


def test_a_model_on_a_hub_is_pinned() -> None:
    assert find("owner/model", COMMIT).settings == {"trust_remote_code": False, "revision": COMMIT}
    assert find("owner/model", COMMIT).fingerprint == f"owner/model@{COMMIT}"
    for revision in ("", "main", "v1.0"):
        with pytest.raises(WeightsError, match="commit"):
            find("owner/model", revision)


@pytest.mark.parametrize("name", ["", "nowhere", "/no/such/folder", "a/b/c", "https://example.com/model"])
def test_what_is_neither_is_refused(name: str) -> None:
    with pytest.raises(WeightsError, match="no folder"):
        find(name, COMMIT)
