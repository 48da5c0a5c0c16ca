"""`tierline demo`, once and for real: what it must yield, whether its outputs agree, what a second start does: nothing."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pysam
import pytest
import yaml
from runs import CORES, DEMO, DEMO_CONFIG, Run, planned, snakemake, tierline
from tierline.case import Case, from_json
from tierline.completeness import expected_products
from tierline.cost import job_costs
from tierline.dashboard import cases_frame, reads_by_sample, summary
from tierline.metrics import METRICS
from tierline.records import (
    Axis,
    Candidate,
    CodingCoverage,
    Complete,
    Expected,
    Finding,
    GeneCoverage,
    Hole,
    LocusAnswer,
    SampleCost,
    State,
    Tier,
    ToolVersion,
    Verdict,
)
from tierline.report import COST
from tierline.sheets import load_project
from tierline.tables import format_value, read_rows
from tierline.tools import TOOLS

EXPECTED: dict[str, Any] = yaml.safe_load((DEMO / "expected.yaml").read_text())["cases"]
CASES = [(tumor, panel) for tumor, case in EXPECTED.items() for panel in case["panels"]]
each_case = pytest.mark.parametrize("tumor,panel", CASES, ids=lambda name: name)
LEAST_FINDINGS, LEAST_LOCI, LEAST_CANDIDATES = 9, 150, 20


# --------------------------------------------------------------------------- reading what a run made


@cache
def case_of(folder: Path, tumor: str, panel: str) -> Case:
    path = folder / f"results/interpret/{tumor}.{panel}.json"
    return from_json(path.read_text(encoding="utf-8"), str(path))


def rows(folder: Path, stage: str, name: str, cls: type) -> list[Any]:
    return list(read_rows(folder / f"results/{stage}/{name}", cls))


def page_of(folder: Path, tumor: str, panel: str) -> str:
    return (folder / f"results/report/{tumor}.{panel}.html").read_text(encoding="utf-8")


def key(row: Any) -> tuple[str, int, str, str]:
    return row.chrom, row.pos1, row.ref, row.alt


def place(row: Any) -> str:
    """A variant's place as the report writes it."""
    return f"{row.chrom}:{row.pos1} {row.ref}>{row.alt}"


class Page(HTMLParser):
    """The text of each section of a report, and the cells of its table rows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: dict[str, str] = {}
        self.rows: dict[str, list[list[str]]] = {}
        self.section = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("class") == "section":
            self.section = values["id"] or ""
            self.text[self.section], self.rows[self.section] = "", []
        elif tag == "tr" and self.section:
            self.rows[self.section].append([])
        elif tag in ("td", "th") and self.section:
            self.rows[self.section][-1].append("")

    def handle_data(self, data: str) -> None:
        if self.section:
            self.text[self.section] += data
            if self.rows[self.section] and self.rows[self.section][-1]:
                self.rows[self.section][-1][-1] += data


# --------------------------------------------------------------------------- what it must yield


def test_it_ends_well(demo_run: Run) -> None:
    assert demo_run.code == 0, demo_run.output[-5000:]
    first = re.search(r"^Open first: (.+)$", demo_run.output, re.MULTILINE)
    assert first and Path(first[1]).is_file()
    for tumor, panel in CASES:
        assert f"results/report/{tumor}.{panel}.html" in demo_run.output


def matching(wanted: dict[str, Any], found: list[Any]) -> list[Any]:
    """The rows at the wanted place with the wanted names."""
    names = ("gene", "transcript", "hgvsc", "hgvsp", "chrom", "pos1", "ref", "alt")
    return [row for row in found if all(getattr(row, name) == wanted[name] for name in names)]


def test_every_finding_is_found(demo_run: Run) -> None:
    compared = 0
    for tumor, panel in CASES:
        found = rows(demo_run.folder, "interpret", f"{tumor}.{panel}.findings.tsv", Finding)
        for wanted in EXPECTED[tumor]["findings"]:
            hits = matching(wanted, found)
            assert len(hits) == 1, f"{tumor}: {wanted['gene']} {wanted['hgvsc']} is there {len(hits)} times"
            tolerance = min(wanted["tolerance"], wanted["vaf"] / 2)  # a tolerance of the whole fraction shows nothing
            assert hits[0].vaf == pytest.approx(wanted["vaf"], abs=tolerance)
            assert "tier" not in wanted or hits[0].tier == wanted["tier"], hits[0]
            assert hits[0].callers and hits[0].alt_forward and hits[0].alt_reverse
            compared += 1
    print(f"{compared} findings compared, 0 skipped")
    assert compared >= LEAST_FINDINGS


def test_nothing_else_is_found(demo_run: Run) -> None:
    """Beyond the list only a common germline change at a splice edge, synonymous, which the panel's rules report."""
    listed = extra = 0
    for tumor, panel in CASES:
        wanted = {(f["chrom"], f["pos1"], f["ref"], f["alt"]) for f in EXPECTED[tumor]["findings"]}
        for finding in rows(demo_run.folder, "interpret", f"{tumor}.{panel}.findings.tsv", Finding):
            if key(finding) in wanted:
                listed += 1
                continue
            extra += 1
            assert {"splice_region_variant", "synonymous_variant"} <= set(finding.consequence.split("&")), finding
            assert finding.tier is Tier.IV and "likely_germline" in finding.labels, finding
    print(f"{listed} findings are listed, {extra} are justified")
    assert listed >= LEAST_FINDINGS and extra <= 4


def test_germline_without_consequence_stays_in_the_ledger(demo_run: Run) -> None:
    compared = 0
    for tumor, panel in CASES:
        ledger = rows(demo_run.folder, "filter", f"{tumor}.{panel}.ledger.tsv", Candidate)
        for wanted in EXPECTED[tumor]["not_reportable"]:
            (row,) = matching(wanted, ledger)
            assert row.fate == "not_reportable" and row.why
            assert row.vaf == pytest.approx(wanted["vaf"], abs=wanted["tolerance"])
            compared += 1
    print(f"{compared} candidates compared, 0 skipped")
    assert compared >= 1


def test_an_artefact_is_held_back_and_its_locus_has_no_answer(demo_run: Run) -> None:
    compared = 0
    for tumor, panel in CASES:
        ledger = rows(demo_run.folder, "filter", f"{tumor}.{panel}.ledger.tsv", Candidate)
        answers = {
            row.locus_id: row for row in rows(demo_run.folder, "interpret", f"{tumor}.{panel}.loci.tsv", LocusAnswer)
        }
        for wanted in EXPECTED[tumor]["technical"]:
            (row,) = matching(wanted, ledger)
            assert row.fate == "technical" and row.technical and row.why
            assert row.locus_ids
            for locus_id in row.locus_ids:
                assert (answers[locus_id].state, answers[locus_id].reason) == (State.NOT_ASSESSABLE, "candidate_filtered")
            assert place(row) in Page(page_of(demo_run.folder, tumor, panel)).text["held"]
            compared += 1
    print(f"{compared} artefacts compared, 0 skipped")
    assert compared >= 1


def test_every_stated_answer(demo_run: Run) -> None:
    compared = 0
    for tumor, panel in CASES:
        answers = rows(demo_run.folder, "interpret", f"{tumor}.{panel}.loci.tsv", LocusAnswer)
        for name, wanted in EXPECTED[tumor]["loci"].items():
            gene = name.removesuffix(":*")
            hits = [row for row in answers if (row.gene == gene if name.endswith(":*") else row.locus_id == name)]
            assert hits, f"{tumor}: no locus {name}"
            for row in hits:
                assert (row.state, row.reason) == (wanted["state"], wanted.get("reason", "")), row
                compared += 1
    print(f"{compared} loci compared, 0 skipped")
    assert compared >= 60


def test_the_cases_show_all_there_is_to_show(demo_run: Run) -> None:
    """All four answers, all four tiers, resistance beside sensitivity on one finding."""
    cases = [case_of(demo_run.folder, *case) for case in CASES]
    assert {row.state for case in cases for row in case.loci} == set(State)
    assert {item.finding.tier for case in cases for item in case.findings} == set(Tier)
    both = [
        item.finding.hgvsp
        for case in cases
        for item in case.findings
        if {Axis.SENSITIVITY, Axis.RESISTANCE} <= {m.evidence.axis for m in item.trace if m.level_used}
    ]
    assert "p.Thr790Met" in both
    assert {(case.mode, bool(case.normal)) for case in cases} == {("tumor-normal", True), ("tumor-only", False)}


# --------------------------------------------------------------------------- whether all outputs agree


def as_written(row: Any) -> list[str]:
    return [format_value(value) for value in astuple(row)]


@each_case
def test_tables_and_case_file_say_the_same(demo_run: Run, tumor: str, panel: str) -> None:
    case, name = case_of(demo_run.folder, tumor, panel), f"{tumor}.{panel}"
    tables = {
        "findings": (
            rows(demo_run.folder, "interpret", f"{name}.findings.tsv", Finding),
            [i.finding for i in case.findings],
        ),
        "loci": (rows(demo_run.folder, "interpret", f"{name}.loci.tsv", LocusAnswer), list(case.loci)),
        "genes": (rows(demo_run.folder, "interpret", f"{name}.genes.tsv", GeneCoverage), list(case.genes)),
        "coding": (rows(demo_run.folder, "interpret", f"{name}.coding.tsv", CodingCoverage), list(case.coding)),
        "holes": (rows(demo_run.folder, "interpret", f"{name}.holes.tsv", Hole), list(case.holes)),
        "verdicts": (
            rows(demo_run.folder, "multiqc", f"{tumor}.verdicts.tsv", Verdict),
            [verdict for verdict in case.verdicts if METRICS[verdict.metric].of != "case"],
        ),
        "tools": (rows(demo_run.folder, "run", "versions.tsv", ToolVersion), list(case.tools)),
    }
    for what, (in_table, in_case) in tables.items():
        assert [as_written(row) for row in in_table] == [as_written(row) for row in in_case], what
    print(", ".join(f"{len(table)} {what}" for what, (table, _) in tables.items()), "compared, 0 skipped")
    assert len(case.loci) >= LEAST_LOCI and len(case.verdicts) >= 3


@each_case
def test_holes_and_answers_agree(demo_run: Run, tumor: str, panel: str) -> None:
    """Both tell of the same bases: a negative lies in no hole, and what depth or targets withhold lies in one."""
    case = case_of(demo_run.folder, tumor, panel)
    holes: dict[tuple[str, int], set[str]] = {}
    for hole in case.holes:
        for codon in range(hole.first_codon, hole.last_codon + 1):
            holes.setdefault((hole.gene, codon), set()).add(hole.reason)
    models = {row.gene for row in case.coding}
    compared = 0
    for locus in case.loci:
        if locus.type != "codon" or locus.gene not in models:
            continue
        found = holes.get((locus.gene, int(locus.locus_id.rpartition(".")[2])), set())
        if locus.state is State.NOT_DETECTED:
            assert not found, locus
        elif locus.reason in ("depth", "quality", "outside_assay"):
            assert locus.reason in found or found == {"depth", "quality"}, locus
        compared += 1
    withheld = sum(locus.reason in ("depth", "quality") for locus in case.loci)
    print(f"{compared} codons compared, {withheld} loci with too few reads, {len(case.loci) - compared} skipped: no codon")
    assert compared >= 150
    for row in case.coding:
        unseen = sum(h.end1 - h.start1 + 1 for h in case.holes if h.gene == row.gene)
        outside = sum(h.end1 - h.start1 + 1 for h in case.holes if h.gene == row.gene and h.reason == "outside_assay")
        assert (row.coding_bases - unseen, row.coding_bases - outside) == (row.seen_at_claim, row.in_assay)


@each_case
def test_ledger_vcf_and_findings_say_the_same(demo_run: Run, tumor: str, panel: str) -> None:
    ledger = rows(demo_run.folder, "filter", f"{tumor}.{panel}.ledger.tsv", Candidate)
    findings = rows(demo_run.folder, "interpret", f"{tumor}.{panel}.findings.tsv", Finding)
    case = case_of(demo_run.folder, tumor, panel)
    with pysam.VariantFile(str(demo_run.folder / f"results/filter/{tumor}.{panel}.vcf.gz")) as vcf:
        records = list(vcf)
        assert list(vcf.header.samples) == [s for s in (tumor, case.normal) if s]
    assert [(r.chrom, r.pos, r.ref, r.alts) for r in records] == [(c.chrom, c.pos1, c.ref, (c.alt,)) for c in ledger]
    for record, candidate in zip(records, ledger, strict=True):
        assert record.info["FATE"] == candidate.fate
        assert set(record.info.get("LABELS", ())) == set(candidate.labels)
        assert (list(record.filter) == ["PASS"]) == (not candidate.technical)
        counts = record.samples[tumor]
        assert (counts["DP"], counts["AD"][1]) == (candidate.depth, candidate.alt_depth)
    kept = {key(c): c for c in ledger if c.fate == "finding"}
    assert set(kept) == {key(f) for f in findings}
    for finding in findings:
        same = ("vaf", "depth", "alt_depth", "callers", "hgvsc", "hgvsp", "locus_ids", "normal_depth", "population_af")
        assert all(getattr(finding, name) == getattr(kept[key(finding)], name) for name in same)
        assert set(kept[key(finding)].labels) <= set(finding.labels)
    assert case.ledger_counts == Counter(c.fate for c in ledger)
    assert {key(c) for c in case.held_candidates} <= {key(c) for c in ledger if c.fate == "technical"}
    print(f"{len(ledger)} candidates and {len(findings)} findings compared, 0 skipped")
    assert len(ledger) >= LEAST_CANDIDATES


@each_case
def test_an_answer_fits_the_ledger(demo_run: Run, tumor: str, panel: str) -> None:
    """Detected where a finding lies and nowhere else; a candidate held back leaves no negative."""
    ledger = rows(demo_run.folder, "filter", f"{tumor}.{panel}.ledger.tsv", Candidate)
    answers = {row.locus_id: row for row in rows(demo_run.folder, "interpret", f"{tumor}.{panel}.loci.tsv", LocusAnswer)}
    found = {name for c in ledger if c.fate == "finding" for name in c.locus_ids}
    assert {name for name, row in answers.items() if row.state is State.DETECTED} == found
    assert all(bool(row.findings) == (row.state is State.DETECTED) for row in answers.values())
    assert all(bool(row.reason) == (row.state in (State.NOT_ASSESSABLE, State.NOT_COVERED)) for row in answers.values())
    assert all(row.lod_vaf is not None for row in answers.values() if row.state is State.NOT_DETECTED)


@each_case
def test_the_report_shows_the_same(demo_run: Run, tumor: str, panel: str) -> None:
    html = page_of(demo_run.folder, tumor, panel)
    case, page = case_of(demo_run.folder, tumor, panel), Page(html)
    answers = {cells[0]: cells[2] for cells in page.rows["loci"][1:]}
    assert answers == {row.locus_id: row.state.replace("_", " ") for row in case.loci}
    shown_in = {Tier.I: "findings", Tier.II: "findings", Tier.III: "uncertain", Tier.IV: "benign"}
    for item in case.findings:
        for section in set(shown_in.values()):
            assert (place(item.finding) in page.text[section]) == (section == shown_in[item.finding.tier])
    for sentence in case.conclusion:
        assert sentence in page.text["conclusion"]
    assert f'content="{case.panel.digest}"' in html
    methods = " ".join(page.text.values())
    for tool in case.tools:
        assert tool.version and tool.tool in methods and tool.version in methods
    print(f"{len(answers)} loci, {len(case.findings)} findings, {len(case.tools)} tools compared, 0 skipped")
    assert len(answers) >= LEAST_LOCI


def test_every_page_says_synthetic(demo_run: Run) -> None:
    pages = sorted((demo_run.folder / "results").rglob("*.html"))
    own = {"multiqc.html", "cohort.html"}
    assert {page.name for page in pages} == own | {f"{tumor}.{panel}.html" for tumor, panel in CASES}
    for page in pages:
        assert "SYNTHETIC" in page.read_text(encoding="utf-8"), page
    for tumor, panel in CASES:
        assert '<p class="synthetic"' in page_of(demo_run.folder, tumor, panel)


# --------------------------------------------------------------------------- completeness, versions, dashboard


def test_everything_owed_is_complete(demo_run: Run) -> None:
    owed = expected_products(load_project(DEMO_CONFIG, demo_run.folder))
    assert rows(demo_run.folder, "run", "expected.tsv", Expected) == owed
    complete = rows(demo_run.folder, "run", "complete.tsv", Complete)
    assert [row.path for row in complete] == [row.path for row in owed]
    assert {(row.state, row.why) for row in complete} == {("complete", "")}
    assert all((demo_run.folder / row.path).is_file() for row in owed)
    print(f"{len(owed)} products compared, 0 skipped")
    assert len(owed) >= 25


def test_nothing_lies_about_in_the_run_folder(demo_run: Run) -> None:
    assert {path.name for path in demo_run.folder.iterdir()} == {"results", "logs", "benchmarks", ".snakemake", ".tierline"}


def test_status_agrees(demo_run: Run) -> None:
    status = tierline(demo_run.folder, "status", "--configfile", str(DEMO_CONFIG))
    assert status.code == 0 and "Complete." in status.output, status.output


def test_versions_name_every_tool(demo_run: Run) -> None:
    versions = {row.tool: row.version for row in rows(demo_run.folder, "run", "versions.tsv", ToolVersion)}
    assert set(versions) <= {tool.name for tool in TOOLS} and len(versions) >= len(TOOLS) - 2
    assert all(versions.values()), versions


def test_the_dashboard_holds_every_stage(demo_run: Run) -> None:
    data = demo_run.folder / "results/multiqc/multiqc_data"
    modules = {line.split("\t")[0].lower() for line in (data / "multiqc_sources.txt").read_text().splitlines()[1:]}
    for module in ("fastp", "samtools", "mosdepth", "picard", "snpeff"):  # picard: GATK's MarkDuplicates
        assert any(module in name for name in modules), (module, modules)
    assert not list(data.glob("*.json")), "of a thousand samples 400 MB that stand in the tables, too"
    html = (demo_run.folder / "results/multiqc/multiqc.html").read_text(encoding="utf-8")
    for section in ("tierline_holes", "tierline_cases", "tierline_verdicts", "tierline_tools"):
        assert f'id="mqc-module-section-{section}"' in html or f'id="{section}"' in html, section
    assert re.search(r"<title>[^<]*SYNTHETIC", html)


def test_the_dashboard_counts_as_the_cases_do(demo_run: Run) -> None:
    cases = [case_of(demo_run.folder, *case) for case in CASES]
    fastp = sorted((demo_run.folder / "results/reads").glob("*.fastp.json"))
    frame = cases_frame(list(map(summary, cases)), reads_by_sample(fastp))
    shown = json.loads((demo_run.folder / "results/multiqc/tierline_samples_mqc.json").read_text())["data"]
    assert set(shown) == set(frame.index) and len(shown) == len(CASES)
    for case in cases:
        row = shown[f"{case.sample.sample}.{case.panel.id}"]
        assert row["reads"] > 5000 and row["mean_depth"] > 100 and 0 < row["callable"] <= 100
        assert {t: row[f"tier_{t}"] for t in Tier} == {t: sum(i.finding.tier is t for i in case.findings) for t in Tier}


def test_the_demo_says_what_its_samples_cost(demo_run: Run) -> None:
    """Whatever the figures are, they are those of the benchmark files, and the dashboard has them last."""
    costs = rows(demo_run.folder, "run", "cost.tsv", SampleCost)
    jobs = [*job_costs(demo_run.folder)]
    for row in costs:
        own = [job for job in jobs if job.sample == row.sample]
        assert row.jobs == len(own) >= 5, row
        assert row.core_hours == pytest.approx(sum(job.core_seconds for job in own) / 3600, rel=1e-5)
        longest = max(job.seconds for job in own) / 3600
        assert longest <= row.wall_hours * 1.0001 <= 1.0002 * sum(job.seconds for job in own) / 3600
        bam = demo_run.folder / f"results/align/{row.sample}.bam"
        assert bam.stat().st_size / 1e9 < row.disk_gb < 0.1
        assert row.turnaround_hours is None or row.turnaround_hours >= row.wall_hours * 0.5
    assert {row.sample for row in costs if row.turnaround_hours} == {"LUAD01T", "CRC01T", "MEL01T"}
    assert len(costs) > 3, "normals cost as well"
    for tumor, panel in CASES:
        [said] = COST.findall(page_of(demo_run.folder, tumor, panel))
        taken = re.search(r"Sample (\S+), without what samples share: ([\d.]+) core-hours, peak memory ([\d.]+) GiB", said)
        [row] = [row for row in costs if row.sample == tumor]
        assert taken and taken[1] == tumor and "to this report" in said, said
        assert 0.5 * row.core_hours <= float(taken[2]) <= row.core_hours, "the last steps are not in it"
        assert float(taken[3]) == pytest.approx(row.memory_gib, rel=1e-3)
    html = (demo_run.folder / "results/multiqc/multiqc.html").read_text(encoding="utf-8")
    sections = [html.find(f'id="mqc-module-section-tierline_{name}"') for name in ("results", "tools", "costs")]
    assert -1 < sections[0] < sections[1] < sections[2], sections


# --------------------------------------------------------------------------- a second start


def made(folder: Path) -> Iterator[tuple[str, int]]:
    """Every file of the results but the tables in which each run says how it ended, with its time."""
    for path in sorted((folder / "results").rglob("*")):
        if path.is_file() and path.name not in ("complete.tsv", "failed.tsv"):
            yield str(path), path.stat().st_mtime_ns


def test_nothing_is_left_to_do(demo_run: Run) -> None:
    by_tierline = tierline(demo_run.folder, "run", "--configfile", str(DEMO_CONFIG), "--cores", CORES, "--dry-run")
    assert not planned(by_tierline), by_tierline.output[-2000:]
    bare = snakemake(demo_run.folder, "--dry-run", configfile=DEMO_CONFIG)
    assert not planned(bare), bare.output[-2000:]


def test_a_second_demo_changes_nothing(demo_run: Run) -> None:
    before = dict(made(demo_run.folder))
    again = tierline(demo_run.folder, "demo", "--folder", str(demo_run.folder))
    assert again.code == 0 and "Complete." in again.output, again.output
    assert dict(made(demo_run.folder)) == before
    print(f"{len(before)} files compared, 2 skipped (complete.tsv, failed.tsv)")
    assert len(before) >= 100
