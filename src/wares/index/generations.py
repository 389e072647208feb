"""Generations of an index on disk: built beside, checked, and made current by one rename.

::

    folder/
      CURRENT              the name of the generation that is served
      g00000007/           an index's snapshot
      g00000007.json       facts about it: the store's seq, fingerprints …
      building-…/          half of one: swept away at the next start

Every step that changes the disk is announced to ``step`` first, so that a test can end the process between any two.
"""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from wares.errors import CorruptIndex
from wares.index import snapshot

CURRENT = "CURRENT"
NAME = re.compile(r"g\d{8}")


@dataclass(frozen=True, slots=True)
class Generation:
    """A finished generation: its name, its snapshot's folder and what is known of it."""

    name: str
    folder: Path
    facts: Mapping[str, Any]


class Generations:
    """The generations in a folder; a writer sweeps away at once what a build that was cut short left.

    Parameters
    ----------
    write
        False for readers, who must not sweep what a writer is building.
    keep
        Generations kept, the current one included.
    write
        False: this process only reads, and sweeps nothing.
    step
        Called with a name before each change of the disk.
    """

    def __init__(
        self, folder: Path, *, keep: int = 3, write: bool = True, step: Callable[[str], None] | None = None
    ) -> None:
        self._folder = folder
        self._keep = keep
        self._step = step or (lambda _: None)
        folder.mkdir(parents=True, exist_ok=True)
        if write:
            self.sweep()

    def current(self) -> Generation | None:
        """The generation that is served; None before the first."""
        pointer = self._folder / CURRENT
        if not pointer.exists():
            return None
        name = pointer.read_text("utf-8").strip()
        if name not in self.names():
            raise CorruptIndex(f"{pointer} names {name!r}, which is not there", fix=snapshot.FIX)
        return self._generation(name)

    def names(self) -> list[str]:
        """Finished generations, oldest first."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir() and NAME.fullmatch(path.name))

    def build(self, write: Callable[[Path], None], facts: Mapping[str, Any]) -> Generation:
        """Write a generation beside the others and check it; it is not served before ``activate``.

        Parameters
        ----------
        write
            Writes a snapshot into the folder it is given, such as ``index.snapshot``.
        facts
            What to know of it, as JSON: the store's seq, fingerprints.

        Raises
        ------
        CorruptIndex
            What came onto the disk is not what was written.
        """
        name = f"g{max((int(each[1:]) for each in self.names()), default=0) + 1:08d}"
        building = self._folder / f"building-{name}"
        self._step("write")
        shutil.rmtree(building, ignore_errors=True)
        write(building)
        self._step("verify")
        snapshot.verify(building)
        for path in building.rglob("*"):
            snapshot.sync(path)
        self._replace(self._folder / f"{name}.json", orjson.dumps(dict(facts)))
        self._step("rename")
        os.rename(building, self._folder / name)
        self._step("sync")
        snapshot.sync(self._folder)
        return self._generation(name)

    def activate(self, name: str) -> None:
        """Serve a generation from now on; also the way back to an older one."""
        if name not in self.names():
            raise CorruptIndex(f"there is no generation {name}", fix=f"there are {', '.join(self.names()) or 'none'}")
        self._replace(self._folder / CURRENT, name.encode())
        self.sweep()

    def roll_back(self) -> Generation:
        """Serve the generation before the current one."""
        current = self.current()
        older = [name for name in self.names() if current and name < current.name]
        if not older:
            raise CorruptIndex("there is no older generation", fix=snapshot.FIX)
        self.activate(older[-1])
        return self._generation(older[-1])

    def sweep(self) -> None:
        """Remove halves, and generations beyond those kept; never the current one."""
        pointer = self._folder / CURRENT
        current = pointer.read_text("utf-8").strip() if pointer.exists() else ""
        others = [name for name in self.names() if name != current]
        kept = {current, *others[max(len(others) - self._keep + bool(current), 0) :]}
        for path in sorted(self._folder.iterdir()):
            name = path.name.removesuffix(".json")
            if path.name != CURRENT and (name not in kept or not (self._folder / name).is_dir()):
                self._step(f"remove {path.name}")
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _generation(self, name: str) -> Generation:
        try:
            facts = orjson.loads((self._folder / f"{name}.json").read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise CorruptIndex(f"the facts of {name} cannot be read: {error}", fix=snapshot.FIX) from error
        return Generation(name, self._folder / name, facts)

    def _replace(self, path: Path, content: bytes) -> None:
        """Put a small file in place in one step: it is the old one or the new one, never half."""
        beside = path.with_name(f"building-{path.name}")
        self._step(f"write {path.name}")
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            self._step(f"sync {path.name}")
            os.fsync(file.fileno())
        self._step(f"rename {path.name}")
        os.replace(beside, path)
        self._step(f"sync folder of {path.name}")
        snapshot.sync(self._folder)
