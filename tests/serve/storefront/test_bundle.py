"""What the pages are drawn with: bundled when the package is built, and never without."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import hatch_build
import pytest

from wares.errors import ConfigError
from wares.serve.storefront import rendering
from wares.serve.storefront.rendering import STATIC, bundled, integrity, scripts, static, swatches

ROOT = Path(__file__).parents[3]
MOST_JAVASCRIPT = 150_000  # bytes, of all scripts together


def test_all_scripts_together_are_small():
    assert sum((STATIC / bundled()[name]).stat().st_size for name in scripts()) <= MOST_JAVASCRIPT


def test_names_change_with_their_content_and_scripts_are_named_by_their_hash():
    for name in hatch_build.NEEDED:
        assert re.fullmatch(rf"/static/{Path(name).stem}-[0-9A-Z]{{8}}\{Path(name).suffix}", static(name))
    assert integrity("shop.js").startswith("sha256-")
    assert {"red", "light-blue"} <= swatches()


def test_every_bundled_package_comes_with_its_licence():
    lock = json.loads((ROOT / hatch_build.PAGES / "assets" / "package-lock.json").read_text("utf-8"))
    packages = {path: about for path, about in lock["packages"].items() if path}
    assert all(about["integrity"].startswith("sha512-") for about in packages.values())
    notice = (STATIC / "THIRD-PARTY.txt").read_text("utf-8")
    carried = [path.removeprefix("node_modules/") for path, about in packages.items() if not about.get("dev")]
    assert carried
    for name in carried:
        assert f"\n{name} " in f"\n{notice}", name
    assert notice.count("Permission") >= 1


def test_a_checkout_without_a_bundle_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setattr(rendering, "STATIC", tmp_path)
    with pytest.raises(ConfigError, match=r"python hatch_build\.py"):
        bundled.__wrapped__()


def test_a_bundle_is_made_anew_when_a_source_changed_and_only_then(tmp_path, monkeypatch):
    assets, made = tmp_path / hatch_build.PAGES / "assets", []
    (assets / "css").mkdir(parents=True)
    for name in ("shop.js", "css/shop.css", "build.mjs", "package.json", "package-lock.json"):
        (assets / name).write_text("{}")

    def run(command, folder):
        made.append(Path(command[1]).name)
        if command[1] == "build.mjs":
            assert (folder / "css" / "shop.css").is_file()
            Path(command[2], "manifest.json").write_text("{}")
            for name in names:
                Path(command[2], name).write_text(name)
        else:
            (folder / "node_modules").mkdir(exist_ok=True)

    names = list(hatch_build.NEEDED)
    monkeypatch.setattr(hatch_build, "run", run)
    monkeypatch.setattr(hatch_build, "node", lambda: "node")
    monkeypatch.setattr(hatch_build, "npm", lambda: ["npm"])
    hatch_build.bundle(tmp_path)
    hatch_build.bundle(tmp_path)
    assert made == ["ci", "build.mjs"]
    (assets / "shop.js").write_text("changed")
    hatch_build.bundle(tmp_path)
    assert made == ["ci", "build.mjs", "build.mjs"]
    (assets / "package-lock.json").write_text("changed")
    hatch_build.bundle(tmp_path)
    assert made[3:] == ["ci", "build.mjs"]
    (tmp_path / hatch_build.PAGES / "static" / "shop.css").unlink()
    names.remove("shop.css")
    with pytest.raises(RuntimeError, match=r"lacks \['shop\.css'\]"):
        hatch_build.bundle(tmp_path)
    assert not hatch_build.fresh(tmp_path)


@pytest.mark.slow
def test_the_wheel_holds_the_bundle_and_nothing_it_is_made_from(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as inside:
        names = set(inside.namelist())
        packed = "wares/serve/storefront/static"
        manifest = json.loads(inside.read(f"{packed}/manifest.json"))
    assert set(manifest) == {*hatch_build.NEEDED, *scripts()}
    assert {f"{packed}/{file}" for file in (*manifest.values(), "THIRD-PARTY.txt")} <= names
    assert not [name for name in names if "node_modules" in name or "storefront/assets" in name]


def test_browsers_keep_what_has_a_hash_in_its_name_and_nothing_else(client):
    for name in hatch_build.NEEDED:
        assert "immutable" in client.get(static(name)).headers["cache-control"]
    notice = client.get("/static/THIRD-PARTY.txt")
    assert notice.status_code == 200
    assert "cache-control" not in notice.headers
    assert client.get("/static/nothing-ABCD2345.js").status_code == 404
