"""The report of one case, from its case file and, for what changed, those of earlier reports."""

from datetime import date
from pathlib import Path

from tierline.archive import next_page
from tierline.case import from_json
from tierline.steps import producing

with producing(snakemake.log[0], snakemake.output) as part:
    case = from_json(Path(snakemake.input[0]).read_text(encoding="utf-8"), snakemake.input[0])
    page = next_page(case, snakemake.params.tiers, date.today().isoformat(), Path(snakemake.params.archive))
    part(snakemake.output[0]).write_text(page, encoding="utf-8")
