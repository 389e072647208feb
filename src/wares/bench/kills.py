"""Processes that are killed while they write, and whether what they leave is whole.

Every product, variant and review of a feed names its edition, so that one look tells whether editions are mixed.
"""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from wares.types import Product

PRODUCTS = 40
PATIENCE = 60.0
# What changes a file or its name; each is a moment at which a power cut or a kill may come.
CALLS = "write,pwrite64,fsync,fdatasync,ftruncate,rename,mkdir,unlink,unlinkat,rmdir"


def write_feed(path: Path, edition: int, products: Iterable[int] = range(PRODUCTS)) -> Path:
    """A feed whose every product, variant and review names the edition."""
    with path.open("w", encoding="utf-8") as file:
        for number in products:
            parts = [{"id": f"v{number}-{part}", "title": f"g{edition}"} for part in range(3)]
            reviews = [{"id": f"r{number}-{part}", "text": f"g{edition}"} for part in range(2)]
            fields = {"id": f"p{number}", "title": f"g{edition}", "language": "en", "brand": f"Edition {edition}"}
            file.write(json.dumps(fields | {"variants": parts, "reviews": reviews}) + "\n")
    return path


def editions(products: Iterable[Product]) -> set[int]:
    """Every edition that some part of the products names, 0 for a part without; one, unless they are half-written."""
    marks = set()
    for product in products:
        marks |= {product.title}
        marks |= {variant.title for variant in product.variants}
        marks |= {review.text for review in product.reviews}
    return {int(mark[1:] or 0) for mark in marks}


def in_a_child(
    work: Callable[[], None], kill_after: float | None = None, once: Callable[[], bool] = lambda: True
) -> int:
    """Run in a forked child and return the signal that ended it, or 0.

    With ``kill_after`` it is killed so many seconds after ``once()`` came true, or after a minute.
    """
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    if kill_after is not None:
        patience = time.monotonic() + PATIENCE
        while not once() and time.monotonic() < patience:
            time.sleep(0.005)
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def killed_at_call(work: Callable[[], None], log: Path, name: str = "", number: int = 0) -> list[str]:
    """Run in a forked child that is killed at its Nth call of one name, counted from 1; 0: it lives.

    The child has everything loaded already, so that none of its calls is the interpreter's.

    Returns
    -------
    list of str
        Those of :data:`CALLS` that it made, in order; the last one is where it was killed.
    """
    ready = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(ready[1])
            os.read(ready[0], 1)
            work()
        finally:
            os._exit(0)
    os.close(ready[0])
    # strace counts each name by itself, so "the Nth of any of them" cannot be said.
    inject = ["-e", f"inject={name}:signal=SIGKILL:when={number}"] if number else []
    command = ["strace", "-f", "-o", str(log), "-e", f"trace={CALLS}", *inject, "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
        assert tracer.stderr is not None
        tracer.stderr.readline()  # "attached"
        os.write(ready[1], b"1")
        os.close(ready[1])
        os.waitpid(child, 0)
        tracer.wait(PATIENCE)
    return [line.split("(")[0].split()[-1] for line in log.read_text("utf-8", "replace").splitlines() if "(" in line]


def every_call(calls: Iterable[str]) -> list[tuple[str, int]]:
    """(name, number) of each call, numbered by name from 1, as ``killed_at_call`` takes them."""
    seen: Counter[str] = Counter()
    numbered = []
    for name in calls:
        seen[name] += 1
        numbered.append((name, seen[name]))
    return numbered


def can_trace() -> bool:
    """Whether ``strace`` is here and may look at a child."""
    probe = ["strace", "-f", "-o", os.devnull, "-e", "inject=fsync:signal=SIGKILL:when=999", "true"]
    try:
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
