"""The image in which the jobs of a run work (``run.container``): how it may be named, and what must be there for it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tierline.problems import Problem

if TYPE_CHECKING:
    from tierline.inputfiles import Cell

REGISTRIES = ("docker://", "oras://")
PROGRAMS = ("apptainer", "singularity")  # the one that Snakemake takes first comes first
SAFE = re.compile(r"[\w./:@+~-]+", re.ASCII)
"""Snakemake writes the name into a command line as it is."""


def is_file(image: str) -> bool:
    return bool(image) and "://" not in image


def container_problems(image: str, workdir: Path, cell: Cell) -> Iterator[Problem]:
    """What keeps jobs from working in ``image`` (a file as seen from ``workdir``, or an address); "" is none."""
    if not image:
        return
    if not SAFE.fullmatch(image):
        said = f"{image} has characters that a shell would take for its own"
        yield cell.problem(said, "Use letters, digits and any of _ . / : @ + ~ - for the image and its folder.")
    elif is_file(image):
        if not (workdir / image).is_file():
            yield cell.problem("there is no such file", f"Write the path of an image, or {' or '.join(REGISTRIES)}...")
    elif not image.startswith(REGISTRIES):
        yield cell.problem("images do not come from there", f"Write {' or '.join(REGISTRIES)}..., or the path of a file.")
    if not any(map(shutil.which, PROGRAMS)):
        remedy = 'Install Apptainer, load its module first, or write container: "".'
        yield cell.problem(f"jobs cannot be started in an image: {' and '.join(PROGRAMS)} are not on PATH", remedy)
