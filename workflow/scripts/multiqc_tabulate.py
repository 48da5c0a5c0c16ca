"""Tierline's own tables of the dashboard, the page of the cohort, and the verdicts for a laboratory information system."""

from pathlib import Path

from tierline.case import from_json
from tierline.cohort import render, row_of, unfinished_row
from tierline.dashboard import (
    hole_map,
    reason_table,
    result_table,
    sample_table,
    state_table,
    unfinished_results,
    verdict_table,
    verdicts_json,
    version_table,
)
from tierline.records import Failed, ResultVerdict
from tierline.steps import producing
from tierline.tables import read_rows, write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    given, params, made = snakemake.input, snakemake.params, snakemake.output
    cases = [from_json(Path(path).read_text(encoding="utf-8"), path) for path in given.cases]
    failed = [row for path in given.failed for row in read_rows(path, Failed)]
    unfinished = [unfinished_results(tumor, panel, failed) for tumor, panel in params.unfinished]
    results = [*(case.results for case in cases), *unfinished]
    rows = [row_of(case, f"report/{case.sample.sample}.{case.panel.id}.html") for case in cases]
    pages = {
        made.results: result_table(results),
        made.holes: hole_map(cases),
        made.states: state_table(params.samples, params.without, failed),
        made.samples: sample_table(cases, given.fastp),
        made.verdicts: verdict_table(cases),
        made.reasons: reason_table(cases),
        made.versions: version_table(cases),
        made.json: verdicts_json(cases, unfinished),
        made.cohort: render([*rows, *map(unfinished_row, unfinished)]),
    }
    for path, text in pages.items():
        part(path).write_text(text, encoding="utf-8")
    write_rows(
        part(made.table),
        ResultVerdict,
        sorted((row for rows in results for row in rows), key=lambda row: (row.sample, row.panel)),
    )
