"""One run at a time: a living run is respected, a dead one is proven dead, and only what was its is ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from tierline import runlock
from tierline.problems import InputError
from tierline.runlock import LOCK, SNAKEMAKE_LOCKS, Holder, held, is_alive, processes_of, this_process
from tierline.steps import PARTS, RUN_ID

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sleeper(run_id: str, *, ignore_term: bool = False) -> subprocess.Popen[bytes]:
    """A process of a run; it may be deaf to SIGTERM."""
    code = "import signal, sys, time; "
    code += "signal.signal(signal.SIGTERM, signal.SIG_IGN); " if ignore_term else ""
    child = subprocess.Popen(
        [sys.executable, "-c", code + "print(flush=True); time.sleep(60)"],
        env={**os.environ, RUN_ID: run_id}, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert child.stdout
    child.stdout.readline()
    return child


def dead_holder(**changes: object) -> Holder:
    """The holder of a run whose process has ended."""
    child = sleeper("gone")
    holder = replace(this_process("gone", "tierline run"), pid=child.pid, ticks=runlock._ticks(child.pid) or 0)
    child.kill()
    child.wait()
    return replace(holder, **changes)  # type: ignore[arg-type]


def leave(holder: Holder) -> None:
    LOCK.parent.mkdir(exist_ok=True)
    LOCK.write_text(json.dumps(asdict(holder)))


def test_the_lock_is_there_while_the_run_is() -> None:
    with held("mine", "tierline run --cores 2"):
        holder = runlock.read_holder()
        assert holder and holder.run_id == "mine" and holder.pid == os.getpid() and is_alive(holder)
        assert holder.command == "tierline run --cores 2"
        with pytest.raises(InputError, match=rf"a run works in this folder \(process {os.getpid()} on "), held("two", ""):
            pytest.fail("two runs at once")
        assert runlock.read_holder() == holder
    assert not LOCK.exists()
    assert [path.name for path in LOCK.parent.iterdir()] == ["guard"]


def test_the_lock_is_released_when_the_run_fails() -> None:
    with pytest.raises(KeyboardInterrupt), held("mine", ""):
        raise KeyboardInterrupt
    assert not LOCK.exists()


def test_a_process_is_known_by_its_start_not_by_its_number() -> None:
    mine = this_process("x", "")
    assert is_alive(mine) is True
    assert is_alive(replace(mine, ticks=mine.ticks + 1)) is False
    assert is_alive(replace(mine, boot="another boot")) is False
    assert is_alive(replace(mine, host="elsewhere")) is None
    assert is_alive(replace(mine, machine="another machine of this name")) is None
    assert is_alive(replace(mine, namespace="pid:[1]")) is None
    assert is_alive(dead_holder()) is False


def test_a_zombie_is_dead() -> None:
    child = sleeper("zombie")
    holder = replace(this_process("zombie", ""), pid=child.pid, ticks=runlock._ticks(child.pid) or 0)
    assert is_alive(holder)
    child.kill()
    time.sleep(0.2)  # not waited for
    assert is_alive(holder) is False
    child.wait()


@pytest.mark.parametrize("ignore_term", [False, True])
def test_what_a_dead_run_left_is_ended_and_removed_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, ignore_term: bool
) -> None:
    monkeypatch.setattr(runlock, "PATIENCE", 0.5)
    monkeypatch.setattr(runlock.end, "__defaults__", (0.5,))
    holder = dead_holder()
    orphan, other = sleeper("gone", ignore_term=ignore_term), sleeper("someone else's")
    for name in ("gone.abc", "other.abc"):
        (PARTS / name).mkdir(parents=True)
        (PARTS / name / "half.bam").write_text("half")
    SNAKEMAKE_LOCKS.mkdir(parents=True)
    (SNAKEMAKE_LOCKS / "0.input.lock").touch()
    leave(holder)
    said: list[str] = []
    with held("mine", "", say=said.append):
        assert orphan.wait(timeout=5) == (-signal.SIGKILL if ignore_term else -signal.SIGTERM)
        assert other.poll() is None
        assert [path.name for path in PARTS.iterdir()] == ["other.abc"]
        assert not list(SNAKEMAKE_LOCKS.iterdir())
    other.kill()
    other.wait()
    text = "\n".join(said)
    assert f"The run before died (process {holder.pid} on {holder.host}, since {holder.since}: tierline run)." in text
    assert f"({orphan.pid})" in text and f"({other.pid})" not in text
    assert "Removed what 1 of its jobs had begun to write." in text


@pytest.mark.parametrize("where", [{"host": "node7"}, {"namespace": "pid:[1]"}])
def test_a_run_that_cannot_be_seen_is_respected_and_named_until_told(where: dict[str, str]) -> None:
    leave(dead_holder(**where))
    with pytest.raises(InputError) as refused, held("mine", ""):
        pytest.fail("taken over without being told")
    assert where.get("host", "process ") in str(refused.value) and "tierline run --take-over" in str(refused.value)
    assert LOCK.exists()
    with held("mine", "", take_over=True):
        assert (holder := runlock.read_holder()) and holder.run_id == "mine"


def test_a_lock_that_is_not_ours_stays() -> None:
    with held("mine", ""):
        leave(replace(this_process("other", ""), host="elsewhere"))
    assert LOCK.exists()


def test_an_unreadable_lock_is_a_clear_refusal() -> None:
    LOCK.parent.mkdir()
    LOCK.write_text('{"run_id": "x"')
    with pytest.raises(InputError, match=r"lock\.json: the lock cannot be read.*--take-over"), held("mine", ""):
        pytest.fail("went on")
    with held("mine", "", take_over=True):
        pass
    assert not LOCK.exists()


def test_snakemakes_own_lock_is_respected_until_told() -> None:
    SNAKEMAKE_LOCKS.mkdir(parents=True)
    (SNAKEMAKE_LOCKS / "0.input.lock").touch()
    with pytest.raises(InputError, match="of a run that tierline did not start"), held("mine", ""):
        pytest.fail("went on")
    with held("mine", "", take_over=True):
        assert not list(SNAKEMAKE_LOCKS.iterdir())


def test_a_living_snakemake_is_never_disturbed(tmp_path: Path) -> None:
    script = tmp_path / "bin" / "snakemake"
    script.parent.mkdir()
    script.write_text("import time; print(flush=True); time.sleep(60)")
    child = subprocess.Popen([sys.executable, str(script)], cwd=tmp_path, stdout=subprocess.PIPE)
    assert child.stdout
    child.stdout.readline()
    SNAKEMAKE_LOCKS.mkdir(parents=True)
    (SNAKEMAKE_LOCKS / "0.input.lock").touch()
    try:
        for holder in (None, dead_holder()):
            if holder:
                leave(holder)
            refused = pytest.raises(InputError, match=rf"works in this folder \(process {child.pid}\)")
            with refused, held("mine", "", take_over=True):
                pytest.fail("went on")
    finally:
        child.kill()
        child.wait()
    assert list(SNAKEMAKE_LOCKS.iterdir())


def test_of_many_that_start_at_once_one_runs(tmp_path: Path) -> None:
    leave(dead_holder())
    code = (
        "import sys, time; from tierline.runlock import held\n"
        "try:\n"
        "    with held(sys.argv[1], '', say=lambda text: None): print('runs', flush=True); time.sleep(2)\n"
        "except Exception as error: print('refused', flush=True)"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code, f"run{n}"], stdout=subprocess.PIPE, text=True) for n in range(6)
    ]
    said = sorted(child.communicate(timeout=30)[0].strip() for child in children)
    assert said == ["refused"] * 5 + ["runs"]


def test_processes_are_found_by_the_id_in_their_environment() -> None:
    children = [sleeper("abc"), sleeper("abcd")]
    try:
        assert [p.pid for p in processes_of("abc")] == [children[0].pid]
    finally:
        for child in children:
            child.kill()
            child.wait()
    assert processes_of("abc") == []


def test_what_slurm_runs_on_this_host_is_left_to_slurm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    job = sleeper("mine")  # takes over the environment: a process of job 7
    assert [process.pid for process in processes_of("mine")] == [job.pid], "this process is in job 7, too"
    monkeypatch.setenv("SLURM_JOB_ID", "8")
    assert processes_of("mine") == []
    monkeypatch.delenv("SLURM_JOB_ID")
    assert processes_of("mine") == []
    job.kill()
    job.wait()


def test_jobs_of_a_dead_run_are_seen_to_before_what_they_write_is_removed() -> None:
    leave(dead_holder())
    (PARTS / "gone.x").mkdir(parents=True)
    seen = []
    with held("mine", "tierline run", say=lambda text: None, adopt=lambda: seen.append((PARTS / "gone.x").exists())):
        assert seen == [True]
        assert not (PARTS / "gone.x").exists()


def test_a_second_start_is_refused_while_the_first_waits_for_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runlock, "STARTS", 0.2)

    def second() -> None:
        with held("other", "tierline run"):
            pytest.fail("two runs began")

    with pytest.raises(InputError, match="another run is just being started"), held("mine", "tierline run", adopt=second):
        pass
