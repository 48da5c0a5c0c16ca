"""The panels and transcript tables that ship, against real gene models and sequence. Run with ``-s`` to see the counts."""

import csv
import gzip
import itertools
import os
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from Bio.Seq import Seq
from tierline.alterations import EXON_CODING
from tierline.annotation import (
    Fetch,
    Transcript,
    base_id,
    load_gene_models,
    load_transcripts,
    marked_transcripts,
    panel_models,
)
from tierline.backbone import on_contig
from tierline.panels import Panel, load_panel, parse_locus, resolve_loci
from tierline.paths import RESOURCES

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (SHARED / "genome").is_dir(), reason=f"no shared data at {SHARED}"),
]

GRCH38 = load_transcripts(RESOURCES / "transcripts" / "GRCh38.tsv")
GRCH37 = load_transcripts(RESOURCES / "transcripts" / "GRCh37.tsv")
PANEL = load_panel(RESOURCES / "panels" / "hotspot50_tert", GRCH38)
SOLID = load_panel(RESOURCES / "panels" / "solid500", GRCH38, annotation_chooses=True)
sys.path.insert(0, str(RESOURCES / "panels"))
from derive_models import bed, derived_models, refseq_exons  # noqa: E402


def slices(path: Path) -> dict[str, list[tuple[int, str]]]:
    """(start0, sequence) of every slice, by contig."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    with gzip.open(path, "rt") as handle:
        for record in handle.read().split(">")[1:]:
            header, *lines = record.splitlines()
            chrom, start, _ = re.split("[:-]", header)
            found[chrom].append((int(start) - 1, "".join(lines)))
    return found


@pytest.fixture(scope="module")
def fetch() -> Fetch:
    genome = slices(SHARED / "genome" / "grch38_slices.fa.gz")

    def _fetch(chrom: str, start0: int, end0: int) -> str:
        """The plus-strand sequence; N outside the slices."""
        for offset, sequence in genome.get(chrom, []):
            if offset <= start0 and end0 <= offset + len(sequence):
                return sequence[start0 - offset : end0 - offset]
        return "N" * (end0 - start0)

    return _fetch


@pytest.fixture(scope="module")
def models() -> dict[str, Transcript]:
    return load_gene_models(SHARED / "genome" / "grch38_slices.gtf.gz", GRCH38)[0]


@pytest.mark.parametrize("panel", [PANEL, SOLID], ids=lambda panel: panel.id)
def test_hotspot_residues_are_those_of_the_genome(panel: Panel, fetch: Fetch) -> None:
    """By the annotation's own models: those of the table, and for genes that it lacks those that the annotation marks."""
    gtf = SHARED / "genome" / "grch38_slices.gtf.gz"
    here = {gene: choice for gene, choice in marked_transcripts(gtf, None).items() if gene in panel.gene_names}
    _, models, _ = panel_models(gtf, GRCH38, here)
    loci = {locus.locus_id: locus for locus in resolve_loci(panel, models, [])}
    checked = {locus.locus_id: locus for locus in resolve_loci(panel, models, [], fetch)}
    compared, unknown, absent, wrong = 0, [], 0, []
    for hotspot in panel.hotspots:
        locus = loci[hotspot.locus_id]
        if locus.problem == "gene not in the annotation":
            absent += 1
        elif locus.type == "codon":
            if any("N" in fetch(locus.chrom, *interval) for interval in locus.intervals):
                unknown.append(locus.locus_id)
            else:
                compared += 1
                wrong += [checked[locus.locus_id].problem] if checked[locus.locus_id].problem else []
    print(f"residues: {compared} compared, {absent} loci of genes without model, no sequence for {unknown}")
    assert wrong == []
    assert compared >= 140
    assert all(locus_id.startswith("BRAF") for locus_id in unknown)


def test_known_places(models: dict[str, Transcript]) -> None:
    """BRAF and TERT by the truth table of COLO829, the others by CIViC and HGVS of record."""
    assert models["BRAF"].codon_intervals(600) == ((140753334, 140753337),)
    assert models["BRAF"].coding_position0(1799) + 1 == 140753336
    assert models["TERT"].coding_position0(-124) + 1 == 1295113
    assert models["TERT"].coding_position0(-125) + 1 == 1295114
    assert models["TERT"].coding_position0(-146) + 1 == 1295135


def test_exon_loci_hold_what_is_looked_for_there(models: dict[str, Transcript]) -> None:
    """Every exon of the panel by the annotation's count: it shares codons with the regions of in-frame indels that its
    source names, and has the coding bases that the literature's exon of that number has."""
    regions, named, neither = 0, 0, []
    for hotspot in PANEL.hotspots:
        kind, exon = parse_locus(hotspot.locus)
        if kind != "exon" or hotspot.gene not in models:
            continue
        model = models[hotspot.gene]
        found = [tuple(map(int, region.split("-"))) for region in re.findall(r"in-frame indels ([\d-]+)", hotspot.source)]
        for region in found:
            codons = range(model.exon_of_codon(region[0]), model.exon_of_codon(region[-1]) + 1)
            assert exon in codons, hotspot.locus_id
            regions += 1
        if exon in EXON_CODING.get(hotspot.gene, {}):
            bases = [model.coding_position0(c) for c in EXON_CODING[hotspot.gene][exon]]
            assert (min(bases), max(bases) + 1) == model.exon_coding_interval(exon), hotspot.locus_id
            named += 1
        elif not found:
            neither.append(hotspot.locus_id)
    print(f"exons: {regions} regions and {named} exons of the literature compared, neither known for {neither}")
    assert regions >= 12 and named >= 8 and neither == []


def test_splice_loci_stand_where_the_hotspots_are(models: dict[str, Transcript]) -> None:
    """cancerhotspots numbers a splice site by the codon beside it: that codon lies at an end of the exon named, by the
    annotation, and beside a splice site of the locus itself or of the same intron's other end."""
    compared, without = 0, set()
    for hotspot in PANEL.hotspots:
        kind, exon = parse_locus(hotspot.locus)
        if kind != "splice":
            continue
        if hotspot.gene not in models:
            without.add(hotspot.gene)
            continue
        model = models[hotspot.gene]
        sites = model.splice_intervals(exon)
        for codon in map(int, re.findall(r"splice X(\d+)", hotspot.source)):
            bases = [position for start, end in model.codon_intervals(codon) for position in range(start, end)]
            assert min(min(abs(b - s), abs(b - (e - 1))) for b in bases for s, e in sites) <= 5, (hotspot.locus_id, codon)
            compared += 1
    print(f"splice sites: {compared} compared, no model in the slices of {sorted(without)}")
    assert compared >= 13


def test_proteins_translate(models: dict[str, Transcript], fetch: Fetch) -> None:
    whole = {gene: model.protein(fetch) for gene, model in models.items() if gene != "BRAF"}
    for gene, protein in whole.items():
        assert protein.startswith("M") and "*" not in protein and "X" not in protein, gene
        assert len(protein) == GRCH38[gene].protein_length, gene
    print(f"proteins: {len(whole)} compared, BRAF skipped (exons 1-10 are N)")
    assert len(whole) >= 6


# --------------------------------------------------------------------------- transcript tables


@pytest.fixture(scope="module")
def derived() -> dict[str, Transcript]:
    """Models of the table's RefSeq transcripts from two lists of exons (``resources/panels/derive_models.py``)."""
    return derived_models(SHARED / "panels", {gene: choice.refseq for gene, choice in GRCH38.items()})


def test_refseq_versions_are_those_of_a_second_source(derived: dict[str, Transcript]) -> None:
    differ = [gene for gene, model in derived.items() if model.transcript != GRCH38[gene].refseq]
    print(f"RefSeq ids: {len(derived)} of {len(GRCH38)} found in CaMutQC; version differs for {differ}")
    assert len(derived) >= 51
    assert differ == ["KDR"]  # CaMutQC has NM_002253.3, MANE v1.4 has .4


def test_protein_lengths_from_exons_and_coding_bases(derived: dict[str, Transcript]) -> None:
    """Where another transcript starts translation within these exons the cut is too long: such genes have no length."""
    compared, unknown = 0, []
    for gene, choice in GRCH38.items():
        if choice.protein_length:
            compared += 1
            assert derived[gene].coding_length == 3 * (choice.protein_length + 1), gene
        else:
            unknown.append(gene)
    print(f"protein lengths: {compared} compared, not known for {unknown}")
    assert compared >= 47


def test_exons_of_genes_without_a_model_in_the_slices(derived: dict[str, Transcript]) -> None:
    regions = {
        "CTNNB1:e3": (23, 71), "ERBB2:e20": (772, 780), "FLT3:e14": (578, 613),
        "NPM1:e11": (288, 288), "PIK3CA:e2": (102, 114),
    }  # fmt: skip
    for locus_id, codons in regions.items():
        gene, exon = locus_id.split(":e")
        assert [derived[gene].exon_of_codon(codon) for codon in codons] == [int(exon)] * 2, locus_id
    met = derived["MET"]
    assert [met.exon_of_codon(codon) for codon in (1010, 1011)] == [14, 15]  # X1010: the donor of exon 14
    print(f"exons: {len(regions) + 1} compared")


def test_fgfr1_is_renumbered_by_its_aliases(derived: dict[str, Transcript]) -> None:
    """cancerhotspots numbers FGFR1 in ENST00000425967. CIViC has N577K (chr8:38274849 on GRCh37) as p.Asn546Lys; K687 must
    lie as many coding bases behind it in the reported transcript as in that one."""
    positions = defaultdict(set)
    for _, position, ref, alt, gene, _, change, *_ in bed(SHARED / "knowledge" / "maftools_cancerhotspots_v2_GRCh38.tsv"):
        if gene == "FGFR1" and len(ref) == len(alt) == 1:
            positions[change].add(int(position) - 1)
    model = derived["FGFR1"]
    offset = {model.coding_position0(c): c for c in range(1, model.coding_length + 1)}
    third = max(offset[p] for p in positions["N577K"])  # c.1638 in CIViC: the third base of codon 546
    first = min(offset[p] for p in positions["K687E"] | positions["K687*"])
    assert first - third == 3 * (687 - 577) - 2
    hotspots = {h.locus: h.residue for h in PANEL.hotspots if h.gene == "FGFR1"}
    assert hotspots == {"p.546": "N", "p.656": "K"}


def test_both_builds_have_the_same_genes_and_numbering() -> None:
    assert GRCH37.keys() >= GRCH38.keys() == PANEL.gene_names
    both = [g for g in GRCH38 if GRCH37[g].protein_length and GRCH38[g].protein_length]
    assert all(GRCH37[g].protein_length == GRCH38[g].protein_length for g in both)
    assert all(GRCH37[g].aliases == GRCH38[g].aliases for g in GRCH38)
    print(f"lengths of both builds: {len(both)} compared, {len(GRCH38) - len(both)} not known")
    assert len(both) >= 40


def test_transcripts_of_grch37_by_mane_are_known_on_grch37() -> None:
    """Ensembl ids as GeneFuse (hg19) and CIViC (August 2021, GRCh37) have them; RefSeq ids that CaMutQC aligns to hg19."""
    mane = {gene: row for gene, row in GRCH37.items() if row.source.startswith(("MANE", "OncoKB"))}
    assert mane.keys() <= SOLID.gene_names and len(mane) == 82
    read: dict[str, set[str]] = {}
    for line in (SHARED / "panels" / "GeneFuse_cancer.hg19.csv").read_text().splitlines():
        if line.startswith(">"):
            gene, transcript = line[1:].partition(",")[0].rsplit("_", 1)
            read.setdefault(gene, set()).add(base_id(transcript))
    with open(SHARED / "knowledge" / "civic_01-Aug-2021-VariantSummaries.tsv", encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["reference_build"] == "GRCh37" and row["representative_transcript"].startswith("ENST"):
                read.setdefault(row["gene"], set()).add(base_id(row["representative_transcript"]))
    same = [g for g in mane if base_id(mane[g].transcript) in read.get(g, ())]
    differ = sorted(g for g in mane if g in read and g not in same)
    print(f"Ensembl ids on GRCh37: {len(same)} the same, others {differ}, {len(mane) - len(same) - len(differ)} not there")
    assert len(same) >= 12 and differ == ["ERCC1", "NT5C2"]  # other transcripts of the gene
    aligned = set()
    for name in ("FlCDx", "MSK_v3"):
        raw = gzip.decompress((SHARED / "panels" / f"CaMutQC_{name}-hg19.bed.gz").read_bytes()).decode()
        aligned |= {base_id(i) for i in re.findall(r"NM_\d+", raw)}
    there = [g for g in mane if base_id(mane[g].refseq) in aligned]
    print(f"RefSeq ids: {len(there)} aligned to hg19, not there {sorted(mane.keys() - set(there))}")
    assert len(there) >= 50


def test_transcripts_of_grch37_are_those_of_the_hotspot_table() -> None:
    table = {}
    with open(SHARED / "knowledge" / "hotspots_v2_and_3d.txt", encoding="utf-8") as handle:
        header = handle.readline().rstrip("\n").split("\t")
        for line in handle:
            row = dict(zip(header, line.rstrip("\n").split("\t"), strict=True))
            if row["type"] != "3d":  # numbered in other transcripts
                table[row["hugo_symbol"]] = row["transcript_id"]
    same = [g for g in GRCH37 if table.get(g) == base_id(GRCH37[g].transcript)]
    differ = sorted(g for g in GRCH37 if g in table and g not in same)
    absent = len(GRCH37) - len(same) - len(differ)
    print(f"GRCh37 transcripts: {len(same)} as in cancerhotspots v2, others {differ}, {absent} genes not there")
    assert len(same) >= 38
    assert differ == ["FGFR1", "HRAS", "KRAS"]  # another transcript; KRAS and HRAS number their hotspots alike


@pytest.mark.parametrize("panel", [PANEL, SOLID], ids=lambda panel: panel.id)
def test_ras_and_other_residues_by_sequence_alone(panel: Panel, fetch: Fetch) -> None:
    """Codons of genes without a model in the slices, placed by the nucleotide changes of cancerhotspots on GRCh38."""
    wanted = {(h.gene, parse_locus(h.locus)[1]): h.residue for h in panel.hotspots if h.locus.startswith("p.")}
    compared, outside = set(), set()
    for chrom, position, ref, _, gene, kind, change, *_ in bed(
        SHARED / "knowledge" / "maftools_cancerhotspots_v2_GRCh38.tsv"
    ):
        match = re.fullmatch(r"([A-Z])(\d+)[A-Z]", change)
        if kind != "Missense_Mutation" or not match or (gene, int(match[2])) not in wanted or gene == "FGFR1":
            continue
        found = fetch(f"chr{chrom}", int(position) - 1, int(position) - 1 + len(ref))
        if "N" in found.upper():
            outside.add((gene, int(match[2])))
            continue
        assert found.upper() == ref, (gene, change)
        assert wanted[gene, int(match[2])] == match[1], (gene, change)
        compared.add((gene, int(match[2])))
    genes = {gene for gene, _ in compared}
    print(f"nucleotide changes: {len(compared)} codons of {len(genes)} genes compared, {len(outside)} outside the slices")
    assert len(compared) >= 100


def test_nras_codons_of_the_ras_rule(fetch: Fetch) -> None:
    """NRAS has no model in the slices: its codons are read beside known ones.

    Codon 61 lies at chr1:114713907-114713909 (c.182A>G at 114713908 in cancerhotspots, Q61R) on the minus strand;
    codons 117 and 146 lie in one exon, 87 bases apart.
    """

    def residue(start0: int) -> str:
        return str(Seq(fetch("chr1", start0, start0 + 3)).reverse_complement().translate())

    codon61 = 114713906
    assert residue(codon61) == "Q"
    assert [residue(codon61 + 3 * back) for back in (1, 2)] == ["G", "A"]  # G60, A59
    exon4 = str(Seq(fetch("chr1", 114709533, 114709793)).reverse_complement())
    frames = [str(Seq(exon4[frame : len(exon4) - (len(exon4) - frame) % 3]).translate()) for frame in range(3)]
    assert any(re.search("NK.{28}A", protein) for protein in frames)  # N116 K117 ... A146


def test_hotspots_are_numbered_as_the_reported_transcripts(derived: dict[str, Transcript]) -> None:
    """Every nucleotide change of cancerhotspots on GRCh38 at a hotspot of the panel lies in that codon of the model."""
    wanted = {(h.gene, parse_locus(h.locus)[1]) for h in PANEL.hotspots if h.locus.startswith("p.")}
    compared, elsewhere = set(), []
    for _, position, ref, alt, gene, _, change, *_ in bed(SHARED / "knowledge" / "maftools_cancerhotspots_v2_GRCh38.tsv"):
        match = re.fullmatch(r"[A-Z](\d+)[A-Z*]", change)
        if not match or (gene, int(match[1])) not in wanted or len(ref) != len(alt) or not GRCH38[gene].protein_length:
            continue
        intervals = derived[gene].codon_intervals(int(match[1]))
        first, last = int(position) - 1, int(position) - 1 + len(ref)
        if not any(start0 < last and first < end0 for start0, end0 in intervals):
            elsewhere.append((gene, change))
        compared.add((gene, int(match[1])))
    genes = {gene for gene, _ in compared}
    print(f"numbering: {len(compared)} of {len(wanted)} codons in {len(genes)} genes compared, the rest not in that table")
    assert elsewhere == []
    assert len(compared) >= 200


def test_one_build_against_the_other(derived: dict[str, Transcript]) -> None:
    """The bases of every codon, taken from GRCh38 to GRCh37 exon by exon of the same RefSeq transcript, hold the nucleotide
    changes of cancerhotspots on GRCh37, and code for the same residue in the slices of that genome."""
    slices37 = slices(SHARED / "genome" / "grch37_slices.fa.gz")
    by_base = {base_id(name): found for name, found in refseq_exons(SHARED / "panels", "hg19").items()}
    changes = defaultdict(set)
    for _, position, ref, alt, gene, _, change, *_ in bed(SHARED / "knowledge" / "maftools_cancerhotspots_v2_GRCh37.tsv"):
        if (match := re.fullmatch(r"[A-Z](\d+)[A-Z*]", change)) and len(ref) == len(alt) == 1 and gene != "FGFR1":
            changes[gene, int(match[1])].add(int(position) - 1)
    lifts: dict[str, dict[int, int]] = {}
    other_exons = set()
    for gene, model in derived.items():
        found = sorted({(s, e) for _, _, s, e in by_base.get(base_id(model.transcript), ())})
        exons = sorted(model.exons)
        if len(found) != len(exons) or any(
            e - s != end - start for (s, e), (start, end) in zip(exons[1:-1], found[1:-1], strict=True)
        ):
            other_exons.add(gene)  # listed with other exons there: nothing can be taken over
            continue
        coding = {p for s, e in model.cds for p in range(s, e)}
        lifts[
            gene
        ] = {  # untranslated ends may differ: the first exon is taken over from its end, all others from their start
            p: (end - (e - p) if n == 0 else start + p - s)
            for n, ((s, e), (start, end)) in enumerate(zip(exons, found, strict=True))
            for p in range(s, e)
            if p in coding
        }
    placed, translated, outside = 0, 0, 0
    for hotspot in PANEL.hotspots:
        kind, codon = parse_locus(hotspot.locus)
        if kind != "codon" or hotspot.gene not in lifts or GRCH38[hotspot.gene].protein_length == 0:
            continue
        model, lift = derived[hotspot.gene], lifts[hotspot.gene]
        bases = [lift[model.coding_position0(3 * codon - i)] for i in (2, 1, 0)]
        for position in changes[hotspot.gene, codon]:
            assert position in bases, (hotspot.locus_id, position, bases)
            placed += 1
        text = "".join(base_at(slices37, model.chrom, position) for position in bases)
        if "N" in text:
            outside += 1
            continue
        sense = Seq(text) if model.strand > 0 else Seq(text).complement()
        assert str(sense.translate()) == hotspot.residue, hotspot.locus_id
        translated += 1
    print(
        f"GRCh37: {placed} nucleotide changes in their codons, {translated} codons translated, {outside} outside the "
        f"slices; other exons listed for {sorted(other_exons)}"
    )
    assert placed >= 300 and translated >= 50


def base_at(genome: dict[str, list[tuple[int, str]]], chrom: str, position0: int) -> str:
    """One base of the plus strand, by either style of contig names; N outside the slices."""
    for name in (chrom, chrom.removeprefix("chr")):
        for offset, sequence in genome.get(name, []):
            if offset <= position0 < offset + len(sequence):
                return sequence[position0 - offset].upper()
    return "N"


def test_exons_of_a_real_hotspot_design_hold_loci(derived: dict[str, Transcript]) -> None:
    """INCa's amplicons name gene and exon: by our models each lies in that exon, and the panel asks something there."""
    places = defaultdict(list)
    for locus in resolve_loci(PANEL, derived, []):
        for start0, end0 in locus.intervals:
            places[locus.gene].append((start0, end0))
    exons, elsewhere, empty, compared = set(), [], set(), 0
    for chrom, start, end, label, *_ in bed(SHARED / "panels" / "INCa_V1_GRCh38_libA_woutPrimers.bed"):
        match = re.match(r"ampl\d+_([A-Z0-9]+)[_.](\d+)_U", label)  # not those that name two exons
        if not match or match[1] not in derived:
            continue
        gene, number = match[1], int(match[2])
        model = derived[gene]
        if EXON_CODING.get(gene, {}).get(number):
            first, last = sorted(model.coding_position0(c) for c in EXON_CODING[gene][number])
            exon = (first, last + 1)
        else:
            exon = model.exon_interval(number)
        compared += 1
        if not (model.chrom.removeprefix("chr") == chrom and exon[0] < int(end) and int(start) < exon[1]):
            elsewhere.append(label)
            continue
        exons.add((gene, number))
        if not any(start0 < exon[1] and exon[0] < end0 for start0, end0 in places[gene]):
            empty.add((gene, number))
    print(f"INCa: {compared} amplicons compared, not in the exon named: {elsewhere}")
    print(f"of {len(exons)} exons {len(exons - empty)} hold loci; none in {sorted(empty)}")
    assert compared >= 100 and len(exons) - len(empty) >= 25
    assert {gene for gene, _ in empty} <= {"ERBB4", "FGFR2", "KIT", "MET"}


def test_splice_loci_have_the_bases_of_splice_sites(derived: dict[str, Transcript], fetch: Fetch) -> None:
    """An intron begins with GT (or GC) and ends with AG: by the sequence alone, whatever the models' sources say."""
    compared, outside = 0, set()
    for hotspot in PANEL.hotspots:
        kind, exon = parse_locus(hotspot.locus)
        if kind != "splice" or hotspot.gene not in derived:
            continue
        model = derived[hotspot.gene]
        start0, _ = model.exon_interval(exon)
        for site in model.splice_intervals(exon):
            bases = fetch(model.chrom, *site).upper()
            if "N" in bases:
                outside.add(hotspot.locus_id)
                continue
            sense = bases if model.strand > 0 else str(Seq(bases).reverse_complement())
            acceptor = (site[0] < start0) == (model.strand > 0)
            assert sense in (("AG",) if acceptor else ("GT", "GC")), (hotspot.locus_id, site, sense)
            compared += 1
    print(f"splice dinucleotides: {compared} compared, outside the slices {sorted(outside)}")
    assert compared >= 25


@pytest.mark.parametrize(("build", "file"), [("GRCh38", "grch38_slices.fa.gz"), ("GRCh37", "grch37_slices.fa.gz")])
def test_snps_of_the_backbone_have_the_bases_of_the_genome(build: str, file: str) -> None:
    genome = slices(SHARED / "genome" / file)
    compared = 0
    for snp in SOLID.snps_on(build):
        for start0, bases in genome.get(on_contig(snp.chrom, genome), []):
            if 0 <= (at := snp.pos1 - 1 - start0) < len(bases) and bases[at] != "N":
                assert bases[at].upper() == snp.ref, snp
                compared += 1
    print(f"{build}: {compared} of {len(SOLID.snps_on(build))} SNPs compared, the others lie outside the slices")
    assert compared >= {"GRCh38": 5, "GRCh37": 1}[build]


def test_introns_of_fusion_genes_begin_and_end_as_introns_do(fetch: Fetch, models: dict[str, Transcript]) -> None:
    """GT...AG of the sense strand, and the exons of the annotation beside them, where the slices have them."""
    motifs = placed = 0
    for row in SOLID.introns_on("GRCh38"):
        ends = [fetch(row.chrom, row.start0, row.start0 + 2), fetch(row.chrom, row.end0 - 2, row.end0)]
        if "N" not in "".join(ends):
            assert ends in (["GT", "AG"], ["CT", "AC"]), (row, ends)
            motifs += 1
        if row.gene in models:
            exons = sorted(models[row.gene].exons)
            assert (row.start0, row.end0) in [(left[1], right[0]) for left, right in itertools.pairwise(exons)], row
            placed += 1
    print(f"of {len(SOLID.introns_on('GRCh38'))} introns {motifs} by their ends, {placed} by the annotation")
    assert motifs >= 2 and placed >= 4


def test_introns_and_backbone_are_the_same_on_both_builds() -> None:
    """Compared by what does not depend on coordinates; lengths of introns differ by little."""
    introns = [{(row.gene, row.intron): row for row in SOLID.introns_on(build)} for build in ("GRCh37", "GRCh38")]
    assert introns[0].keys() == introns[1].keys()
    for key, row in introns[0].items():
        lengths = [one.end0 - one.start0 for one in (row, introns[1][key])]
        assert max(lengths) <= 1.02 * min(lengths), key
    alleles = [sorted((s.chrom.removeprefix("chr"), s.ref, s.alt, s.frequency) for s in SOLID.snps_on(build))
               for build in ("GRCh37", "GRCh38")]  # fmt: skip
    assert alleles[0] == alleles[1]
