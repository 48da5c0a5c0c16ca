"""``tierline panel``: make a panel of one's own, check it, look at it, and compare two."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tierline import cli_rows
from tierline.cli_rows import Tsv
from tierline.problems import InputError, Problem

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Make, check, show and compare panels: what is asked of a tumour.",
    epilog="Example: [bold]tierline panel show hotspot50[/bold]",
)

Name = Annotated[str, typer.Argument(help="Name of a panel, or its folder.", metavar="PANEL")]
ConfigFile = Annotated[
    Path,
    typer.Option("--configfile", "-c", help="Whose annotation and genome are used, where they are here.", metavar="FILE"),
]
Build = Annotated[
    str, typer.Option(help="Instead of a config: the table of transcripts of this build alone.", metavar="BUILD")
]
AssayName = Annotated[str, typer.Option("--assay", help="Say what this assay does not cover.", metavar="ASSAY")]
CONFIG = Path("config/config.yaml")


@app.command(epilog="Example: [bold]tierline panel validate hotspot50[/bold]")
def validate(panel: Name, configfile: ConfigFile = CONFIG, build: Build = "") -> None:
    """List every fault of a panel at once, with file, row, column, value and what to write instead.

    With an annotation and a genome at hand every locus is resolved: a codon beyond the protein, and an amino acid that
    is not the stated one, are faults. The exit code is 2 where there is one.
    """
    from tierline.panelview import resolve_panel, setting_of

    setting = setting_of(configfile, Path.cwd(), build)
    resolved = resolve_panel(setting.panel_folder(panel), setting)
    for note in resolved.notes:
        print(f"note: {note}")
    if resolved.problems:
        raise InputError(resolved.problems)
    found = resolved.panel
    placed = sum(bool(locus.intervals) for locus in resolved.loci)
    how = f"{placed} of {len(resolved.loci)} loci resolved" if resolved.models is not None else "loci not resolved"
    held = " and held against the genome" if resolved.against_genome else ""
    print(f"{found.id} {found.version} is sound on {setting.build}: {len(found.genes)} genes, {how}{held}")


@app.command(epilog="Example: [bold]tierline panel show hotspot50 --build GRCh37[/bold]")
def show(
    panel: Name,
    loci: Annotated[bool, typer.Option("--loci", help="List the loci with their sources instead of the genes.")] = False,
    assay: AssayName = "",
    bed: Annotated[
        Path | None, typer.Option(help="Write there the bases that it asks of an assay, as BED.", metavar="FILE")
    ] = None,
    configfile: ConfigFile = CONFIG,
    build: Build = "",
    tsv: Tsv = False,
) -> None:
    """Say what a panel asks: intended use, claims, thresholds with units, genes and loci."""
    from tierline.backbone import beside_covered
    from tierline.panelview import GeneRow, describe, gene_rows, resolve_panel, setting_of
    from tierline.records import Hotspot

    setting = setting_of(configfile, Path.cwd(), build)
    targets = setting.assay(assay).targets if assay else None
    resolved = resolve_panel(setting.panel_folder(panel), setting, targets or ())
    if resolved.models is None and (assay or bed):
        raise _no_annotation("--assay" if assay else "--bed")
    if bed:
        asked = [(*row, gene) for gene, found in resolved.asked(setting.build).items() for row in found]
        rows = sorted([*asked, *((*place, name) for name, place in resolved.beside)])
        bed.write_text("".join(f"{c}\t{s}\t{e}\t{gene}\n" for c, s, e, gene in rows), encoding="utf-8")
    if not cli_rows.plain(tsv):
        for name, value in describe(resolved):
            print(f"{name:<46} {value}")
        if targets is not None and (words := beside_covered(resolved.beside, targets)):
            print(f"{f'of these in {assay}':<46} {words}")
    if loci:
        cli_rows.show(resolved.panel.hotspots, Hotspot, tsv)
    else:
        cli_rows.show(gene_rows(resolved, setting.build, targets), GeneRow, tsv)
    for note in resolved.notes:
        print(f"note: {note}", file=sys.stderr)
    for problem in resolved.problems:
        print(f"problem: {problem}", file=sys.stderr)


@app.command(epilog="Example: [bold]tierline panel diff hotspot50 hotspot50_tert[/bold]")
def diff(
    old: Annotated[str, typer.Argument(help="Name or folder of a panel.", metavar="OLD")],
    new: Annotated[str, typer.Argument(help="The same, of the other.", metavar="NEW")],
    assay: AssayName = "",
    configfile: ConfigFile = CONFIG,
    build: Build = "",
    tsv: Tsv = False,
) -> None:
    """Say what differs between two panels: claims, thresholds, genes, loci and, with an annotation at hand, bases.

    With an assay also what it does not cover of the second one.
    """
    from tierline.panelview import PanelChange, differences, resolve_panel, setting_of

    setting = setting_of(configfile, Path.cwd(), build)
    found = setting.assay(assay) if assay else None
    targets = found.targets if found else ()
    a, b = (resolve_panel(setting.panel_folder(name), setting, targets) for name in (old, new))
    if found and b.models is None:
        raise _no_annotation("--assay")
    rows = differences(a, b, setting.build, found)
    cli_rows.show(rows, PanelChange, tsv)
    for note in dict.fromkeys((*a.notes, *b.notes)):
        print(f"note: {note}", file=sys.stderr)


@app.command(epilog="Example: [bold]tierline panel new my_panel --from hotspot50 --only BRAF,KRAS,NRAS[/bold]")
def new(
    name: Annotated[str, typer.Argument(help="Name of the new panel.", metavar="NAME")],
    genes: Annotated[Path | None, typer.Option(help="A list of genes, one symbol a line.", metavar="FILE")] = None,
    bed: Annotated[Path | None, typer.Option(help="A BED file of the bases to ask.", metavar="FILE")] = None,
    source: Annotated[str, typer.Option("--from", help="A panel to take genes from.", metavar="PANEL")] = "",
    only: Annotated[str, typer.Option(help="The genes to take from it, joined by commas.", metavar="GENES")] = "",
    loci_of: Annotated[
        str, typer.Option(help="The panel whose loci of these genes are taken over, with their sources.", metavar="PANEL")
    ] = "solid500",
    folder: Annotated[Path, typer.Option(help="Where the panel's folder is made.", metavar="DIR")] = Path("config/panels"),
    configfile: ConfigFile = CONFIG,
    build: Build = "",
) -> None:
    """Make a panel from a list of genes, a BED file, or part of another panel.

    Thresholds and claims come from that panel, else from the one whose loci are taken over. Loci are what a panel owes
    an answer for: genes without one are reported where a variant is seen, and no negative is claimed. Say in the new
    panel.yaml what it is for.
    """
    from tierline.panelnew import from_bed, from_genes, from_panel, write_panel
    from tierline.panels import load_panel
    from tierline.panelview import setting_of

    if sum(map(bool, (genes, bed, source))) != 1 or bool(source) != bool(only):
        what = "a panel is made from one of --genes FILE, --bed FILE, and --from PANEL --only GENES"
        raise InputError([Problem("tierline panel new", None, "", "", what, "Give one of the three.")])
    setting = setting_of(configfile, Path.cwd(), build)
    known = load_panel(setting.panel_folder(source or loci_of))
    notes: list[str] = []
    regions = None
    if genes:
        rows, hotspots, notes = from_genes(genes, setting, known)
        made_from = genes.name
    elif bed:
        rows, hotspots, found, notes = from_bed(bed, setting, known)
        made_from, regions = bed.name, {setting.build: found}
    else:
        rows, hotspots = from_panel(known, [gene.strip() for gene in only.split(",") if gene.strip()])
        made_from = f"{known.id} {known.version}"
    made = write_panel(folder / name, rows, hotspots, known, made_from, regions)
    for note in notes:
        print(f"note: {note}")
    without = sorted(made.gene_names - {hotspot.gene for hotspot in made.hotspots})
    if without:
        print(f"note: no negative is claimed for genes without a locus: {', '.join(without)}")
    print(f"{made.folder}: {len(made.genes)} genes, {len(made.hotspots)} loci. Say in its panel.yaml what it is for; then: "
          f"tierline panel validate {made.id}")  # fmt: skip


def _no_annotation(option: str) -> InputError:
    what = "coordinates come from an annotation, and none is at hand"
    remedy = "Name a config whose reference is here with --configfile."
    return InputError([Problem("tierline panel", None, option, "", what, remedy)])
