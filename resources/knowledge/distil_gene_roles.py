"""Make ``gene_roles.tsv`` of ``gene_role_readings.tsv`` and of the gene summaries of ucladx/pancan-panel-design.

Usage: python resources/knowledge/distil_gene_roles.py ../shared/data/panels/ucladx_cancer_genes_review.txt

Of a summary only the role is kept, no sentence. A gene that is an oncogene by one reading and a tumour suppressor by
another is "both", with both sources. A class that was only predicted from mutation patterns (Bailey et al.) is taken for
genes on at least LEAST_PANELS of the sixteen clinical panels that the file compares (fewer is no bona fide cancer gene),
and for an oncogene only where it has a recurrent residue.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from dataclasses import dataclass

from tierline.knowledge import GeneRole, load_hotspots
from tierline.knowledge._gene_roles import GENE_ROLES
from tierline.tables import read_rows, write_rows

READINGS = GENE_ROLES.with_name("gene_role_readings.tsv")
SUMMARIES = "ucladx/pancan-panel-design@4af69f83"
PREDICTED = "PMID 29625053"
LEAST_PANELS = 5

BOTH = re.compile(r"can function as both an oncogene and tumor suppressor")
SUPPRESSOR = re.compile(
    r"^(?:Aka \S+, )?(?:Encodes )?(?:An? )?(?:[\w-]+ protein and |putative )?tumor suppressor"
    r"|^[^.]*, is inactivated (?:by|in)|Loss-of-function alterations of|is recurrently mutated and deleted"
    r"|Truncating mutations in|altered by (?:mutations? (?:and|or|and/or) deletions?|deletions? and mutations?)\b",
    re.IGNORECASE,
)
ONCOGENE = re.compile(
    r"(?:is|are) (?:frequently )?amplified\b|altered by amplification(?: and overexpression)?(?: at| in|,|\.)"
    r"|altered by (?:chromosomal rearrangement, |overexpression and )?amplification and overexpression"
    r"|acts as an oncogene|^Encodes[^.]*\. Activating mutations|oncogenic growth factor"
    r"|^(?:Aka \S+, )?an? (?:receptor tyrosine|intracellular|serine/threonine|non-receptor tyrosine) kinase"
    r"(?:(?!deletion)[^.])*(?:amplification|chromosomal rearrangement)",
    re.IGNORECASE,
)
"""Loss by deletion or truncation, or the word itself; gain by amplification, of a kinase also by rearrangement."""
HEADER = """\
# Whether a gene acts as oncogene or tumour suppressor. Facts only; made by distil_gene_roles.py.
# PMID 23539594: Vogelstein et al. 2013; PMID 29625053: Bailey et al. 2018 (class by 20/20+); where each was read stands in
# gene_role_readings.tsv. ucladx/pancan-panel-design@4af69f83: the role stated in its gene summaries (Apache-2.0).
# A gene without a row has no role that could be traced: SRC, for example.
"""


@dataclass(frozen=True)
class Reading:
    gene: str
    role: str
    source: str
    looked_up: str


def stated(summary: str) -> str:
    """The role that a gene summary states, or ""."""
    if BOTH.search(summary):
        return "both"
    if SUPPRESSOR.search(summary):
        return "tumour_suppressor"
    return "oncogene" if ONCOGENE.search(summary) else ""


def main(source: str) -> None:
    with open(source, encoding="utf-8", newline="") as handle:
        table = {row["Gene"]: row for row in csv.DictReader(handle, delimiter="\t")}
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)  # gene: source: role
    recurrent = {gene for gene, _ in load_hotspots()}
    for reading in read_rows(READINGS, Reading):
        panels = int(table[reading.gene]["Num_Lists"]) if reading.gene in table else 0
        likely = panels >= LEAST_PANELS and (reading.role != "oncogene" or reading.gene in recurrent)
        if reading.source != PREDICTED or likely:
            found[reading.gene][reading.source] = reading.role
    for gene, row in table.items():
        role = stated(row["summary"])
        if role and row["Selected"] == "Y":
            found[gene][SUMMARIES] = role
    roles = []
    for gene, by_source in sorted(found.items()):
        by_paper = {name: role for name, role in by_source.items() if name != PREDICTED} or by_source
        distinct = set(by_paper.values())
        roles.append(GeneRole(gene, distinct.pop() if len(distinct) == 1 else "both", "; ".join(by_paper)))
    write_rows(GENE_ROLES, GeneRole, roles)
    GENE_ROLES.write_text(HEADER + GENE_ROLES.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"{len(roles)} genes to {GENE_ROLES.name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
