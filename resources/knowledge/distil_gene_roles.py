"""Make ``gene_roles.tsv`` of ``gene_role_readings.tsv`` and of the gene summaries of ucladx/pancan-panel-design.

Usage: python resources/knowledge/distil_gene_roles.py ../shared/data/panels/ucladx_cancer_genes_review.txt

Of a summary only the role is kept, no sentence. A gene that is an oncogene by one reading and a tumour suppressor by
another is "both", with both sources. What a list says (LISTS) counts where no paper or summary speaks, and then by
``settled``. Where a summary alone speaks, the lists are held against it (``weighed``): those that agree are named first,
those that do not beside them, and a role that every list contradicts is none. Genes of the panels that ship and get no
role stand in gene_roles_not_found.tsv, with what was read of them.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tierline.knowledge import GeneRole, GeneWithoutRole, load_hotspots
from tierline.knowledge._gene_roles import GENE_ROLES, WITHOUT_ROLE
from tierline.panels import load_panel
from tierline.paths import RESOURCES
from tierline.tables import read_rows, write_rows

READINGS = GENE_ROLES.with_name("gene_role_readings.tsv")
SUMMARIES = "ucladx/pancan-panel-design@4af69f83"
PREDICTED = "PMID 29625053"
PATHWAYS = "doi 10.1016/j.cell.2018.03.035"
KEYWORD = "UniProt KW-0656"
WALKER = "Cancer Res 2012;72:636"
HARTWIG = "hartwigmedical/hmftools@18c5fe4a"
MINED = "CancerMine"
LISTS = {PREDICTED, PATHWAYS, KEYWORD, WALKER, HARTWIG, MINED}
ALONE = {PREDICTED, PATHWAYS, KEYWORD}
"""Lists that may count by themselves; the others hold genes under the wrong class (BTK, DDB2, CDH1)."""
EXPERTS = {PATHWAYS, KEYWORD, WALKER}
"""Lists by people; two of the others reckon a class from mutations, one counts the papers that use the word."""
LEAST_PANELS = 5
"""Of the sixteen clinical panels that the file compares; a gene on fewer is no bona fide cancer gene."""
LOOKED_IN = ("PMID 23539594", *sorted(LISTS), "CIViC gene summaries, 2025-10-01", SUMMARIES)

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
# A gene without a row has no role that could be traced; those of the panels stand in gene_roles_not_found.tsv.
"""
HEADER_WITHOUT = f"""\
# Genes of the panels that ship for which no source read states a role clearly enough; made by distil_gene_roles.py.
# Looked up in: {"; ".join(LOOKED_IN)};
# what these are stands in gene_role_readings.tsv and README.md. said: what a list states; the script's rule is why that
# is too little. Empty: no source names the gene, or states a role of it.
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


def settled(votes: Mapping[str, str], panels: int, recurrent: bool) -> bool:
    """Whether what lists (source: role) say of a gene counts.

    Never where they contradict each other. An oncogene needs a recurrent residue, unless an expert's list and a second
    one agree. One list alone counts for genes on at least LEAST_PANELS clinical panels; but that of pathways makes no
    tumour suppressor alone: what brakes a pathway need not be one, and truncations would weigh eight points.
    """
    if len(set(votes.values())) != 1:
        return False
    agreed = len(votes) > 1
    if "oncogene" in votes.values() and not recurrent and not (agreed and EXPERTS & votes.keys()):
        return False
    by_pathway = PATHWAYS in votes and "tumour_suppressor" in votes.values()
    return agreed or (panels >= LEAST_PANELS and votes.keys() <= ALONE and not by_pathway)


def weighed(role: str, votes: Mapping[str, str]) -> str:
    """The sources of a role that a summary alone states, those of lists first, then who says otherwise.

    "" where lists name the gene and each gives it the other role: then nothing is settled, and it has none.
    """
    agreed = [name for name, said in votes.items() if said == role]
    if votes and not agreed and role != "both":
        return ""
    otherwise = {name: said for name, said in votes.items() if said != role}
    sources = "; ".join([*agreed, SUMMARIES])
    return f"{sources}; but {what_was_said(otherwise).removeprefix('only ')}" if otherwise else sources


def what_was_said(votes: Mapping[str, str]) -> str:
    """Of a gene that lists name and that gets no role all the same."""
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for source, role in votes.items():
        sources[role.replace("_", " ")].append(source)
    said = "; ".join(f"{role} by {' and '.join(names)}" for role, names in sources.items())
    return said if len(sources) != 1 else f"only {said}"


def main(source: str) -> None:
    with open(source, encoding="utf-8", newline="") as handle:
        table = {row["Gene"]: row for row in csv.DictReader(handle, delimiter="\t")}
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)  # gene: source: role
    recurrent = {gene for gene, _ in load_hotspots()}
    for reading in read_rows(READINGS, Reading):
        found[reading.gene][reading.source] = reading.role
    for gene, row in table.items():
        role = stated(row["summary"])
        if role and row["Selected"] == "Y":
            found[gene][SUMMARIES] = role
    roles: dict[str, GeneRole] = {}
    votes: dict[str, dict[str, str]] = {}
    for gene, by_source in sorted(found.items()):
        votes[gene] = {name: role for name, role in by_source.items() if name in LISTS}
        counted = {name: role for name, role in by_source.items() if name not in LISTS}
        panels = int(table[gene]["Num_Lists"]) if gene in table else 0
        if not counted and settled(votes[gene], panels, gene in recurrent):
            counted = votes[gene]
        if counted.keys() == {SUMMARIES}:
            if sources := weighed(counted[SUMMARIES], votes[gene]):
                roles[gene] = GeneRole(gene, counted[SUMMARIES], sources)
            else:
                votes[gene] = by_source
        elif counted:
            distinct = set(counted.values())
            roles[gene] = GeneRole(gene, distinct.pop() if len(distinct) == 1 else "both", "; ".join(counted))
    shipped = {gene for path in (RESOURCES / "panels").glob("*/genes.tsv") for gene in load_panel(path.parent).gene_names}
    without = [GeneWithoutRole(gene, what_was_said(votes.get(gene, {}))) for gene in sorted(shipped - roles.keys())]
    for path, kind, rows, header in (
        (GENE_ROLES, GeneRole, list(roles.values()), HEADER),
        (GENE_ROLES.with_name(WITHOUT_ROLE), GeneWithoutRole, without, HEADER_WITHOUT),
    ):
        write_rows(path, kind, rows)
        path.write_text(header + path.read_text(encoding="utf-8"), encoding="utf-8")
        print(f"{len(rows)} genes to {path.name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
