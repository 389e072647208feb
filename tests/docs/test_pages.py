"""What people read is true: links lead somewhere, paths exist, and commands can be typed as they stand."""

import ast
import importlib
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    path
    for path in (*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md")))
    if path.is_file()
]  # fmt: skip
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")
NUMBER = re.compile(r"(?<![\w.])(?:\d[\d,]*)?\.?\d+(?!\w)")
NAMED_PATH = re.compile(r"`((?:src|docs|tests|scripts)/[\w./-]+)`")


def commands(page: Path) -> list[str]:
    """Lines of shell blocks, without prompts and comments."""
    lines = [
        line.strip().removeprefix("$ ")
        for block in fenced(page, "sh")
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [line.split("  #")[0].strip() for line in lines if line and not line.startswith("#")]


def fenced(page: Path, language: str) -> list[str]:
    """The blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def identity(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=identity)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{target} is not there"


@pytest.mark.parametrize("page", PAGES, ids=identity)
def test_paths_exist(page: Path) -> None:
    for target in NAMED_PATH.findall(page.read_text("utf-8")):
        assert (ROOT / target).exists(), f"{target} is not there"


@pytest.mark.parametrize("page", PAGES, ids=identity)
def test_commands_can_be_typed(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(line)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        if words[:1] == ["wares"]:
            check_wares(words[1:], line)
        elif words[:1] == ["make"]:
            targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
            assert set(words[1:]) <= {*targets}, line
        elif words and "/" in words[0]:
            assert (ROOT / words[0]).exists(), line
        elif words[:1] == ["python"] and len(words) > 1 and words[1].endswith(".py"):
            assert (ROOT / words[1]).exists(), line


@pytest.mark.parametrize("page", PAGES, ids=identity)
def test_python_and_toml_can_be_read(page: Path) -> None:
    for block in fenced(page, "toml"):
        tomllib.loads(block)
    for block in fenced(page, "python"):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wares"):
                module = importlib.import_module(node.module or "")
                missing = [name.name for name in node.names if not hasattr(module, name.name)]
                assert missing == [], f"{node.module} has no {missing}"


def check_wares(words: list[str], line: str) -> None:
    """The command is there, and so is each of its options."""
    typer = pytest.importorskip("typer")
    app: Any = pytest.importorskip("wares.cli").app
    group: Any = typer.main.get_command(app)
    known = {"--help", "--version", "-h"}
    if words and not words[0].startswith("-"):
        assert words[0] in group.commands, f"{line}: there is no such command"
        command = group.commands[words[0]]
        if hasattr(command, "commands"):
            assert words[1] in command.commands, f"{line}: there is no such command"
            command = command.commands[words[1]]
        for parameter in command.params:
            known |= {*parameter.opts, *parameter.secondary_opts}
    for option in (word.split("=")[0] for word in words if word.startswith("--")):
        assert option in known, f"{line}: there is no option {option}"


def test_pages_that_messages_name_are_there() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    for page in set(re.findall(r"\bdocs/[\w/-]+\.md", source)):
        assert (ROOT / page).is_file(), f"{page} is named by a message but not there"


def test_every_figure_of_the_readme_stands_in_the_results() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("## Figures")[2].partition("\n## ")[0]
    results = (ROOT / "docs" / "results.md").read_text("utf-8")
    figures = [figure for line in table.splitlines() if line.startswith("| ") for figure in NUMBER.findall(line)]
    assert len(figures) > 30
    assert [each for each in figures if not re.search(rf"(?<![\d.]){re.escape(each)}(?!\d)", results)] == []
