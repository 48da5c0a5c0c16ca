"""Our notation beside snpEff's and VEP's, on real gene models: where they differ, the reason is known, and who is right.

Fourteen genes, each cut from the GRCh38 slices as a contig of its own, annotated by the real snpEff.
"""

from __future__ import annotations

import gzip
import os
import random
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from Bio.Data.IUPACData import protein_letters_3to1
from Bio.Seq import Seq
from tierline.alleles import normalise
from tierline.annotation import Transcript, base_id, load_gene_models
from tierline.hgvs import CodingChange, ProteinChange, parse_coding, parse_protein
from tierline.naming import Naming, Reading, name_change, read_transcript, same_coding, same_protein
from tierline.records import TranscriptChoice

SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
GENOME = SHARED / "genome"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not GENOME.is_dir(), reason=f"no shared data at {SHARED}"),
]
FLANK = 3_000  # bases of a contig beside its gene


@dataclass(frozen=True)
class Gene:
    """A gene on a contig that bears its name; ``start0`` is the contig's beginning on the chromosome."""

    reading: Reading
    sequence: str
    chrom: str
    start0: int


def slices() -> dict[str, list[tuple[int, str]]]:
    """Of each chromosome the slices: 0-based start, sequence."""
    found: dict[str, list[tuple[int, str]]] = {}
    with gzip.open(GENOME / "grch38_slices.fa.gz", "rt") as handle:
        for record in handle.read().split(">")[1:]:
            header, *lines = record.splitlines()
            chrom, start1, _ = re.split("[:-]", header)
            found.setdefault(chrom, []).append((int(start1) - 1, "".join(lines)))
    return found


@pytest.fixture(scope="module")
def genes() -> dict[str, Gene]:
    gtf = GENOME / "grch38_slices.gtf.gz"
    with gzip.open(gtf, "rt") as handle:
        ids = dict(re.findall(r'gene_name "(\w+)".*transcript_id "(\w+)"', handle.read()))
    choices = {gene: TranscriptChoice(gene, transcript, "", "none", 0, (), "") for gene, transcript in ids.items()}
    models, messages = load_gene_models(gtf, choices)
    assert len(models) == 14 and not messages
    by_chrom = slices()
    found = {}
    for gene, model in models.items():
        first, last = min(s for s, _ in model.exons), max(e for _, e in model.exons)
        start0, sequence = next((s, q) for s, q in by_chrom[model.chrom] if s <= first and last <= s + len(q))
        begin = max(start0, first - FLANK)
        contig = sequence[begin - start0 : last + FLANK - start0].upper()
        found[gene] = Gene(
            read_transcript(moved(model, gene, -begin), fetch_of({gene: contig})), contig, model.chrom, begin
        )
    return found


def moved(model: Transcript, contig: str, by: int) -> Transcript:
    exons, cds = (tuple((s + by, e + by) for s, e in blocks) for blocks in (model.exons, model.cds))
    return replace(model, chrom=contig, exons=exons, cds=cds)


def fetch_of(contigs: dict[str, str]):  # type: ignore[no-untyped-def]
    return lambda chrom, start0, end0: contigs[chrom][start0:end0]


# --------------------------------------------------------------------------- snpEff


Variant = tuple[str, int, str, str, str]
"""Gene, position (1-based on its contig), REF, ALT, what it is."""


def variants_of(gene: str, found: Gene, rng: random.Random, each: int) -> Iterator[Variant]:
    """Seeded variants of every kind in every place; left-aligned, as the consensus writes them."""
    model, sequence = found.reading.model, found.sequence
    edges = [p + d for s, e in model.exons for p in (s, e - 1) for d in range(-4, 5)]
    coding = [p for s, e in model.cds for p in range(s, e)]
    runs = [p for p in coding if sequence[p] == sequence[p + 1] == sequence[p - 1]]
    codons = [model.coding_position0(c) for c in (1, 2, 3, 4)]
    codons += [model.coding_position0(model.coding_length - i) for i in range(6)]
    untranslated = [p for s, e in model.exons for p in range(s, e) if p not in set(coding)]
    promoter = [model.coding_position0(-i) for i in range(1, 200)]
    places = {
        "coding": coding,
        "run": runs,
        "edge": edges,
        "codon 1 or stop": codons,
        "utr": untranslated,
        "promoter": promoter,
    }
    for where, positions in places.items():
        for kind in ("snv", "mnv", "del", "ins", "dup", "delins"):
            for _ in range(each):
                start0, size = rng.choice(positions), rng.randint(1, 6)
                here = sequence[start0]
                if kind == "snv":
                    ref, alt = here, rng.choice([b for b in "ACGT" if b != here])
                elif kind == "mnv":
                    ref = sequence[start0 : start0 + rng.choice((2, 3))]
                    alt = "".join(rng.choice([b for b in "ACGT" if b != base]) for base in ref)
                elif kind == "del":
                    ref, alt = sequence[start0 : start0 + size + 1], here
                elif kind == "ins":
                    ref, alt = here, here + "".join(rng.choices("ACGT", k=size))
                elif kind == "dup":
                    ref, alt = here, here + sequence[start0 - size + 1 : start0 + 1]
                else:
                    ref = sequence[start0 : start0 + rng.randint(2, 5)]
                    alt = "".join(rng.choices("ACGT", k=size))
                if ref == alt or "N" in sequence[start0 - 20 : start0 + 20]:
                    continue
                yield (gene, *normalise(found.reading.fetch, gene, start0 + 1, ref, alt), f"{kind}, {where}")


def annotate(folder: Path, genes: dict[str, Gene], variants: list[Variant]) -> dict[Variant, tuple[str, str, str]]:
    """snpEff's consequence, coding and protein change of each variant on its gene's transcript."""
    data = folder / "tierline"
    data.mkdir()
    (data / "sequences.fa").write_text("".join(f">{gene}\n{found.sequence}\n" for gene, found in genes.items()))
    with gzip.open(GENOME / "grch38_slices.gtf.gz", "rt") as handle, open(data / "genes.gtf", "w") as out:
        for line in handle:
            cells = line.split("\t")
            gene = re.search(r'gene_name "(\w+)"', cells[8])[1]  # type: ignore[index]
            cells[0], cells[3:5] = gene, [str(int(cell) - genes[gene].start0) for cell in cells[3:5]]
            out.write("\t".join(cells))
    config = folder / "snpEff.config"
    config.write_text("tierline.genome : tierline\n")
    place = ["-c", str(config), "-dataDir", str(folder), "-noLog"]
    build = ["snpEff", "build", "-Xmx2g", "-gtf22", "-noCheckCds", "-noCheckProtein", *place, "tierline"]
    subprocess.run(build, check=True, capture_output=True)
    vcf = folder / "in.vcf"
    order = sorted(set(variants))
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    rows = (f"{gene}\t{pos1}\t{n}\t{ref}\t{alt}\t.\t.\t.\n" for n, (gene, pos1, ref, alt, _) in enumerate(order))
    vcf.write_text(header + "".join(rows))
    command = [
        "snpEff",
        "ann",
        "-Xmx2g",
        "-nodownload",
        "-noStats",
        *place,
        "-upDownStreamLen",
        "1000",
        "tierline",
        str(vcf),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    said = {}
    for line in done.stdout.splitlines():
        cells = line.split("\t")
        if line.startswith("#") or len(cells) != 8:
            continue
        variant = order[int(cells[2])]
        own = base_id(genes[variant[0]].reading.model.transcript)
        annotations = re.search(r"ANN=([^;]*)", cells[7])
        fields = [item.split("|") for item in annotations[1].split(",")] if annotations else []
        said[variant] = next(((f[1], f[9], f[10]) for f in fields if base_id(f[6]) == own), ("", "", ""))
    return said


# --------------------------------------------------------------------------- written back


@dataclass(frozen=True)
class Numbering:
    """The coding position of each base of a contig, counted base by base along the transcript, and the way back."""

    name: dict[int, str]
    place: dict[str, int]
    spliced: list[str]  # names of the exonic bases, 5' to 3'


@cache
def numbering(model: Transcript, length: int) -> Numbering:
    exonic = [p for s, e in model.exons for p in (range(s, e) if model.strand > 0 else range(e - 1, s - 1, -1))]
    coding = {p for s, e in model.cds for p in range(s, e)}
    first = next(i for i, p in enumerate(exonic) if p in coding)
    names: dict[int, str] = {}
    for i, p in enumerate(exonic):
        c = i - first
        names[p] = str(c if c < 0 else c + 1) if c < len(coding) else f"*{c - len(coding) + 1}"
    spliced = list(names.values())
    for left, right in pairwise(exonic):
        size = abs(right - left) - 1
        for k in range(1, size + 1):
            near = (left, k) if 2 * k <= size + 1 else (right, k - size - 1)
            names[left + k * model.strand] = f"{names[near[0]]}{near[1]:+d}"
    for k in range(1, FLANK):
        before, behind = exonic[0] - k * model.strand, exonic[-1] + k * model.strand
        if 0 <= before < length:
            names[before] = str(-first - k)
        if 0 <= behind < length:
            names[behind] = f"*{len(exonic) - first - len(coding) + k}"
    return Numbering(names, {name: p for p, name in names.items()}, spliced)


def numbers(found: Gene) -> Numbering:
    return numbering(found.reading.model, len(found.sequence))


def written_back(found: Gene, coding: CodingChange) -> str:
    """The contig with a coding change applied to it, by the coding positions of its bases."""
    place, sequence = numbers(found).place, found.sequence
    start0, end0 = sorted((place[str(coding.start)], place[str(coding.end)]))
    alt = coding.alt if found.reading.model.strand > 0 else str(Seq(coding.alt).reverse_complement())
    if coding.kind == "insertion":
        return sequence[: start0 + 1] + alt + sequence[end0:]
    if coding.kind == "duplication":
        return sequence[: end0 + 1] + sequence[start0:]
    return sequence[:start0] + alt + sequence[end0 + 1 :]


def translated(found: Gene, coding: CodingChange) -> str:
    """The protein of the spliced transcript with a coding change applied to it, up to and with its first stop."""
    table, step = numbers(found), found.reading.model.strand
    bases = [found.sequence[table.place[name]] for name in table.spliced]
    spliced = "".join(bases) if step > 0 else str(Seq("".join(bases)).complement())
    first, end = table.spliced.index("1"), table.spliced.index(str(coding.end))
    if coding.kind == "insertion":
        spliced = spliced[:end] + coding.alt + spliced[end:]
    elif coding.kind == "duplication":  # its copy may begin in the intron before
        start0, end0 = sorted((table.place[str(coding.start)], table.place[str(coding.end)]))
        copy = Seq(found.sequence[start0 : end0 + 1])
        spliced = spliced[: end + 1] + str(copy if step > 0 else copy.reverse_complement()) + spliced[end + 1 :]
    else:
        spliced = spliced[: table.spliced.index(str(coding.start))] + coding.alt + spliced[end + 1 :]
    tail = spliced[first:]
    residues = str(Seq(tail[: len(tail) // 3 * 3]).translate())
    return residues.partition("*")[0] + ("*" if "*" in residues else "")


def residues_of(change: ProteinChange, old: str) -> str | None:
    """The protein that a change makes of ``old``, as far as its text says it; a new reading ends in ``…``."""
    new = "".join({"Ter": "*"}.get(three, protein_letters_3to1.get(three, "?")) for three in change.inserted)
    before, behind = old[: change.start - 1], old[change.end :]
    match change.kind:
        case "synonymous" | "unchanged":
            return old
        case "missense" | "delins":
            return (before + new + behind).partition("*")[0] + "*"
        case "nonsense":
            return before + "*"
        case "deletion":
            return before + behind
        case "duplication":
            return old[: change.end] + old[change.start - 1 :]
        case "insertion":
            return (old[: change.start] + new + old[change.end - 1 :]).partition("*")[0] + "*"
        case "frameshift":
            return before + protein_letters_3to1[change.shifted]
        case "extension":
            return before + new
    return None


@pytest.fixture(scope="module")
def variants(genes: dict[str, Gene]) -> list[Variant]:
    rng = random.Random(20261125)
    return sorted({v for gene, found in genes.items() for v in variants_of(gene, found, rng, 8)})


def test_our_coding_change_written_back_is_the_allele_and_lies_as_far_3_prime_as_it_can(
    genes: dict[str, Gene], variants: list[Variant]
) -> None:
    kinds: Counter[str] = Counter()
    for gene, pos1, ref, alt, _ in variants:
        found = genes[gene]
        edited = found.sequence[: pos1 - 1] + alt + found.sequence[pos1 - 1 + len(ref) :]
        change = parse_coding(name_change(found.reading, pos1, ref, alt).coding.text)
        assert written_back(found, change) == edited, (gene, pos1, ref, alt, change.text)
        kinds[change.kind] += 1
        if change.kind in ("deletion", "duplication", "insertion"):
            further = moved_on(found, change)
            assert further is None or written_back(found, further) != edited, (change.text, further)
        if change.kind == "insertion":
            assert not repeats(found, change), change.text
    print(f"{sum(kinds.values())} coding changes written back: {dict(kinds)}")
    assert (
        sum(kinds.values()) >= 3000
        and min(kinds[k] for k in ("substitution", "deletion", "duplication", "insertion")) > 300
    )


def moved_on(found: Gene, change: CodingChange) -> CodingChange | None:
    """The change one base further 3'; None at the contig's end."""
    table, step = numbers(found), found.reading.model.strand
    ends = [table.name.get(table.place[str(position)] + step) for position in (change.start, change.end)]
    if None in ends:
        return None
    start, end = (parse_coding(f"c.{name}del").start for name in ends)
    return replace(change, start=start, end=end, alt=change.alt[1:] + change.alt[:1])


def repeats(found: Gene, change: CodingChange) -> bool:
    """Whether an insertion repeats the bases before it: it should have been called a duplication."""
    place, size = numbers(found).place[str(change.start)], len(change.alt)
    if found.reading.model.strand > 0:
        return found.sequence[place - size + 1 : place + 1] == change.alt
    return str(Seq(found.sequence[place : place + size]).reverse_complement()) == change.alt


def test_our_protein_change_is_the_translation_of_the_changed_gene(genes: dict[str, Gene], variants: list[Variant]) -> None:
    kinds: Counter[str] = Counter()
    for gene, pos1, ref, alt, _ in variants:
        found = genes[gene]
        naming = name_change(found.reading, pos1, ref, alt)
        change = naming.protein
        if change is None or change.kind in ("start_loss", "unchanged"):
            kinds[f"not compared: {change.kind if change else 'none'}"] += 1
            continue
        old = found.reading.protein
        new = translated(found, naming.coding)
        expected = residues_of(change, old)
        assert expected is not None
        if change.kind in ("frameshift", "extension"):
            assert new.startswith(expected), (gene, pos1, ref, alt, change.reported)
            assert (old[change.start - 1] == "*") == (change.kind == "extension")
            stop = change.start + (change.stop or 0) - (change.kind == "frameshift")
            assert new.find("*") + 1 == (stop if change.stop else 0), (gene, pos1, ref, alt, change.reported)
        else:
            assert new == expected, (gene, pos1, ref, alt, change.text)
        kinds[change.kind] += 1
    print(f"protein changes against the translation of the whole changed gene: {dict(kinds)}")
    named = {kind: count for kind, count in kinds.items() if not kind.startswith("not compared")}
    assert sum(named.values()) >= 1500 and len(named) >= 9


# --------------------------------------------------------------------------- beside snpEff

ENDS = 12  # bases: so near to its ends snpEff counts a transcript's positions wrongly


def coding_reason(found: Gene, coding: CodingChange) -> str:
    """Why snpEff's coding change is another: known faults of snpEff 5.1, ours proven by being written back."""
    table = numbers(found)
    ends = sorted((table.place[table.spliced[0]], table.place[table.spliced[-1]]))
    places = [table.place[str(position)] for position in (coding.start, coding.end)]
    if any(not ends[0] + ENDS < place < ends[1] - ENDS for place in places):
        return "beyond the transcript or at its ends: snpEff neither shifts nor says dup there, and miscounts"
    return ""


def protein_reason(found: Gene, naming: Naming, said: str) -> str:
    """Why snpEff's protein change is another: ours follows HGVS and is the translation of the changed gene."""
    ours = naming.protein
    try:
        theirs = parse_protein(said or "p.?")
    except ValueError:
        return "snpEff's text is no HGVS change (???, ext*?, p.249, residues without range)"
    if ours is None:
        coding = naming.coding
        if coding.start.after_stop or coding.end.base == found.reading.model.coding_length:
            return "behind the stop: no protein change"
        if coding.start.offset or coding.end.offset or coding.kind == "insertion" or theirs.kind == "unknown":
            return "over or beside a splice site: the sequence does not tell the protein"
        return ""
    if ours.kind in ("start_loss", "unchanged"):
        return "start codon: p.Met1?, or p.= where the bases before make up for it"
    if ours.kind == "extension":
        return "an extension goes before frame shift and insertion"
    if ours.kind == "nonsense":
        return "an immediate stop is a nonsense change"
    if ours.kind == "synonymous":
        return "the protein is the same to its stop"
    if "Ter" in ours.inserted and ("Ter" in theirs.inserted or theirs.kind == "nonsense"):
        return "a new stop: residues behind it are not listed, those before it are"
    if ours.kind == "frameshift":
        return "a frame shift is named by the first residue that differs, also where it takes the stop along"
    if theirs.kind == "unknown" and naming.coding.kind == "duplication":
        return "a copy of an exon's last bases: snpEff sees it in the intron"
    if theirs.kind in ("duplication", "deletion", "insertion", "delins") and ours.length_change == theirs.length_change:
        return "snpEff names another residue of a repeat, or a copy that is none"
    return ""


@pytest.mark.skipif(shutil.which("snpEff") is None, reason="no snpEff on PATH")
def test_where_snpeff_writes_something_else_the_reason_is_known(
    genes: dict[str, Gene], variants: list[Variant], tmp_path: Path
) -> None:
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    unexplained = []
    said = annotate(tmp_path, genes, variants)
    for variant, (_, coding, protein) in said.items():
        found = genes[variant[0]]
        naming = name_change(found.reading, *variant[1:4])
        ours = naming.protein.reported if naming.protein else ""
        kind = variant[4].partition(",")[0]
        same = same_coding(naming.coding.text, coding), same_protein(ours, protein)
        counts[f"{kind} compared"] += 1
        counts[f"{kind} coding equal"] += same[0]
        counts[f"{kind} protein equal"] += same[1]
        why = coding_reason(found, naming.coding), protein_reason(found, naming, protein)
        for equal, reason in zip(same, why, strict=True):
            if not equal:
                reasons[reason] += 1
                if not reason:
                    unexplained.append((variant, naming.coding.text, coding, ours, protein))
    for kind in ("snv", "mnv", "del", "ins", "dup", "delins"):
        print(kind, *(f"{word} {counts[f'{kind} {word}']}" for word in ("compared", "coding equal", "protein equal")))
    for reason, count in reasons.most_common():
        print(f"{count:5d} differ: {reason}")
    compared = sum(count for name, count in counts.items() if name.endswith("compared"))
    print(f"{compared} of {len(variants)} variants compared with snpEff; skipped: those with another effect only")
    assert not unexplained, "\n".join(map(str, unexplained))
    assert compared >= 3000
    assert counts["snv coding equal"] == counts["snv compared"] == counts["snv protein equal"]


# --------------------------------------------------------------------------- beside VEP


def test_vep_names_the_same_residues(genes: dict[str, Gene]) -> None:
    """Calls annotated by VEP 95, where they lie on a transcript that is here: place, amino acids, coding position."""
    named, others = 0, 0
    with gzip.open(SHARED / "vcf" / "pVACtools_input_somatic.vep.vcf.gz", "rt") as handle:
        for line in handle:
            if line.startswith("#"):
                continue
            chrom, pos1, _, ref, alt, _, _, info = line.split("\t")[:8]
            for item in re.search(r"CSQ=([^;\t]*)", info)[1].split(","):  # type: ignore[index]
                cells = item.split("|")
                gene, transcript, coding, residue, change = cells[3], cells[6], *cells[13:16]
                found = genes.get(gene)
                if found is None or base_id(transcript) != found.reading.model.transcript or not change:
                    others += 1
                    continue
                assert chrom == found.chrom
                naming = name_change(found.reading, int(pos1) - found.start0, ref, alt)
                assert naming.protein is not None
                assert (str(naming.coding.start), str(naming.protein.start)) == (coding, residue)
                assert naming.protein.short == change.replace("/", residue)
                named += 1
    print(f"{named} annotations of VEP compared, all equal; {others} skipped: on other transcripts, or without a residue")
    assert named >= 2


# --------------------------------------------------------------------------- what everybody knows

KNOWN = {
    "TERT 1295113 G>A": ("c.-124C>T", ""),
    "TERT 1295135 G>A": ("c.-146C>T", ""),
    "TERT 1295113 GG>AA": ("c.-125_-124delinsTT", ""),
    "BRAF 140753336 A>T": ("c.1799T>A", "p.Val600Glu"),
    "BRAF 140753335 CA>TT": ("c.1799_1800delinsAA", "p.Val600Glu"),
    "EGFR 55174771 AGGAATTAAGAGAAGC>A": ("c.2235_2249del", "p.Glu746_Ala750del"),
    "EGFR 55191822 T>G": ("c.2573T>G", "p.Leu858Arg"),
    "KRAS 25245350 C>T": ("c.35G>A", "p.Gly12Asp"),
    "TP53 7675088 C>T": ("c.524G>A", "p.Arg175His"),
    "BRCA2 32339132 G>T": ("c.4777G>T", "p.Glu1593Ter"),
}
"""By GRCh38 position and bases. Coding changes of TERT: COLO829's truth.tsv, and 22 bases further; protein changes: the
table of cancerhotspots and VEP's answers, all in shared data; BRAF in two bases is the first with a silent third base."""


@pytest.mark.parametrize("allele", KNOWN)
def test_a_known_change_has_its_known_name(genes: dict[str, Gene], allele: str) -> None:
    gene, position, bases = allele.split()
    ref, _, alt = bases.partition(">")
    naming = name_change(genes[gene].reading, int(position) - genes[gene].start0, ref, alt)
    assert (naming.coding.text, naming.protein.reported if naming.protein else "") == KNOWN[allele]


def test_cancerhotspots_names_the_same_residues(genes: dict[str, Gene]) -> None:
    """Substitutions of cancerhotspots' GRCh38 table; its indels are listed by hotspot and do not say their own change."""
    counts: Counter[str] = Counter()
    with open(SHARED / "knowledge" / "maftools_cancerhotspots_v2_GRCh38.tsv") as handle:
        for line in handle:
            chrom, pos1, ref, alt, gene, _, said = line.split("\t")[:7]
            found = genes.get(gene)
            if found is None or "-" in (ref, alt) or len(ref) != len(alt):
                counts["skipped: other gene, or no substitution"] += 1
                continue
            assert f"chr{chrom}" == found.chrom
            ours = name_change(found.reading, int(pos1) - found.start0, ref, alt).protein
            assert ours is not None
            if ours.same_as(parse_protein(said)):
                counts["equal"] += 1
            elif parse_protein(said).text in ours.parts:
                counts["one of our two residues"] += 1
            else:
                assert (gene, pos1, ours.text) == ("TP53", "7675110", "p.Gln167Ter")  # it says H168Y, behind the new stop
                counts["behind our new stop"] += 1
    print(dict(counts))
    assert counts["equal"] >= 750
