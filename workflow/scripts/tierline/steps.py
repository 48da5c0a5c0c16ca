"""What every script of a rule needs: its words in its log, a user's fault told without a traceback, whole products."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from tierline.problems import EXIT_BAD_INPUT, EXIT_TOOL_FAILED, InputError

PARTS = Path("results/.part")
"""Where products are written before they are whole: one folder for each attempt of a job (also in ``job.sh``)."""

RUN_ID = "TIERLINE_RUN_ID"
"""The environment variable by which all processes of one ``tierline run`` know each other."""


@contextmanager
def logged(log: str) -> Iterator[None]:
    """Send what is printed to the log file; end the script with code 2 on bad input, 3 on any other failure."""
    with open(log, "w", encoding="utf-8") as handle, redirect_stdout(handle), redirect_stderr(handle):
        try:
            yield
        except InputError as error:
            print(error, file=handle)
            handle.flush()
            code = EXIT_BAD_INPUT
        except Exception:
            traceback.print_exc(file=handle)
            code = EXIT_TOOL_FAILED
        else:
            return
    sys.exit(code)


@contextmanager
def producing(log: str, outputs: Iterable[str]) -> Iterator[Callable[[str], Path]]:
    """``logged``, and products that get their names only when all are whole; ``produce`` of ``job.sh`` for scripts.

    Yields a function from an output (relative to the run directory) to the place where it is to be written. At the end
    every output must be there and not empty; then all are moved to their names. After a failure none is.
    The latest attempt wins: it removes the folder of an earlier one, which may work on where a node only seems dead.
    """
    with logged(log):
        outputs = list(outputs)
        job = hashlib.sha256("\n".join(outputs).encode()).hexdigest()[:16]
        for earlier in PARTS.glob(f"*.{job}.*"):
            shutil.rmtree(earlier, ignore_errors=True)
        PARTS.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.environ.get(RUN_ID, 'run')}.{job}.", dir=PARTS))

        def part(output: str) -> Path:
            place = folder / output
            place.parent.mkdir(parents=True, exist_ok=True)
            return place

        try:
            yield part
            for output in outputs:
                made = folder / output
                if not made.exists() or made.stat().st_size == 0:
                    raise OSError(f"{output} was not written, or is empty")
            for output in outputs:
                Path(output).parent.mkdir(parents=True, exist_ok=True)  # as in job.sh
                (folder / output).replace(output)
        finally:
            if not folder.exists():
                _end_superseded()
            shutil.rmtree(folder, ignore_errors=True)


def _end_superseded() -> None:
    """Another attempt has taken over: Snakemake must not tidy up after this one, and remove what the other has made."""
    print("a later attempt has taken this job over: what this one made is not used", flush=True)
    if "SLURM_JOB_ID" in os.environ:
        os.killpg(0, signal.SIGKILL)
