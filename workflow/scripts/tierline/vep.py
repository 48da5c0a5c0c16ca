"""VEP: which gene models it is given, and what must be there before it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tierline.inputfiles import Cell
from tierline.problems import Problem
from tierline.tools import has_tool

ASSEMBLIES = ("GRCh38", "GRCh37")


def vep_models(cache: str, version: int, build: str, gtf: str) -> list[str]:
    """The options that name its gene models: a cache (of ``version``, 0: VEP's own) for ``build``, else a sorted GTF."""
    if not cache:
        return ["--gtf", gtf]
    chosen = ["--cache_version", str(version)] if version else []
    return ["--cache", "--dir_cache", cache, *chosen, "--species", "homo_sapiens", "--assembly", build]


def vep_problems(config: Mapping[str, Any], workdir: Path, tool: Cell, cache: Cell) -> Iterator[Problem]:
    """Why VEP could not run; nothing where another annotator is chosen. ``tool`` and ``cache`` are cells of the config."""
    if config["annotate"]["tool"] != "vep":
        return
    if not config["run"]["container"] and not has_tool("vep"):
        remedy = "Install VEP (conda has it: envs/vep.yaml; docs/install.md), or write tool: snpeff."
        yield tool.problem("VEP is not on PATH", remedy)
    folder = config["annotate"]["vep_cache"]
    if folder and not any((workdir / folder).glob("homo_sapiens*/*")):
        yield cache.problem("there is no cache of VEP in this folder", "Write the folder that holds homo_sapiens/.")
    elif folder and config["reference"]["build"] not in ASSEMBLIES:
        remedy = "Leave vep_cache empty: VEP then takes the gene models of reference.gtf."
        yield cache.problem(f"VEP has no cache for the build {config['reference']['build']}", remedy)
