"""Generations of an index on disk: built beside, checked, and made current by one rename.

::

    folder/
      CURRENT              the name of the generation that is served
      g00000007/           an index's snapshot
      g00000007.json       facts about it: the store's seq, fingerprints …
      building-…/          half of one: swept away at the next start
      corrupt-g…/          the last one that was found damaged, kept to be looked at

Every step that changes the disk is announced to ``step`` first, so that a test can end the process between any two.
"""

import os
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from wares.errors import CorruptIndex, NewerState, disk_errors
from wares.index import snapshot

CURRENT = "CURRENT"
CORRUPT = "corrupt-"
FIX = "update wares; or put the folder `index` aside, and it is made anew from the store"
LAYOUT = 3  # raise it with every change of what a generation holds, the format of an index included
NAME = re.compile(r"g\d{8}")


@dataclass(frozen=True, slots=True)
class Generation:
    """A finished generation: its name, its snapshot's folder and what is known of it."""

    name: str
    folder: Path
    facts: Mapping[str, Any]

    @property
    def refused(self) -> str:
        """Why it is not served; empty where it may be."""
        return str(self.facts.get("refused", ""))


class Generations:
    """The generations in a folder; a writer sweeps away at once what a build that was cut short left.

    Parameters
    ----------
    keep
        Generations kept, the current one included.
    write
        False: this process only reads, and sweeps nothing that a writer is building.
    step
        Called with a name before each change of the disk.

    Raises
    ------
    NewerState
        A newer wares made the generation that is served; nothing is touched.
    """

    def __init__(
        self, folder: Path, *, keep: int = 3, write: bool = True, step: Callable[[str], None] | None = None
    ) -> None:
        self._folder = folder
        self._keep = keep
        self._step = step or (lambda _: None)
        self._read: tuple[tuple[str, int, int, int], Generation] | None = None  # before every answer it is asked for
        folder.mkdir(parents=True, exist_ok=True)
        if write:
            with suppress(CorruptIndex):
                self.current()
            self.sweep()

    def current(self) -> Generation | None:
        """The generation that is served; None before the first."""
        name = self.current_name()
        if not name:
            return None
        if not (NAME.fullmatch(name) and (self._folder / name).is_dir()):
            raise CorruptIndex(f"{self._folder / CURRENT} names {name!r}, which is not there", fix=snapshot.FIX)
        return self._generation(name)

    def names(self) -> list[str]:
        """Finished generations, oldest first."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir() and NAME.fullmatch(path.name))

    def has(self, name: str) -> bool:
        """Whether a finished generation has the name."""
        return bool(NAME.fullmatch(name)) and (self._folder / name).is_dir()

    def named(self, name: str) -> Generation:
        """A finished generation."""
        return self._generation(name)

    def folders(self) -> list[Path]:
        """Every generation on the disk, one that was put aside included."""
        aside = [path for path in self._folder.glob(f"{CORRUPT}*") if path.is_dir()]
        return [*(self._folder / name for name in self.names()), *aside]

    def discard(self, folder: Path) -> None:
        """Remove one of them, unless it is served."""
        if folder.is_dir() and folder.name != self.current_name():
            self._remove(folder)
            (self._folder / f"{folder.name}.json").unlink(missing_ok=True)
            snapshot.sync(self._folder)

    def build(self, write: Callable[[Path], None], facts: Mapping[str, Any]) -> Generation:
        """Write a generation beside the others and check it; it is not served before ``activate``.

        Parameters
        ----------
        write
            Writes a snapshot into the folder it is given, such as ``index.snapshot``.
        facts
            What to know of it, as JSON: the store's seq, fingerprints, and why it is ``refused`` if it is.

        Raises
        ------
        CorruptIndex
            What came onto the disk is not what was written.
        """
        name = f"g{self._last() + 1:08d}"
        building = self._folder / f"building-{name}"
        self._step("write")
        shutil.rmtree(building, ignore_errors=True)
        try:
            with disk_errors():
                write(building)
                self._step("seal")
                snapshot.seal(building)
                self._step("verify")
                snapshot.verify(building)
                for path in (*building.rglob("*"), building):
                    snapshot.sync(path)
                self._replace(self._folder / f"{name}.json", self._facts_file(facts))
                self._step("rename")
                os.rename(building, self._folder / name)
                self._step("sync")
                snapshot.sync(self._folder)
        except Exception:
            shutil.rmtree(building, ignore_errors=True)  # a full disk gets its space back at once
            raise
        return self._generation(name)

    def activate(self, name: str) -> None:
        """Serve a generation from now on; also the way back to an older one."""
        if name not in self.names():
            raise CorruptIndex(f"there is no generation {name}", fix=f"there are {', '.join(self.names()) or 'none'}")
        with disk_errors():
            self._replace(self._folder / CURRENT, snapshot.signed(name.encode()))
        self.sweep()

    def amend(self, name: str, **facts: Any) -> Generation:
        """Know something else of a generation; what is not named stays."""
        with disk_errors():
            known = {**self._generation(name).facts, **facts}
            self._replace(self._folder / f"{name}.json", self._facts_file(known))
        return self._generation(name)

    def roll_back(self, reason: str = "it was rolled back") -> Generation:
        """Serve the last generation before the current one that was not refused; the current one is, from now on."""
        current = self.current()
        older = [name for name in self.names() if current and name < current.name and not self._refused(name)]
        if not older or current is None:
            raise CorruptIndex("there is no older generation", fix=snapshot.FIX)
        self.amend(
            current.name, refused=reason
        )  # first, so that nobody takes its changes for ones to be measured again
        found = self._generation(older[-1])
        self.activate(found.name)
        return found

    def barred(self) -> Generation | None:
        """The newest generation, if it was refused: what it was made of belongs to the one that is served."""
        names = self.names()
        if not names or names[-1] <= self.current_name() or not self._refused(names[-1]):
            return None
        return self._generation(names[-1])

    def quarantine(self) -> None:
        """Put the current generation aside, so that nothing serves it and somebody can look at it."""
        with suppress(CorruptIndex):
            if (name := self.current_name()) in self.names():
                for old in self._folder.glob(f"{CORRUPT}*"):
                    self._remove(old)
                self._step(f"rename {name}")
                os.rename(self._folder / name, self._folder / f"{CORRUPT}{name}")
        self._step(f"remove {CURRENT}")
        (self._folder / CURRENT).unlink(missing_ok=True)
        snapshot.sync(self._folder)

    def sweep(self) -> None:
        """Remove halves, and generations beyond those kept; never the current one, nor the one put aside last, nor
        the one refused last.
        """
        current = ""
        with suppress(CorruptIndex):
            current = self.current_name()
        others = [name for name in self.names() if name != current]
        refused = [name for name in others if self._refused(name)]
        sound = [name for name in others if name not in refused]
        kept = {current, *sound[max(len(sound) - self._keep + bool(current), 0) :], *refused[-1:]}
        for path in sorted(self._folder.iterdir()):
            name = path.name.removesuffix(".json")
            if path.name == CURRENT or path.name.startswith(CORRUPT):
                continue
            if name not in kept or not (self._folder / name).is_dir():
                self._remove(path)

    def _refused(self, name: str) -> bool:
        with suppress(CorruptIndex, NewerState):
            return bool(self._generation(name).refused)
        return False

    def _last(self) -> int:
        """The highest number ever given to a generation that is still there, put aside or not."""
        names = (path.name.removeprefix(CORRUPT) for path in self._folder.iterdir() if path.is_dir())
        return max((int(name[1:]) for name in names if NAME.fullmatch(name)), default=0)

    def current_name(self) -> str:
        """What the pointer names; "" before the first generation."""
        pointer = self._folder / CURRENT
        if not pointer.exists():
            return ""
        return snapshot.unsigned(pointer.read_bytes(), pointer).decode("ascii", "replace")

    def _facts_file(self, facts: Mapping[str, Any]) -> bytes:
        return snapshot.signed(orjson.dumps({"layout": LAYOUT, "facts": dict(facts)}))

    def _generation(self, name: str) -> Generation:
        path = self._folder / f"{name}.json"
        try:
            stat = path.stat()
            written = name, stat.st_ino, stat.st_mtime_ns, stat.st_size
            if self._read and self._read[0] == written:
                return self._read[1]
            content = orjson.loads(snapshot.unsigned(path.read_bytes(), path))
        except OSError as error:
            raise CorruptIndex(f"the facts of {name} cannot be read: {error}", fix=snapshot.FIX) from error
        if content["layout"] > LAYOUT:
            raise NewerState(
                f"a newer wares made {name} (layout {content['layout']}, this one knows {LAYOUT})", fix=FIX
            )
        if content["layout"] < LAYOUT:
            raise CorruptIndex(f"an older wares made {name} (layout {content['layout']})", fix=snapshot.FIX)
        generation = Generation(name, self._folder / name, content["facts"])
        self._read = written, generation
        return generation

    def _remove(self, path: Path) -> None:
        self._step(f"remove {path.name}")
        shutil.rmtree(path) if path.is_dir() else path.unlink()

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
