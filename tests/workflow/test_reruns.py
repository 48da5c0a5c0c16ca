"""What a change makes anew, and what it leaves alone: a researcher with a new panel waits minutes, not hours."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import pysam
import pytest
import yaml
from runs import CORES, DEMO, Run, demo_samples, demo_units, planned, snakemake, tierline, undated, write_project
from tierline.case import Case, from_json
from tierline.completeness import expected_products
from tierline.paths import RESOURCES
from tierline.records import Complete, Finding, LocusAnswer, PanelSnp, State
from tierline.runfolder import MADE_BY
from tierline.sheets import load_project
from tierline.tables import read_rows, write_rows

pytestmark = pytest.mark.slow

OF_A_PANEL = {
    "model_genes", "resolve_panel", "mark_candidates", "interpret_case", "render_report", "tabulate_cohort", "reckon_cost",
    "draw_dashboard",
}  # fmt: skip
OF_THE_COHORT = {
    "compare_samples", "judge_pairs", "tabulate_identity", "tabulate_cohort", "reckon_cost", "draw_dashboard"
}  # fmt: skip
OF_ITS_RESULTS = {"tabulate_cohort": 1, "reckon_cost": 1, "draw_dashboard": 1}


@pytest.fixture
def finished(demo_run: Run, tmp_path: Path) -> Path:
    """A copy of the finished demo with sheets of its own, so that they can change."""
    shutil.copytree(demo_run.folder, tmp_path, symlinks=True, dirs_exist_ok=True)
    (tmp_path / MADE_BY).unlink()  # else the folder would be another config's
    return write_project(tmp_path, demo_samples(), demo_units())


def words_of_section(page: Path, name: str) -> str:
    """The words of one section of a report."""
    inner = re.search(rf'<section id="{name}" class="section">(.*?)</section>', page.read_text(), re.DOTALL)
    assert inner, f"{page} has no {name}"
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", inner[1])).split())


def changed(sample: str, **cells: str) -> list[dict[str, str]]:
    """The demo's samples, one of them with other cells."""
    return [row | cells if row["sample"] == sample else row for row in demo_samples()]


def plan(folder: Path) -> dict[str, int]:
    return dict(planned(snakemake(folder, "--dry-run")))


def test_a_new_threshold_reruns_what_the_panel_decides(finished: Path) -> None:
    for panel in ("hotspot50", "hotspot50_tert"):
        shutil.copytree(RESOURCES / "panels" / panel, finished / "config/panels" / panel)
    with open(finished / "config/panels/hotspot50_tert/panel.yaml", "a") as handle:
        handle.write("thresholds:\n  min_depth: 30\n")
    jobs = plan(finished)
    assert set(jobs) <= OF_A_PANEL, jobs
    assert jobs["mark_candidates"] >= 2 and jobs["render_report"] >= 2
    said = tierline(finished, "run", "--plan")
    assert said.code == 0 and said.output.startswith(f"{sum(jobs.values())} jobs:"), said.output
    assert "panel changed: config/panels/hotspot50_tert/panel.yaml" in said.output
    assert not re.search(r"^  (reads|align|coverage|calls|consensus|annotate) ", said.output, re.MULTILINE), said.output


def test_a_new_limit_reruns_verdicts_and_reports(finished: Path) -> None:
    """Only parameters count here, not that the assay lies in another folder than before."""
    assay = finished / "config/assays/demo"
    shutil.copytree(RESOURCES / "assays/demo", assay)
    text = (assay / "assay.yaml").read_text()
    (assay / "assay.yaml").write_text(
        text.replace("mean_depth: {warn: 100, fail: 50}", "mean_depth: {warn: 999, fail: 998}")
    )
    assert "fail: 998" in (assay / "assay.yaml").read_text()
    jobs = dict(planned(snakemake(finished, "--dry-run", "--rerun-triggers", "params", "mtime")))
    assert set(jobs) == {"judge_sample", "interpret_case", "render_report", *OF_ITS_RESULTS}, jobs


def test_a_backbone_says_what_the_resource_said(finished: Path) -> None:
    """The SNPs of the demo's resource as a panel's backbone: the same fingerprints, contamination and verdicts."""
    mine, assay = finished / "config/panels/mine", finished / "config/assays/demo"
    shutil.copytree(RESOURCES / "assays/demo", assay)
    text = (assay / "assay.yaml").read_text()
    (assay / "assay.yaml").write_text(text + "backbone: mine\n")
    mine.mkdir(parents=True)
    (mine / "panel.yaml").write_text(
        'panel: mine\nversion: "1.0"\ntitle: T\nintended_use: U\nextends: hotspot50\n', encoding="utf-8"
    )
    config = yaml.safe_load((finished / "config/config.yaml").read_text())
    with pysam.VariantFile(config["reference"]["common_sites_vcf"]) as vcf:
        snps = [
            PanelSnp(r.chrom, r.pos, r.ref, r.alts[0], r.info["AF"][0]) for r in vcf if len(r.ref) == len(r.alts[0]) == 1
        ]
    write_rows(mine / "snps.demo.tsv", PanelSnp, snps)
    config["reference"]["common_sites_vcf"] = ""
    (finished / "config/config.yaml").write_text(yaml.safe_dump(config))
    tables = ["results/multiqc/identity.tsv", *(f"results/multiqc/{tumor}.verdicts.tsv" for tumor in ("LUAD01T", "MEL01T"))]
    before = [undated(finished / table) for table in tables]
    jobs = snakemake(finished, *tables, "--rerun-triggers", "mtime", "params", "input", "code")
    assert jobs.code == 0, jobs.output[-3000:]
    assert [undated(finished / table) for table in tables] == before
    done = set(re.findall(r"^(?:local)?rule (\w+):$", jobs.output, re.MULTILINE))
    assert done == {
        "place_backbone", "choose_snps", "fingerprint_sample", "measure_contamination", "compare_pair", "compare_samples",
        "judge_pairs", "tabulate_identity", "judge_sample",
        # since the assay lies in another folder than before:
        "place_targets", "measure_coverage", "measure_usable_depth", "count_alignments",
    }  # fmt: skip


def test_a_later_flow_cell_leaves_the_reports_of_earlier_ones_alone(finished: Path) -> None:
    """Reports wait for the samples of their own flow cell; the dashboard compares all of them."""
    new = {"sample": "NEW01T", "flowcell": "DEMOFCCRC"}
    for mate, name in ((1, "fq1"), (2, "fq2")):
        with gzip.open(DEMO / f"fastq/MEL01N_L1_R{mate}.fastq.gz", "rt") as handle:
            reads = "".join(handle.readline() for _ in range(4000)).replace("@DEMO:", "@NEW:")
        path = finished / f"new_R{mate}.fastq.gz"
        path.write_bytes(gzip.compress(reads.encode()))
        new[name] = str(path)
    sample = {"sample": "NEW01T", "patient": "NEW01", "tumor_type": "LUAD", "panels": "hotspot50"}

    def planned_on(flowcell: str) -> dict[str, int]:
        write_project(finished, [*demo_samples(), sample], [*demo_units(), new | {"flowcell": flowcell}])
        return plan(finished)

    apart, shared = planned_on("LATER"), planned_on("DEMOFCCRC")
    assert apart["judge_sample"] == apart["interpret_case"] == apart["render_report"] == apart["align_reads"] == 1, apart
    assert apart["compare_samples"] == apart["judge_pairs"] == 1, "for the dashboard; nobody else is on its flow cell"
    assert shared["judge_sample"] == shared["interpret_case"] == 2 and shared["align_reads"] == 1, shared
    assert shared["compare_samples"] == shared["judge_pairs"] == 2, "and those of the flow cell"


def test_a_panel_more_for_a_finished_sample(finished: Path) -> None:
    """Planned without alignment and calls; then run for real, and complete."""
    write_project(finished, changed("LUAD01T", panels="hotspot50_tert;hotspot50"), demo_units())
    jobs = plan(finished)
    assert set(jobs) <= OF_A_PANEL, jobs
    assert jobs["mark_candidates"] == jobs["interpret_case"] == jobs["render_report"] == 1, "the other report stays"
    before = {path: path.stat().st_mtime_ns for path in finished.glob("results/*/*.*am")}
    run = tierline(finished, "run", "--cores", CORES)
    assert run.code == 0 and "Complete." in run.output, run.output[-3000:]
    assert (finished / "results/report/LUAD01T.hotspot50.html").is_file()
    assert {path: path.stat().st_mtime_ns for path in finished.glob("results/*/*.*am")} == before and len(before) >= 4


def test_another_purity_reruns_the_interpretation(finished: Path) -> None:
    write_project(finished, changed("CRC01T", purity="0.3"), demo_units())
    assert plan(finished) == {"interpret_case": 1, "render_report": 1, **OF_ITS_RESULTS}


CURATED = "LUAD01T.hotspot50_tert"


def reviewed(folder: Path, *rows: str) -> None:
    """Write the table of reviews; a row is variant, field, engine's value, reviewer's value, reason, joined by |."""
    header = "case\tvariant\tfield\tengine_value\treviewer_value\treason\tperson\tdate\n"
    lines = ["\t".join([CURATED, *row.split("|"), "Dr Example", "2026-01-20"]) + "\n" for row in rows]
    (folder / "config/curation.tsv").write_text(header + "".join(lines))


def test_a_review_reruns_its_case_alone_and_every_output_says_the_same(finished: Path) -> None:
    """Held back, re-tiered, commented on; then signed; then a row that does not fit."""
    results, bare = finished / "results", plan(finished)
    assert bare == {}, "the copy is up to date"
    of_case = {"interpret_case": 1, "render_report": 1, **OF_ITS_RESULTS}
    rows = (
        "EGFR p.Thr790Met|hold|I|held|to be confirmed by another method",
        "TP53 p.Pro72Arg|tier|IV|III|reported by custom of this house",
        "TP53 p.Pro72Arg|comment|IV|Seen in the family|",
    )
    reviewed(finished, *rows)
    assert plan(finished) == of_case
    before = {path: path.stat().st_mtime_ns for path in results.glob("*/*") if path.is_file() and CURATED not in path.name}
    run = tierline(finished, "run", "--cores", CORES)
    assert run.code == 0 and "Complete." in run.output, run.output[-3000:]
    redone = {path.relative_to(results).parts[0] for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert redone == {"multiqc", "run"}, "no other case, and nothing before the interpretation"

    def products() -> tuple[Case, list[Finding], dict[str, LocusAnswer], str, dict[str, Any]]:
        cohort = json.loads((results / "multiqc/tierline_samples_mqc.json").read_text())["data"]
        return (
            from_json((results / f"interpret/{CURATED}.json").read_text()),
            list(read_rows(results / f"interpret/{CURATED}.findings.tsv", Finding)),
            {row.locus_id: row for row in read_rows(results / f"interpret/{CURATED}.loci.tsv", LocusAnswer)},
            (results / f"report/{CURATED}.html").read_text(),
            cohort[CURATED],
        )

    case, findings, loci, page, row = products()
    assert case.status == "DRAFT" and [item.finding.hgvsp for item in case.withheld] == ["p.Thr790Met"]
    assert "p.Thr790Met" not in {finding.hgvsp for finding in findings}
    tp53 = next(finding for finding in findings if finding.hgvsp == "p.Pro72Arg")
    assert (tp53.tier, tp53.engine_tier) == ("III", "IV") and "Seen in the family" in tp53.review
    assert (loci["EGFR:p.790"].state, loci["EGFR:p.790"].reason) == (State.NOT_ASSESSABLE, "held_by_reviewer")
    assert "to be confirmed by another method" in loci["EGFR:p.790"].note
    assert all(text in page for text in ("Held back by the reviewer", "reported by custom of this house", case.content))
    assert (row["status"], row["retiered"], row["held_back"]) == ("DRAFT", 1, 1)

    reviewed(finished, *rows, f"|status|{case.content}|FINAL|")
    assert plan(finished) == of_case
    assert tierline(finished, "run", "--cores", CORES).code == 0
    case, findings, loci, page, row = products()
    assert case.status == row["status"] == "FINAL"
    archive = results / "report/archive"
    assert {path.name for path in archive.iterdir()} == {f"{CURATED}.{n}.{end}" for n in (1, 2) for end in ("html", "json")}
    assert "Since report 2, DRAFT" in page and "Report 3 of this case" in page
    told = words_of_section(archive / f"{CURATED}.2.html", "changes")
    assert "EGFR p.Thr790Met: reported yes no: held back" in told and "TP53 p.Pro72Arg IV III (by the engine IV)" in told
    assert {item.status for item in (*findings, *loci.values())} == {"FINAL"}
    assert "signed by Dr Example, 2026-01-20" in page and '@top-right { content: "FINAL"' in page

    reviewed(finished, *rows[1:], f"|status|{case.content}|FINAL|")  # what was held back is a finding again
    run = tierline(finished, "run", "--cores", CORES)
    assert run.code == 3 and "the case has other content now" in run.output, run.output[-3000:]
    assert (archive / f"{CURATED}.3.html").read_text() == page, "the signed report stays, whatever comes of the run"
    assert from_json((archive / f"{CURATED}.3.json").read_text()) == case
    lacking = {row.path for row in read_rows(results / "run/complete.tsv", Complete) if row.state != "complete"}
    assert {f"results/interpret/{CURATED}.json", f"results/report/{CURATED}.html"} <= lacking, "it is not the present case"


def test_what_the_laboratory_states_reruns_the_tumours_that_it_names(finished: Path) -> None:
    sheet = finished / "config/findings.tsv"
    header = "sample\tgene\talteration\tvalue\tmethod\tdate\n"
    sheet.write_text(header)
    write_project(finished, demo_samples(), demo_units(), findings="config/findings.tsv")
    assert plan(finished) == {}
    sheet.write_text(f"{header}CRC01T\tMSI\thigh\tdetected\tPCR\t2026-01-02\n")
    assert plan(finished) == {"interpret_case": 1, "render_report": 1, **OF_ITS_RESULTS}
    run = tierline(finished, "run", "--cores", CORES)
    assert run.code == 0 and "Complete." in run.output, run.output[-3000:]
    [table] = (finished / "results/interpret").glob("CRC01T.*.findings.tsv")
    assert "MSI high: stated by the laboratory, PCR, 2026-01-02; not measured here" in table.read_text()


def test_other_tiers_in_the_body_rerun_the_reports(finished: Path) -> None:
    write_project(finished, demo_samples(), demo_units(), report={"tiers": ["I"]})
    assert plan(finished) == {"render_report": 3, "reckon_cost": 1, "draw_dashboard": 1}  # what a report took is told there


def test_one_caller_less_reruns_no_alignment(finished: Path) -> None:
    write_project(finished, demo_samples(), demo_units(), callers=["mutect2"])
    jobs = plan(finished)
    assert jobs["merge_calls"] == 3
    assert not {"align_reads", "mark_duplicates", "call_mutect2", "measure_coverage"} & set(jobs), jobs


def test_a_sample_less_aligns_and_calls_no_other(finished: Path) -> None:
    """Asked anew, without the one that went: whose reads the others are, for the dashboard. It shared no flow cell."""
    samples = [row for row in demo_samples() if row["sample"] != "CRC01T"]
    units = [row for row in demo_units() if row["sample"] != "CRC01T"]
    write_project(finished, samples, units)
    assert set(plan(finished)) == OF_THE_COHORT


# --------------------------------------------------------------------------- dry-runs of what a config can say

EMPTY_RUNS = {
    "FreeBayes alone": (  # contamination is measured whatever the caller
        dict(callers=["freebayes"]),
        {"call_freebayes": 3, "measure_contamination": 3, "fingerprint_sample": 4, "compare_pair": 1, "compare_samples": 1},
        {"call_mutect2", "filter_mutect2"},
    ),
    "Mutect2 alone": (dict(callers=["mutect2"]), {"call_mutect2": 3, "filter_mutect2": 3}, {"call_freebayes"}),
}


@pytest.mark.parametrize("name", EMPTY_RUNS)
def test_a_config_plans_what_it_says(tmp_path: Path, name: str) -> None:
    config, wanted, unwanted = EMPTY_RUNS[name]
    jobs = plan(write_project(tmp_path, demo_samples(), demo_units(), **config))
    assert {rule: jobs.get(rule) for rule in wanted} == wanted
    assert not unwanted & set(jobs)
    assert {"align_reads": 5, "mark_duplicates": 4}.items() <= jobs.items()


def test_a_panel_of_every_gene_asks_for_the_cancer_genes(tmp_path: Path) -> None:
    samples = [row | {"panels": "exome"} for row in demo_samples() if row["sample"] == "LUAD01T"]
    units = [row for row in demo_units() if row["sample"] == "LUAD01T"]
    jobs = plan(write_project(tmp_path, samples, units))
    assert jobs["list_cancer_genes"] == jobs["model_genes"] == jobs["resolve_panel"] == jobs["mark_candidates"] == 1


def test_without_normal_and_with_two_panels(tmp_path: Path) -> None:
    samples = [row | {"panels": "hotspot50;hotspot50_tert"} for row in demo_samples() if row["sample"] == "MEL01T"]
    units = [row for row in demo_units() if row["sample"] == "MEL01T"]
    folder = write_project(tmp_path, samples, units)
    jobs = plan(folder)
    assert (jobs["align_reads"], jobs["mark_duplicates"], jobs["call_mutect2"]) == (2, 1, 1)
    assert jobs["resolve_panel"] == jobs["mark_candidates"] == jobs["interpret_case"] == jobs["render_report"] == 2
    owed = expected_products(load_project(folder / "config/config.yaml", folder))
    assert sum(row.kind == "html" for row in owed) == 2
