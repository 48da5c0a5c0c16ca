"""The standing cases: one invented tumour for each difficulty that a report must be plain about, on the demo's genome.

Reads are drawn here, from the demo's own generator; what every report must say of them stands in
``tests/cases/standing/<tumour>.yaml``. A contig ``chrCopy`` repeats PDGFRA, so that no read of it has a place of its own.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pysam
import yaml
from runs import DEMO, write_project

Target = tuple[str, int, int, str]  # contig, start0, end0, <gene>_<part>
GENES = ("BRAF", "EGFR", "KIT", "KRAS", "NRAS", "PDGFRA", "PIK3CA", "TP53")  # what both assays of the cases hold
COPIED = "PDGFRA"
SEED = 20261126
AMPLICON = 130  # bases of the longest insert; amplicons overlap by OVERLAP
OVERLAP = 30
DAMAGED = 0.004  # share of the C that formalin lets be read as T, on either strand


def _generator() -> Any:
    spec = importlib.util.spec_from_file_location("make_demo", DEMO / "make_demo.py")
    assert spec and spec.loader
    module = ModuleType(spec.name)
    sys.modules[spec.name] = module  # dataclasses look for it
    module.__file__ = spec.origin
    spec.loader.exec_module(module)
    return module


DEMO_READS = _generator()


@dataclass(frozen=True)
class Specimen:
    """One sample: what it carries, and how its fragments are drawn from each target."""

    name: str
    kind: str = "tumor"
    tumor_type: str = "LUAD"
    assay: str = "standing"
    purity: str = ""
    material: str = "fresh"
    patient: str = ""
    planted: tuple[tuple[Any, float], ...] = ()  # change, share of the fragments
    depth: int = 600  # fragments over a base
    depth_of: tuple[tuple[str, int], ...] = ()  # the same by gene
    short: tuple[str, ...] = ()  # genes whose fragments are one read long: both mates read the same bases
    copied: tuple[str, ...] = ()  # genes of which a few fragments were read again and again
    dropped: tuple[tuple[str, str], ...] = ()  # (gene, locus) that no fragment touches
    damaged: bool = False


TUMOURS = (
    Specimen(
        "HOLES", purity="0.6", planted=((DEMO_READS.KRAS_G12D, 0.3),),
        depth_of=(("NRAS", 20), ("PIK3CA", 150), ("PDGFRA", 900)),
        short=("PIK3CA",), copied=("KIT",), dropped=(("BRAF", "p.600"), ("BRAF", "p.601")),
    ),
    Specimen("AMPLICON", assay="standing_amplicon", tumor_type="MEL", purity="0.6",
             planted=((DEMO_READS.BRAF_V600E, 0.3),), dropped=(("KRAS", "p.12"), ("KRAS", "p.13"))),
    Specimen("FFPE", tumor_type="MEL", material="FFPE", damaged=True,
             planted=((DEMO_READS.BRAF_V600E, 0.25), (DEMO_READS.TP53_P72R, 0.5))),
    Specimen("PURITY10", purity="0.1", planted=((DEMO_READS.EGFR_DEL19, 0.05),), depth_of=(("EGFR", 900), ("NRAS", 900))),
    Specimen("BADNORMAL", patient="P2", tumor_type="COAD", purity="0.5",
             planted=((DEMO_READS.KRAS_G12D, 0.25), (DEMO_READS.TP53_P72R, 0.5))),
    Specimen("BADTUMOUR", purity="0.5", planted=((DEMO_READS.EGFR_DEL19, 0.4),), depth=12, depth_of=(("EGFR", 60),)),
)  # fmt: skip
NORMAL = Specimen("NORMAL", "normal", "", patient="P2", material="blood", planted=((DEMO_READS.TP53_P72R, 0.5),), depth=4)
LEAN = "FFPE"  # this one runs without population, common sites and ClinVar


# --------------------------------------------------------------------------- genome and assays


def targets_of(assay: str, genes: dict[str, Any]) -> list[Target]:
    """The demo's targets of ``GENES``; of the amplicon assay those that tile them."""
    wide = [target for target in DEMO_READS.make_targets(genes) if target[3].split("_")[0] in GENES]
    if assay == "standing":
        return wide
    tiled = []
    for contig, start, end, label in wide:
        for number, at in enumerate(range(start, end, AMPLICON - OVERLAP), 1):
            tiled.append((contig, at, min(at + AMPLICON, end), f"{label}_{number}"))
    return tiled


def write_assay(folder: Path, name: str, chemistry: str, targets: Iterable[Target]) -> None:
    folder.mkdir(parents=True)
    document = {"assay": name, "version": "1.0", "title": "Standing cases (SYNTHETIC)", "chemistry": chemistry,
                "targets": {DEMO_READS.BUILD: "targets.bed"},
                "qc": {"mean_depth": {"warn": 100, "fail": 50}}}  # fmt: skip
    (folder / "assay.yaml").write_text(yaml.safe_dump(document))
    (folder / "targets.bed").write_text("".join("\t".join(map(str, target)) + "\n" for target in targets))


# --------------------------------------------------------------------------- reads


def draw(specimen: Specimen, targets: Sequence[Target], contigs: dict[str, str], genes: dict[str, Any]) -> list[Any]:
    """The fragments of a specimen, by target."""
    chance = random.Random(f"{SEED} {specimen.name}")
    placed = [
        DEMO_READS.Placed(*DEMO_READS.to_genome(change, genes[change.gene], contigs), share)
        for change, share in specimen.planted
    ]
    holes = [
        (genes[g].contig, *part) for g, locus in specimen.dropped for part in DEMO_READS.locus_intervals(genes[g], locus)
    ]
    amplicon = specimen.assay == "standing_amplicon"
    found = []
    for contig, start, end, label in targets:
        gene = label.split("_")[0]
        depth = dict(specimen.depth_of).get(gene, specimen.depth)
        ends = _amplified(start, end, depth) if amplicon else _captured(chance, start, end, depth, gene in specimen.short)
        if gene in specimen.copied:
            ends = ends[:: max(1, len(ends) // 8)]
        own = []
        for at, size in ends:
            if any(contig == c and at < e and at + size > s for c, s, e in holes):
                continue
            bases = DEMO_READS.fragment_bases(chance, contig, at, size, contigs[contig], placed)
            if specimen.damaged:
                bases = _damaged(chance, bases)
            own.append(DEMO_READS.Fragment(contig, at, size, bases, chance.random() < 0.5))
        found += own * (60 if gene in specimen.copied else 1)
    return found


def _captured(chance: random.Random, start: int, end: int, depth: int, short: bool) -> list[tuple[int, int]]:
    """Start and length of fragments that give every base of the target about ``depth`` of them."""
    mean = DEMO_READS.READ_LENGTH if short else DEMO_READS.FRAGMENT_MEAN
    spread = 0 if short else DEMO_READS.FRAGMENT_SD
    count = round(depth * (end - start + mean) / mean)
    sizes = [max(DEMO_READS.READ_LENGTH, round(chance.gauss(mean, spread))) for _ in range(count)]
    return [(chance.randint(start - mean, end), size) for size in sizes]


def _amplified(start: int, end: int, depth: int) -> list[tuple[int, int]]:
    """Every fragment of an amplicon begins and ends where its primers do."""
    return [(start, end - start)] * depth


def _damaged(chance: random.Random, bases: str) -> str:
    """Deaminated cytosines of one strand: C is read as T, or, from the other strand, G as A."""
    old, new = chance.choice(("CT", "GA"))
    return "".join(new if base == old and chance.random() < DAMAGED else base for base in bases)


# --------------------------------------------------------------------------- the runs


def make(folder: Path) -> tuple[Path, Path]:
    """Two projects: all cases but ``LEAN``, and that one, whose reference has no population, common sites or ClinVar."""
    contigs, genes = DEMO_READS.build_genome(random.Random(DEMO_READS.SEED))
    first, last = genes[COPIED].span
    copy = contigs[genes[COPIED].contig][first - 400 : last + 400]
    reference = folder / "reference"
    reference.mkdir(parents=True)
    DEMO_READS.write_fasta(reference / "genome.fa", contigs | {"chrCopy": copy})
    pysam.faidx(str(reference / "genome.fa"))
    targets = {name: targets_of(name, genes) for name in ("standing", "standing_amplicon")}
    reads: dict[str, tuple[Path, Path]] = {}
    for specimen in (*TUMOURS, NORMAL):
        fragments = draw(specimen, targets[specimen.assay], contigs, genes)
        paths = [folder / f"reads/{specimen.name}_R{mate}.fastq.gz" for mate in (1, 2)]
        paths[0].parent.mkdir(exist_ok=True)
        chance = random.Random(f"{SEED} {specimen.name} reads")
        for path, text in zip(paths, DEMO_READS.fastq_pairs(chance, specimen, "1", fragments, None), strict=True):
            DEMO_READS.write_gzip(path, text)
        reads[specimen.name] = (paths[0], paths[1])
    full = _project(folder / "full", [t for t in TUMOURS if t.name != LEAN] + [NORMAL], reads, targets)
    lean = _project(folder / "lean", [t for t in TUMOURS if t.name == LEAN], reads, targets)
    _edit(full / "config/config.yaml", lambda document: document["reference"].update(fasta=str(reference / "genome.fa")))
    _edit(lean / "config/config.yaml", _without_resources)
    return full, lean


def _project(
    folder: Path, specimens: Sequence[Specimen], reads: dict[str, tuple[Path, Path]], targets: dict[str, list[Target]]
) -> Path:
    for name, chemistry in (("standing", "capture"), ("standing_amplicon", "amplicon")):
        write_assay(folder / "config/assays" / name, name, chemistry, targets[name])
    samples = [
        dict(sample=s.name, patient=s.patient or s.name, kind=s.kind, tumor_type=s.tumor_type, assay=s.assay,
             panels="hotspot50" if s.kind == "tumor" else "", purity=s.purity, material=s.material)
        for s in specimens
    ]  # fmt: skip
    units = [
        dict(sample=s.name, flowcell=f"FC{s.name}", fq1=str(reads[s.name][0]), fq2=str(reads[s.name][1])) for s in specimens
    ]
    return write_project(folder, samples, units)


def _without_resources(document: dict[str, Any]) -> None:
    for name in ("population_vcf", "common_sites_vcf"):
        del document["reference"][name]


def _edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = yaml.safe_load(path.read_text())
    change(document)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
