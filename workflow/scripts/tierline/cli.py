"""The ``tierline`` command. Modules are loaded by the command that needs them: help comes at once."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from tierline import cli_bundle, cli_knowledge, cli_panel, cli_samples
from tierline.problems import EXIT_BAD_INPUT, EXIT_INCOMPLETE, EXIT_TOOL_FAILED, InputError

CONFIG = "config/config.yaml"
ConfigFile = Annotated[str, typer.Option("--configfile", "-c", help="What to run; see config/README.md.", metavar="FILE")]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From tumour reads to a tiered molecular report. For research use.\n\n"
    "In a folder with config/config.yaml: first [bold]tierline check[/bold], then [bold]tierline run[/bold].\n\n"
    "Exit codes: 0 done, 1 incomplete, 2 bad input, 3 a tool failed.",
)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    epilog="Example: [bold]tierline run --cores 2 --dry-run[/bold]",
)
def run(
    context: typer.Context,
    configfile: ConfigFile = CONFIG,
    cores: Annotated[int, typer.Option(help="Processors to use; 0 takes all.", min=0, metavar="N")] = 0,
    plan: Annotated[bool, typer.Option("--plan", help="Say what would be done, and why; do nothing.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing unless something is wrong.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Tell what happens as JSON, one object a line.")] = False,
    profile: Annotated[
        str, typer.Option(help="Run on a cluster: slurm, or a folder with a Snakemake profile.", metavar="NAME")
    ] = "",
    partition: Annotated[str, typer.Option(help="Slurm partition, instead of the profile's.", metavar="NAME")] = "",
    account: Annotated[str, typer.Option(help="Slurm account, instead of the profile's.", metavar="NAME")] = "",
    adopt: Annotated[
        Literal["", "wait", "cancel"],
        typer.Option(help="Jobs of a dead run in Slurm: wait for them, or cancel them.", metavar="wait|cancel"),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="On a cluster: start without asking.")] = False,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Take the folder from a run that is dead, but cannot be seen from here.")
    ] = False,
) -> None:
    """Check, run the workflow in this folder, and say whether everything owed is there. Other options go to Snakemake.

    The same command again goes on where the last run stopped, however it stopped.
    """
    from tierline.cluster import load_cluster
    from tierline.run import run as run_workflow
    from tierline.run import show_plan

    cores = cores or available_cores()
    cluster = load_cluster(profile, partition, account)
    if plan:
        raise typer.Exit(show_plan(configfile, cores, context.args, cluster))
    show = "json" if json else "quiet" if quiet else "auto"
    code = run_workflow(
        configfile, cores, context.args, show=show, take_over=take_over, cluster=cluster, adopt=adopt, yes=yes
    )
    raise typer.Exit(code)


@app.command(epilog="Example: [bold]tierline check[/bold]")
def check(configfile: ConfigFile = CONFIG) -> None:
    """List, in seconds, what would keep a run from starting: sheets, reference, panels, tools, disk, permissions."""
    from tierline.check import format_check, run_check

    rows = run_check(Path(configfile), Path.cwd())
    print(format_check(rows))
    raise typer.Exit(EXIT_BAD_INPUT if any(row.state == "problem" for row in rows) else 0)


@app.command(epilog="Example: [bold]tierline status[/bold]")
def status(
    configfile: ConfigFile = CONFIG,
    why: Annotated[
        str,
        typer.Option(
            help="Say why this product would be made again, for example report/T1.hotspot50.html.", metavar="PRODUCT"
        ),
    ] = "",
) -> None:
    """Say, at any time, how far a run is or came, and what it owes that is not there; then the exit code is 1."""
    from tierline.run import status as show_status
    from tierline.run import why as say_why

    raise typer.Exit(say_why(configfile, why) if why else show_status(configfile))


@app.command(epilog="Example: [bold]tierline tier ../resources/demo/variants.tsv --out tiers.tsv[/bold]")
def tier(
    variants: Annotated[
        str | None, typer.Argument(help="The table, by tabs or commas; - reads standard input.", metavar="VARIANTS")
    ] = None,
    vcf: Annotated[
        str | None, typer.Option(help="Instead of a table: a VCF annotated by snpEff (ANN) or VEP (CSQ).", metavar="FILE")
    ] = None,
    out: Annotated[str | None, typer.Option(help="Where to write; by default standard output.", metavar="FILE")] = None,
    json: Annotated[
        str | None, typer.Option(help="Write the whole working of every row there, too.", metavar="FILE")
    ] = None,
    tumor_type: Annotated[str, typer.Option(help="OncoTree code or name, for rows that give none.", metavar="CODE")] = "",
    knowledge: Annotated[
        Path | None, typer.Option(help="Knowledge of your own, in the layout of resources/knowledge.", metavar="DIR")
    ] = None,
) -> None:
    """Tier the variants of a table, each row by itself: no VCF and no run needed.

    Columns by name, in any order: gene, protein_change (p.Val600Glu, V600E, exon 19 deletion, amplification, ...),
    cdna_change, consequence, tumor_type (OncoTree code or name), vaf, population_af (highest group of at least 2,000
    alleles; empty: not looked up; 0: looked up, absent), copy_number_change, fusion_partner. Others are kept.
    A row that cannot be read has no tier, and the reason; the exit code is then 1.
    """
    from tierline.tiertable import run_tier

    raise typer.Exit(run_tier(variants, vcf, out, json, tumor_type, knowledge))


@app.command(epilog="Example: [bold]tierline cohort . --out cohort.html[/bold]")
def cohort(
    runs: Annotated[list[Path], typer.Argument(help="Run directories, or their results folders.", metavar="RUN...")],
    out: Annotated[Path, typer.Option(help="Where to write the page.", metavar="FILE")] = Path("cohort.html"),
) -> None:
    """Show the cases of several runs on one page: tiers by gene, a picture of genes by cases, every report linked.

    Of one run alone there is results/cohort.html. The page needs no network; its links hold as long as it and the
    reports stay where they are. A case that a run owes and has not made is shown as not finished; exit code 1.
    """
    from tierline.cohort import render
    from tierline.cohort.runs import read_runs

    rows, notes = read_runs(runs, out)
    out.write_text(render(rows), encoding="utf-8")
    unfinished = sum(not row.status for row in rows)
    print(*notes, f"{out}: {len(rows)} cases, {unfinished} not finished", sep="\n")
    raise typer.Exit(EXIT_INCOMPLETE if unfinished else 0)


@app.command(epilog="Example: [bold]tierline tools[/bold]")
def tools() -> None:
    """List the tools in use: version, the version that is tested, where it was found, what is missing."""
    from tierline.tools import find_tools, format_table

    rows = find_tools()
    print(format_table(rows))
    raise typer.Exit(EXIT_BAD_INPUT if any(row.found == "missing" for row in rows) else 0)


@app.command(epilog="Example: [bold]tierline demo --folder demo[/bold]")
def demo(
    folder: Annotated[Path, typer.Option(help="Run folder; made where it is not there.", metavar="FOLDER")] = Path("demo"),
    cores: Annotated[int, typer.Option(help="Processors to use; 0 takes all.", min=0, metavar="N")] = 0,
) -> None:
    """Take the embedded SYNTHETIC demo from reads to reports and dashboard, and say what to open first."""
    from tierline.paths import RESOURCES
    from tierline.run import run as run_workflow

    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    # the demo's Java steps last seconds: the quick compiler alone is done before the thorough one has warmed up
    os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    code = run_workflow(str(RESOURCES / "demo" / "config.yaml"), cores or available_cores())
    if code == 0:
        print(f"\nOpen first: {Path('results/report/LUAD01T.hotspot50_tert.html').resolve()}")
    raise typer.Exit(code)


app.add_typer(cli_samples.app, name="samples")
app.add_typer(cli_knowledge.app, name="knowledge")
app.add_typer(cli_panel.app, name="panel")
app.add_typer(cli_bundle.app, name="bundle")


def available_cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    """Entry point: a user's fault is told on stderr with exit code 2, without a traceback."""
    try:
        app(prog_name="tierline")
    except InputError as error:
        width = shutil.get_terminal_size().columns
        print(f"{len(error.problems)} problem(s) in the input:", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}"[: max(width * 20, 2000)], file=sys.stderr)
        sys.exit(EXIT_BAD_INPUT)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(f"The disk is full: {error.filename or 'a file'} could not be written. Make room, then: the same again.",
              file=sys.stderr)  # fmt: skip
        sys.exit(EXIT_TOOL_FAILED)
