"""Weights that a user brings: a local folder, or a pinned commit on a hub; safetensors only, and never their code."""

import re
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from wares.errors import WeightsError

_READ = ("*.safetensors", "*.json", "*.txt", "*.model")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where a model lies and what it is: ``fingerprint`` changes with any file that is read of it."""

    model: str
    revision: str
    fingerprint: str

    @property
    def settings(self) -> dict[str, Any]:
        """For every ``from_pretrained``: no code from the folder, and nothing from the network for a local one."""
        remote = {"revision": self.revision} if self.revision else {"local_files_only": True}
        return {"trust_remote_code": False, **remote}


def find(model: str, revision: str = "") -> Checkpoint:
    """A folder with safetensors, or ``owner/name`` on a hub with the commit that is meant.

    Raises
    ------
    WeightsError
        No such folder, no safetensors in it (pickles run code when they are opened), or a hub name without a commit.
    """
    folder = Path(model).expanduser()
    if model and folder.is_dir():
        if not any(folder.rglob("*.safetensors")):
            raise WeightsError(
                f"there are no safetensors in {model}",
                fix="convert the weights: pickled ones (.bin, .pt, .ckpt) can run code and are refused",
            )
        return Checkpoint(str(folder), "", _digest(folder))
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", model):
        raise WeightsError(f"there is no folder {model}", fix="name a folder, or owner/name of a model on a hub")
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise WeightsError(f"{model} on a hub may change any day", fix="name the commit: revision = its 40 hex digits")
    return Checkpoint(model, revision, f"{model}@{revision}")


def _digest(folder: Path) -> str:
    every = sha256()
    for file in sorted({file for pattern in _READ for file in folder.rglob(pattern)}):
        every.update(str(file.relative_to(folder)).encode())
        with file.open("rb") as opened:
            every.update(file_digest(opened, "sha256").digest())
    return every.hexdigest()[:16]
