"""What processes of a run share is there while it runs, and not a moment longer than it has to be."""

import os
import pickle

from wares.serve.operations.runfolder import PREFIX, RunFolder, run_folder


def test_it_goes_with_the_run_and_the_secret_lies_nowhere_in_it(temporary):
    with run_folder() as run:
        name = run.photos().keep(b"a photo")
        with run.tally().of("ann") as windows:
            windows.put("seen", 1, 2.0)
        assert run.photos().get(name) == b"a photo"
        assert run.path.stat().st_mode & 0o777 == 0o700
        files = [path for path in run.path.rglob("*") if path.is_file()]
        assert len(files) > 2
        assert not any(run.secret in path.read_bytes() for path in files)
        assert repr(run.secret) not in repr(run)
    assert list(temporary.iterdir()) == []


def test_a_worker_that_still_ends_can_put_nothing_into_a_folder_that_goes(temporary):
    with run_folder() as run:
        late = run.photos()
    late.keep(b"a photo")
    assert list(temporary.iterdir()) == []


def test_nothing_but_folders_of_ours_is_removed(temporary, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept").touch()
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    (temporary / f"{PREFIX}file").touch()
    (temporary / "wares-other").mkdir()
    if os.geteuid() == 0:
        (temporary / f"{PREFIX}theirs").mkdir()
        os.chown(temporary / f"{PREFIX}theirs", 12345, 12345)
    before = sorted(temporary.iterdir())
    with run_folder():
        pass
    assert sorted(temporary.iterdir()) == before
    assert list(elsewhere.iterdir()) == [elsewhere / "kept"]


def test_where_it_cannot_be_removed_that_is_said(temporary, capsys):
    with run_folder() as run:
        run.path.rename(temporary / "moved")
    assert "files of a run are left" in capsys.readouterr().out


def test_it_is_handed_to_a_process_as_it_is(temporary):
    run = RunFolder(temporary, b"secret")
    assert pickle.loads(pickle.dumps(run)) == run
