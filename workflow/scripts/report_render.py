"""The report of one case, and its MAF and VCF, from its case file; what changed, from those of earlier reports."""

import time
from datetime import date
from pathlib import Path

from tierline.archive import next_page
from tierline.case import from_json
from tierline.casevcf import write_case
from tierline.cost import cost_until
from tierline.maf import maf_text
from tierline.steps import producing

with producing(snakemake.log[0], snakemake.output) as part:
    given, made, params = snakemake.input[0], snakemake.output, snakemake.params
    case = from_json(Path(given).read_text(encoding="utf-8"), given)
    cost = cost_until(Path(), case.sample.sample, time.time())
    page = next_page(case, params.tiers, date.today().isoformat(), Path(params.archive), cost)
    part(made.html).write_text(page, encoding="utf-8")
    part(made.maf).write_text(maf_text(case, params.chromosomes), encoding="utf-8")
    records = write_case(part(made.vcf), case)
    print(f"{len(case.findings)} findings; {records} alleles in the VCF")
