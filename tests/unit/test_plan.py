"""What a run would do and why: Snakemake's reasons in words, the way from a cause to a product, the table of a plan."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from tierline.paths import RESOURCES
from tierline.plan import PlannedJob, causes, explain, plan, table
from tierline.problems import InputError

LOCI, CASE, PAGE = "results/reference/a.loci.tsv", "results/interpret/T1.mini.json", "results/report/T1.mini.html"
PARAMS = "Params have changed since last execution: Union of exclusive params before and now across all output: "


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Missing output files: a.bam, a.bam.bai", ("a.bam is not there", "a.bam.bai is not there")),
        ("Missing output files: a.tmp; Input files updated by another job: b.bed", ("follows from b.bed",)),
        ("Incomplete output files: a.bam", ("a.bam was left incomplete",)),
        ("Updated input files: reads/T1_R1.fq.gz", ("input changed: reads/T1_R1.fq.gz",)),
        (
            f"Updated input files: {RESOURCES}/knowledge/curated/solid.tsv, config/panels/mini/panel.yaml",
            ("knowledge changed: resources/knowledge/curated/solid.tsv", "panel changed: config/panels/mini/panel.yaml"),
        ),
        ("Updated input files: ; Code has changed since last execution", ("its rule in the workflow changed",)),
        ("Input files updated by another job: d, b, c, a", ("follows from a, b and 2 more",)),
        (
            f"{PARAMS}before: '8b24cb880631187e' now: '98768081c4fcec90' ",
            ("Tierline's code for this step changed",),
        ),
        (f"{PARAMS}before: 'I' now: 'I', 'II' ", ("a setting changed: before: 'I' now: 'I', 'II'",)),
        ("Set of input files has changed since last execution", ("it has other input files than before",)),
        ("Software environment definition has changed since last execution", ("its conda environment changed",)),
        ("Forced execution", ("it was asked for (--force...)",)),
        ("Something new of Snakemake", ("Something new of Snakemake",)),
        ("", ()),
    ],
)
def test_causes_in_words(reason: str, expected: tuple[str, ...]) -> None:
    assert causes(reason) == expected


JOBS = [
    PlannedJob(
        "resolve_panel", {"panel": "mini", "assay": "a"}, (LOCI,), ("panel changed: config/panels/mini/panel.yaml",)
    ),
    PlannedJob(
        "interpret_case", {"tumor": "T1", "panel": "mini"}, (CASE,), (f"follows from {LOCI}", "knowledge changed: x.tsv")
    ),
    PlannedJob(
        "interpret_case", {"tumor": "T2", "panel": "mini"}, (CASE,), (f"follows from {LOCI}", "knowledge changed: x.tsv")
    ),
    PlannedJob("render_report", {"tumor": "T1", "panel": "mini"}, (PAGE,), (f"follows from {CASE}",)),
]


def test_the_way_from_the_cause_to_the_product() -> None:
    assert explain(PAGE, []) == f"{PAGE} is up to date."
    assert explain(PAGE, [JOBS[0], JOBS[1], JOBS[3]]).splitlines() == [
        f"{PAGE} would be made by the next run (3 jobs):",
        "  resolve_panel mini.a",
        "    panel changed: config/panels/mini/panel.yaml",
        "  interpret_case T1.mini",
        "    knowledge changed: x.tsv",
        f"    follows from {LOCI}",
        "  render_report T1.mini",
        f"    follows from {CASE}",
    ]


def test_the_table_of_a_plan() -> None:
    assert table([]) == "Nothing to do: everything is up to date."
    assert table(JOBS).splitlines() == [
        "4 jobs:",
        "  reference  resolve_panel 1",
        "               panel changed: config/panels/mini/panel.yaml",
        "  interpret  interpret_case 2",
        "               knowledge changed: x.tsv (2 jobs)",
        "  report     render_report 1",
    ]


def snakemake(folder: Path, code: int, event: str) -> list[str]:
    """A command that tells ``event`` as Snakemake's logger would, and ends with ``code``."""
    script = folder / "snakemake"
    script.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        "assert '--dry-run' in sys.argv\n"
        f"open(os.environ['TIERLINE_EVENTS'], 'w').write({event + chr(10)!r})\n"
        f"sys.exit({code})\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return [str(script)]


def test_a_plan_is_read_from_a_dry_run(tmp_path: Path) -> None:
    event = (
        '{"time": 1, "event": "job_info", "jobid": 3, "rule_name": "render_report", "wildcards": {"tumor": "T1", '
        '"panel": "mini"}, "log": [], "output": ["x.html"], "reason": "Forced execution"}'
    )
    assert plan(snakemake(tmp_path, 0, event), os.environ, "x.html") == [
        PlannedJob("render_report", {"tumor": "T1", "panel": "mini"}, ("x.html",), ("it was asked for (--force...)",))
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [("MissingRuleException: No rule to produce x", "nothing in this run makes it"), ("Odd", "cannot plan this: Odd")],
)
def test_what_cannot_be_planned_is_the_users_fault_in_words(tmp_path: Path, text: str, message: str) -> None:
    command = snakemake(tmp_path, 1, f'{{"time": 1, "event": "message", "text": "{text}"}}')
    with pytest.raises(InputError, match=message):
        plan(command, os.environ, "x")
