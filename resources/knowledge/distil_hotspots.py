"""Distil the residue table of cancerhotspots.org (v2) into ``hotspot_residues.tsv`` and ``hotspot_indels.tsv``.

Usage: python resources/knowledge/distil_hotspots.py ../shared/data/knowledge/hotspots_v2_and_3d.txt

Residues of the 3D clusters and splice sites are left out; every residue and indel region with q < 0.1, which is all
that the source lists, is kept.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path

from tierline.knowledge import HotspotIndel, HotspotResidue
from tierline.knowledge._hotspots import HOTSPOT_INDELS, HOTSPOT_RESIDUES
from tierline.tables import write_rows

HEADER = """\
# {what}. Source: cancerhotspots.org, hotspots v2 (file {file})
# Licence: Open Database License (ODbL) 1.0, https://opendatacommons.org/licenses/odbl/1-0/; so is this table.
# Changes: columns selected and variants sorted by distil_hotspots.py. Counts are tumours of the source.
"""


def most_frequent_first(composition: str) -> tuple[str, ...]:
    """``R:4|E:833`` as ("E:833", "R:4"); ties by name."""
    return tuple(sorted(composition.split("|"), key=lambda item: (-int(item.rsplit(":", 1)[1]), item)))


def write(path: Path, cls: type, rows: Iterable[object], what: str, file: str) -> None:
    count = write_rows(path, cls, rows)
    path.write_text(HEADER.format(what=what, file=file) + path.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"{count} rows to {path.name}")


def distil(source: Path, folder: Path) -> None:
    """Write ``hotspot_residues.tsv`` and ``hotspot_indels.tsv`` into ``folder``."""
    with open(source, encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle, delimiter="\t"))
    residues = [
        HotspotResidue(
            row["hugo_symbol"],
            int(row["amino_acid_position"]),
            row["reference_amino_acid"].split(":")[0],
            most_frequent_first(row["variant_amino_acid"]),
            int(float(row["total_count"])),
            float(row["q_value"]),
            row["transcript_id"],
        )
        for row in table
        if row["type"] == "single residue"
    ]
    indels = []
    for row in table:
        if row["type"] == "in-frame indel":
            start, _, end = row["amino_acid_position"].partition("-")
            indels.append(
                HotspotIndel(
                    row["hugo_symbol"],
                    int(start),
                    int(end or start),
                    most_frequent_first(row["variant_amino_acid"]),
                    int(float(row["total_count"])),
                    float(row["q_value"]),
                    row["transcript_id"],
                )
            )
    residues.sort(key=lambda row: (row.gene, row.position))
    indels.sort(key=lambda row: (row.gene, row.start))
    named = source.name
    write(folder / HOTSPOT_RESIDUES.name, HotspotResidue, residues, "Statistically recurrent residues", named)
    write(folder / HOTSPOT_INDELS.name, HotspotIndel, indels, "Codons with recurrent in-frame indels", named)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    distil(Path(sys.argv[1]), HOTSPOT_RESIDUES.parent)
