"""Docs that can be generated are, and are not stale; what is registered, set, raised or run is documented."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from wares import errors, mapping, registry
from wares.bench.harness import documented
from wares.config import Config

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_script", ROOT / "scripts" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DOCS_SCRIPT = script()


@pytest.mark.parametrize("page", DOCS_SCRIPT.pages(), ids=lambda page: page.name)
def test_a_page_is_fresh(page: Path) -> None:
    text = page.read_text("utf-8")
    assert DOCS_SCRIPT.render(text) == text, "stale: run `python scripts/docs.py` and commit"


def test_every_block_is_on_a_page() -> None:
    there = re.findall(r"<!-- generated: (\w+) -->", "".join(page.read_text("utf-8") for page in DOCS_SCRIPT.pages()))
    assert sorted(there) == sorted(DOCS_SCRIPT.BLOCKS)


def test_a_stale_page_is_noticed() -> None:
    page = (DOCS / "errors.md").read_text("utf-8")
    assert DOCS_SCRIPT.render(page.replace("feed_held", "feed_lost")) == page


@pytest.mark.parametrize("kind", registry.ROOMS)
def test_every_registered_part_is_documented(kind: str) -> None:
    page = (DOCS / ("benches.md" if kind == "bench" else "parts.md")).read_text("utf-8")
    for name in registry.names(kind):
        if registry.factory(kind, name).__module__.startswith("wares."):
            assert f"`{name}`" in page or f"## {name}" in page, name


def test_every_setting_is_documented() -> None:
    page = (DOCS / "settings.md").read_text("utf-8")
    for name, _, _, description in Config().items():
        assert f"`{name}`" in page, name
        assert description, f"{name} has no description in config.py"


def test_every_key_of_a_mapping_is_documented() -> None:
    page = (DOCS / "feeds.md").read_text("utf-8")
    models = [each for each in vars(mapping).values() if isinstance(each, type) and issubclass(each, BaseModel)]
    keys = {key for model in models if model is not BaseModel for key in model.model_fields}
    assert sorted(key for key in keys if not re.search(rf"\b{key}\b", page)) == []


def test_every_error_is_drawn_and_documented() -> None:
    page = (DOCS / "errors.md").read_text("utf-8")
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.WaresError)]
    for each in classes:
        assert each.__name__ in (errors.__doc__ or ""), f"draw {each.__name__} in the tree at the top of errors.py"
        assert f"`{each.__name__}`" in page
        assert f"`{each.code}`" in page
    codes = [each.code for each in classes]
    assert len(codes) == len(set(codes)), "a code names one error"


def test_every_figure_of_a_bench_is_documented() -> None:
    page = (DOCS / "benches.md").read_text("utf-8")
    for name in registry.names("bench"):
        for figure, said in documented(registry.factory("bench", name)).items():
            assert said, f"{name}: {figure} says nothing"
            assert f"`{figure}`" in page


def test_every_registered_part_says_what_it_is() -> None:
    for kind in registry.ROOMS:
        for name in registry.names(kind):
            assert DOCS_SCRIPT._summary(registry.factory(kind, name)), f"{kind} {name} has no docstring"
