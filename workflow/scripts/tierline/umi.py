"""What assays with UMIs need besides their own folder: fgumi, and reads that are still FASTQ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tierline.assays import Assay
from tierline.problems import Problem
from tierline.tools import has_tool

if TYPE_CHECKING:
    from tierline.sheets import Project


def umi_problems(assay: Assay, project: Project) -> Iterator[Problem]:
    """What keeps the samples of an assay with UMIs from being collapsed: no fgumi, or reads that are no FASTQ."""
    samples = {sample.sample for sample in project.samples if sample.assay == assay.id}
    as_is = project.config["align"]["bam"] == "as_is"
    units = [unit for unit in project.units if unit.sample in samples and not unit.vcf and not (unit.bam and as_is)]
    if units and not project.config["run"]["container"] and not has_tool("fgumi"):
        yield Problem(
            str(Path(assay.folder) / "assay.yaml"), None, "umi", "", "fgumi, which collapses UMIs, is not installed",
            "Run make setup-umi: it builds fgumi, which takes minutes and needs Rust (docs/umi.md).",
        )  # fmt: skip
    for unit in units:
        if unit.bam:
            yield Problem(
                project.config["units"], None, "bam", unit.bam, f"the reads of {unit.sample} have UMIs, and are a BAM",
                "Give the FASTQ files that it was made from, or a collapsed BAM with align.bam: as_is.",
            )  # fmt: skip
