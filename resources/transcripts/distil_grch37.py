"""Add to GRCh37.tsv the transcripts of genes of ``solid500`` that its rows of other sources lack.

Usage: python resources/transcripts/distil_grch37.py ../shared/data/knowledge/hotspots_v2_and_3d.txt [MANE_SUMMARY]

Kept are facts (gene, transcript). cancerhotspots.org v2 (ODbL 1.0) names Ensembl ids of GRCh37 without versions; its
rows of type 3d, numbered in other transcripts, are passed over. For genes that are not there, MANE_SUMMARY
(MANE.GRCh38.v1.5.summary.txt.gz of NCBI and EMBL-EBI) gives the MANE Select transcript, in which GRCh38 counts, if its id
is old enough to be GRCh37's. Without MANE_SUMMARY those rows stay as they are.
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

from tierline.annotation import base_id
from tierline.knowledge._gene_aliases import load_gene_aliases
from tierline.panels import load_panel
from tierline.records import TranscriptChoice
from tierline.tables import format_value, read_rows

HERE = Path(__file__).resolve().parent
TABLE = HERE / "GRCh37.tsv"
SOURCE = "cancerhotspots.org v2 (ODbL 1.0), transcript_id"
MANE = "MANE v1.5, MANE Select, an id older than GRCh38"
FIRST_OF_GRCH38 = "ENST00000611000"
"""Ids are given in order; the highest of GRCh37 that was read is ENST00000608872 (OncoKB's list of cancer genes)."""


def mane_select(summary: Path, wanted: set[str]) -> dict[str, TranscriptChoice]:
    """Genes of ``wanted`` whose MANE Select transcript has an id that GRCh37 can have."""
    found = {}
    with gzip.open(summary, "rt", encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            gene, transcript = row["symbol"], base_id(row["Ensembl_nuc"])
            if gene in wanted and row["MANE_status"] == "MANE Select" and transcript < FIRST_OF_GRCH38:
                found[gene] = TranscriptChoice(gene, transcript, row["RefSeq_nuc"], "none", 0, (), MANE)
    return found


def main(hotspots: Path, summary: Path | None = None) -> None:
    made_here = {SOURCE, MANE} if summary else {SOURCE}
    rows = {row.gene: row for row in read_rows(TABLE, TranscriptChoice) if row.source not in made_here}
    wanted = load_panel(HERE.parent / "panels" / "solid500").gene_names - rows.keys()
    aliases = load_gene_aliases()
    found: dict[str, set[str]] = {}
    with open(hotspots, encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            symbol = row["hugo_symbol"]
            gene = symbol if symbol in wanted else aliases.get(symbol.casefold(), symbol)
            if gene in wanted and row["type"] != "3d" and row["transcript_id"].startswith("ENST"):
                found.setdefault(gene, set()).add(row["transcript_id"])
    for gene, transcripts in found.items():
        if len(transcripts) == 1:  # numbered in one transcript: there is no doubt which
            rows[gene] = TranscriptChoice(gene, *transcripts, "", "none", 0, (), SOURCE)
    if summary:
        rows |= mane_select(summary, wanted - rows.keys())
    head = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    columns = TranscriptChoice.__dataclass_fields__
    body = ["\t".join(format_value(getattr(rows[gene], name)) for name in columns) for gene in sorted(rows)]
    TABLE.write_text("\n".join([*head, "\t".join(columns), *body]) + "\n", encoding="utf-8")
    print(f"{len(rows)} genes; {len(wanted - rows.keys())} genes of solid500 without: {sorted(wanted - rows.keys())}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
