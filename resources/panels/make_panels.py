"""Make genes.tsv and hotspots.tsv of the panels ``hotspot50`` and ``solid500``.

Usage: python resources/panels/make_panels.py ../shared/data

Reads (facts only are kept: gene, residue, counts, evidence ids, on which panels a gene is):

* ``knowledge/hotspots_v2_and_3d.txt``: recurrent residues and in-frame indels, cancerhotspots.org v2 (ODbL 1.0).
* ``knowledge/civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv``: CIViC accepted evidence, May 2026 (CC0).
* ``knowledge/moalmanac_assertions_2026-05.tsv``: Molecular Oncology Almanac, facts (via the papers it names).
* ``resources/knowledge``: Tierline's own facts, curated and CIViC's, each with its source.
* ``panels/ucladx_cancer_genes_review.txt`` (ucladx/pancan-panel-design@4af69f83, Apache-2.0), ``panels/CaMutQC_*`` (gene
  lists of CaMutQC, GPL-3.0): which panel holds which gene. Former symbols become those of ``gene_aliases.tsv``.
* what ``derive_models.py`` names, to tell in which exon a residue lies.

``solid500`` holds the genes that at least two of four panels for solid tumours hold (``LISTS``), but those that code for no
protein (``NONCODING``).

A codon of a panel's gene is a hotspot where

1. cancerhotspots has it with q < 0.01; or
2. cancerhotspots has it with q < 0.1 and CIViC has accepted, supporting, somatic evidence (predictive, diagnostic or
   prognostic; level A to C) for a variant of that very residue; or
3. CIViC has five such items or more (level A to D), also in a profile "fusion AND variant"; or
4. a fact of Tierline's of level A to C names a substitution of it, or missense changes of up to three codons; or
5. it stands in ``CODONS`` below, whose sources are looked up in the same tables.

An exon of the 50 genes is one where cancerhotspots has a region of in-frame indels there with q < 0.01, a fact of
level A to C names the exon, or it stands in ``EXONS``; the splice sites of an exon, where cancerhotspots has one at
its ends with q < 0.01, or they stand in ``SPLICE``. Only of these 50 is the exon's number in the reported transcript
known here.

Reference residues are those of the tables. Positions are those of the reported transcripts: FGFR1 is renumbered by its
aliases in ``resources/transcripts/GRCh38.tsv``. A fact without a residue in any table is left out, and printed.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from Bio.SeqUtils import seq1
from derive_models import derived_models
from tierline.alterations import EXON_CODING
from tierline.annotation import Transcript, load_transcripts
from tierline.knowledge import load_knowledge
from tierline.knowledge._gene_aliases import load_gene_aliases
from tierline.panels import load_panel, parse_locus
from tierline.records import Evidence, Hotspot, PanelGene
from tierline.tables import write_rows

HERE = Path(__file__).resolve().parent
GENES = [
    "ABL1", "AKT1", "ALK", "APC", "ATM", "BRAF", "CDH1", "CDKN2A", "CSF1R", "CTNNB1", "EGFR", "ERBB2", "ERBB4",
    "EZH2", "FBXW7", "FGFR1", "FGFR2", "FGFR3", "FLT3", "GNA11", "GNAQ", "GNAS", "HNF1A", "HRAS", "IDH1", "IDH2",
    "JAK2", "JAK3", "KDR", "KIT", "KRAS", "MET", "MLH1", "MPL", "NOTCH1", "NPM1", "NRAS", "PDGFRA", "PIK3CA", "PTEN",
    "PTPN11", "RB1", "RET", "SMAD4", "SMARCB1", "SMO", "SRC", "STK11", "TP53", "VHL",
]  # fmt: skip
GENE_SOURCE = "gene list of the Ion AmpliSeq Cancer Hotspot Panel v2"
LISTS = {  # panel: its column in ucladx_cancer_genes_review.txt, and the gene list of CaMutQC, where there is one
    "FoundationOne CDx": ("fmi_cdx_324", "CaMutQC_FoundationOne_genelist.txt"),
    "MSK-IMPACT": ("msk_impact_505", "CaMutQC_MSK-IMPACT_gene_v3_468.txt"),
    "PGDx elio": ("pgdx_elio_505", ""),
    "TruSight Oncology": ("trusight_523", ""),
}
NONCODING = {"TERC"}  # an RNA: it has no coding exon to ask

RAS = "FDA statement of 2017 on panitumumab (RAS codons), NCBI Medical Genetics Summaries, GTR CN077999"
PDQ = "PDQ Genetics of Endocrine and Neuroendocrine Neoplasias (NCI), 2014-07-17, table 4"
# gene, residue and codon, what is looked for, source: "hotspots", "EID..." (CIViC), "MOA ..." or words
CODONS = [
    ("ALK", "I1171", "resistance to ALK inhibitors", "EID1283"),
    ("BRAF", "G466", "class II and III mutations", "hotspots"),
    ("BRAF", "G469", "class II and III mutations", "hotspots"),
    ("BRAF", "D594", "class II and III mutations", "hotspots"),
    ("BRAF", "G596", "class II and III mutations", "hotspots"),
    ("BRAF", "L597", "class II and III mutations", "hotspots"),
    ("BRAF", "K601", "class II and III mutations", "hotspots"),
    ("EGFR", "C797", "resistance to osimertinib", "EID964"),
    ("FGFR1", "N546", "activating mutations", "EID10325"),
    ("FGFR2", "P253", "activating mutations", "EID7833"),
    ("FLT3", "F691", "resistance to FLT3 inhibitors", "EID8341"),
    ("KIT", "T670", "resistance to imatinib", "EID2924"),
    ("KIT", "C809", "resistance to imatinib", "EID2920"),
    ("MET", "D1228", "resistance to MET inhibitors", "EID1652"),
    ("MPL", "W515", "activating mutations", "MOA 403"),
    ("JAK3", "M511", "activating mutations", "MOA 330"),
    ("JAK3", "A572", "activating mutations", "MOA 329"),
    ("KRAS", "A59", "RAS mutations", "hotspots"),
    ("KRAS", "K117", "RAS mutations", "hotspots"),
    ("KRAS", "A146", "RAS mutations", "hotspots"),
    ("NRAS", "A59", "RAS mutations", RAS),
    ("NRAS", "K117", "RAS mutations", RAS),
    ("NRAS", "A146", "RAS mutations", RAS),
    ("NPM1", "W288", "frameshifts of the C-terminus", "EID152"),
    ("PDGFRA", "V561", "activating mutations", "EID2474"),
    ("RET", "C634", "activating mutations", "EID75"),
    ("RET", "V804", "gatekeeper: resistance", "EID6950"),
    ("RET", "G810", "solvent front: resistance to selpercatinib", "EID8196"),
    ("SMO", "D473", "resistance to vismodegib", "EID745"),
    *(("RET", codon, "activating mutations", PDQ) for codon in ("C609", "C611", "C618", "C620", "C630", "D631")),
]
# gene, exon, what is looked for, sources: in-frame indel regions of cancerhotspots ("745-759") or CIViC ids
EXONS = [
    ("BRAF", 12, "in-frame deletions before helix alphaC", ("486-494",)),
    ("BRAF", 15, "activating mutations and in-frame indels", ("592-604",)),
    ("CTNNB1", 3, "mutations and deletions of the degron", ("23-71", "EID7965")),
    ("EGFR", 18, "G719 mutations and exon 18 indels", ("709-710",)),
    ("EGFR", 19, "in-frame deletions and insertions", ("745-759", "EID273")),
    ("EGFR", 20, "in-frame insertions", ("764-774", "EID1809")),
    ("ERBB2", 20, "in-frame insertions", ("772-775", "778-780", "EID10140")),
    ("FLT3", 14, "internal tandem duplications", ("578-613", "EID69")),
    ("KIT", 9, "in-frame duplications", ("502-503", "EID1221")),
    ("KIT", 11, "mutations and in-frame indels", ("550-580", "EID58")),
    ("KIT", 13, "activating and resistance mutations", ("EID2475",)),
    ("NPM1", 11, "frameshifts of the C-terminus (called exon 12 in older numbering)", ("EID111",)),
    ("PIK3CA", 2, "in-frame indels of the adaptor-binding domain", ("102-108", "110-114")),
]
# gene, exon whose two splice sites are meant, what is looked for, CIViC id; beside those of cancerhotspots
SPLICE = [("MET", 14, "exon 14 skipping", "EID736")]

NUMBERED = {"CDKN2A"}
"""Genes whose derived model is too long in its last exon only: the hotspots X51 and X153 are the first and last codons of
exon 2 in it, so what lies before is numbered as the protein is."""

Codon = tuple[str, str, int]  # gene, residue, number
FEW = 3  # codons of one range that are each a hotspot; a longer one is a domain


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def hotspot_source(row: dict[str, str], what: str = "") -> str:
    """``cancerhotspots v2, q=1.2e-30, n=57``."""
    return f"cancerhotspots v2{what}, q={float(row['q_value']):.2g}, n={row['tumor_count']}"


def supporting(evidence: list[dict[str, str]]) -> list[dict[str, str]]:
    """Accepted items that say something of patients, of a somatic variant, in its favour."""
    return [
        item
        for item in evidence
        if item["evidence_direction"] == "Supports"
        and item["evidence_type"] in ("Predictive", "Diagnostic", "Prognostic")
        and "Germline" not in item["variant_origin"]
    ]


def codons_of_civic(items: list[dict[str, str]]) -> dict[Codon, list[dict[str, str]]]:
    """Items by the one codon that their molecular profile names, alone or after "fusion AND"."""
    found = defaultdict(list)
    for item in items:
        profile = re.sub(r"^\S+::\S+ Fusion AND ", "", item["molecular_profile"])
        if match := re.fullmatch(r"(\S+) ([ACDEFGHIKLMNPQRSTVWY])(\d+)[ACDEFGHIKLMNPQRSTVWY]?", profile):
            found[match[1], match[2], int(match[3])].append(item)
    return found


def said(facts: Iterable[Evidence]) -> str:
    """The sources of the two best facts: ``FDA label ..., 2020-06-01; CIViC EID1234``."""
    best = sorted(facts, key=lambda fact: (fact.level, fact.knowledge != "curated", fact.id))
    named = (f"CIViC {fact.id}" if fact.knowledge == "civic" else fact.source for fact in best)
    return "; ".join(list(dict.fromkeys(named))[:2])


class Tables:
    """What is known, read once for both panels."""

    def __init__(self, shared: Path) -> None:
        knowledge = shared / "knowledge"
        self.table = rows(knowledge / "hotspots_v2_and_3d.txt")
        items = supporting(rows(knowledge / "civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv"))
        self.by_id = {f"EID{item['evidence_id']}": item for item in items}
        self.moa = {r["assertion_id"]: r for r in rows(knowledge / "moalmanac_assertions_2026-05.tsv")}
        self.civic = codons_of_civic(items)
        choices = load_transcripts(HERE.parent / "transcripts" / "GRCh38.tsv")
        aliases = {
            (choice.gene, seq1(alias[2:5]), int(alias[5:])): (choice.gene, seq1(own[2:5]), int(own[5:]))
            for choice in choices.values()
            for alias, own in (pair.split("=") for pair in choice.aliases)
            if choice.gene == "FGFR1"
        }
        current = load_gene_aliases()
        self.symbol = lambda name: current.get(name.casefold(), name) if name not in choices else name
        self.recurrent: dict[Codon, dict[str, str]] = {}
        self.residues: dict[tuple[str, int], str] = {}
        for row in self.table:
            if row["type"] == "single residue":  # those of type 3d are numbered in other transcripts
                residue, number = row["reference_amino_acid"].split(":")[0], int(row["amino_acid_position"])
                codon = self.symbol(row["hugo_symbol"]), residue, number
                codon = aliases.get(codon, codon)
                if len(residue) == 1:
                    self.residues.setdefault((codon[0], codon[2]), residue)
                    self.recurrent[codon] = row
        self.regions = {
            (r["hugo_symbol"], r["amino_acid_position"]): r for r in self.table if r["type"] == "in-frame indel"
        }
        self.sites = {(r["hugo_symbol"], r["residue"]): r for r in self.table if r["type"] == "splice site"}
        supports = [f for f in load_knowledge(["curated", "civic"]).evidence if f.supports and not f.withdrawn_on]
        self.facts = [fact for fact in supports if fact.level in "ABC"]
        for fact in supports:
            for three, number in re.findall(r"p\.([A-Z][a-z]{2})(\d+)(?:[A-Z][a-z]{2})(?!\w)", fact.alteration):
                self.residues.setdefault((fact.gene, int(number)), seq1(three))
        models = derived_models(shared / "panels", {gene: choice.refseq for gene, choice in choices.items()})
        self.models = {
            gene: model
            for gene, model in models.items()
            if model.protein_length == choices[gene].protein_length or gene in NUMBERED
        }


def codons_of_facts(tables: Tables, genes: set[str]) -> tuple[dict[Codon, list[Evidence]], list[str]]:
    """Codons by the facts that name them, and those left out for want of a residue."""
    found: dict[Codon, list[Evidence]] = defaultdict(list)
    without = set()
    for fact in tables.facts:
        if fact.gene not in genes:
            continue
        for part in fact.alteration.split(" | "):
            if match := re.fullmatch(r"p\.([A-Z][a-z]{2})(\d+)([A-Z][a-z]{2})", part):
                if match[3] != "Ter":
                    found[fact.gene, seq1(match[1]), int(match[2])].append(fact)
            elif match := re.fullmatch(r"codon (\d+)(?:-(\d+))?(?: (?:missense|mutation))?", part):
                first, last = int(match[1]), int(match[2] or match[1])
                for number in range(first, last + 1) if last - first < FEW else ():
                    if residue := tables.residues.get((fact.gene, number)):
                        found[fact.gene, residue, number].append(fact)
                    else:
                        without.add(f"{fact.gene}:p.{number}")
    return found, sorted(without)


def codons(tables: Tables, genes: list[str]) -> list[Hotspot]:
    """The codons of a panel's genes, by the five rules."""
    chosen: dict[Codon, str] = {}
    for codon, row in tables.recurrent.items():
        if codon[0] in genes and float(row["q_value"]) < 0.01:
            chosen[codon] = "recurrent mutations"
    for codon, found in tables.civic.items():
        clinical = [item for item in found if item["evidence_level"] in "ABC"]
        if codon[0] in genes:
            enough = (codon in tables.recurrent and clinical) or sum(i["evidence_level"] < "E" for i in found) >= 5
            if enough and codon[1] == tables.residues.get((codon[0], codon[2]), codon[1]):
                chosen.setdefault(codon, "mutations with clinical evidence")
    by_fact, without = codons_of_facts(tables, set(genes))
    new_facts = {codon: facts for codon, facts in by_fact.items() if codon not in chosen}
    chosen |= dict.fromkeys(new_facts, "mutations with clinical evidence")
    named: dict[Codon, str] = {}
    for gene, residue, why, source in CODONS:
        codon = gene, residue[0], int(residue[1:])
        chosen[codon] = why
        new_facts.pop(codon, None)
        if source.startswith("EID"):
            profile = tables.by_id[source]["molecular_profile"]
            assert gene in profile and residue in profile, codon
        elif source.startswith("MOA"):
            entry = tables.moa[source.split()[1]]
            assert (entry["gene"], entry["protein_change"][2:-1]) == (gene, residue), codon
            source = f"Molecular Oncology Almanac assertion {source.split()[1]}, PMID {entry['pmid']}"
        elif source == "hotspots":
            assert codon in tables.recurrent, codon
            continue
        named[codon] = source
    doubled = [place for place, n in Counter((gene, number) for gene, _, number in chosen).items() if n > 1]
    assert not doubled, f"two residues at one codon: {doubled}"
    hotspots = []
    for codon, why in chosen.items():
        gene, residue, number = codon
        sources = [hotspot_source(tables.recurrent[codon])] if codon in tables.recurrent else []
        best = sorted(tables.civic.get(codon, []), key=lambda item: (item["evidence_level"], int(item["evidence_id"])))[:2]
        ids = [f"EID{item['evidence_id']}" for item in best if item["evidence_level"] < "E"]
        source = named.get(codon, "")
        if source.startswith("EID"):
            ids = list(dict.fromkeys([source, *ids]))[:2]
        elif source:
            sources.append(source)
        if codon in new_facts:
            sources.append(said(new_facts[codon]))
        elif ids:
            sources.append("CIViC " + ", ".join(ids))
        hotspots.append(Hotspot(gene, f"p.{number}", residue, why, "; ".join(sources)))
    if without:
        print("named by a fact, but of unknown residue:", ", ".join(without))
    return hotspots


def exons(tables: Tables, genes: list[str]) -> list[Hotspot]:
    """Exons of the 50 genes and their splice sites; numbers are those of the reported transcript."""
    whys: dict[tuple[str, str], str] = {}
    sources: dict[tuple[str, str], list[str]] = defaultdict(list)

    def note(gene: str, locus: str, why: str, source: str) -> None:
        whys.setdefault((gene, locus), why)
        if source not in sources[gene, locus]:
            sources[gene, locus].append(source)

    for gene, exon, why, keys in EXONS:
        for key in keys:
            if key.startswith("EID"):
                assert gene in tables.by_id[key]["molecular_profile"], key
                note(gene, f"e{exon}", why, f"CIViC {key}")
            else:
                note(gene, f"e{exon}", why, hotspot_source(tables.regions[gene, key], f" in-frame indels {key}"))
    for (gene, span), row in tables.regions.items():
        if gene in genes and float(row["q_value"]) < 0.01 and _placed(tables, gene, span):
            ends = [int(number) for number in span.split("-")]
            model = tables.models[gene]
            first, last = model.exon_of_codon(ends[0]), model.exon_of_codon(ends[-1])
            for exon in range(first, last + 1):
                note(gene, f"e{exon}", "in-frame indels", hotspot_source(row, f" in-frame indels {span}"))
    by_exon: dict[tuple[str, int], list[Evidence]] = defaultdict(list)
    for fact in tables.facts:
        for part in fact.alteration.split(" | "):
            match = re.fullmatch(r"exon (\d+)(?:-(\d+))?(?: (?:inframe_\w+|missense|mutation))?", part)
            if (
                match
                and fact.gene in tables.models
                and fact.gene in genes
                and int(match[2] or match[1]) - int(match[1]) < 2
            ):
                for number in range(int(match[1]), int(match[2] or match[1]) + 1):
                    by_exon[fact.gene, exon_of_literature(fact.gene, number, tables.models[fact.gene])].append(fact)
    for (gene, exon), facts in by_exon.items():
        if (gene, f"e{exon}") not in whys and gene not in ("KRAS", "NRAS", "HRAS"):  # their codons are asked one by one
            note(gene, f"e{exon}", "mutations with clinical evidence", said(facts))
    for gene, exon, why, eid in SPLICE:
        assert gene in tables.by_id[eid]["molecular_profile"], eid
        note(gene, f"s.e{exon}", why, f"CIViC {eid}")
    for (gene, residue), row in tables.sites.items():
        if gene in genes and float(row["q_value"]) < 0.01 and _placed(tables, gene, residue):
            exon = tables.models[gene].exon_of_codon(int(residue[1:]))
            note(gene, f"s.e{exon}", "splice-site mutations", hotspot_source(row, f" splice {residue}"))
    return [Hotspot(gene, locus, "", why, "; ".join(sources[gene, locus])) for (gene, locus), why in whys.items()]


def _placed(tables: Tables, gene: str, what: str) -> bool:
    """Whether it is known in which exon a residue of the gene lies; printed where it is not."""
    if gene not in tables.models:
        print(f"left out, as its exon is not known here: {gene} {what}")
    return gene in tables.models


def exon_of_literature(gene: str, number: int, model: Transcript) -> int:
    """The exon of the reported transcript that the literature calls ``number``."""
    if number not in EXON_CODING.get(gene, {}):
        return number
    first, last = EXON_CODING[gene][number]
    return model.exon_of_codon(((first + last) // 2 + 2) // 3)


def genes_of_lists(shared: Path, tables: Tables) -> dict[str, list[str]]:
    """The genes of ``LISTS`` by current symbol, with the panels that hold each."""
    review = rows(shared / "panels" / "ucladx_cancer_genes_review.txt")
    found: dict[str, list[str]] = defaultdict(list)
    for panel, (column, file) in LISTS.items():
        names = {row["Gene"] for row in review if row[column] == "1"}
        if file:
            names |= set((shared / "panels" / file).read_text(encoding="utf-8").split())
        for gene in {tables.symbol(name) for name in names} - NONCODING:
            found[gene].append(panel)
    return found


def write(folder: str, genes: dict[str, str], hotspots: list[Hotspot]) -> None:
    """``genes`` are sources by gene."""
    hotspots.sort(key=lambda h: (h.gene, *parse_locus(h.locus)))
    asked = {hotspot.gene for hotspot in hotspots}
    none = "no hotspot by the panel's rule: coding exons only"
    table = [PanelGene(gene, "coding", "" if gene in asked else none, source) for gene, source in sorted(genes.items())]
    write_rows(HERE / folder / "genes.tsv", PanelGene, table)
    write_rows(HERE / folder / "hotspots.tsv", Hotspot, hotspots)
    kinds = Counter(parse_locus(hotspot.locus)[0] for hotspot in hotspots)
    print(
        f"{folder}: {len(table)} genes, {len(hotspots)} hotspots ({dict(kinds)}); {len(genes.keys() - asked)} genes without"
    )


def main(shared: Path) -> None:
    tables = Tables(shared)
    of_fifty = exons(tables, GENES)
    write("hotspot50", dict.fromkeys(GENES, GENE_SOURCE), [*codons(tables, GENES), *of_fifty])
    lists = {gene: panels for gene, panels in genes_of_lists(shared, tables).items() if len(panels) > 1}
    missing = [gene for gene in GENES if gene not in lists]
    assert not missing, f"genes of hotspot50 that solid500 lacks: {missing}"
    sources = {gene: f"gene lists of {', '.join(panels)}" for gene, panels in lists.items()}
    promoter = [h for h in load_panel(HERE / "hotspot50_tert").hotspots if h.gene == "TERT"]
    write("solid500", sources, [*codons(tables, sorted(lists)), *of_fifty, *promoter])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
