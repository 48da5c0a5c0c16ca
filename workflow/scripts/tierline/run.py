"""``tierline run``: check, then Snakemake, then what is there against what was owed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tierline.completeness import expected_products, verify
from tierline.panels import load_panel
from tierline.paths import ROOT, cache_folder
from tierline.problems import EXIT_BAD_INPUT, EXIT_DONE, EXIT_INCOMPLETE, EXIT_TOOL_FAILED, InputError
from tierline.records import Complete
from tierline.runfolder import folder_problems
from tierline.sheets import Project, load_project
from tierline.tables import write_rows
from tierline.tools import deployment, find_tools, search_path

COMPLETE = "results/run/complete.tsv"
CACHED_RULES = ("index_bwa",)  # slow to make, the same for every project on one genome
DRY = re.compile(  # options with which Snakemake makes nothing
    r"-[a-zA-Z]*n[a-zA-Z]*|--(dry-?run|lint|list|list-\w+|dag|rulegraph|filegraph|unlock|(detailed-)?summary|version|help)"
)


def snakemake_command(configfile: str, cores: int, options: Sequence[str]) -> list[str]:
    """The Snakemake call of a run, as one could type it."""
    command = [str(Path(sys.prefix) / "bin" / "snakemake"), "--snakefile", str(ROOT / "Snakefile")]
    command += ["--configfile", configfile, "--cores", str(cores), "--cache", *CACHED_RULES]
    if deployment() == "conda":
        command += ["--software-deployment-method", "conda", "--conda-prefix", str(cache_folder() / "conda")]
    return [*command, *options]


def run(configfile: str, cores: int, options: Sequence[str] = ()) -> int:
    """Run the workflow in the working directory and say what it made; returns the exit code.

    ``options`` go to Snakemake as they are. Raises InputError where the input is not fit to start.
    """
    project = load_project(configfile)
    if problems := folder_problems(project):
        raise InputError(problems)
    missing = missing_tools()
    if missing:
        print(f"Tools are missing: {', '.join(missing)}. Run 'make setup' in {ROOT}, or see 'tierline tools'.")
        return EXIT_BAD_INPUT
    cases = ", ".join(f"{tumor}.{panel}" for tumor, panel in project.cases)
    print(f"Tierline: {len(project.samples)} samples, {len(project.cases)} reports ({cases})", flush=True)
    command = snakemake_command(configfile, cores, options)
    reference_cache = cache_folder() / "reference"
    reference_cache.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "PATH": search_path(),
        "SNAKEMAKE_OUTPUT_CACHE": str(reference_cache),
    }
    code = subprocess.call(command, env=environment)
    if any(DRY.fullmatch(option) for option in options):
        return EXIT_TOOL_FAILED if code else EXIT_DONE
    incomplete = [row for row in completeness(project) if row.state != "complete"]
    print(summary(project, incomplete))
    if code:
        return EXIT_TOOL_FAILED
    return EXIT_INCOMPLETE if incomplete else EXIT_DONE


def completeness(project: Project) -> list[Complete]:
    """Hold what is there against what was owed, and write ``results/run/complete.tsv``."""
    digests = {panel: load_panel(project.panel_folder(panel)).digest for panel in project.panels}
    rows = verify(expected_products(project), project.workdir, digests)
    write_rows(project.workdir / COMPLETE, Complete, rows)
    return rows


def summary(project: Project, incomplete: Sequence[Complete]) -> str:
    """What a run ended with, in a few lines: every product that is not complete, else where to look."""
    if not incomplete:
        reports = "\n".join(f"  results/report/{tumor}.{panel}.html" for tumor, panel in project.cases)
        return f"Complete. Reports:\n{reports}\nDashboard:\n  results/multiqc/multiqc.html"
    lines = [f"  {row.path}: {row.state}, {row.why}" for row in incomplete]
    failed = Counter(row.sample for row in incomplete if row.sample)
    samples = ", ".join(f"{sample} ({count})" for sample, count in sorted(failed.items()))
    where = f"Incomplete: {len(incomplete)} products" + (f" of {samples}" if samples else "")
    return "\n".join([f"{where} (all in {COMPLETE})", *lines, "'tierline run' goes on from here."])


def missing_tools() -> list[str]:
    """Tools that are not found where the run needs them on PATH."""
    return [tool.tool for tool in find_tools() if tool.found == "missing"]
