"""``tierline bundle``: Tierline for a machine without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from tierline.problems import EXIT_DONE, EXIT_INCOMPLETE, EXIT_TOOL_FAILED

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Make, and verify, one folder or tar from which Tierline is installed where there is no network.",
    epilog="Example: [bold]tierline bundle verify /media/disk/tierline.tar[/bold]",
)


@app.command("make", epilog="Example: [bold]tierline bundle make /media/disk/tierline.tar[/bold]")
def make_bundle(
    target: Annotated[Path, typer.Argument(help="The folder to write; a tar where it ends with .tar.", metavar="TARGET")],
    configfile: Annotated[
        str, typer.Option("--configfile", "-c", help="Take the reference files that it names along.", metavar="FILE")
    ] = "",
    tools: Annotated[
        Literal["", "conda", "debian"],
        typer.Option(help="Whose packages to take along; by default conda's where it is on PATH.", metavar="conda|debian"),
    ] = "",
) -> None:
    """Write checkout, Python packages, tools (of conda, or of Debian with GATK) and references with their checksums.

    Needs a network. It is for the processor, system and Python of the machine that makes it.
    Then, there: ./install.sh FOLDER
    """
    from tierline.bundle import BundleError, make

    try:
        lacks = make(target, configfile, lambda text: print(f"bundle: {text}", flush=True), tools)
    except BundleError as error:
        print(error)
        raise typer.Exit(EXIT_TOOL_FAILED) from error
    print(f"bundle: {target} is made. Not in it:", *lacks, sep="\n  ")


@app.command("verify", epilog="Example: [bold]tierline bundle verify /media/disk/tierline.tar[/bold]")
def verify_bundle(
    place: Annotated[Path, typer.Argument(help="A folder or tar of tierline bundle make.", metavar="BUNDLE")],
) -> None:
    """Hold every file of a bundle against its checksum; the exit code is 1 where one is missing, changed or strange."""
    from tierline.bundle import verify

    files, problems = verify(place)
    if problems:
        print(f"{len(problems)} problems with the {files} files:", *problems, sep="\n  ")
    else:
        print(f"{files} files, all as they were made.")
    raise typer.Exit(EXIT_INCOMPLETE if problems else EXIT_DONE)
