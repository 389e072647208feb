"""The notebook runs from its first cell to its last, and holds no output of an older run."""

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "learning.ipynb"
CELLS = [
    "".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"
]


def test_it_holds_no_output():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


@pytest.mark.torch
def test_every_cell_runs(tmp_path, monkeypatch, capsys):
    pytest.importorskip("torch")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names: dict[str, object] = {}
    for cell in CELLS:
        exec(compile(cell, str(NOTEBOOK), "exec"), names)
    said = capsys.readouterr().out
    assert "events" in said
    assert "g00000001 True" in said  # rolled back to the same answer
