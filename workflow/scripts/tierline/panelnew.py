"""A panel of one's own, made from a list of genes, from a BED file, or from part of another panel."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import mkdtemp

import yaml

from tierline.annotation import Transcript, marked_transcripts, panel_models
from tierline.assays import Target, bases_inside, bases_of, merge_targets, read_bed
from tierline.documents import read_text
from tierline.inputfiles import Cell
from tierline.knowledge._gene_aliases import load_gene_aliases
from tierline.panels import Panel, load_panel, resolve_loci
from tierline.panelview import Setting
from tierline.problems import InputError, Problem, did_you_mean
from tierline.records import Hotspot, PanelGene
from tierline.sheets import NAME
from tierline.tables import write_rows

VERSION = "1.0.0"


def from_genes(path: Path, setting: Setting, known: Panel) -> tuple[list[PanelGene], list[Hotspot], list[str]]:
    """Genes of a list (one symbol a line, the first column counts), their hotspots in ``known``, and notes.

    A former symbol is replaced by its own, and a symbol that stands twice counts once: the notes say so. Raises
    InputError with every symbol for which there is no transcript.
    """
    text, problems = read_text(path, Cell(str(path), None, "", ""))
    listed = {}  # in the order of the file
    for row, line in enumerate(text.split("\n"), 1):
        symbol = line.replace(",", "\t").split("\t")[0].strip()
        if symbol and not symbol.startswith("#") and (row, symbol.casefold()) != (1, "gene"):
            listed[row] = symbol
    if not listed and not problems:
        problems.append(Problem(str(path), None, "", "", "the list has no gene", "Write one symbol a line."))
    aliases = load_gene_aliases()
    current = {symbol: aliases.get(symbol.casefold(), symbol.upper()) for symbol in listed.values()}
    available = set(setting.table)
    if setting.gtf:
        available |= marked_transcripts(setting.gtf, {*current, *current.values()}).keys()
    notes, genes = [], dict[str, PanelGene]()
    for row, symbol in listed.items():
        gene = symbol if symbol in available else current[symbol]
        if gene not in available:
            what = f"it is {gene}, whose" if gene != symbol else "its"
            what += " reported transcript is not known"
            where = "" if setting.gtf else "; no annotation is at hand, which may mark one (--configfile)"
            problems.append(Problem(str(path), row, "gene", symbol, what + where, did_you_mean(gene, setting.table)))
        elif gene in genes:
            notes.append(f"row {row}: {symbol} stands in the list already, as {gene}; it counts once")
        else:
            note = f"listed as {symbol}" if gene != symbol else ""
            notes += [f"row {row}: {gene} replaces {symbol}"] if note else []
            genes[gene] = PanelGene(gene, "coding", note, f"{path.name}, row {row}")
    if problems:
        raise InputError(problems)
    return list(genes.values()), [h for h in known.hotspots if h.gene in genes], notes


def from_bed(
    path: Path, setting: Setting, known: Panel
) -> tuple[list[PanelGene], list[Hotspot], tuple[Target, ...], list[str]]:
    """Genes whose coding bases a BED file touches, limited to it; the hotspots of ``known`` that lie in it; the regions.

    Needs an annotation. Raises InputError where there is none, and where the BED touches no coding base and no hotspot.
    """
    if setting.gtf is None:
        raise InputError(
            [Problem("tierline panel", None, "--bed", str(path), "a BED is read against an annotation, and none is at hand",
                     "Name a config whose reference is here with --configfile.")]
        )  # fmt: skip
    regions = merge_targets(read_bed(path))
    _, models, _ = panel_models(setting.gtf, setting.table, [], every_gene=True)
    touched = [gene for gene, model in models.items() if bases_inside(_coding(model), regions)]
    loci = resolve_loci(known, models, regions)
    inside = {locus.locus_id for locus in loci if locus.in_assay}
    hotspots = [hotspot for hotspot in known.hotspots if hotspot.locus_id in inside]
    names = sorted({*touched, *(hotspot.gene for hotspot in hotspots)})
    if not names:
        raise InputError(
            [Problem(str(path), None, "", "", "no region touches a coding base of the annotation, or a known hotspot",
                     "Check that the BED is of this build and names its contigs as the annotation does.")]
        )  # fmt: skip
    genes = [PanelGene(gene, "regions", "", path.name) for gene in names]
    coding = merge_targets(part for gene in touched for part in _coding(models[gene]))
    places = {(locus.chrom, *interval) for locus in loci if locus.locus_id in inside for interval in locus.intervals}
    useless = [region for region in regions if not bases_inside([region], coding) and not bases_inside([region], places)]
    notes = [f"{len(regions)} regions, {bases_of(regions)} bases, {len(names)} genes"]
    if useless:
        shown = ", ".join(f"{chrom}:{start0 + 1}-{end0}" for chrom, start0, end0 in useless[:5])
        more = f" and {len(useless) - 5} more" if len(useless) > 5 else ""
        notes.append(f"no coding base and no hotspot lies in {len(useless)} regions: {shown}{more}")
    return genes, hotspots, regions, notes


def _coding(model: Transcript) -> list[Target]:
    return [(model.chrom, start0, end0) for start0, end0 in model.cds]


def from_panel(source: Panel, only: Iterable[str]) -> tuple[list[PanelGene], list[Hotspot]]:
    """Genes of a panel and their hotspots. Raises InputError with every gene that it does not have."""
    aliases = load_gene_aliases()
    wanted = {symbol: symbol if symbol in source.gene_names else aliases.get(symbol.casefold(), symbol) for symbol in only}
    problems = [
        Problem("tierline panel", None, "--only", symbol, f"{source.id} does not have the gene",
                did_you_mean(symbol, source.gene_names))
        for symbol, gene in wanted.items() if gene not in source.gene_names
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    genes = set(wanted.values())
    return [g for g in source.genes if g.gene in genes], [h for h in source.hotspots if h.gene in genes]


def write_panel(
    folder: Path,
    genes: Iterable[PanelGene],
    hotspots: Iterable[Hotspot],
    source: Panel,
    made_from: str,
    regions: Mapping[str, tuple[Target, ...]] | None = None,
) -> Panel:
    """Write a panel's folder with the thresholds and claims of ``source``, and read it again.

    ``made_from`` says what the genes were taken from. Raises InputError where the folder is there already, or its name
    cannot be a panel's; nothing is left then.
    """
    problems = []
    if not NAME.fullmatch(folder.name):
        problems.append(
            Problem("tierline panel", None, "name", folder.name, "a panel cannot have this name",
                    "Write 1 to 64 letters, digits, _ or -, the first a letter or digit.")
        )  # fmt: skip
    if folder.exists():
        problems.append(Problem("tierline panel", None, "name", str(folder), "it is there already", "Take another name."))
    if problems:
        raise InputError(problems)
    rows = sorted(genes, key=lambda gene: gene.gene)
    document = {
        "panel": folder.name,
        "version": VERSION,
        "title": f"{folder.name}: {len(rows)} genes",
        "intended_use": f"Small somatic variants in genes from {made_from}. Not validated. Research use.",
        "claims": list(source.claims),
        "thresholds": asdict(source.thresholds),
    } | ({"flank": source.flank} if source.flank else {})
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=".panel.", dir=folder.parent)) / folder.name
    try:
        made.mkdir()
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
        (made / "panel.yaml").write_text(text, encoding="utf-8")
        write_rows(made / "genes.tsv", PanelGene, rows)
        write_rows(made / "hotspots.tsv", Hotspot, hotspots)
        for build, targets in (regions or {}).items():
            lines = "".join(f"{chrom}\t{start0}\t{end0}\n" for chrom, start0, end0 in targets)
            (made / f"regions.{build}.bed").write_text(lines, encoding="utf-8")
        panel = load_panel(made)
        made.rename(folder)
    finally:
        shutil.rmtree(made.parent)
    return replace(panel, folder=str(folder))
