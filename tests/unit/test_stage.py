"""``stage.sh``: one copy of big files on a node, made once, believed only whole; without one the shared files are read."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

JOB = Path(__file__).parents[2] / "workflow" / "scripts" / "job.sh"
NAMES = ("results/reference/genome.fa.bwt", "results/reference/genome.fa.sa")
LARGE = 3_000_000  # bytes of each


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run directory whose index is links into a cache, as Snakemake makes them; a folder of the node."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "run/results/reference").mkdir(parents=True)
    (tmp_path / "node").mkdir()
    for name in NAMES:
        write(tmp_path / "cache" / Path(name).name, name)
        (tmp_path / "run" / name).symlink_to(tmp_path / "cache" / Path(name).name)
    return tmp_path / "run"


def write(path: Path, text: str) -> None:
    path.write_bytes(text.encode() * (LARGE // len(text)))


def start(run: Path, node: Path | str, path: str = "") -> subprocess.Popen[str]:
    """A job that stages the index and says where it works. ``path``: a folder of commands that win."""
    lines = f"set -euo pipefail; node_folder='{node}'; source {JOB}; stage {' '.join(NAMES)}; echo \"in $staged\""
    return subprocess.Popen(
        ["bash", "-c", lines], cwd=run, env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def end(job: subprocess.Popen[str]) -> tuple[Path, str]:
    """Where a job was told to work, and all that it said. It works there with the files as they are shared."""
    said = job.communicate(timeout=60)[0]
    assert job.returncode == 0, said
    return Path(said.splitlines()[-1].removeprefix("in ")), said


def holds(place: Path, run: Path) -> bool:
    return all((place / name).read_bytes() == (run / name).read_bytes() for name in NAMES)


def slow_copy(folder: Path, then: str) -> str:
    """A folder with a ``cp`` that notes that it was called, copies the first file alone, and goes on as ``then`` says."""
    folder.mkdir()
    (folder / "cp").write_text(f'#!/bin/bash\necho called >> {folder}/calls\n{then}\nexec /bin/cp "$@"\n')
    (folder / "cp").chmod(0o755)
    return str(folder)


def test_without_a_folder_of_the_node_nothing_is_copied(run: Path) -> None:
    assert end(start(run, "")) == (run, f"in {run}\n")


def test_a_copy_is_made_once_and_used_by_every_run_with_these_files(run: Path, tmp_path: Path) -> None:
    place, said = end(start(run, tmp_path / "node"))
    assert place.parent == tmp_path / f"node/tierline-{os.getuid()}" and holds(place, run)
    assert f"{place} is made: {sum((run / name).stat().st_size for name in NAMES)} bytes" in said
    assert not any((place / name).is_symlink() for name in NAMES)
    assert place.parent.stat().st_mode & 0o777 == 0o700, "nobody else can put anything there"
    other = tmp_path / "other"
    (other / "results/reference").mkdir(parents=True)
    for name in NAMES:
        (other / name).symlink_to((run / name).readlink())
    assert end(start(other, tmp_path / "node")) == (place, f"in {place}\n")


def test_two_jobs_at_once_copy_once(run: Path, tmp_path: Path) -> None:
    path = slow_copy(tmp_path / "commands", "sleep 1")
    jobs = [start(run, tmp_path / "node", path) for _ in range(3)]
    places = {end(job)[0] for job in jobs}
    assert len(places) == 1 and holds(places.pop(), run)
    assert (tmp_path / "commands/calls").read_text() == "called\n"


def test_a_killed_copy_is_not_believed(run: Path, tmp_path: Path) -> None:
    path = slow_copy(tmp_path / "commands", '/bin/cp --parents --dereference -- "$4" "${@: -1}"; sleep 60')
    job = start(run, tmp_path / "node", path)
    while not any(child.stat().st_size == (run / NAMES[0]).stat().st_size for child in (tmp_path / "node").rglob("*.bwt")):
        time.sleep(0.02)
    os.killpg(job.pid, 9)
    job.wait()
    [half] = (tmp_path / "node").glob("tierline-*/*.part.*")
    place, _ = end(start(run, tmp_path / "node"))
    assert holds(place, run) and not half.exists()


@pytest.mark.parametrize("fault", ["cut", "changed", "gone", "unlisted"])
def test_a_copy_that_is_not_whole_any_more_is_made_again(run: Path, tmp_path: Path, fault: str) -> None:
    place, _ = end(start(run, tmp_path / "node"))
    sums = (place / "SHA256SUMS").read_text()
    match fault:
        case "cut":
            os.truncate(place / NAMES[0], LARGE // 2)
        case "changed":
            with open(place / NAMES[0], "r+b") as handle:
                handle.write(bytes(4096))
        case "gone":  # tidied away
            (place / NAMES[1]).unlink()
        case "unlisted":
            (place / NAMES[1]).unlink()
            (place / "SHA256SUMS").write_text(sums.splitlines(keepends=True)[0])
    again, said = end(start(run, tmp_path / "node"))
    assert again == place and holds(place, run) and "is made" in said
    assert (place / "SHA256SUMS").read_text() == sums


def test_files_that_were_made_anew_have_another_copy(run: Path, tmp_path: Path) -> None:
    first, _ = end(start(run, tmp_path / "node"))
    write(tmp_path / "cache/genome.fa.sa", NAMES[1][::-1])  # as long as before
    second, _ = end(start(run, tmp_path / "node"))
    assert second != first and holds(second, run) and not holds(first, run)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """4 MB, of which the index takes 6."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs can be mounted by root only")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_where_there_is_no_room_the_shared_files_are_read(run: Path, tmp_path: Path, small_disk: Path) -> None:
    place, said = end(start(run, small_disk))
    assert place == run and "bytes free, the copy needs" in said and "the shared files are read instead" in said
    commands = tmp_path / "commands"  # the room that was there is taken by others meanwhile
    commands.mkdir()
    (commands / "df").write_text("#!/bin/bash\necho Avail\necho 99999999\n")
    (commands / "df").chmod(0o755)
    place, said = end(start(run, small_disk, str(commands)))
    assert place == run and "No space left on device" in said and "the copy failed" in said
    assert [path.name for path in small_disk.glob("*/*")] == [next(small_disk.glob("*/*.lock")).name], "no remains"


def test_where_nothing_can_be_written_the_shared_files_are_read(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "foreign").mkdir()
    (tmp_path / f"foreign/tierline-{os.getuid()}").symlink_to(tmp_path / "node")
    for node in ("/proc", tmp_path / "nowhere", tmp_path / "file", tmp_path / "foreign"):
        place, said = end(start(run, node))
        assert place == run and f"{node} is no folder of this node that can be written to" in said
    assert not (tmp_path / "nowhere").exists() and not list((tmp_path / "node").iterdir())
