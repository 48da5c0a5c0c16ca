"""The conda part of a bundle: the packages of every environment of ``envs/``, and the lists that install them offline.

Each environment is made once, by the commands with which Snakemake makes it, with a folder of its own for what conda
downloads; what conda then lists as installed is taken from there. ``install.sh`` writes the lists as pin files beside the
environments' own, so that Snakemake installs these very files.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tierline.tools import ENVS, search_path

BASE = "base"
"""The environment of the set-up itself: Python, and a conda that Snakemake takes."""

LINE = re.compile(r"\S+/([\w.-]+/[\w.-]+/[\w.+!-]+\.(?:conda|tar\.bz2))#([0-9a-f]{32})", re.ASCII)
PLATFORM = re.compile(r"^# platform: (\S+)$", re.MULTILINE)


class CondaError(Exception):
    """conda failed, or listed what cannot be taken along; the message ends with its last words."""


@dataclass(frozen=True, slots=True)
class Package:
    """One line of ``conda list --explicit --md5``."""

    place: str  # channel, subdirectory and file name
    md5: str

    @property
    def name(self) -> str:
        return self.place.rpartition("/")[2]


def has_conda() -> bool:
    return shutil.which("conda", path=search_path()) is not None


def fetch_conda(folder: Path, min_conda: str) -> None:
    """Write packages and lists into ``folder``; ``min_conda`` is the oldest version that will do. Needs a network.

    ``<env>.<platform>.pin.txt`` lists the packages by their path from ``folder``, each with its MD5, in conda's order;
    ``<env>.pip.txt`` what pip installs besides, from ``pip/``.
    """
    folder = folder.absolute()
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    own = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    environment = {**own, "PATH": search_path(), "CONDA_PKGS_DIRS": str(scratch / "pkgs")}
    python = f"python={sys.version_info.major}.{sys.version_info.minor}"  # the wheels of the bundle are for this one
    channels = ("--override-channels", "--channel", "conda-forge")
    base = ("create", "--yes", "--quiet", "--prefix", str(scratch / BASE), *channels, python, f"conda>={min_conda}")
    _conda(base, environment)
    _take(folder, BASE, scratch, environment)
    for file in sorted(ENVS.glob("*.yaml")):
        prefix = scratch / file.stem
        _conda(("env", "create", "--quiet", "--file", str(file), "--prefix", str(prefix)), environment)
        _take(folder, file.stem, scratch, environment)
        if pip := pip_packages(file):
            (folder / f"{file.stem}.pip.txt").write_text("\n".join(pip) + "\n", encoding="utf-8")
            download = ("-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", str(folder / "pip"), *pip)
            _call((str(prefix / "bin" / "python"), *download), environment)
    shutil.rmtree(scratch)


def pip_packages(file: Path) -> list[str]:
    """What a conda file has pip install."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))["dependencies"]
    return [name for entry in entries if isinstance(entry, dict) for name in entry["pip"]]


def _take(folder: Path, name: str, scratch: Path, environment: Mapping[str, str]) -> None:
    """The packages of one environment, from where conda put them, into the bundle; and their list."""
    listed = _conda(("list", "--explicit", "--md5", "--prefix", str(scratch / name)), environment)
    platform, packages = read_list(listed)
    downloaded = defaultdict(list)
    for path in (scratch / "pkgs").rglob("*"):
        if path.suffix in (".conda", ".bz2"):
            downloaded[path.name].append(path)
    for package in packages:
        found = next((path for path in downloaded[package.name] if _md5(path) == package.md5), None)
        if not found:
            raise CondaError(f"{name}: no {package.name} with the MD5 {package.md5} is where conda downloads to")
        target = folder / "packages" / package.place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found, target)
    lines = ["@EXPLICIT", *(f"packages/{package.place}#{package.md5}" for package in packages)]
    (folder / f"{name}.{platform}.pin.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_list(text: str) -> tuple[str, list[Package]]:
    """Platform and packages of ``conda list --explicit --md5``. Raises CondaError where a line cannot be used."""
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "@"))]
    found = [LINE.fullmatch(line) for line in lines]
    platform = PLATFORM.search(text)
    if not platform or not all(found) or not found:
        raise CondaError(f"this list of conda is no list of packages with their MD5:\n{text[:2000]}")
    return platform[1], [Package(*match.groups()) for match in found if match]


def _md5(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _conda(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    return _call(("conda", *arguments), environment)


def _call(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Standard output of a command that has to end well."""
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    done = subprocess.run([program, *command[1:]], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CondaError(f"{' '.join(command)}\nfailed:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
