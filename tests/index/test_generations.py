import pytest

from wares.errors import CorruptIndex
from wares.index import snapshot
from wares.index.exact import ExactIndex
from wares.index.generations import Generations
from wares.testing import SCHEMA, small_catalogue


def written(n):
    index = ExactIndex(SCHEMA)
    index.upsert(small_catalogue(n=n))
    return index.snapshot


def test_a_generation_is_served_after_it_was_activated(tmp_path):
    generations = Generations(tmp_path)
    assert generations.current() is None
    first = generations.build(written(3), {"seq": 7})
    assert generations.current() is None
    generations.activate(first.name)
    assert generations.current() == first
    assert first.facts == {"seq": 7}
    assert ExactIndex.restore(first.folder).stats().products == 3


def test_the_last_ones_are_kept_and_rolled_back_to(tmp_path):
    generations = Generations(tmp_path, keep=2)
    built = []
    for n in (1, 2, 3):
        built.append(generations.build(written(n), {"seq": n}))
        generations.activate(built[-1].name)
    assert generations.names() == [each.name for each in built[1:]]
    assert generations.roll_back() == built[1]
    assert Generations(tmp_path, keep=2).current() == built[1]
    with pytest.raises(CorruptIndex, match="older"):
        generations.roll_back()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["CURRENT", *(f"{each.name}{end}" for each in built[1:] for end in ("", ".json"))]
    )


def test_a_reader_sweeps_nothing(tmp_path):
    (tmp_path / "building-g00000001").mkdir()
    Generations(tmp_path, write=False)
    assert (tmp_path / "building-g00000001").is_dir()
    Generations(tmp_path)
    assert not (tmp_path / "building-g00000001").exists()


def test_the_current_one_is_kept_when_newer_ones_were_built(tmp_path):
    generations = Generations(tmp_path, keep=2)
    first = generations.build(written(1), {})
    generations.activate(first.name)
    for n in (2, 3, 4):
        generations.build(written(n), {})
        generations.sweep()
    assert generations.current() == first
    assert len(generations.names()) == 2


def test_what_comes_out_damaged_is_not_taken(tmp_path):
    def damaged(folder):
        written(3)(folder)
        (folder / "words.bin").write_bytes(b"")

    generations = Generations(tmp_path)
    with pytest.raises(CorruptIndex):
        generations.build(damaged, {})
    assert Generations(tmp_path).names() == []
    assert list(tmp_path.iterdir()) == []


def test_every_file_of_a_generation_is_under_its_manifest(tmp_path):
    def more(folder):
        written(3)(folder)
        (folder / "deep" / "er").mkdir(parents=True)
        (folder / "deep" / "er" / "fitted.npz").write_bytes(b"numbers")

    generation = Generations(tmp_path).build(more, {})
    there = {path.relative_to(generation.folder).as_posix() for path in generation.folder.rglob("*") if path.is_file()}
    assert there - {"manifest.json"} == set(snapshot.verify(generation.folder)["files"])
    (generation.folder / "deep" / "er" / "fitted.npz").write_bytes(b"numberz")
    with pytest.raises(CorruptIndex, match="fitted"):
        ExactIndex.restore(generation.folder)


def test_one_that_is_put_aside_is_kept_and_not_served(tmp_path):
    generations = Generations(tmp_path)
    for n in (1, 2):
        generations.activate(generations.build(written(n), {}).name)
        generations.quarantine()
        assert generations.current() is None
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["corrupt-g00000002"]
    generations.sweep()
    assert (tmp_path / "corrupt-g00000002").is_dir()
    assert generations.build(written(3), {}).name == "g00000003"


def test_a_pointer_that_was_changed_is_an_error(tmp_path):
    generations = Generations(tmp_path)
    for n in (1, 2):
        generations.activate(generations.build(written(n), {}).name)
    pointer = tmp_path / "CURRENT"
    pointer.write_bytes(pointer.read_bytes().replace(b"2", b"1"))
    with pytest.raises(CorruptIndex, match="CURRENT"):
        Generations(tmp_path).current()


def test_a_pointer_to_nowhere_is_an_error(tmp_path):
    (tmp_path / "CURRENT").write_bytes(snapshot.signed(b"g00000009"))
    with pytest.raises(CorruptIndex, match="g00000009"):
        Generations(tmp_path).current()


def test_an_unknown_generation_cannot_be_activated(tmp_path):
    with pytest.raises(CorruptIndex, match="there are none"):
        Generations(tmp_path).activate("g00000001")


def test_verify_is_what_finds_damage(tmp_path, monkeypatch):
    monkeypatch.setattr(snapshot, "verify", lambda folder: {})

    def damaged(folder):
        written(3)(folder)
        (folder / "words.bin").write_bytes(b"")

    assert Generations(tmp_path).build(damaged, {}).name == "g00000001"


def live(generations, n):
    """A generation that is served."""
    built = generations.build(written(n), {"seq": n})
    generations.activate(built.name)
    return built


def test_what_is_refused_is_kept_beside_the_others_and_never_gone_back_to(tmp_path):
    generations = Generations(tmp_path, keep=2)
    first = live(generations, 1)
    refused = [generations.build(written(n), {"seq": n, "refused": f"reason {n}"}) for n in (2, 3)]
    assert generations.barred() == refused[1]
    assert generations.barred().refused == "reason 3"
    last = live(generations, 4)
    assert generations.names() == [first.name, refused[1].name, last.name]
    assert generations.barred() is None
    assert generations.roll_back() == first
    assert generations.barred().refused == "it was rolled back"
    assert (generations.barred().name, generations.barred().facts["seq"]) == (last.name, 4)


def test_facts_are_amended_and_others_stay(tmp_path):
    generations = Generations(tmp_path)
    built = live(generations, 1)
    assert generations.amend(built.name, ranker="twin.v1").facts == {"seq": 1, "ranker": "twin.v1"}
    assert Generations(tmp_path, write=False).current().facts == {"seq": 1, "ranker": "twin.v1"}
