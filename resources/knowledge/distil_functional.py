"""Distil what CIViC says of the function of variants into ``oncogenicity/functional_civic.tsv``.

Usage: python resources/knowledge/distil_functional.py FILE, the newest CIViC table of ../shared/data/knowledge

Read are accepted items of type Functional, and of type Oncogenic where the evidence is preclinical (level D): what
patients had is no functional study. Kept are facts only: no sentence of CIViC. Items of one star, without stars, flagged
ones, those of several alterations, and those whose alteration this program can't read are counted and listed.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from pathlib import Path

from tierline.hgvs import normalise_protein
from tierline.knowledge import KNOWLEDGE
from tierline.knowledge._oncogenicity import FUNCTIONAL_CIVIC, FunctionalFact
from tierline.tables import write_rows

TABLE = KNOWLEDGE / "oncogenicity" / FUNCTIONAL_CIVIC

LEAST_STARS = 2
EFFECTS = {
    ("Functional", "Supports", "Gain of Function"): "gain",
    ("Functional", "Supports", "Loss of Function"): "loss",
    ("Functional", "Supports", "Dominant Negative"): "dominant_negative",
    ("Functional", "Supports", "Neomorphic"): "neomorphic",
    ("Functional", "Supports", "Unaltered Function"): "unaltered",
    ("Oncogenic", "Supports", "Oncogenicity"): "oncogenic",
    ("Oncogenic", "Does Not Support", "Oncogenicity"): "not_oncogenic",
}
"""What an item says. That a variant is not dominant negative, or not neomorphic, says nothing of its oncogenicity."""
PROFILE = re.compile(r"(?P<gene>\w+) (?P<change>\S+)(?: \((?:c\.\S+|exon \w+)\))?")
HEADER = """\
# What functional studies found of a variant. Source: CIViC, https://civicdb.org, accepted evidence, file {file}
# Licence: CC0 1.0. Made by distil_functional.py, without the sentences of CIViC. stars: CIViC's rating of the study.
"""


def alteration(change: str) -> str:
    """``V600E`` as ``p.Val600Glu``, ``Y646`` as ``codon 646 missense``. Raises ValueError where it is neither."""
    codon = re.fullmatch(r"[A-Z](\d+)", change)
    return f"codon {codon[1]} missense" if codon else normalise_protein(change)


def main(source: str) -> None:
    file, left_out, facts = Path(source), Counter[str](), []
    with open(file, encoding="utf-8", newline="") as handle:
        table = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in table:
        key = (row["evidence_type"], row["evidence_direction"], row["significance"])
        if key not in EFFECTS:
            continue
        profile = PROFILE.fullmatch(row["molecular_profile"])
        if row["evidence_type"] == "Oncogenic" and row["evidence_level"] != "D":
            left_out["observed in patients, not in a functional study"] += 1
        elif row["is_flagged"] == "true" or int(row["rating"] or 0) < LEAST_STARS:
            left_out["flagged, or fewer than two stars"] += 1
        elif row["source_type"] != "PubMed" or profile is None:
            left_out[f"not one change of one gene: {row['molecular_profile']}"] += 1
        else:
            try:
                change = alteration(profile["change"])
            except ValueError:
                left_out[f"change not read: {row['molecular_profile']}"] += 1
                continue
            stars, study = int(row["rating"]), f"PMID {row['citation_id']}"
            looked_up = f"via CIViC EID{row['evidence_id']}"
            facts.append(FunctionalFact(profile["gene"], change, EFFECTS[key], stars, study, looked_up, "2026-11-25"))
    facts.sort(key=lambda fact: (fact.gene, fact.alteration, fact.effect, fact.looked_up))
    count = write_rows(TABLE, FunctionalFact, facts)
    TABLE.write_text(HEADER.format(file=file.name) + TABLE.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"{count} rows to {TABLE.name}")
    for reason, number in left_out.most_common():
        print(f"left out {number}: {reason}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
