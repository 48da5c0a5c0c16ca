"""``tierline knowledge``: look into the knowledge, make it anew from newer downloads, and compare two states of it."""

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
    help="Show, refresh and compare the evidence behind the tiers.",
    epilog="Example: [bold]tierline knowledge show --gene BRAF[/bold]",
)

Folder = Annotated[
    Path | None, typer.Option("--knowledge", help="A knowledge folder instead of the shipped one.", metavar="DIR")
]


@app.command(epilog="Example: [bold]tierline knowledge show --gene BRAF --tumor-type MEL[/bold]")
def show(
    gene: Annotated[str, typer.Option(help="List the facts that name this gene.", metavar="GENE")] = "",
    tumor_type: Annotated[
        str,
        typer.Option(help="Of these, or of all, the facts that hold in this tumour type: code or name.", metavar="TYPE"),
    ] = "",
    facts: Annotated[bool, typer.Option("--facts", help="List every fact with its source.")] = False,
    unread: Annotated[bool, typer.Option("--unread", help="List the records that give no fact, by reason.")] = False,
    knowledge: Folder = None,
    tsv: Tsv = False,
) -> None:
    """Count the facts by source, axis and level, with releases and licences; or list them for a gene or tumour type."""
    from tierline import knowledgebase
    from tierline.knowledge import KNOWLEDGE, Unread, own_or_shipped
    from tierline.oncotree import ONCOTREE_TSV, OncoTree
    from tierline.records import Evidence

    folder = knowledge or KNOWLEDGE
    if unread:
        if tumor_type or facts:
            option = "--tumor-type" if tumor_type else "--facts"
            raise _wrong(
                option, tumor_type, "records that are not read are no facts and have no tumour type", "Leave it out."
            )
        records = knowledgebase.unread_on(knowledgebase.unread(folder), gene)
        if cli_rows.plain(tsv):
            cli_rows.write(records, Unread)
        else:
            cli_rows.table(knowledgebase.by_reason(records), knowledgebase.ReasonCount)
            print(f"{len(records)} records give no fact. One by one: --tsv.")
        return
    found = knowledgebase.load_folder(folder)
    if not (facts or gene or tumor_type):
        rows = knowledgebase.counts(found, folder)
        if cli_rows.plain(tsv):
            cli_rows.write(rows, knowledgebase.SourceCount)
        else:
            releases = list({row.source: row for row in rows}.values())
            cli_rows.table(releases, knowledgebase.SourceCount, ("source", "release", "date", "licence"))
            numbers = ("source", "axis", "A", "B", "C", "D", "withdrawn", "against")
            cli_rows.table([row for row in rows if row.axis], knowledgebase.SourceCount, numbers)
        return
    tree = OncoTree.load(own_or_shipped(folder, ONCOTREE_TSV))
    try:
        code = tree.resolve(tumor_type)
    except ValueError as error:
        raise _wrong("--tumor-type", tumor_type, "the tumour type can't be resolved", str(error)) from error
    if tumor_type and (said := tree.note(tumor_type)):
        print(said, file=sys.stderr)
    listed = knowledgebase.facts_on(found.evidence, tree, gene, code)
    narrow = (
        "gene",
        "alteration",
        "tumor_types",
        "axis",
        "effect",
        "therapy",
        "level",
        "supports",
        "withdrawn_on",
        "source",
        "id",
    )
    cli_rows.show(listed, Evidence, tsv, narrow)
    if not listed:
        print("No fact. Genes are written as HGNC symbols: BRAF.", file=sys.stderr)


@app.command(
    epilog="Example: [bold]tierline knowledge build --oncotree tumorTypes.json --out knowledge[/bold]",
)
def build(
    out: Annotated[Path, typer.Option(help="The folder to make, or to refresh where it is there.", metavar="DIR")],
    civic: Annotated[
        Path | None,
        typer.Option(help="AcceptedClinicalEvidenceSummaries.tsv of civicdb.org/releases.", metavar="FILE"),
    ] = None,
    civic_release: Annotated[
        str, typer.Option(help="How CIViC calls that release; without, the month in the file's name.", metavar="NAME")
    ] = "",
    oncotree: Annotated[
        Path | None, typer.Option(help="JSON of oncotree.mskcc.org/api/tumorTypes/tree.", metavar="FILE")
    ] = None,
    hotspots: Annotated[
        Path | None, typer.Option(help="Table of residues of cancerhotspots.org (v2).", metavar="FILE")
    ] = None,
) -> None:
    """Make a knowledge folder with tables distilled from newer downloads; what is not named comes as it is.

    Every fact of the new folder is read before it takes its place. Use it with --knowledge.
    """
    from tierline.knowledgebuild import build_folder

    facts = build_folder(out, civic=civic, civic_release=civic_release, oncotree=oncotree, hotspots=hotspots)
    print(f"{out}: {facts} facts, all read")


@app.command(epilog="Example: [bold]tierline knowledge diff resources/knowledge knowledge --results results[/bold]")
def diff(
    old: Annotated[Path, typer.Argument(help="Knowledge folder, or CIViC's evidence table.", metavar="OLD")],
    new: Annotated[Path, typer.Argument(help="The same, newer.", metavar="NEW")],
    results: Annotated[
        Path | None,
        typer.Option(help="Which finished reports of this folder would change, instead of the facts.", metavar="FOLDER"),
    ] = None,
    tsv: Tsv = False,
) -> None:
    """Say which facts came, went or changed level between two states of the knowledge; or which reports would change.

    A report changes where a finding gets another tier or level, or another therapy, resistance, diagnosis or outcome.
    """
    from tierline import knowledgediff
    from tierline.knowledgebuild import changed_reports, evidence_of

    if results is None:
        changes = knowledgediff.fact_changes(evidence_of(old), evidence_of(new))
        cli_rows.show(changes, knowledgediff.FactChange, tsv)
        print(knowledgediff.summary(changes), file=sys.stderr)
        return
    rows, cases = changed_reports(old, new, results)
    cli_rows.show(rows, knowledgediff.CaseChange, tsv)
    touched = len({(row.sample, row.panel) for row in rows})
    print(f"{touched} of {cases} reports would change, in {len(rows)} findings.", file=sys.stderr)


def _wrong(option: str, value: str, message: str, remedy: str) -> InputError:
    return InputError([Problem("tierline knowledge", None, option, value, message, remedy)])
