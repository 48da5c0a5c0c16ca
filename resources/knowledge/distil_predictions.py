"""Distil SIFT's predictions of recurrent amino-acid changes into ``oncogenicity/predictions.tsv``.

Usage: python resources/knowledge/distil_predictions.py ../shared/data/knowledge/maftools_cancerhotspots_v2_GRCh37.tsv

Kept are missense changes with a prediction; one that differs between nucleotide changes of the same amino-acid change is
left out and counted.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

from tierline.hgvs import normalise_protein
from tierline.knowledge import KNOWLEDGE
from tierline.knowledge._oncogenicity import PREDICTIONS, Prediction
from tierline.tables import write_rows

TABLE = KNOWLEDGE / "oncogenicity" / PREDICTIONS
VERDICT = re.compile(r"(deleterious|tolerated)(_low_confidence)?\((\d*\.?\d+)\)")
HEADER = """\
# SIFT's prediction for the missense changes of cancerhotspots.org, hotspots v2, as its table of nucleotide changes gives it
# (file {file}). Licence: Open Database License (ODbL) 1.0, https://opendatacommons.org/licenses/odbl/1-0/; so is this
# table. Changes: missense changes and their prediction selected by distil_predictions.py.
"""


def main(source: str) -> None:
    file, found, differing = Path(source), {}, set()
    with open(file, encoding="utf-8", newline="") as handle:
        for *_, gene, kind, change, verdict in csv.reader(handle, delimiter="\t"):
            read = VERDICT.fullmatch(verdict)
            if kind != "Missense_Mutation" or read is None:
                continue
            protein = normalise_protein(change)
            row = Prediction(gene, protein, read[1], float(read[3]), bool(read[2]))
            if found.setdefault((gene, protein), row) != row:
                differing.add((gene, protein))
    rows = [found[key] for key in sorted(found) if key not in differing]
    count = write_rows(TABLE, Prediction, rows)
    TABLE.write_text(HEADER.format(file=file.name) + TABLE.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"{count} rows to {TABLE.name}; {len(differing)} with more than one prediction left out")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
