"""One writer a data folder: the second is refused, and the system frees the lock of one that died."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from wares.errors import StoreLocked


class WriterLock:
    """Held from construction until ``release`` or the end of the process (``flock``, so a crash leaves nothing).

    Parameters
    ----------
    name
        The file of another lock, of whoever does something else alone.

    Raises
    ------
    StoreLocked
        Another process, named by its id, writes this folder.
    """

    def __init__(self, folder: Path, name: str = "writer.lock") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / name
        self._file: IO[str] | None = self.path.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read(20).strip() or "unknown"
            self._file.close()
            self._file = None
            fix = "wait for it or stop it; searching works meanwhile"
            raise StoreLocked(f"process {holder} writes {folder}", fix=fix) from None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let the next writer in; doing it twice is harmless."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
