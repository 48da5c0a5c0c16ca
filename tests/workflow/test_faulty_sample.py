"""What passes the check but breaks a tool: that sample ends with the tool's words, rule and log, and no other sample."""

from __future__ import annotations

import gzip
import html as html_module
import json
import random
import shutil
from pathlib import Path

import pytest
import yaml
from runs import CORES, DEMO, Run, demo_samples, demo_units, tierline, write_project, write_sheet
from tierline.case import from_json
from tierline.inputfiles import SMALL
from tierline.records import Complete, LocusAnswer, State
from tierline.tables import read_rows

pytestmark = pytest.mark.slow

PANEL = "hotspot50_tert"
DAMAGED, SILENT, SOUND, CONTROL = "CRC01T", "EMPTY01T", "LUAD01T", "NTC1"
HOSTILE = """<script>alert(1)</script> {input} {{x}} {wildcards.sample} $(touch owned) `touch owned` ; touch owned; '"\\"""


def write_mates(folder: Path, name: str, pairs: int, quality: str) -> list[Path]:
    """A FASTQ pair of random bases."""
    rng = random.Random(name)
    paths = [folder / f"reads/{name}_R{mate}.fastq.gz" for mate in (1, 2)]
    paths[0].parent.mkdir(parents=True, exist_ok=True)
    for mate, path in enumerate(paths, 1):
        reads = (
            f"@{name}:{n} {mate}:N:0:A\n{''.join(rng.choices('ACGT', k=100))}\n+\n{''.join(rng.choices(quality, k=100))}\n"
            for n in range(pairs)
        )
        path.write_bytes(gzip.compress("".join(reads).encode(), compresslevel=1, mtime=0))
    return paths


def write_odd(folder: Path) -> None:
    """A panel and an assay with text that a shell, a page or Snakemake would take apart in every free field."""
    panel, assay = folder / "config/panels/odd", folder / "config/assays/odd"
    panel.mkdir(parents=True)
    words = {"panel": "odd", "version": "1.0", "title": HOSTILE, "intended_use": HOSTILE, "extends": PANEL}
    (panel / "panel.yaml").write_text(yaml.safe_dump(words))
    (panel / "hotspots.tsv").write_text(f"gene\tlocus\tresidue\twhy\tsource\nEGFR\tp.745\tK\t{HOSTILE}\t{HOSTILE}\n")
    shutil.copytree(DEMO.parent / "assays/demo", assay)
    shown = yaml.safe_load((assay / "assay.yaml").read_text()) | {"assay": "odd", "title": HOSTILE}
    (assay / "assay.yaml").write_text(yaml.safe_dump(shown))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One sample with a damaged block in mid-file, one whose reads are all too bad to be kept, and a sound one.

    Beside the sound one stands a no-template control whose file is damaged, too.
    """
    folder = tmp_path_factory.mktemp("faulty")
    damaged, control = (write_mates(folder, name, 60_000, "FF:,#") for name in (DAMAGED, CONTROL))
    for path in (damaged[0], control[0]):
        content = bytearray(path.read_bytes())
        assert len(content) > SMALL  # else the check would have seen it
        middle = len(content) // 2
        content[middle : middle + 200] = random.Random(1).randbytes(200)
        path.write_bytes(content)
    silent = write_mates(folder, SILENT, 50, "#")
    samples = [row for row in demo_samples() if row["sample"] in (DAMAGED, SOUND)]
    samples.append(samples[0] | dict(sample=SILENT, patient=SILENT, tumor_type="MEL"))
    for row in samples:
        odd = row["sample"] == SOUND
        row |= {"panels": "odd", "assay": "odd"} if odd else {"panels": PANEL}
        row |= dict.fromkeys(("accession", "specimen_site", "ordered_by"), HOSTILE if odd else "")
    write_odd(folder)
    given = ((DAMAGED, damaged), (SILENT, silent), (CONTROL, control))
    units = [dict(sample=name, fq1=str(fq1), fq2=str(fq2)) for name, (fq1, fq2) in given]
    units += [row for row in demo_units() if row["sample"] == SOUND]
    units[2]["flowcell"] = units[-1]["flowcell"]
    samples.append(dict.fromkeys(samples[0], "") | dict(sample=CONTROL, patient=CONTROL, kind="control", assay="demo",
                   sex="unknown", material="fresh", germline_consent="no"))  # fmt: skip
    write_project(folder, samples, units)
    write_sheet(folder / "config/controls.tsv", [dict(sample=CONTROL, max_reads="10")])
    return tierline(folder, "run", "--cores", CORES)


def states(run: Run) -> dict[str, str]:
    rows = read_rows(run.folder / "results/run/complete.tsv", Complete)
    return {row.path: row.state for row in rows}


def test_the_run_says_that_it_failed(run: Run) -> None:
    assert run.code == 3, run.output[-5000:]


def test_the_damaged_sample_ends_with_words_rule_and_log(run: Run) -> None:
    log = f"logs/align_reads/{DAMAGED}.L1.log"
    assert "align_reads" in run.output and log in run.output
    said = (run.folder / log).read_text()
    assert "invalid compressed data" in said  # gzip's own words
    reason = said.splitlines()[-1]
    assert reason.endswith(f"{DAMAGED}_R1.fastq.gz: gzip cannot unpack it; it is damaged or cut short")
    assert reason in run.output
    assert not list(run.folder.glob(f"results/align/{DAMAGED}*")), "half of its reads went on"
    assert not list(run.folder.glob(f"results/report/{DAMAGED}*"))


def test_no_other_sample_is_affected(run: Run) -> None:
    found = states(run)
    whole = {path for path, state in found.items() if state == "complete"}
    assert {path for path in found if SOUND in path or SILENT in path} <= whole
    assert not [path for path in whole if DAMAGED in path]


def test_a_control_that_was_not_finished_withholds_the_negatives_beside_it_and_stops_no_report(run: Run) -> None:
    """The reports had to wait for it, and for the damaged sample's reads at the common SNPs."""
    case = from_json((run.folder / f"results/interpret/{SOUND}.odd.json").read_text())
    told = {row.metric: (row.verdict, row.note) for row in case.verdicts if row.metric.endswith("_controls")}
    assert told["no_template_controls"] == ("fail", f"{CONTROL}: not finished, variants found beside it may have been "
                                            "carried over")  # fmt: skip
    assert case.findings and not any(row.state is State.NOT_DETECTED for row in case.loci)
    others = from_json((run.folder / f"results/interpret/{SILENT}.{PANEL}.json").read_text())
    assert {row.verdict for row in others.verdicts if row.metric.endswith("_controls")} == {"not_assessable"}
    first = list(json.loads((run.folder / "results/multiqc/tierline_results_mqc.json").read_text())["data"])
    assert CONTROL in first, "the dashboard names it"


def test_hostile_text_is_only_text(run: Run) -> None:
    """In the head of a report, in titles and in notes: it is shown as written, and nobody carries it out."""
    assert not list(run.folder.rglob("owned"))
    html = (run.folder / f"results/report/{SOUND}.odd.html").read_text()
    assert html.count("<script>") == 1 and "alert(1)</script>" not in html
    shown = html_module.unescape(html)
    case = from_json((run.folder / f"results/interpret/{SOUND}.odd.json").read_text())
    written = [case.sample.accession, case.sample.specimen_site, case.sample.ordered_by, case.panel.title, case.assay.title]
    assert written == [HOSTILE] * 5
    assert shown.count(HOSTILE) >= 5


def test_a_read_group_without_reads_has_no_negatives(run: Run) -> None:
    """None of its reads is worth keeping: no locus is answered, and the reason stands beside each."""
    loci = list(read_rows(run.folder / f"results/interpret/{SILENT}.{PANEL}.loci.tsv", LocusAnswer))
    assert {row.state for row in loci} == {State.NOT_ASSESSABLE, State.NOT_COVERED}
    assert {row.reason for row in loci if row.state is State.NOT_ASSESSABLE} == {"failed_qc"}
