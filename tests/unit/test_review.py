"""What must never happen: an answer that the reads do not support, found by a review for harm to patients."""

import random
from dataclasses import replace
from pathlib import Path

import pysam
import pytest
from test_filters import CALL, CONTEXT, GOOD, LOCI, PAIRED, PANEL, THRESHOLDS, V600E, said
from test_pileup import USABLE, bam_of, read
from tierline.callability import Depths, answer, answer_all
from tierline.filters import Context, judge
from tierline.pileup import count_reads
from tierline.records import (
    AnnotatedCall,
    Candidate,
    Effect,
    Finding,
    Locus,
    LocusAnswer,
    PanelGene,
    ReadCounts,
    State,
    TranscriptChoice,
)
from tierline.sensitivity import Sensitivity
from tierline.vcfio import annotated


def locus_of(row: Candidate, locus: Locus = LOCI[0]) -> LocusAnswer:
    """The answer for a well-covered locus of which this candidate is all that is known."""
    deep = {locus.locus_id: Depths(400, 400)}
    (given,) = answer_all([locus], deep, Sensitivity(THRESHOLDS), findings=(), candidates=[row], purity=0.6, failed_qc="")
    return given


# --------------------------------------------------------------------------- recounts of indels

_DICE = random.Random(3)
GENOME = "".join(_DICE.choice("ACGT") for _ in range(400))
NEW = "".join(_DICE.choice("ACGT") for _ in range(60))


def recount(folder: Path, reads: list[pysam.AlignedSegment], start0: int, ref: str, alt: str) -> tuple[int, int]:
    """Alternate and reference fragments of an allele of GENOME (chr1) at a 0-based start."""
    counts = count_reads(bam_of(folder / "a.bam", reads), "chr1", start0 + 1, ref, alt, USABLE, lambda c, s, e: GENOME[s:e])
    return counts.alt_depth, counts.ref_forward + counts.ref_reverse


def test_a_deletion_with_inserted_bases_is_counted_however_the_aligner_placed_it(tmp_path: Path) -> None:
    """EGFR c.2237_2255delinsT and its kin: FreeBayes writes one delins, bwa writes a deletion and a mismatch."""
    ref = GENOME[200:219]
    new = next(base for base in "ACGT" if base not in (ref[0], ref[-1]))
    alternate = GENOME[160:200] + new + GENOME[219:260]
    reads = [read(f"d{i}", 160, alternate, cigar="40M18D42M") for i in range(9)]
    reads += [read(f"r{i}", 160, GENOME[160:260]) for i in range(11)]
    assert recount(tmp_path, reads, 200, ref, new) == (9, 11)


def test_a_long_insertion_is_counted_in_reads_that_the_aligner_clipped(tmp_path: Path) -> None:
    """Internal tandem duplications: no read of 100 bases spans 60 new ones, each shows one of the two junctions."""
    reads = [read(f"l{i}", 140, GENOME[140:200] + NEW[:40], cigar="60M40S") for i in range(6)]
    reads += [read(f"r{i}", 200, NEW[-40:] + GENOME[200:260], cigar="40S60M") for i in range(6)]
    reads += [read(f"n{i}", 150, GENOME[150:250]) for i in range(12)]
    assert recount(tmp_path, reads, 199, GENOME[199], GENOME[199] + NEW) == (12, 12)


def test_a_recount_that_misses_what_a_caller_saw_gives_no_negative() -> None:
    """Two callers with 98 reads, none of them found again: that is a failed recount, not a variant below the limit."""
    lost = replace(CALL, tumor=ReadCounts(400, 0, 0, 0, 200, 200))
    assert locus_of(judge(lost, CONTEXT)).state is State.NOT_ASSESSABLE


# --------------------------------------------------------------------------- the normal, and consent


def test_one_stray_read_in_a_shallow_normal_hides_no_finding() -> None:
    row = judge(replace(CALL, normal=ReadCounts(4, 1, 1, 0, 2, 1)), PAIRED)
    assert row.fate == "finding"
    assert "normal_not_assessable" in row.labels


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"calls": (said("freebayes"), said("mutect2", "normal_artifact"))},
        {"tumor": ReadCounts(400, 5, 3, 2, 200, 195)},
        {"tumor": ReadCounts(400, 40, 40, 0, 180, 180)},
    ],
    ids=["plain", "normal_artifact", "lost in the tumour", "strand bias"],
)
def test_without_consent_a_germline_change_is_named_nowhere_but_in_the_ledger(change: dict) -> None:
    row = judge(replace(CALL, normal=ReadCounts(100, 50, 25, 25, 25, 25), **change), PAIRED)
    assert row.fate == "germline_no_consent"  # the report shows the names of "technical" ones
    given = locus_of(row)
    assert "Val600Glu" not in " ".join([given.note, given.reason, *given.findings])
    assert "normal" not in given.note


def test_where_the_normal_says_nothing_the_population_still_does() -> None:
    row = judge(replace(CALL, normal=ReadCounts(0, 0, 0, 0, 0, 0), population_af=0.005), PAIRED)
    assert {"normal_not_assessable", "likely_germline"} <= set(row.labels)


def test_a_population_file_of_single_changes_says_nothing_of_a_composed_one() -> None:
    header = pysam.VariantHeader()
    header.contigs.add("chr7", 2000)
    header.add_line('##INFO=<ID=POP_AF,Number=A,Type=Float,Description="">')
    header.add_line('##INFO=<ID=CALLS,Number=.,Type=String,Description="">')
    header.add_line('##INFO=<ID=PARTS,Number=.,Type=String,Description="">')
    for name in ("DP", "AD", "ADF", "ADR"):
        header.add_line(f'##FORMAT=<ID={name},Number=.,Type=Integer,Description="">')
    header.add_sample("T")
    record = header.new_record(contig="chr7", start=1000, stop=1002, alleles=("AC", "TT"))
    record.info["CALLS"], record.info["PARTS"] = ("mutect2|200|100|PASS",), ("1001:A>T", "1002:C>T")
    record.samples["T"].update({"DP": 200, "AD": (100, 100), "ADF": (50, 50), "ADR": (50, 50)})
    assert annotated(record, "T", None).population_af is None  # two common SNPs in cis are not "absent"


# --------------------------------------------------------------------------- candidates that touch a locus


@pytest.mark.parametrize("effects", [(), (replace(V600E, gene="ENSG00000157764"),)], ids=["no effect", "other symbol"])
def test_a_change_of_a_hotspot_that_the_annotator_does_not_name_gives_no_negative(effects: tuple[Effect, ...]) -> None:
    row = judge(replace(CALL, effects=effects), CONTEXT)
    assert row.fate == "finding" or locus_of(row).state is State.NOT_ASSESSABLE


def test_the_reported_transcript_is_found_by_its_refseq_id_too() -> None:
    """RefSeq names both NM_001374258 (V640E) and NM_004333 (V600E) for BRAF."""
    other = replace(V600E, transcript="NM_001374258.1", hgvsc="c.1919T>A", hgvsp="p.Val640Glu")
    chosen = replace(V600E, transcript="NM_004333.6")
    choice = TranscriptChoice("BRAF", "ENST00000646891.2", "NM_004333.6", "none", 766, (), "s")
    row = judge(replace(CALL, effects=(other, chosen)), replace(CONTEXT, transcripts={"BRAF": choice}))
    assert row.hgvsp == "p.Val600Glu"


def of_gene(gene: str, *loci: Locus) -> Context:
    panel = replace(PANEL, genes=(PanelGene(gene, "coding", "", "s"),))
    return replace(CONTEXT, panel=panel, loci=loci, transcripts={gene: TranscriptChoice(gene, "T1", "", "", 0, (), "s")})


def test_an_insertion_in_a_repeat_answers_the_codon_that_its_hgvs_names() -> None:
    """NPM1 type A: left-aligned before codon 287 (GATC|TCTG TCTG), by the 3' rule c.860_863dup, p.Trp288fs."""
    codon = Locus("NPM1:p.288", "NPM1", "codon", "chr5", ((106, 109),), True, "", "+")
    effect = Effect("NPM1", "T1", "frameshift_variant", "c.860_863dup", "p.Trp288fs", "11/11")
    call = AnnotatedCall("chr5", 104, "C", "CTCTG", (said(),), (), GOOD, None, (effect,), None, "", None, "")
    assert judge(call, of_gene("NPM1", codon)).locus_ids == ("NPM1:p.288",)


@pytest.mark.parametrize(
    ("pos1", "ref", "alt", "hgvsc", "hgvsp", "consequence"),
    [
        (1141, "G", "A", "c.3028G>A", "p.Asp1010Asn", "missense_variant&splice_region_variant"),
        (1144, "A", "G", "c.3028+3A>G", "", "splice_region_variant&intron_variant"),
        (980, "A" * 17, "A", "c.2888-20_2888-5del", "", "intron_variant"),
    ],
)
def test_what_makes_met_exon_14_be_skipped_is_a_finding_at_its_splice_locus(
    pos1: int, ref: str, alt: str, hgvsc: str, hgvsp: str, consequence: str
) -> None:
    """Beside the two bases at each edge: the exon's last base, the donor's next ones, the tract before the exon."""
    splice = Locus("MET:s.e14", "MET", "splice", "chr7", ((998, 1000), (1141, 1143)), True, "", "+")
    effect = Effect("MET", "T1", consequence, hgvsc, hgvsp, "14/21")
    call = AnnotatedCall("chr7", pos1, ref, alt, (said(),), (), GOOD, None, (effect,), None, "", None, "")
    row = judge(call, of_gene("MET", splice))
    assert (row.fate, row.locus_ids) == ("finding", ("MET:s.e14",))


def test_a_finding_in_an_exon_does_not_hide_that_part_of_the_exon_was_not_seen() -> None:
    exon = Locus("EGFR:e20", "EGFR", "exon", "chr7", ((1000, 1186),), True, "")
    blank = {name: None for name in Finding.__dataclass_fields__}
    values = {**blank, "hgvsp": "p.Gln787=", "hgvsc": "", "vaf": 0.5, "labels": ("common_in_population",)}
    row = answer(
        exon, Depths(0, 0), Sensitivity(THRESHOLDS), findings=[Finding(**values)], held=(), purity=0.6, failed_qc=""
    )
    assert row.state is State.NOT_ASSESSABLE or "no limit can be claimed" in row.note
