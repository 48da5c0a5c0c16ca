"""One run at a time in a run directory: who holds it, whether that run lives, and what a dead one left behind.

The lock is ``.tierline/lock.json``. It names the run by an id that every process of the run carries in its environment
(``TIERLINE_RUN_ID``), and its process by what no other process shares: machine, boot, process-id namespace, number and
start. A run is proven dead only where all of these can be looked up; a lock from elsewhere is respected.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from tierline.problems import InputError, Problem
from tierline.steps import PARTS, RUN_ID

FOLDER = Path(".tierline")
LOCK = FOLDER / "lock.json"
SNAKEMAKE_LOCKS = Path(".snakemake") / "locks"
STARTS = 10.0
"""Seconds within which another start in the same folder has come to its lock, or waits for jobs of a cluster."""

PATIENCE = 5.0
"""Seconds between asking a process to end and ending it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a run directory."""

    run_id: str
    host: str
    machine: str  # /etc/machine-id
    boot: str  # the kernel's random id of this boot
    namespace: str  # of process numbers: containers have their own
    pid: int
    ticks: int  # when the process started, in clock ticks after the boot
    since: str  # when the run began, for people
    command: str  # the run, for people

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}: {self.command}"


@dataclass(frozen=True, slots=True)
class Process:
    """A living process of this host."""

    pid: int
    ticks: int
    name: str


def this_process(run_id: str, command: str) -> Holder:
    """The holder that this process is."""
    return Holder(
        run_id=run_id,
        host=socket.gethostname(),
        machine=_text("/etc/machine-id"),
        boot=_text("/proc/sys/kernel/random/boot_id"),
        namespace=os.readlink("/proc/self/ns/pid"),
        pid=os.getpid(),
        ticks=_ticks(os.getpid()) or 0,
        since=datetime.now().isoformat(sep=" ", timespec="seconds"),
        command=command,
    )


def is_alive(holder: Holder) -> bool | None:
    """Whether the holder's process lives; None where that cannot be known from here."""
    here = this_process("", "")
    if (holder.host, holder.machine) != (here.host, here.machine):
        return None
    if holder.boot != here.boot:
        return False
    if holder.namespace != here.namespace:
        return None
    return _ticks(holder.pid) == holder.ticks


def read_holder(workdir: str | Path = ".") -> Holder | None:
    """Who holds the run directory; None where nobody does. An unreadable lock raises InputError."""
    path = Path(workdir) / LOCK
    try:
        return Holder(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise InputError([Problem(str(path), None, "", "", "the lock cannot be read", TAKE_OVER)]) from error


TAKE_OVER = "Make sure that no run works in this folder; then: tierline run --take-over."


@contextmanager
def held(
    run_id: str,
    command: str,
    *,
    take_over: bool = False,
    say: Callable[[str], None] = print,
    adopt: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold the working directory while the block runs.

    A lock of a run that is proven dead is taken over: its remaining processes on this host are ended, its half-written
    files removed, Snakemake's lock opened; ``say`` tells what was done. ``take_over`` does so, too, where the run cannot
    be seen from here. ``adopt`` sees to what earlier runs have on a cluster: it comes back when nothing of that is at
    work, and may take hours. Raises InputError where another run lives, or may live.
    """
    FOLDER.mkdir(exist_ok=True)
    with open(FOLDER / "guard", "w") as guard:
        _guard(guard)
        before = _judge(take_over)
        if before:
            _end_rest(before, say)
        adopt()
        if before:
            _clear(before, say)
        elif _snakemake_locked():
            _respect_snakemake(take_over, say)
        _write(this_process(run_id, command))
    try:
        yield
    finally:
        with suppress(InputError):
            holder = read_holder()
            if holder and holder.run_id == run_id:
                LOCK.unlink(missing_ok=True)


def _guard(guard: IO[str]) -> None:
    """One start at a time. InputError where another start takes its time, as it does while it waits for jobs."""
    until = time.monotonic() + STARTS
    while time.monotonic() < until:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:  # file systems without locks: the lock itself is made in one step all the same
            return
        else:
            return
    raise InputError([Problem(guard.name, None, "", "", "another run is just being started here", "Wait for it.")])


def _judge(take_over: bool) -> Holder | None:
    """The dead run whose lock is here; None where there is no lock. Raises InputError where the run lives or may live."""
    try:
        holder = read_holder()
    except InputError:
        if not take_over:
            raise
        LOCK.unlink()
        return None
    if holder is None:
        return None
    alive = is_alive(holder)
    if alive:
        raise InputError([Problem(str(LOCK), None, "", "", f"a run works in this folder ({holder})", "Wait for its end.")])
    if alive is None and not take_over:
        what = f"a run of another host or container holds this folder ({holder}), and cannot be seen from here"
        raise InputError([Problem(str(LOCK), None, "", "", what, TAKE_OVER)])
    return holder


def _end_rest(holder: Holder, say: Callable[[str], None]) -> None:
    """End what is left of a dead run on this host."""
    say(f"The run before died ({holder}).")
    if others := _foreign_snakemakes(holder.run_id):
        _refuse(others)
    ended = end(processes_of(holder.run_id))
    if ended:
        say(f"Ended what was left of it: {', '.join(f'{p.name} ({p.pid})' for p in ended)}.")


def _clear(holder: Holder, say: Callable[[str], None]) -> None:
    """Remove what a dead run left."""
    if left := sweep(holder.run_id):
        say(f"Removed what {left} of its jobs had begun to write.")
    open_snakemake()
    LOCK.unlink(missing_ok=True)
    say("Going on from what was finished.")


def sweep(run_id: str) -> int:
    """Remove what the jobs of a run had begun to write; returns of how many."""
    left = list(PARTS.glob(f"{run_id}.*"))
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def _snakemake_locked() -> bool:
    return SNAKEMAKE_LOCKS.is_dir() and any(SNAKEMAKE_LOCKS.iterdir())


def _respect_snakemake(take_over: bool, say: Callable[[str], None]) -> None:
    """Snakemake's own lock, of a run that was not started by ``tierline run``."""
    if others := _foreign_snakemakes(""):
        _refuse(others)
    if not take_over:
        what = "Snakemake's lock is here, of a run that tierline did not start and that cannot be seen from here"
        raise InputError([Problem(str(SNAKEMAKE_LOCKS), None, "", "", what, TAKE_OVER)])
    open_snakemake()
    say("Opened Snakemake's lock, as told.")


def _refuse(others: Iterable[Process]) -> None:
    named = ", ".join(str(process.pid) for process in others)
    what = f"a Snakemake that tierline did not start works in this folder (process {named})"
    raise InputError([Problem(str(SNAKEMAKE_LOCKS), None, "", "", what, "Wait for its end.")])


def open_snakemake() -> None:
    """What ``snakemake --unlock`` does, without its three seconds."""
    for lock in SNAKEMAKE_LOCKS.glob("*"):
        lock.unlink(missing_ok=True)


def _write(holder: Holder) -> None:
    """Make the lock in one step. InputError where another run was quicker."""
    own = FOLDER / f"lock.{holder.run_id}"
    own.write_text(json.dumps(asdict(holder)), encoding="utf-8")
    try:
        os.link(own, LOCK)
    except FileExistsError:
        other = read_holder()
        raise InputError([Problem(str(LOCK), None, "", "", f"another run has just begun here ({other})", "")]) from None
    finally:
        own.unlink()


# --------------------------------------------------------------------------- processes


def processes_of(run_id: str) -> list[Process]:
    """The living processes of a run on this host, but for this one: those that carry its id in their environment.

    What Slurm runs on this host is left out: that is for Slurm to end.
    """
    wanted = f"{RUN_ID}={run_id}".encode()
    return [p for p in _processes() if p.pid != os.getpid() and wanted in _words(p) and not _is_slurms(p)]


def _is_slurms(process: Process) -> bool:
    """Whether a process belongs to a job of Slurm; not, where that is the job in which this process is, too."""
    own = f"SLURM_JOB_ID={os.environ.get('SLURM_JOB_ID', '')}".encode()
    return any(word.startswith(b"SLURM_JOB_ID=") and word != own for word in _words(process))


def _words(process: Process) -> list[bytes]:
    """The environment of a process."""
    return _bytes(process.pid, "environ").split(b"\0")


def end(processes: Iterable[Process], patience: float = PATIENCE) -> list[Process]:
    """Ask the processes to end, and end those that have not after ``patience`` seconds. Returns those that were alive."""
    alive = [process for process in processes if _ticks(process.pid) == process.ticks]
    for code, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, patience)):
        for process in alive:
            if _ticks(process.pid) == process.ticks:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, code)
        until = time.monotonic() + wait
        while time.monotonic() < until and any(_ticks(p.pid) == p.ticks for p in alive):
            time.sleep(0.02)
    return alive


def _foreign_snakemakes(run_id: str) -> list[Process]:
    """Processes of Snakemake that work in this folder and are not of the run."""
    own = {process.pid for process in processes_of(run_id)} if run_id else set()
    found = []
    for process in _processes():
        with suppress(OSError):
            here = os.readlink(f"/proc/{process.pid}/cwd") == os.getcwd()
            if here and process.pid not in own and not _is_slurms(process):
                words = _bytes(process.pid, "cmdline").split(b"\0")
                if any(Path(os.fsdecode(word)).name == "snakemake" for word in words[:3]):
                    found.append(process)
    return found


def _processes() -> Iterator[Process]:
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (ticks := _ticks(int(entry))) is not None:
            yield Process(int(entry), ticks, _text(f"/proc/{entry}/comm"))


def _ticks(pid: int) -> int | None:
    """When a process started, in clock ticks after the boot; None where it is no more (a zombie is no more)."""
    head, _, rest = _bytes(pid, "stat").rpartition(b") ")
    fields = rest.split()
    return int(fields[19]) if head and fields[0] not in (b"Z", b"X") else None


def _bytes(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
