"""The versions of the tools of this run."""

from tierline.records import ToolVersion
from tierline.steps import producing
from tierline.tables import write_rows
from tierline.tools import find_tools

with producing(snakemake.log[0], snakemake.output) as part:
    write_rows(part(snakemake.output[0]), ToolVersion, find_tools(container=snakemake.params.container))
