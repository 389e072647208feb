"""The command line as people and programs use it."""

import json
import subprocess
import sys

import pytest

from wares.catalog.demo import build


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("cli")
    build(place / "feed", products=20, workers=1)
    return place


def wares(folder, *words, status=0):
    command = [sys.executable, "-m", "wares", *words, "--folder", str(folder / "shop")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == status, done.stderr
    return done


def test_a_feed_is_taken_in_searched_and_assessed(folder):
    report = json.loads(wares(folder, "ingest", "feed/products.jsonl", "--json").stdout)
    assert (report["accepted"], report["rejected"]) == (20, [])
    found = json.loads(wares(folder, "search", "--page-size", "3", "--json").stdout)
    assert found["total"] == 20
    first = found["hits"][0]
    assert first["id"] in wares(folder, "search", first["title"], "--explain").stdout
    assert len(json.loads(wares(folder, "similar", first["id"], "--k", "4", "--json").stdout)["hits"]) == 4
    assert json.loads(wares(folder, "quality", "--json").stdout)["products"] == 20


def test_what_is_logged_stays_out_of_the_answer(folder):
    wares(folder, "ingest", "feed/products.jsonl")
    for generation in (folder / "shop" / "index").glob("g*/words.bin"):
        generation.write_bytes(b"damaged")
    done = wares(folder, "ingest", "feed/products.jsonl", "--json")
    assert json.loads(done.stdout)["unchanged"] == 20
    assert "index rebuilt" in done.stderr


def test_an_error_is_one_line_with_its_fix(folder):
    done = wares(folder, "ingest", "nowhere.jsonl", status=2)
    assert "nowhere.jsonl" in done.stderr
    assert "fix:" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" not in wares(folder, "search", "--photo", "nowhere.jpg", status=2).stderr


def test_synonyms_are_imported_once_and_listed(tmp_path):
    assert "no synonym" in wares(tmp_path, "synonyms").stdout
    (tmp_path / "new.txt").write_text("# seats\nsofa, couch, 沙发\nsneaker => trainers\n", "utf-8")
    assert "2 rules added" in wares(tmp_path, "synonyms", "import", "new.txt").stdout
    assert "0 rules added" in wares(tmp_path, "synonyms", "import", "new.txt").stdout
    assert wares(tmp_path, "synonyms").stdout.splitlines() == ["sofa, couch, 沙发", "sneaker => trainers"]
    (tmp_path / "bad.txt").write_text("sofa, couch\nalone\n", "utf-8")
    done = wares(tmp_path, "synonyms", "import", "bad.txt", status=2)
    assert "bad.txt line 2" in done.stderr
    assert "fix:" in done.stderr
    assert "name a file" in wares(tmp_path, "synonyms", "import", status=2).stderr


def test_weights_are_tuned_from_judgements(folder):
    wares(folder, "ingest", "feed/products.jsonl")
    hits = json.loads(wares(folder, "search", "--page-size", "12", "--json").stdout)["hits"]
    lines = ["query,docid,rating", *(f'"{hit["title"]}",{hit["id"]},3' for hit in hits), f"nothing,{hits[0]['id']},0"]
    (folder / "judged.csv").write_text("\n".join(lines), "utf-8")
    tuned = json.loads(wares(folder, "tune", "judged.csv", "--json").stdout)
    assert tuned["queries"] + tuned["left_out"] == len({hit["title"] for hit in hits}) + 1
    assert tuned["left_out"] == 1
    assert 0.5 < tuned["current"] <= 1
    assert set(tuned["weights"]) == {"words", "coverage", "phrase", "text", "image", "fused", "boosts", "code"}
    assert "queries; 1 without" in wares(folder, "tune", "judged.csv").stdout


def test_curves_are_fitted_to_judgements_and_used_after_a_rebuild(folder):
    hits = json.loads(wares(folder, "search", "--page-size", "40", "--json").stdout)["hits"]
    titles = {hit["title"]: hit["id"] for hit in hits}
    lines = ["query,docid,rating"]
    for title, id in titles.items():
        lines += [f'"{title}",{other},{3 * (other == id)}' for other in titles.values()]
    (folder / "judged.csv").write_text("\n".join(lines), "utf-8")
    fitted = json.loads(wares(folder, "calibrate", "judged.csv", "--json").stdout)
    assert fitted["queries"] == len(titles)
    assert 0 <= fitted["held_out"] <= 1
    assert "Brier" in wares(folder, "calibrate", "judged.csv").stdout
    (folder / "wares.toml").write_text("[search.curves.words]\nslope = 3.5\nintercept = -5\ncut = 1.25\n", "utf-8")
    wares(folder, "rebuild")
    (folder / "wares.toml").unlink()
    kept = max((folder / "shop" / "index").glob("g*/calibration.json"))
    assert json.loads(kept.read_text("utf-8"))["curves"]["words"]["words"]["cut"] == 1.25


def test_ranks_have_no_weights_to_tune(folder):
    (folder / "wares.toml").write_text('[search]\njoin = "ranks"\n', "utf-8")
    done = wares(folder, "tune", "judged.csv", status=2)
    (folder / "wares.toml").unlink()
    assert 'set search.join to "sum"' in done.stderr


def test_judgements_of_queries_by_id_need_their_words(folder):
    (folder / "queries.csv").write_text("id,text\n1,shoe\n", "utf-8")
    done = wares(folder, "tune", "judged.csv", "--queries", "queries.csv", status=2)
    assert "query_id,query" in done.stderr


def test_generations_are_listed_with_what_was_measured_and_forced(folder, tmp_path):
    wares(folder, "ingest", "feed/products.jsonl")
    (folder / "shop" / "golden.jsonl").write_text("lamp\n", "utf-8")
    try:
        done = wares(folder, "rebuild", status=2)
        assert "gate_refused" in done.stderr
        assert "golden.jsonl line 1" in done.stderr
        assert "--force" in done.stderr
        newest, served = json.loads(wares(folder, "generations", "--json").stdout)[:2]
        assert "golden.jsonl line 1" in newest["state"]
        assert (served["state"], served["ranker"]) == ("live", "linear.v1")
        forced = wares(folder, "rebuild", "--force").stdout
        assert "RR@10" in forced
        assert "golden queries" in forced
        assert json.loads(wares(folder, "generations", "--json").stdout)[0]["state"] == "live"
        assert "linear.v1" in wares(folder, "generations").stdout
        assert "gate.forced" in wares(folder, "audit", "show").stdout
    finally:
        (folder / "shop" / "golden.jsonl").unlink()
    wares(folder, "rollback")
    assert "it was rolled back" in wares(folder, "generations").stdout
