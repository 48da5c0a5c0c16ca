"""Tierline's own tables of the dashboard, the page of the cohort, and the verdicts for a laboratory information system."""

from pathlib import Path

from tierline.artefacts import read_profile
from tierline.case import from_json
from tierline.cohort import render, row_of, unfinished_row
from tierline.controls import in_order, result
from tierline.dashboard import (
    control_table,
    damage_map,
    hole_map,
    reason_table,
    result_table,
    sample_table,
    state_table,
    summary,
    unfinished_control,
    unfinished_results,
    verdict_table,
    verdicts_json,
    version_table,
)
from tierline.records import ControlVerdict, Failed, ResultVerdict
from tierline.steps import producing
from tierline.tables import read_rows, write_rows

with producing(snakemake.log[0], snakemake.output) as part:
    given, params, made = snakemake.input, snakemake.params, snakemake.output
    cases, rows = [], []
    for path in given.cases:  # one by one: a thousand of them are more than a gigabyte
        case = from_json(Path(path).read_text(encoding="utf-8"), path)
        cases.append(summary(case))
        rows.append(row_of(case, f"report/{case.sample.sample}.{case.panel.id}.html"))
    failed = [row for path in given.failed for row in read_rows(path, Failed)]
    unfinished = [unfinished_results(tumor, panel, failed) for tumor, panel in params.unfinished]
    texts = (Path(path).read_text(encoding="utf-8") for path in given.artefacts)
    damage = dict(zip(params.damaged, map(read_profile, texts), strict=True))
    shown = {rows[0].sample: rows for rows in (list(read_rows(path, ControlVerdict)) for path in given.controls)}
    controls = [result(sample, rows) for sample, rows in shown.items()]
    controls += [unfinished_control(sample, failed) for sample in params.unfinished_controls]
    results = [*([control] for control in controls), *(case.results for case in cases), *unfinished]
    pages = {
        made.results: result_table(results),
        made.holes: hole_map(cases),
        made.states: state_table(params.samples, params.without, failed),
        made.samples: sample_table(cases, given.fastp),
        made.verdicts: verdict_table(cases),
        made.reasons: reason_table(cases),
        made.damage: damage_map(damage),
        made.controls: control_table([row for rows in shown.values() for row in rows]),
        made.versions: version_table(cases),
        made.json: verdicts_json(cases, unfinished, controls),
        made.cohort: render([*rows, *map(unfinished_row, unfinished)]),
    }
    for path, text in pages.items():
        part(path).write_text(text, encoding="utf-8")
    write_rows(
        part(made.table),
        ResultVerdict,
        in_order(row for rows in results for row in rows),
    )
