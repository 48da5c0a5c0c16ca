"""The folder in which a run takes place: whether a run may start there, and whose results it holds."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import tierline
from tierline.paths import ROOT
from tierline.problems import InputError, Problem
from tierline.records import MadeBy
from tierline.tables import read_rows, write_rows

if TYPE_CHECKING:
    from tierline.sheets import Project

MADE_BY = "results/run/made_by.tsv"
ODD = re.compile(r"[\x00-\x20\x7f\"'`$\\;|&<>{}*?!]")  # what a shell, Snakemake or a wrapper script would take apart
WRITTEN = ("results", "logs", "benchmarks", ".snakemake", ".tierline")  # what a run writes in its directory
LEAST_DISK = 2  # times a sample's sequencing files: the alignments of its units, and those made of them, beside each other
SKEW = 60.0  # seconds by which the clocks of a file system and of this machine may differ
LEAST_FREE = 1 << 20  # bytes; the tables and logs of any run


def folder_problems(project: Project) -> list[Problem]:
    """Everything about the run directory that keeps a run from starting there. Writes nothing."""
    return [
        *_path_problems(project),
        *permission_problems(project.workdir),
        *_disk_problems(project),
        *_date_problems(project),
        *_owner_problems(project),
    ]


def check_owner(project: Project) -> None:
    """Raise InputError where the folder holds the results of another project: also for bare Snakemake."""
    if problems := list(_owner_problems(project)):
        raise InputError(problems)


def note_owner(project: Project) -> None:
    """Write down whose results the folder holds, once a run has been let in."""
    if list(_owners(project.workdir)) != [_owner(project)]:
        write_rows(project.workdir / MADE_BY, MadeBy, [_owner(project)])


def least_disk(project: Project) -> int:
    """Bytes without which a run cannot end: those of the samples that are not aligned yet."""
    missing = {s.sample for s in project.samples if not (project.workdir / f"results/align/{s.sample}.bam").exists()}
    units = (unit for unit in project.units if unit.sample in missing)
    names = (name for unit in units for name in (unit.fq1, unit.fq2, unit.bam) if name)
    return LEAST_FREE + LEAST_DISK * sum((project.workdir / name).stat().st_size for name in names)


def _path_problems(project: Project) -> Iterator[Problem]:
    """Names that are safe in the sheets are of no use below a folder whose name is not."""
    folders = {
        "the run directory": project.workdir,
        "the folder of the config file": project.configfile.resolve().parent,
        "the folder of Tierline": ROOT,
    }
    for what, folder in folders.items():
        if odd := ODD.search(str(folder)):
            yield Problem(
                str(folder), None, "", odd[0], f"the path of {what} holds a character that tools take apart",
                "Rename or move it: no blanks, quotes or any of ` $ \\ ; | & < > { } * ? !",
            )  # fmt: skip


def permission_problems(workdir: Path) -> Iterator[Problem]:
    """The folders in which a run could not write."""
    places = [workdir, *(path for name in WRITTEN if (path := workdir / name).exists())]
    for place in places:
        if not os.access(place, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            yield Problem(
                str(place), None, "", "", "you cannot write here", "Choose another run directory, or ask for the right."
            )


def _disk_problems(project: Project) -> Iterator[Problem]:
    free, least = shutil.disk_usage(project.workdir).free, least_disk(project)
    if free < least:
        yield Problem(
            str(project.workdir), None, "", "", f"the disk has {free / 1e6:.0f} MB free, a run needs {least / 1e6:.0f} MB",
            "Make room, or choose a run directory on another disk.",
        )  # fmt: skip


def _date_problems(project: Project) -> Iterator[Problem]:
    """Reads dated after now: whatever is made of them would look older than they are, and be made again for ever."""
    latest = time.time() + SKEW
    for unit in project.units:
        for column in ("fq1", "fq2", "bam", "vcf", "coverage"):
            name = getattr(unit, column)
            if name and (dated := (project.workdir / name).stat().st_mtime) > latest:
                when = datetime.fromtimestamp(dated).isoformat(sep=" ", timespec="seconds")
                yield Problem(
                    project.config["units"], None, column, name, f"the file is dated {when}, which is yet to come",
                    f"Set the clock of this machine right, or the date of the file: touch {name}",
                )  # fmt: skip


def bring_dates_back(workdir: Path) -> int:
    """Give every result that is dated after now the date of now; returns how many.

    After the clock of a machine went back, what is made from such a file would look older than it, which Snakemake takes
    for a fault. All get one date, so that none looks newer than another that was made from it.
    """
    now = time.time()
    found = [path for path in (workdir / "results").rglob("*") if path.lstat().st_mtime > now + SKEW]
    for path in found:
        os.utime(path, (now, now), follow_symlinks=False)
    return len(found)


def _owner_problems(project: Project) -> Iterator[Problem]:
    """Results of another version of Tierline, build or config: they must never be taken for those of this run."""
    own = _owner(project)
    try:
        owners = list(_owners(project.workdir))
    except InputError as error:
        yield from error.problems
        return
    for row, made_by in enumerate(owners, 2):
        for column, what in (("tierline", "version of Tierline"), ("config", "config file"), ("build", "genome build")):
            theirs, ours = getattr(made_by, column), getattr(own, column)
            if theirs != ours:
                yield Problem(
                    MADE_BY, row, column, theirs, f"results/ was made with another {what}; this run has {ours!r}",
                    f"Run in another folder. To go on here, delete {MADE_BY}: what the change touches is made again.",
                )  # fmt: skip


def _owner(project: Project) -> MadeBy:
    config = project.configfile.resolve()
    inside = config.is_relative_to(project.workdir)  # then the folder may be moved
    shown = config.relative_to(project.workdir) if inside else config
    return MadeBy(tierline.__version__, str(shown), project.config["reference"]["build"])


def _owners(workdir: Path) -> Iterator[MadeBy]:
    path = workdir / MADE_BY
    return read_rows(path, MadeBy) if path.is_file() else iter(())
