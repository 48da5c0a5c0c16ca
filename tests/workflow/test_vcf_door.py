"""Tumours that are VCFs, from their calls to the report, held against the demo's own cases; VCFs beside reads."""

from __future__ import annotations

import re
from pathlib import Path

import pysam
import pytest
from runs import CORES, Run, demo_samples, planned, tierline, write_project
from test_doors import PANEL, bring_reference, case_of, findings_of
from tierline.records import Candidate, Complete, LocusAnswer, ResultVerdict, State
from tierline.tables import read_rows

pytestmark = pytest.mark.slow

PLAIN_HEADER = """##fileformat=VCFv4.2
##source=another pipeline
##FILTER=<ID=refused,Description="not passed there">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads">
"""
VARDICT_HEADER = """##fileformat=VCFv4.2
##source=VarDict_v1.8.2
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Total Depth">
##FORMAT=<ID=VD,Number=1,Type=Integer,Description="Variant Depth">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">
##FORMAT=<ID=RD,Number=2,Type=Integer,Description="Reference by strand">
##FORMAT=<ID=ALD,Number=2,Type=Integer,Description="Variant by strand">
"""


def write_vcf(path: Path, header: str, sample: str, rows: list[tuple[object, ...]]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", sample]
    path.write_text(header + "\n".join("\t".join(map(str, row)) for row in (columns, *rows)) + "\n")
    return str(path)


def ledger_of(folder: Path, case: str) -> dict[tuple[str, int, str, str], Candidate]:
    rows = read_rows(folder / f"results/filter/{case}.ledger.tsv", Candidate)
    return {(row.chrom, row.pos1, row.ref, row.alt): row for row in rows}


def loci_of(folder: Path, case: str) -> dict[str, LocusAnswer]:
    return {row.locus_id: row for row in read_rows(folder / f"results/interpret/{case}.loci.tsv", LocusAnswer)}


def as_plain_vcf(demo: Path, path: Path) -> str:
    """The lung case's candidates with their recounted reads, as a pipeline that nobody knows would write them: last first,
    not left-aligned (the first base of the gene's contig before each), with neither contigs nor index."""
    rows = []
    with pysam.VariantFile(str(demo / f"results/filter/LUAD01T.{PANEL}.vcf.gz")) as vcf:
        for record in vcf:
            sample = record.samples["LUAD01T"]
            against = any(reason in record.filter for reason in ("artefact", "not_passed"))
            counts = f"0/1:{','.join(map(str, sample['AD']))}:{sample['DP']}"
            rows.append((record.chrom, record.pos, ".", record.ref, record.alts[0], ".",
                         "refused" if against else "PASS", ".", "GT:AD:DP", counts))  # fmt: skip
    return write_vcf(path, PLAIN_HEADER, "somebody", rows[::-1])


def as_per_base_bed(demo: Path, path: Path) -> str:
    """The lung case's usable depths as mosdepth would write them, for the targets only."""
    with pysam.BGZFile(str(demo / "results/coverage/LUAD01T.depth.tsv.gz")) as table:
        rows = [line.decode().split("\t") for line in table]
    path.write_text("".join(f"{chrom}\t{int(pos1) - 1}\t{pos1}\t{depth}\n" for chrom, pos1, depth, _ in rows))
    return str(path)


@pytest.fixture(scope="module")
def entered(demo_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The melanoma and its normal from Mutect2's VCF alone; the lung case from a plain VCF and a coverage, and (LUAD02T)
    from Mutect2's VCF and a BED; the colorectal case from its BAM as it is, with a VCF of VarDict beside it."""
    demo = demo_run.folder
    folder = bring_reference(demo, tmp_path_factory.mktemp("entered"))
    (folder / "in").mkdir()
    vardict = [
        (row.chrom, row.pos1, ".", row.ref, row.alt, 100, "PASS", ".", "GT:DP:VD:AD:RD:ALD", "0/1:90:30:60,30:30,30:15,15")
        for row in findings_of_case(demo, "CRC01T.hotspot50")[:1]
    ]
    given = write_vcf(folder / "in/CRC01T.vardict.vcf", VARDICT_HEADER, "CRC01T", vardict)
    samples = [row | {"calls": given if row["sample"] == "CRC01T" else ""} for row in demo_samples()]
    samples += [row | {"sample": "LUAD02T", "patient": "LUAD02"} for row in samples if row["sample"] == "LUAD01T"]
    nothing = dict(unit="vcf", library="", flowcell="", lane="", vcf="", coverage="", callable_depth="")
    units = [
        nothing | dict(sample="MEL01T", vcf=str(demo / "results/calls/MEL01T.mutect2.vcf.gz")),
        nothing | dict(sample="LUAD01T", vcf=as_plain_vcf(demo, folder / "in/LUAD01T.vcf"),
                       coverage=as_per_base_bed(demo, folder / "in/LUAD01T.per-base.bed")),
        nothing | dict(sample="LUAD02T", vcf=str(demo / "results/calls/LUAD01T.mutect2.vcf.gz"),
                       coverage=str(demo / "results/reference/assays/demo.bed"), callable_depth="250"),
        nothing | dict(sample="CRC01T", unit="bam", bam=str(demo / "results/align/CRC01T.bam")),
    ]  # fmt: skip
    write_project(folder, samples, units, align={"bam": "as_is"})
    return tierline(folder, "run", "--cores", CORES)


def findings_of_case(folder: Path, case: str) -> list[Candidate]:
    return [row for row in ledger_of(folder, case).values() if row.fate == "finding"]


def test_the_run_is_complete_and_no_read_of_a_vcf_was_asked_for(entered: Run) -> None:
    assert entered.code == 0, entered.output[-5000:]
    complete = list(read_rows(entered.folder / "results/run/complete.tsv", Complete))
    assert {row.state for row in complete} == {"complete"}
    assert {Path(row.path).name for row in complete if row.path.endswith(".bam")} == {"CRC01T.bam"}
    again = tierline(entered.folder, "run", "--cores", CORES, "--dry-run")
    assert not planned(again), again.output[-2000:]


def test_a_plain_vcf_with_coverage_gives_what_the_reads_gave(demo_run: Run, entered: Run) -> None:
    """Counts and depths are the demo's own, so findings, tiers and answers are, too."""
    first, second = findings_of(demo_run.folder, "LUAD01T"), findings_of(entered.folder, "LUAD01T")
    assert first.keys() == second.keys() and len(first) >= 3
    same = ("chrom", "pos1", "ref", "alt", "tier", "level", "rule", "evidence", "vaf", "depth", "alt_depth", "locus_ids")
    for name, finding in first.items():
        assert [getattr(second[name], key) for key in same] == [getattr(finding, key) for key in same], name
        assert (finding.counts_from, second[name].counts_from) == ("recount", "plain")
        assert second[name].alt_forward is None, "the VCF says no strands"
    case = f"LUAD01T.{PANEL}"
    ours, theirs = loci_of(demo_run.folder, case), loci_of(entered.folder, case)
    assert ours.keys() == theirs.keys() and len(ours) >= 100
    for locus_id, answer in ours.items():
        assert (theirs[locus_id].state, theirs[locus_id].depth) == (answer.state, answer.depth), locus_id
        assert theirs[locus_id].lod_vaf == answer.lod_vaf, locus_id
    negatives = sum(answer.state is State.NOT_DETECTED for answer in theirs.values())
    before, after = ledger_of(demo_run.folder, case), ledger_of(entered.folder, case)
    assert {key: row.fate for key, row in before.items()} == {key: row.fate for key, row in after.items()}
    print(f"{len(first)} findings, {len(ours)} loci ({negatives} negatives), {len(before)} candidates compared, 0 skipped")
    assert negatives >= 10 and len(before) >= 5


def test_a_pair_from_mutect2_alone_has_its_findings_and_no_negative(demo_run: Run, entered: Run) -> None:
    first, second = findings_of(demo_run.folder, "MEL01T"), findings_of(entered.folder, "MEL01T")
    for name in ("BRAF p.Val600Glu", "TERT c.-124C>T"):
        assert (second[name].tier, second[name].level) == (first[name].tier, first[name].level)
        assert second[name].vaf == pytest.approx(first[name].vaf, abs=0.05)
        assert second[name].counts_from == "mutect2" and second[name].callers == ("mutect2",)
        assert second[name].normal_depth and second[name].normal_alt_depth == 0
    case = f"MEL01T.{PANEL}"
    ours, theirs = loci_of(demo_run.folder, case), loci_of(entered.folder, case)
    found = {locus_id for finding in second.values() for locus_id in finding.locus_ids}
    reasons = {(row.state, row.reason) for locus_id, row in theirs.items() if locus_id not in found}
    assert not any(row.state is State.NOT_DETECTED for row in theirs.values())
    assert (State.NOT_ASSESSABLE, "no_coverage_known") in reasons
    for locus_id, row in theirs.items():
        assert (row.state is State.NOT_COVERED) == (ours[locus_id].state is State.NOT_COVERED), locus_id
        assert row.depth is None and row.lod_vaf is None
    unknown = sum(row.reason == "no_coverage_known" for row in theirs.values())
    print(f"{len(second)} findings, {unknown} loci without coverage known, 0 skipped")
    assert unknown >= 50


def test_what_another_pipeline_did_not_pass_is_kept_with_its_reason(entered: Run) -> None:
    """Mutect2's own FILTER: what is not PASS is no finding, whatever its name says; its locus has no negative."""
    with pysam.VariantFile(str(entered.folder / "results/consensus/LUAD02T.vcf.gz")) as vcf:
        refused = {(r.chrom, r.pos, r.ref, r.alts[0]) for r in vcf if not str(r.info["CALLS"][0]).endswith("|PASS")}
    ledger = ledger_of(entered.folder, f"LUAD02T.{PANEL}")
    assert len(refused) >= 10 and refused <= ledger.keys()
    for key in refused:
        row = ledger[key]
        assert row.callers == () and row.fate != "finding"
        assert any(re.match(r"(not_passed|artefact):mutect2_", reason) for reason in row.technical), row.technical
    assert {"EGFR p.Glu746_Ala750del", "EGFR p.Thr790Met"} == set(findings_of(entered.folder, "LUAD02T"))
    loci = loci_of(entered.folder, f"LUAD02T.{PANEL}")
    touched = {locus_id for key in refused if ledger[key].fate == "technical" for locus_id in ledger[key].locus_ids}
    assert all(loci[locus_id].state in (State.NOT_ASSESSABLE, State.NOT_COVERED) for locus_id in touched)


def test_a_callable_bed_gives_negatives_at_the_depth_that_was_stated(entered: Run) -> None:
    loci = loci_of(entered.folder, f"LUAD02T.{PANEL}")
    negative = [row for row in loci.values() if row.state is State.NOT_DETECTED]
    assert len(negative) >= 50 and {row.depth for row in negative} == {250}
    page = (entered.folder / f"results/report/LUAD02T.{PANEL}.html").read_text()
    assert "Depths are those of demo.bed (callable, at least 250 a base as stated)" in page


def test_reports_say_what_the_entry_costs(entered: Run) -> None:
    pages = {case: (entered.folder / f"results/report/{case}.html").read_text() for case in
             (f"MEL01T.{PANEL}", f"LUAD01T.{PANEL}", "CRC01T.hotspot50")}  # fmt: skip
    melanoma, lung, colorectal = pages.values()
    for page in (melanoma, lung):
        assert 'class="banner"' in page and "no read was looked at here" in page
        assert "mates counted once" not in page
    assert "there is no negative answer" in melanoma and "No coverage came with the VCF" in melanoma
    assert "Depths are those of LUAD01T.per-base.bed (per base)" in lung
    assert 'class="banner"' not in colorectal
    assert "reads by the VCF (Mutect2)" in melanoma
    case = case_of(entered, f"MEL01T.{PANEL}")
    [source] = case.sources
    assert (source.role, source.kind, source.tumor_column, source.normal_column) == ("calls", "mutect2", "MEL01T", "MEL01N")
    assert case.entered_as_vcf and case.mode == "tumor-normal"
    assert {row.sample for row in case.verdicts} == {"MEL01T"} and not any(row.withholds for row in case.verdicts)
    assert {row.verdict for row in case.verdicts if row.metric in ("mean_depth", "contamination")} == {"not_assessed"}
    lung_case = case_of(entered, f"LUAD01T.{PANEL}")
    results = {row.result: str(row.verdict) for row in case.results}, {r.result: str(r.verdict) for r in lung_case.results}
    assert results[0] == {"findings": "warn", "hotspot_negatives": "not_given", "coding_negatives": "not_given"}
    assert set(results[1].values()) == {"warn"}
    for page in (melanoma, lung):
        assert "sequencing quality not seen: the sample came as a VCF" in page
    [row] = [r for r in read_rows(entered.folder / "results/multiqc/verdicts.tsv", ResultVerdict)
             if (r.sample, r.result) == ("MEL01T", "hotspot_negatives")]  # fmt: skip
    assert row.reasons[0] == "no negative is given: no coverage came with the VCF"
    assert any("coverage" in sentence for sentence in case.conclusion)


def test_a_vcf_beside_reads_joins_the_consensus_as_a_caller(demo_run: Run, entered: Run) -> None:
    first, second = (
        {(r.chrom, r.pos1, r.alt): r for r in findings_of_case(run.folder, "CRC01T.hotspot50")}
        for run in (demo_run, entered)
    )
    assert first.keys() == second.keys() and first
    joined = [row for row in second.values() if "vardict" in row.callers]
    assert len(joined) == 1 and {"mutect2", "freebayes", "vardict"} == set(joined[0].callers)
    for key, row in second.items():  # recounted in the reads, whatever the VCF says
        assert (row.depth, row.alt_depth, row.counts_from) == (first[key].depth, first[key].alt_depth, "recount")
    [source] = case_of(entered, "CRC01T.hotspot50").sources
    assert (source.role, source.kind, source.file) == ("more_calls", "vardict", "CRC01T.vardict.vcf")
