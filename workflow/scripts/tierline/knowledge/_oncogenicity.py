"""What the oncogenicity standard asks of data: functional studies, critical domains, hotspots, predictions, roles.

Every table names source and date in its rows or its head. ``load_oncogenicity_tables`` gathers them by gene, so that one
variant costs a few look-ups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tierline.alterations import Atom, parse
from tierline.hgvs import THREE
from tierline.knowledge._gene_aliases import GENE_ALIASES, GeneAlias
from tierline.knowledge._gene_roles import load_gene_roles, load_genes_without_role
from tierline.knowledge._hotspots import HotspotIndel, HotspotResidue, load_hotspot_indels, load_hotspots
from tierline.paths import RESOURCES
from tierline.tables import read_rows

KNOWLEDGE: Path = RESOURCES / "knowledge"
FUNCTIONAL_CIVIC = "functional_civic.tsv"
FUNCTIONAL_CURATED = "functional_curated.tsv"
FUNCTIONAL_TP53 = "functional_tp53.tsv"
FUNCTIONAL = (FUNCTIONAL_CIVIC, FUNCTIONAL_CURATED, FUNCTIONAL_TP53)
PREDICTIONS = "predictions.tsv"
CODING_ENDS = "coding_ends.tsv"


@dataclass(frozen=True, slots=True)
class FunctionalFact:
    """One row of ``functional_*.tsv``: what one study found of a variant's function."""

    gene: str  # HGNC symbol
    alteration: str  # grammar of alterations.py: p.Val600Glu, codon 12 missense, exon 14 skipping
    effect: str  # gain | loss | dominant_negative | neomorphic | oncogenic; unaltered | not_oncogenic
    stars: int  # how well the study supports it, 1-5, as CIViC rates it; 3 for a study or summary that we read
    source: str  # "PMID 15035987", "Reactome R-HSA-6802912"
    looked_up: str  # where it was read
    read_on: str  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class CriticalDomain:
    """One row of ``critical_domains.tsv``: residues (1-based, inclusive) that an authority calls critical."""

    gene: str  # HGNC symbol
    start: int  # first codon
    end: int  # last codon
    what: str  # "P-loop"
    source: str  # who calls it so
    looked_up: str  # where it was read
    read_on: str  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class Prediction:
    """One row of ``predictions.tsv``: what SIFT says of one recurrent amino-acid change."""

    gene: str  # HGNC symbol
    change: str  # p.Val600Glu
    verdict: str  # deleterious | tolerated
    score: float  # SIFT, 0-1, lower is worse
    low_confidence: bool  # as SIFT says: few or too similar sequences


@dataclass(frozen=True, slots=True)
class RecurrentElsewhere:
    """One row of ``recurrent_elsewhere.tsv``: tumours with a change in a study of a malignancy that cancerhotspots.org
    covers poorly, for which the standard lets other sources stand in."""

    gene: str  # HGNC symbol
    change: str  # p.Leu265Pro or c.-124C>T
    residue_tumours: int  # tumours with a change at the residue (coding position)
    change_tumours: int  # of these, with this change
    source: str  # "PMID 25853747"
    looked_up: str  # where it was read
    read_on: str  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class CodingEnd:
    """One row of ``coding_ends.tsv``: where the coding sequence of a tumour suppressor of several exons ends."""

    gene: str  # HGNC symbol
    protein_length: int  # amino acids without the stop
    decay_codon: int  # a stop from this codon on escapes nonsense-mediated decay


@dataclass(frozen=True, slots=True)
class Established:
    """One row of ``established_oncogenic.tsv``: a variant that was classified oncogenic by this standard."""

    gene: str  # HGNC symbol
    protein_change: str  # p.Val600Glu
    coding_change: str  # c.1799T>A, the one that was classified
    source: str  # who classified it, and when


@dataclass(frozen=True, slots=True)
class SingleAetiology:
    """One row of ``single_aetiology.tsv``: a malignancy whose one genetic cause is this gene."""

    gene: str  # HGNC symbol
    tumor_type: str  # OncoTree code
    source: str  # who says so


@dataclass(frozen=True, slots=True)
class Distance:
    """One row of ``grantham.tsv``: Grantham's distance of two amino acids, 5 (like) to 215 (unlike)."""

    first: str
    second: str
    distance: int


@dataclass(frozen=True, slots=True)
class GeneTables:
    """Everything that the tables hold of one gene. Protein and coding changes are canonical texts."""

    role: str = ""  # oncogene | tumour_suppressor | both | ""
    role_source: str = ""  # without a role: what was read where it was looked up; "" = not looked up
    end: CodingEnd | None = None
    functional: Mapping[str, tuple[FunctionalFact, ...]] | None = None  # by protein or coding change
    functional_wide: tuple[tuple[Atom, FunctionalFact], ...] = ()  # facts of codons, exons, classes
    residues: Mapping[int, HotspotResidue] | None = None  # recurrent residues by codon
    counts: Mapping[str, int] | None = None  # tumours by protein change at these residues
    indels: tuple[HotspotIndel, ...] = ()
    elsewhere: Mapping[str, RecurrentElsewhere] | None = None  # by protein or coding change
    domains: tuple[CriticalDomain, ...] = ()
    predictions: Mapping[str, Prediction] | None = None  # by protein change
    established: Mapping[str, tuple[Established, ...]] | None = None  # by protein change
    aetiology: Mapping[str, SingleAetiology] | None = None  # by tumour type


@dataclass(frozen=True, slots=True)
class OncogenicityTables:
    """All tables by gene, and Grantham's distances by the two amino acids in either order."""

    genes: Mapping[str, GeneTables]
    distances: Mapping[tuple[str, str], int]

    def indels(self, gene: str) -> tuple[HotspotIndel, ...]:
        """The regions of the gene where in-frame indels recur."""
        return self.genes[gene].indels if gene in self.genes else ()


def load_oncogenicity_tables(folder: str | Path = KNOWLEDGE) -> OncogenicityTables:
    """Read every table of ``folder`` (the layout of ``resources/knowledge``). Raises InputError for a cell that does not
    fit its column, ValueError for an alteration that can't be read."""
    folder = Path(folder)
    own = folder / "oncogenicity"
    found: defaultdict[str, dict[str, object]] = defaultdict(dict)
    for gene, unsettled in load_genes_without_role(folder).items():
        found[gene]["role_source"] = unsettled.said or "no source read states it"
    for gene, row in load_gene_roles(folder / "gene_roles.tsv").items():
        found[gene] |= {"role": row.role, "role_source": row.source}
    for end in read_rows(own / CODING_ENDS, CodingEnd):
        found[end.gene]["end"] = end
    for name in FUNCTIONAL:
        for fact in read_rows(own / name, FunctionalFact):
            _add_functional(found[fact.gene], fact)
    current = {row.alias: row.gene for row in read_rows(GENE_ALIASES, GeneAlias)}
    for (gene, position), residue in load_hotspots(folder / "hotspot_residues.tsv").items():
        found[gene].setdefault("residues", {})[position] = residue  # type: ignore[index]
        counts = found[gene].setdefault("counts", {})
        for amino, count in residue.counts.items():
            if amino in THREE and residue.reference in THREE:
                counts[f"p.{THREE[residue.reference]}{position}{THREE[amino]}"] = count  # type: ignore[index]
    for gene, indels in load_hotspot_indels(folder / "hotspot_indels.tsv").items():
        found[gene]["indels"] = indels
    for recurrent in read_rows(own / "recurrent_elsewhere.tsv", RecurrentElsewhere):
        found[recurrent.gene].setdefault("elsewhere", {})[recurrent.change] = recurrent  # type: ignore[index]
    for domain in read_rows(own / "critical_domains.tsv", CriticalDomain):
        found[domain.gene]["domains"] = (*found[domain.gene].get("domains", ()), domain)  # type: ignore[misc]
    for prediction in read_rows(own / PREDICTIONS, Prediction):
        gene = current.get(prediction.gene, prediction.gene)
        found[gene].setdefault("predictions", {})[prediction.change] = prediction  # type: ignore[index]
    for known in read_rows(own / "established_oncogenic.tsv", Established):
        of_gene = found[known.gene].setdefault("established", {})
        of_gene[known.protein_change] = (*of_gene.get(known.protein_change, ()), known)  # type: ignore[index, attr-defined]
    for single in read_rows(own / "single_aetiology.tsv", SingleAetiology):
        found[single.gene].setdefault("aetiology", {})[single.tumor_type] = single  # type: ignore[index]
    distances = {(row.first, row.second): row.distance for row in read_rows(own / "grantham.tsv", Distance)}
    distances |= {(second, first): distance for (first, second), distance in distances.items()}
    genes = {gene: GeneTables(**of_gene) for gene, of_gene in found.items()}  # type: ignore[arg-type]
    genes |= {other: genes[gene] for other, gene in current.items() if gene in genes}  # older annotations use it
    return OncogenicityTables(genes, distances)


def _add_functional(of_gene: dict[str, object], fact: FunctionalFact) -> None:
    profile = parse(fact.alteration, fact.gene)
    if len(profile.parts) != 1 or profile.parts[0].is_negative or len(profile.parts[0].atoms) != 1:
        raise ValueError(f"functional evidence {fact.gene} {fact.alteration}: name one alteration")
    atom = profile.parts[0].atoms[0]
    if atom.kind in ("protein", "coding"):
        exact = of_gene.setdefault("functional", {})
        exact[str(atom)] = (*exact.get(str(atom), ()), fact)  # type: ignore[index, attr-defined]
    else:
        of_gene["functional_wide"] = (*of_gene.get("functional_wide", ()), (atom, fact))  # type: ignore[misc]
