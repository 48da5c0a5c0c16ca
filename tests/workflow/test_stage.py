"""The index of bwa on the disk of a node: the alignments are the same bytes, and nothing is made anew for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs import demo_samples, demo_units, planned, snakemake, write_project

pytestmark = pytest.mark.slow

BAM = "results/align/units/CRC01T.L1.bam"


def aligned(folder: Path, node_folder: str) -> tuple[bytes, str]:
    """The alignments of one sample, and what the log of bwa says of the copy."""
    place(folder, node_folder)
    done = snakemake(folder, "--notemp", BAM)
    assert done.code == 0, done.output
    [log] = (folder / "logs/align_reads").glob("*.log")
    return (folder / BAM).read_bytes(), log.read_text()


def place(folder: Path, node_folder: str) -> None:
    samples = [row for row in demo_samples() if row["sample"] == "CRC01T"]
    units = [row for row in demo_units() if row["sample"] == "CRC01T"][:1]
    write_project(folder, samples, units, run={"node_folder": node_folder})


def test_alignments_do_not_depend_on_it(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.mkdir()
    shared, said = aligned(tmp_path / "shared", "")
    assert "copy" not in said
    staged, said = aligned(tmp_path / "staged", str(node))
    assert "is made" in said and len(list(node.glob("tierline-*/*/results/reference/genome.fa.*"))) == 5
    assert shared == staged, "also the command lines in their headers"
    place(tmp_path / "shared", str(node))
    assert not planned(snakemake(tmp_path / "shared", "--dry-run", BAM)), "another folder makes nothing anew"
