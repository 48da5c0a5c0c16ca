"""Reference presets: the named files of named providers, as ``resources/references/<preset>.yaml`` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import jsonschema
import yaml

from tierline.paths import RESOURCES, ROOT, cache_folder

FOLDER = "results/reference/preset"  # where a run finds the files of its preset: links into the user's cache
NONE = "none"  # config value: go without this file, though the preset has one
CHROMOSOMES = (*map(str, range(1, 23)), "X", "Y")


@dataclass(frozen=True, slots=True)
class PresetFile:
    """One file of a preset. ``role`` is the key of the config; ``size`` is in bytes, None where nobody states it."""

    role: str
    provider: str
    release: str
    url: str
    read_in: str
    checksum: str = ""
    size: int | None = None
    size_stated_by: str = ""
    prepare: str = ""
    terms: str = ""
    note: str = ""

    @property
    def download(self) -> str:
        """File name of the download."""
        return PurePosixPath(self.url).name

    @property
    def name(self) -> str:
        """File name once it is prepared."""
        match self.prepare:
            case "gunzip":
                return self.download.removesuffix(".gz")
            case "bgzip":
                return f"{self.download}.gz"
            case "add_chr":
                return self.download.replace(".vcf.gz", ".chr.vcf.gz")
        return self.download

    @property
    def is_vcf(self) -> bool:
        """True where an index (``.tbi``) belongs to it."""
        return self.name.endswith(".vcf.gz")

    @property
    def path(self) -> str:
        """Where a run finds it, from the run directory."""
        return f"{FOLDER}/{self.name}"

    @property
    def names(self) -> tuple[str, ...]:
        """Its own name and, of a VCF, that of its index."""
        return (self.name, f"{self.name}.tbi") if self.is_vcf else (self.name,)

    def is_in(self, folder: Path) -> bool:
        """Whether it lies in a folder, with its index where one belongs to it."""
        return all((folder / name).is_file() for name in self.names)


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset. ``memory_gb`` and ``disk_gb`` are estimates of what its first run takes, samples apart."""

    name: str
    prefix: str
    memory_gb: float
    disk_gb: float
    files: Mapping[str, PresetFile]

    @property
    def folder(self) -> Path:
        """Its place in the user's cache."""
        return cache_folder() / "references" / self.name

    @property
    def contigs(self) -> dict[str, None]:
        """Names of its chromosomes; their lengths are not known before the download."""
        return dict.fromkeys(f"{self.prefix}{name}" for name in CHROMOSOMES)


@cache
def load_preset(name: str) -> Preset:
    """Read and validate a preset. FileNotFoundError where there is none, jsonschema.ValidationError where it is faulty."""
    schema = yaml.safe_load((ROOT / "workflow" / "schemas" / "reference.schema.yaml").read_text(encoding="utf-8"))
    table: dict[str, Any] = yaml.safe_load((RESOURCES / "references" / f"{name}.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(table, schema)
    files = {role: PresetFile(role=role, **entry) for role, entry in table["files"].items()}
    prefix = "chr" if table["contigs"] == "chr" else ""
    return Preset(name, prefix, table["memory_gb"], table["disk_gb"], files)


def with_preset(reference: Mapping[str, str]) -> dict[str, str]:
    """The ``reference`` of a config with every file that it leaves out filled from its preset, and ``none`` emptied.

    A preset of another build fills nothing: that is refused elsewhere.
    """
    preset = load_preset(reference["preset"]).files if reference["preset"] == reference["build"] else {}
    filled = {key: value or (preset[key].path if key in preset else "") for key, value in reference.items()}
    return {key: "" if value == NONE else value for key, value in filled.items()}


def files_in_use(reference: Mapping[str, str]) -> list[PresetFile]:
    """The files that a (filled) ``reference`` takes from its preset."""
    if not reference["preset"]:
        return []
    return [file for role, file in load_preset(reference["preset"]).files.items() if reference[role] == file.path]
