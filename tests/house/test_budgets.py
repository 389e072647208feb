"""The budgets of the house: small modules, small functions, few arguments, no circles."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "wares"
MODULES = sorted(SOURCE.rglob("*.py"))

LINES, FUNCTION, ARGUMENTS, METHODS = 400, 60, 8, 15
PUBLIC_METHODS = {"Shop": 10}
BANNED = re.compile(r"(^|_)(utils?|helpers?|common|base|core|manager|handler)(_|$)")

# Who may touch the environment, and why.
ENVIRONMENT = {
    "mapping": "a mapping file says what a merchant's columns mean, it sets nothing",
    "config": "it is the one file that reads settings",
    "catalog.demo.shop": "the processes that draw inherit one thread each",
    "catalog.demo.vocabulary": "its words are data of the package, not settings",
    "serve.operations.sharing": "prometheus-client looks there for the folder that its processes share",
    "bench.timing": "it pins the threads of numeric libraries while it measures",
}

# What is over budget, and why. Empty is the aim.
OVER: dict[str, str] = {
    "shop.Shop": "each is a thing of its own that a merchant or a shopper asks for",
    "protocols.ProductIndex": "the index contract of the house has one method for each thing an engine must do",
    "index.exact.ExactIndex": "the index contract of the house has one method for each thing an engine must do",
    "index.reference.ReferenceIndex": "the index contract of the house has one method for each thing an engine must do",
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts)


def nodes(path: Path, *kinds: type) -> list:
    return [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, kinds)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_small(path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LINES or name_of(path) in OVER, f"{lines} lines: a file that holds two ideas wants two files"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_function_is_small_and_takes_few_arguments(path):
    for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef):
        name = f"{name_of(path)}.{node.name}"
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = len([argument for argument in arguments if argument.arg not in ("self", "cls")])
        assert length <= FUNCTION or name in OVER, f"{name} has {length} lines"
        options = {
            decorator.func.attr
            for decorator in node.decorator_list
            if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)
        }
        is_command = "command" in options
        assert count <= ARGUMENTS or name in OVER or is_command, f"{name} takes {count} arguments"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_class_has_few_public_methods(path):
    for node in nodes(path, ast.ClassDef):
        name = f"{name_of(path)}.{node.name}"
        methods = [
            item.name
            for item in node.body
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
            and not item.name.startswith("_")
            and not any(getattr(d, "id", "") in ("property", "cached_property") for d in item.decorator_list)
        ]
        limit = PUBLIC_METHODS.get(node.name, METHODS)
        assert len(methods) <= limit or name in OVER, f"{name} has {len(methods)} public methods: {methods}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_say_what_things_are(path):
    names = [path.stem, *(n.name for n in nodes(path, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))]
    for name in names:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
        assert not BANNED.search(words), f"{name} in {name_of(path)} says nothing"


def test_only_config_reads_the_environment():
    readers = [
        name_of(path)
        for path in MODULES
        if re.search(r"os\.environ|getenv|tomllib", path.read_text("utf-8")) and name_of(path) not in ENVIRONMENT
    ]
    assert readers == [], f"read by {readers}; ask Config instead"
