"""The report of one case, from its case file alone."""

from datetime import date
from pathlib import Path

from tierline.case import from_json
from tierline.report import render
from tierline.steps import producing

with producing(snakemake.log[0], snakemake.output) as part:
    case = from_json(Path(snakemake.input[0]).read_text(encoding="utf-8"), snakemake.input[0])
    page = render(case, tiers=tuple(snakemake.params.tiers), generated_on=date.today().isoformat())
    part(snakemake.output[0]).write_text(page, encoding="utf-8")
