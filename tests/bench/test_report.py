import io
import json
import math

from rich.console import Console

from wares.bench.harness import BenchResult
from wares.bench.report import line, show

RESULT = BenchResult(
    "chorus",
    figures={"ndcg10": 0.61234567, "rows": 19406.04, "gone": math.nan},
    intervals={"ndcg10": (0.5, 0.7)},
    peers={"bm25s": {"ndcg10": 0.4, "only_theirs": 1.0}},
    ratios={"ndcg10/bm25s": 1.5},
    seed=3,
    load=math.nan,
    notes=("11 queries without a relevant product [left out]",),
)


def test_the_line_holds_the_agreed_keys_and_unknown_is_null() -> None:
    read = json.loads(line(RESULT))
    assert list(read) == ["bench", "figures", "intervals", "peers", "ratios", "seed", "load"]
    assert read["figures"] == {"ndcg10": 0.6123, "rows": 19406.0, "gone": None}
    assert read["intervals"] == {"ndcg10": [0.5, 0.7]}
    assert read["peers"]["bm25s"] == {"ndcg10": 0.4, "only_theirs": 1.0}
    assert read["load"] is None
    assert "\n" not in line(RESULT)


def test_people_get_a_table_and_the_json_is_the_last_line() -> None:
    out = io.StringIO()
    show(RESULT, console=Console(file=out, width=60))
    lines = out.getvalue().splitlines()
    assert lines[-1] == line(RESULT)  # whole, however narrow the terminal
    text = "\n".join(lines[:-1])
    assert "bm25s" in text
    assert "0.612" in text
    assert "only_theirs" in text
    assert "[left out]" in text  # a note is text, never markup


def test_programs_get_the_line_alone() -> None:
    out = io.StringIO()
    show(RESULT, as_json=True, console=Console(file=out, width=40))
    assert out.getvalue() == line(RESULT) + "\n"
