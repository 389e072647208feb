"""A model laid out once in a file that is mapped: it opens at once, and processes share the memory of it.

What the file holds comes out of an installed package, so a damaged file is no loss: it is made again.
"""

import json
from collections.abc import Callable
from pathlib import Path

from wares.arrayfiles import DIGEST, Arrays, chunks, digest, mapped
from wares.encode.weights import write
from wares.logs import Logger

log = Logger(__name__)


def kept(folder: Path, name: str, recipe: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of a model, mapped from its file in the folder, which is made first unless a whole one is there.

    Where the folder cannot be written they stay in memory, and the log says so.
    """
    path, record = folder / f"{name}.safetensors", folder / f"{name}.json"
    if not _whole(path, record, recipe):
        arrays = make()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write(path, chunks(arrays))
            write(record, [json.dumps({DIGEST: digest(path), "recipe": recipe}, indent=1).encode()])
        except OSError as error:
            log.warning("model kept in memory", model=name, reason=f"{folder} cannot be written: {error.strerror}")
            return arrays
    return mapped(path)[0]


def _whole(path: Path, record: Path, recipe: str) -> bool:
    """Whether the file is there, of this recipe, and as it was written."""
    try:
        told = json.loads(record.read_text("utf-8"))
        if told["recipe"] != recipe:
            return False
        if told[DIGEST] == digest(path):
            return True
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError, KeyError, TypeError):
        pass
    log.warning("model made again", model=path.stem, reason=f"{path} is not what was written")
    return False
