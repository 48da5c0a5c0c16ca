"""Make genes.tsv and hotspots.tsv of the panel ``hotspot50``.

Usage: python resources/panels/make_hotspot50.py ../shared/data/knowledge

Reads (facts only are kept: gene, residue, counts, evidence ids):

* ``hotspots_v2_and_3d.txt``: recurrent residues and in-frame indels, cancerhotspots.org v2 (ODbL 1.0).
* ``civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv``: CIViC accepted evidence, release of May 2026 (CC0).
* ``moalmanac_assertions_2026-05.tsv``: Molecular Oncology Almanac, facts of its assertions (via the papers it names).

A codon of the 50 genes is a hotspot where

1. cancerhotspots has it with q < 0.01 and 20 tumours or more, or among the five most frequent of its gene; or
2. cancerhotspots has it with q < 0.1 and CIViC has accepted, supporting, somatic evidence (predictive, diagnostic or
   prognostic; level A to C) for a variant of that very residue; or
3. CIViC has five such items or more (level A to D), also in a profile "fusion AND variant"; or
4. it stands in ``CODONS`` below, whose sources are looked up in the same tables.

Exons and splice sites stand in ``EXONS`` and ``SPLICE``. Reference residues are those of the tables. Positions are those
of the reported transcripts: FGFR1 is renumbered by its aliases in ``resources/transcripts/GRCh38.tsv``.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

from Bio.SeqUtils import seq1
from tierline.annotation import load_transcripts
from tierline.panels import parse_locus
from tierline.records import Hotspot, PanelGene
from tierline.tables import write_rows

HERE = Path(__file__).resolve().parent
GENES = [
    "ABL1", "AKT1", "ALK", "APC", "ATM", "BRAF", "CDH1", "CDKN2A", "CSF1R", "CTNNB1", "EGFR", "ERBB2", "ERBB4",
    "EZH2", "FBXW7", "FGFR1", "FGFR2", "FGFR3", "FLT3", "GNA11", "GNAQ", "GNAS", "HNF1A", "HRAS", "IDH1", "IDH2",
    "JAK2", "JAK3", "KDR", "KIT", "KRAS", "MET", "MLH1", "MPL", "NOTCH1", "NPM1", "NRAS", "PDGFRA", "PIK3CA", "PTEN",
    "PTPN11", "RB1", "RET", "SMAD4", "SMARCB1", "SMO", "SRC", "STK11", "TP53", "VHL",
]  # fmt: skip
GENE_SOURCE = "gene list of the Ion AmpliSeq Cancer Hotspot Panel v2"

RAS = "FDA statement of 2017 on panitumumab (RAS codons), NCBI Medical Genetics Summaries, GTR CN077999"
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
# gene, exon whose two splice sites are meant, what is looked for, residues of cancerhotspots' splice rows, CIViC id
SPLICE = [
    ("MET", 14, "exon 14 skipping", ("X1010",), "EID736"),
    ("TP53", 4, "splice-site mutations", ("X32", "X33"), ""),
    ("TP53", 5, "splice-site mutations", ("X125", "X126", "X187"), ""),
    ("TP53", 7, "splice-site mutations", ("X224", "X225", "X261"), ""),
    ("TP53", 9, "splice-site mutations", ("X307", "X331", "X332"), ""),
]

Codon = tuple[str, str, int]  # gene, residue, number


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


def main(folder: Path) -> None:
    table = [r for r in rows(folder / "hotspots_v2_and_3d.txt") if r["hugo_symbol"] in GENES]
    items = supporting(rows(folder / "civic_AcceptedClinicalEvidenceSummaries_2026-05.tsv"))
    by_id = {f"EID{item['evidence_id']}": item for item in items}
    moa = {r["assertion_id"]: r for r in rows(folder / "moalmanac_assertions_2026-05.tsv")}
    aliases = {
        (choice.gene, seq1(alias[2:5]), int(alias[5:])): (choice.gene, seq1(own[2:5]), int(own[5:]))
        for choice in load_transcripts(HERE.parent / "transcripts" / "GRCh38.tsv").values()
        for alias, own in (pair.split("=") for pair in choice.aliases)
        if choice.gene == "FGFR1"
    }

    recurrent: dict[Codon, dict[str, str]] = {}
    for row in table:
        if row["type"] == "single residue":
            codon = row["hugo_symbol"], row["reference_amino_acid"].split(":")[0], int(row["amino_acid_position"])
            recurrent[aliases.get(codon, codon)] = row
    regions = {(r["hugo_symbol"], r["amino_acid_position"]): r for r in table if r["type"] == "in-frame indel"}
    sites = {(r["hugo_symbol"], r["residue"]): r for r in table if r["type"] == "splice site"}
    civic = codons_of_civic(items)

    chosen: dict[Codon, str] = {}
    for gene in GENES:
        own = sorted((c for c in recurrent if c[0] == gene), key=lambda c: -int(recurrent[c]["tumor_count"]))
        strong = [c for c in own if float(recurrent[c]["q_value"]) < 0.01]
        chosen |= {c: "recurrent mutations" for c in strong if c in strong[:5] or int(recurrent[c]["tumor_count"]) >= 20}
    for codon, found in civic.items():
        clinical = [item for item in found if item["evidence_level"] in "ABC"]
        if codon[0] in GENES and ((codon in recurrent and clinical) or sum(i["evidence_level"] < "E" for i in found) >= 5):
            chosen.setdefault(codon, "mutations with clinical evidence")
    named: dict[Codon, str] = {}
    for gene, residue, why, source in CODONS:
        codon = gene, residue[0], int(residue[1:])
        chosen[codon] = why
        if source.startswith("EID"):
            assert gene in by_id[source]["molecular_profile"] and residue in by_id[source]["molecular_profile"], codon
        elif source.startswith("MOA"):
            entry = moa[source.split()[1]]
            assert (entry["gene"], entry["protein_change"][2:-1]) == (gene, residue), codon
            source = f"Molecular Oncology Almanac assertion {source.split()[1]}, PMID {entry['pmid']}"
        elif source == "hotspots":
            assert codon in recurrent, codon
            continue
        named[codon] = source

    hotspots = []
    for codon, why in chosen.items():
        gene, residue, number = codon
        sources = [hotspot_source(recurrent[codon])] if codon in recurrent else []
        best = sorted(civic.get(codon, []), key=lambda item: (item["evidence_level"], int(item["evidence_id"])))[:2]
        ids = [f"EID{item['evidence_id']}" for item in best if item["evidence_level"] < "E"]
        source = named.get(codon, "")
        if source.startswith("EID"):
            ids = list(dict.fromkeys([source, *ids]))[:2]
        elif source:
            sources.append(source)
        if ids:
            sources.append("CIViC " + ", ".join(ids))
        hotspots.append(Hotspot(gene, f"p.{number}", residue, why, "; ".join(sources)))
    for gene, exon, why, keys in EXONS:
        sources = []
        for key in keys:
            if key.startswith("EID"):
                assert gene in by_id[key]["molecular_profile"], key
                sources.append(f"CIViC {key}")
            else:
                sources.append(hotspot_source(regions[gene, key], f" in-frame indels {key}"))
        hotspots.append(Hotspot(gene, f"e{exon}", "", why, "; ".join(sources)))
    for gene, exon, why, residues, eid in SPLICE:
        sources = [hotspot_source(sites[gene, residue], f" splice {residue}") for residue in residues]
        if eid:
            assert gene in by_id[eid]["molecular_profile"], eid
            sources.append(f"CIViC {eid}")
        hotspots.append(Hotspot(gene, f"s.e{exon}", "", why, "; ".join(sources)))

    hotspots.sort(key=lambda h: (h.gene, *parse_locus(h.locus)))
    counts = {gene: sum(h.gene == gene for h in hotspots) for gene in GENES}
    none = "no hotspot by the panel's rule: coding exons only"
    genes = [PanelGene(gene, "coding", "" if counts[gene] else none, GENE_SOURCE) for gene in GENES]
    write_rows(HERE / "hotspot50" / "genes.tsv", PanelGene, genes)
    write_rows(HERE / "hotspot50" / "hotspots.tsv", Hotspot, hotspots)
    print(f"{len(genes)} genes, {len(hotspots)} hotspots; without hotspot: {[g for g in GENES if not counts[g]]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
