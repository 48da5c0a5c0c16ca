"""Snakemake as a child that is watched, and ended tidily when the run is asked to end."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from tierline import runlock
from tierline.runlock import Process

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 3.0
"""Seconds that tools, and then Snakemake, are given to end by themselves: a run ends within ten of being asked."""


def supervise(
    command: Sequence[str],
    environment: Mapping[str, str],
    run_id: str,
    output: Path,
    tick: Callable[[], None],
    stop: Callable[[], None],
    every: float = 0.2,
    sweep: bool = True,
) -> tuple[int, list[Process]]:
    """Run ``command``, with what it prints appended to ``output`` and ``tick`` called every so many seconds.

    ``stop`` is called when the run is asked to end (Ctrl-C, SIGTERM, a closed terminal), before anything is ended. Returns
    the exit code, and what had to be ended: [] where the run came to its own end. Whatever happens here, nothing of the
    run goes on afterwards on this machine. ``sweep``: what its jobs had begun to write is removed then; not, where some
    may work on elsewhere.
    """
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        with open(output, "ab") as handle:
            child = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=handle, stderr=handle, start_new_session=True
            )
        try:
            while child.poll() is None and not asked:
                tick()
                time.sleep(every)
        finally:
            cut_short = child.poll() is None or child.returncode < 0  # asked to end, or Snakemake itself was killed
            if cut_short:
                stop()
            ended = end_run(child, run_id)  # also of a run that ended: a job whose shell was killed has left its tools
            if cut_short:
                runlock.open_snakemake()
            if sweep:
                runlock.sweep(run_id)
        tick()
        return child.returncode, ended if cut_short else []
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_run(child: subprocess.Popen[bytes], run_id: str) -> list[Process]:
    """End Snakemake and all that it runs: first it is told to start nothing more, then its tools are ended, then it."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        time.sleep(0.3)
    ended = runlock.end((p for p in runlock.processes_of(run_id) if p.pid != child.pid), PATIENCE)
    with suppress(subprocess.TimeoutExpired):
        child.wait(PATIENCE)
    ended += runlock.end(runlock.processes_of(run_id), 0.5)
    child.wait()
    return ended
