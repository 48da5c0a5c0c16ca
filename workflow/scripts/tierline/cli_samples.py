"""``tierline samples``: from a sequencing run that arrives to the sheets of a run of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierline.problems import EXIT_INCOMPLETE, InputError, Problem

if TYPE_CHECKING:
    from tierline.arrival import Arrived

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Write samples.tsv and units.tsv for the FASTQ files of a sequencing run.\n\n"
    "What files cannot say is left empty, a tumour type always; tierline check then asks for it.",
    epilog="Example: [bold]tierline samples from-dir ../resources/demo/fastq --out sheets "
    r"--pattern '(?P<sample>\w+)_L(?P<lane>\d)_R(?P<mate>\d).fastq.gz'[/bold]",
)

Out = Annotated[Path, typer.Option("--out", help="Folder for the two sheets.", metavar="FOLDER")]
Kind = Annotated[str, typer.Option(help="tumor or normal, where all samples are.", metavar="KIND")]
Assay = Annotated[str, typer.Option(help="Assay of all samples.", metavar="ASSAY")]
Panels = Annotated[str, typer.Option(help="Panels of all samples, joined by semicolons.", metavar="PANELS")]
Material = Annotated[str, typer.Option(help="FFPE, fresh, blood or plasma, where all samples are.", metavar="MATERIAL")]
Patient = Annotated[
    str, typer.Option(help="Regular expression: its first group, in a sample's name, is the patient.", metavar="REGEX")
]


@app.command("from-dir", epilog="Example: [bold]tierline samples from-dir /data/run42 --patient '^(.*)-[TN]$'[/bold]")
def from_dir(
    folder: Annotated[Path, typer.Argument(help="Folder with the FASTQ files, at any depth.", metavar="RUNDIR")],
    pattern: Annotated[
        str,
        typer.Option(
            help="Names other than Illumina's: a regular expression with (?P<sample>...) and (?P<mate>[12]), "
            "and where there are (?P<lane>...) and (?P<part>...).",
            metavar="REGEX",
        ),
    ] = "",
    out: Out = Path("config"),
    kind: Kind = "",
    assay: Assay = "",
    panels: Panels = "",
    material: Material = "",
    patient: Patient = "",
) -> None:
    """Take FASTQ files named as bcl-convert names them (Sample_S1_L001_R1_001.fastq.gz), or by a pattern of your own."""
    from tierline.arrival import ILLUMINA, from_folder

    names = _compiled("--pattern", pattern) if pattern else ILLUMINA
    if missing := {"sample", "mate"} - names.groupindex.keys() and pattern:
        raise _wrong(
            "--pattern", missing, "the groups sample and mate are needed", "Write (?P<sample>...) and (?P<mate>[12])."
        )
    _write(from_folder(folder, names), out, patient, kind=kind, assay=assay, panels=panels, material=material)


@app.command(
    "from-samplesheet", epilog="Example: [bold]tierline samples from-samplesheet /data/run42/SampleSheet.csv[/bold]"
)
def from_samplesheet(
    sheet: Annotated[Path, typer.Argument(help="Illumina sample sheet, version 1 or 2.", metavar="SAMPLESHEET")],
    fastq: Annotated[
        Path | None, typer.Option(help="Folder with the FASTQ files; by default that of the sheet.", metavar="RUNDIR")
    ] = None,
    out: Out = Path("config"),
    kind: Kind = "",
    assay: Assay = "",
    panels: Panels = "",
    material: Material = "",
    patient: Patient = "",
) -> None:
    """Take the samples of a sample sheet, with the FASTQ files that bcl-convert or bcl2fastq made of it."""
    from tierline.arrival import from_sample_sheet

    arrived = from_sample_sheet(sheet, fastq or sheet.parent)
    _write(arrived, out, patient, kind=kind, assay=assay, panels=panels, material=material)


def _write(arrived: Arrived, out: Path, patient: str, **stated: str) -> None:
    """Write the sheets and say what came, what did not fit, and what is left to fill."""
    from tierline.arrival import left_to_fill, write_sheets

    people = _compiled("--patient", patient) if patient else None
    given = {name: value for name, value in stated.items() if value}
    if arrived.pairs:
        samples, units = write_sheets(arrived, out, given, people)
        print(f"{samples}: {len(arrived.samples)} samples\n{units}: {len(arrived.pairs)} units")
    else:
        print("No pair of FASTQ files was found; nothing is written.")
    odd = [item for item in arrived.left_out if not item.expected]
    for title, items in (
        ("Did not fit", odd),
        ("Left out, as always", [item for item in arrived.left_out if item.expected]),
    ):
        if items:
            print(f"{title}:", *(f"  {item.what}: {item.why}" for item in items), sep="\n")
    if arrived.pairs:
        print(f"Fill in: {', '.join(left_to_fill(given, people is not None))}. Then: tierline check")
    if odd or not arrived.pairs:
        raise typer.Exit(EXIT_INCOMPLETE)


def _compiled(option: str, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise _wrong(
            option, text, f"the expression cannot be read: {error}", "See docs.python.org/3/library/re.html."
        ) from error


def _wrong(option: str, value: object, message: str, remedy: str) -> InputError:
    return InputError([Problem("command line", None, option, str(value), message, remedy)])
