"""Backup and restore: everything comes back to an empty host, and the trail is what was sealed."""

import shutil
import tarfile

import pytest

from tests.platform.instances import Run, open_folder

pytestmark = pytest.mark.slow

SEAL = "from cqms.audit.tasks import seal_everything; seal_everything()"


def manage(data, *words) -> tuple[int, str]:
    with Run("--data", data, *words, command="manage") as run:
        code = run.end(200)
        return code, run.output


@pytest.fixture(scope="module")
def backed_up():
    """A portal with the demo world, and its backup."""
    with open_folder() as folder:
        data, archive = folder / "data", folder / "backup.tar"
        for words in (["migrate", "-v", "0"], ["demo"], ["shell", "-v", "0", "-c", SEAL], ["backup", archive]):
            assert manage(data, *words)[0] == 0
        yield folder, archive


def test_everything_comes_back_to_an_empty_host(backed_up):
    folder, archive = backed_up
    assert archive.stat().st_mode & 0o777 == 0o600
    code, said = manage(folder / "other", "restore", archive)
    assert (code, said.count("the trail holds.")) == (0, 2)
    for name in ("files", "keys", "witness"):
        old, new = ({each.relative_to(place / name): each.read_bytes() for each in (place / name).rglob("*") if each.is_file()}
                    for place in (folder / "data", folder / "other"))  # fmt: skip
        assert old == new != {}
    told = "from cqms.audit.standing import look; print(look())"
    assert "Standing(missing=[], beside=[])" in manage(folder / "other", "shell", "-v", "0", "-c", told)[1]
    code, said = manage(folder / "other", "restore", archive)
    assert (code, "This database holds a portal already" in said) == (2, True)


def test_what_is_sealed_during_a_backup_does_not_make_it_look_cut_off(backed_up):
    """The portal goes on: its witness holds a later checkpoint, and gets another one while files are packed."""
    folder, _ = backed_up
    data, live = folder / "data", folder / "live.tar"
    notes = min((data / "witness").rglob("*.notes"))
    before = notes.read_text()
    later = before.strip("\n").rpartition("\n\n\n")[2].split("\n")
    later[1] = str(int(later[1]) + 7)
    try:
        notes.write_text(before + "\n".join(later) + "\n\n\n\n")
        assert manage(data, "backup", live)[0] == 0
    finally:
        notes.write_text(before)
    code, said = manage(folder / "fifth", "restore", live)
    assert (code, said.count("the trail holds.")) == (0, 2)
    assert (folder / "fifth" / notes.relative_to(data)).read_text() == before


def test_a_damaged_archive_is_refused(backed_up):
    folder, archive = backed_up
    opened, damaged = folder / "opened", folder / "damaged.tar"
    with tarfile.open(archive) as content:
        content.extractall(opened, filter="data")
        names = content.getnames()
    with (opened / names[-1]).open("ab") as file:
        file.write(b"x")
    with tarfile.open(damaged, "w") as content:
        for name in names:
            content.add(opened / name, arcname=name)
    shutil.rmtree(opened)
    code, said = manage(folder / "third", "restore", damaged)
    assert (code, f"{names[-1]} is not what was backed up" in said) == (2, True)


def test_what_is_no_backup_is_refused_before_anything_is_made(backed_up, tmp_path):
    folder, archive = backed_up
    (tmp_path / "text").write_text("no archive")
    for words, sentence in (
        ((), "Name the file: bin/manage restore FILE"),
        ((tmp_path / "none",), "There is no file"),
        ((tmp_path / "text",), "is no backup of a portal"),
    ):
        code, said = manage(folder / "fourth", "restore", *words)
        assert (code, sentence in said) == (2, True)
    assert not (folder / "fourth").exists()
    code, said = manage(folder / "data", "backup", archive)
    assert (code, "exists already: choose another name" in said) == (2, True)
