"""What must hold after every case (a module is one): the process lives, holds no more memory and no more files."""

import gc
import os
import subprocess

import pytest

from small_shops import filled
from wares.encode.memory import give_back
from wares.types import Query

MEMORY, FILES = 64 << 20, 8


@pytest.fixture(scope="session", autouse=True)
def loaded(tmp_path_factory):
    """What is loaded once — dictionaries, codecs, drivers — is no case's doing."""
    import av  # noqa: F401
    import onnxruntime  # noqa: F401
    import polars  # noqa: F401
    from py3langid import rank

    rank("which language is this")
    shop = filled(tmp_path_factory.mktemp("loaded"))
    shop.search(Query("lamp 灯"))
    shop.close()


@pytest.fixture(scope="module", autouse=True)
def unharmed(loaded):
    memory, files = held()
    yield
    now, open_now = held()
    assert now - memory <= MEMORY, f"memory grew by {(now - memory) >> 20} MB"
    assert open_now - files <= FILES, f"{open_now - files} more files are open"


def held() -> tuple[int, int]:
    """Bytes in memory that cannot be given back, and open files."""
    gc.collect()
    give_back()
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd"))


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("tmpfs cannot be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)
