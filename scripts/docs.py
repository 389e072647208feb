#!/usr/bin/env python3
"""Write the generated parts of docs/: what stands between ``<!-- generated: name -->`` and ``<!-- end -->``.

``python scripts/docs.py`` writes them, ``--check`` only names the pages that are stale and exits with 1.
"""

import ast
import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "wares"
BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def render(page: str) -> str:
    """A page with its generated blocks made anew."""
    return BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]().strip()}\n{found[3]}", page)


def pages() -> list[Path]:
    """The pages that hold generated blocks."""
    every = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
    return [path for path in every if path.is_file() and BLOCK.search(path.read_text("utf-8"))]


def stale() -> list[Path]:
    """The pages that would change."""
    return [path for path in pages() if render(path.read_text("utf-8")) != path.read_text("utf-8")]


# --- blocks ----------------------------------------------------------------------------------------------------------


def tree() -> str:
    """Every module with the first line of its docstring, as a tree."""
    rows = [("src/wares/", "")]
    rows += [(f"{'  ' * depth}{name}", text) for depth, name, text in _modules(SOURCE, 1)]
    width = max(len(name) for name, _ in rows) + 2
    return "```\n" + "\n".join(f"{name:<{width}}{text}".rstrip() for name, text in rows) + "\n```"


def layers() -> str:
    """The floors that import-linter holds, without the rooms that are not built yet."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    floors = config["tool"]["importlinter"]["contracts"][0]["layers"]
    rooms = [[room.strip(" ()") for room in floor.split("|")] for floor in floors]
    built = [[room for room in floor if list(SOURCE.glob(f"{room}*"))] for floor in rooms]
    return "```\n" + "\n  > ".join(" | ".join(floor) for floor in built if floor) + "\n```"


def contracts() -> str:
    """The protocols a part can fulfil, and the check of each."""
    from wares import protocols, testing

    checks = {name for name in vars(testing) if name.startswith("check_")}
    rows = []
    for name, cls in vars(protocols).items():
        if inspect.isclass(cls) and getattr(cls, "_is_protocol", False) and cls.__module__ == protocols.__name__:
            check = f"check_{name.removeprefix('Product').lower()}"
            rows.append((f"`{name}`", _first(cls), f"`{check}`" if check in checks else ""))
    return _table(("Contract", "What it does", "Check in `wares.testing`"), rows)


def parts() -> str:
    """Every registered part by kind, with its settings."""
    from wares import registry

    sections = []
    for kind in registry.ROOMS:
        rows = []
        for name in registry.names(kind):
            factory = registry.factory(kind, name)
            if not factory.__module__.startswith("wares."):
                continue
            path = Path(inspect.getsourcefile(factory) or "").resolve().relative_to(ROOT)
            rows.append((f"`{name}`", _summary(factory), _settings(factory), f"[{path.name}](../{path})"))
        sections.append(f"## {kind}\n\n{_table(('Name', 'What it is', 'Settings', 'File'), rows)}")
    return "\n\n".join(sections)


def settings() -> str:
    """Every setting with its default."""
    from wares.config import Config

    sections = []
    items = list(Config().items())
    for section in dict.fromkeys(name.split(".")[0] for name, *_ in items):
        rows = [
            (f"`{name}`", f"`{_toml(value)}`", description)
            for name, value, _, description in items
            if name.split(".")[0] == section
        ]
        sections.append(f"## {section}\n\n{_table(('Setting', 'Default', 'What it does'), rows)}")
    return "\n\n".join(sections)


def errors() -> str:
    """The tree of errors with code and status."""
    from wares import errors as module

    said = dict(re.findall(r"[├└]── (\w+) *(.*)", module.__doc__ or ""))
    drawn = list(said)
    rows = []

    def walk(cls: type[Any], depth: int) -> None:
        mark = "&nbsp;&nbsp;" * depth
        code = f'<a id="{cls.code}"></a>`{cls.code}`'  # where the type of a problem leads
        rows.append((f"{mark}`{cls.__name__}`", code, str(cls.status), said.get(cls.__name__, "")))
        below = [each for each in cls.__subclasses__() if each.__module__ == module.__name__]
        for each in sorted(below, key=lambda each: drawn.index(each.__name__)):
            walk(each, depth + 1)

    walk(module.WaresError, 0)
    return _table(("Error", "Code", "HTTP status", "When"), rows)


def benches() -> str:
    """Every bench with what it measures and the names of its figures."""
    from wares import registry
    from wares.bench.harness import documented

    sections = []
    for name in registry.names("bench"):
        bench = registry.factory("bench", name)
        text = re.split(r"^\w+\n-{3,}$", inspect.getdoc(bench) or "", maxsplit=1, flags=re.MULTILINE)[0].strip()
        rows = [(f"`{figure}`", said) for figure, said in documented(bench).items()]
        sections.append(f"## {name}\n\n{_markdown(text)}\n\n{_table(('Figure', 'What it says'), rows)}")
    return "\n\n".join(sections)


def commands() -> str:
    """Every command with its arguments and options."""
    import typer

    from wares.cli import app

    group: Any = typer.main.get_command(app)
    sections = []
    for name, command in sorted(_leaves(group)):
        rows = [
            (" ".join(f"`{option}`" for option in _spellings(parameter)), _cell(getattr(parameter, "help", "") or ""))
            for parameter in command.params
            if parameter.name != "help"
        ]
        text = _markdown(inspect.cleandoc(command.help or ""))
        table = f"\n\n{_table(('Argument or option', 'What it does'), rows)}" if rows else ""
        sections.append(f"## wares {name}\n\n{text}{table}")
    return "\n\n".join(sections)


def _leaves(group: Any, before: str = "") -> Iterable[tuple[str, Any]]:
    """Commands by their whole name, those within groups too."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def example() -> str:
    """A part and its test, as the suite runs them."""
    files = ("tests/docs/trigrams.py", "tests/docs/test_trigrams.py")
    return "\n\n".join(f"`{name}`\n\n```python\n{(ROOT / name).read_text('utf-8')}```" for name in files)


BLOCKS: dict[str, Callable[[], str]] = {
    block.__name__: block for block in (tree, layers, contracts, parts, settings, errors, benches, commands, example)
}


# --- how they are written --------------------------------------------------------------------------------------------


def _modules(folder: Path, depth: int) -> Iterable[tuple[int, str, str]]:
    """Files before rooms, each with the first line of its docstring."""
    for path in sorted(folder.iterdir(), key=lambda each: (each.is_dir(), each.name)):
        if path.suffix == ".py" and path.name != "__init__.py":
            yield depth, path.name, _headline(path)
        elif (path / "__init__.py").is_file():
            yield depth, f"{path.name}/", _headline(path / "__init__.py")
            yield from _modules(path, depth + 1)


def _headline(path: Path) -> str:
    """The first sentence of a module's docstring, read without importing it."""
    return _sentence(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "")


def _first(item: Any) -> str:
    return _cell(_sentence(inspect.getdoc(item) or ""))


def _summary(factory: Any) -> str:
    """What a factory makes: its own words, else those of its module."""
    own = factory.__doc__ and not str(factory.__doc__).startswith(f"{factory.__name__}(")
    return _first(factory if own else importlib.import_module(factory.__module__))


def _sentence(text: str) -> str:
    """The first sentence of the first paragraph, on one line."""
    paragraph = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", paragraph, maxsplit=1)[0].rstrip(".:")


def _settings(factory: Any) -> str:
    parameters = [
        parameter
        for parameter in inspect.signature(factory).parameters.values()
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    return ", ".join(
        f"`{each.name}`" if each.default is each.empty or callable(each.default) else f"`{each.name}={each.default!r}`"
        for each in parameters
    )


def _spellings(parameter: Any) -> list[str]:
    if parameter.param_type_name == "argument":
        return [str(parameter.name).upper()]
    return [*parameter.opts, *parameter.secondary_opts]


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return str(value) if isinstance(value, int | float) else f'"{"" if value is None else value}"'


def _markdown(text: str) -> str:
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")


def _cell(text: str) -> str:
    return _markdown(" ".join(text.split())).replace("|", "\\|")


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |".replace("|  |", "| |") for line in lines)


def main() -> int:
    """Write the stale pages, or with ``--check`` name them."""
    found = stale()
    for path in found:
        print(path.relative_to(ROOT))
        if "--check" not in sys.argv:
            path.write_text(render(path.read_text("utf-8")), encoding="utf-8")
    return int(bool(found) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.path.insert(0, str(SOURCE.parent))
    sys.exit(main())
