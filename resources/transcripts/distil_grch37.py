"""Add to GRCh37.tsv the transcripts in which cancerhotspots.org numbers genes of ``solid500`` that the table lacks.

Usage: python resources/transcripts/distil_grch37.py ../shared/data/knowledge/hotspots_v2_and_3d.txt

Kept are facts (gene, transcript). cancerhotspots.org v2 (ODbL 1.0) names Ensembl ids of GRCh37 without versions; its
rows of type 3d, numbered in other transcripts, are passed over.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from tierline.knowledge._gene_aliases import load_gene_aliases
from tierline.panels import load_panel
from tierline.records import TranscriptChoice
from tierline.tables import format_value, read_rows

HERE = Path(__file__).resolve().parent
TABLE = HERE / "GRCh37.tsv"
SOURCE = "cancerhotspots.org v2 (ODbL 1.0), transcript_id"


def main(hotspots: Path) -> None:
    rows = {row.gene: row for row in read_rows(TABLE, TranscriptChoice) if row.source != SOURCE}
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
    head = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    columns = TranscriptChoice.__dataclass_fields__
    body = ["\t".join(format_value(getattr(rows[gene], name)) for name in columns) for gene in sorted(rows)]
    TABLE.write_text("\n".join([*head, "\t".join(columns), *body]) + "\n", encoding="utf-8")
    print(f"{len(rows)} genes; {len(wanted - rows.keys())} genes of solid500 without: {sorted(wanted - rows.keys())}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
