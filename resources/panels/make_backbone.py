"""Make introns.<build>.tsv and snps.<build>.tsv of the panel ``solid500``: what an assay should hold beside its exons.

Usage: python resources/panels/make_backbone.py ../shared/data

Reads (facts only are kept: coordinates, alleles, frequencies, ids):

* ``knowledge/civic_01-Aug-2021-VariantSummaries.tsv`` (CC0): of a fusion the bases of either gene that it keeps, on GRCh37.
* ``panels/GeneFuse_cancer.hg19.csv``, ``.hg38.csv`` (GeneFuse, MIT) and ``panels/CaMutQC_*-hg19/hg38.bed.gz`` (CaMutQC,
  GPL-3.0): exons of transcripts on both builds.
* ``snps/*.somalier.sites.vcf.gz`` (sites of somalier, MIT): common SNPs with their frequency in gnomAD's exomes r2.1.

An intron is declared where one of CIViC's fusions breaks in it: a gene of the panel keeps its exons up to, or from, an
exon's end that a transcript has on both builds, CIViC's own if it is listed, else the reported one. One that is longer or
shorter on the other build by more than ``ALIKE`` is left out, and printed; so is a fusion whose place no transcript has.

A SNP of the backbone has two single-base alleles, lies on an autosome, on both builds with the same alleles and counts, and
its rarer allele has a frequency of ``LEAST`` or more. The most telling are taken first, ``APART`` from one another.
"""

from __future__ import annotations

import csv
import gzip
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from derive_models import refseq_exons
from tierline.annotation import base_id, load_transcripts
from tierline.panels import load_panel
from tierline.records import PanelIntron, PanelSnp
from tierline.tables import write_rows

FOLDER = Path(__file__).resolve().parent / "solid500"
BUILDS = {"GRCh37": "hg19", "GRCh38": "hg38"}
FUSIONS = "civic_01-Aug-2021-VariantSummaries.tsv"
SITES = {"GRCh37": "GRCh37.somalier.sites.vcf.gz", "GRCh38": "hg38.somalier.sites.vcf.gz"}
SYMBOLS = {"ABL": "ABL1", "NPM": "NPM1"}  # as the fusions' names have them
ALIKE = 0.02  # of an intron's length
LEAST = 0.4
APART = 2_000_000  # bases
NAMES = {"GRCh37": "{}", "GRCh38": "chr{}"}  # how each build's genome names a contig

Exon = tuple[int, int]  # start0, end0
Model = dict[str, list[Exon]]  # exons by build, in transcript order


def transcripts(folder: Path) -> dict[str, tuple[str, Model]]:
    """Contig (without chr) and exons of each transcript that is listed on both builds, by its id without version."""
    found: dict[str, dict[str, tuple[str, list[Exon]]]] = defaultdict(dict)
    for build, short in BUILDS.items():
        name = ""
        for line in (folder / f"GeneFuse_cancer.{short}.csv").read_text(encoding="utf-8").splitlines():
            if line.startswith(">"):
                label, place = line[1:].split(",")
                name = base_id(label.rsplit("_", 1)[1])
                found[name][build] = (place.split(":")[0].removeprefix("chr"), [])
            elif line.strip():
                _, start, end = map(int, line.split(","))
                found[name][build][1].append((start - 1, end))
        for name, exons in refseq_exons(folder, short).items():
            if len({(chrom, strand) for chrom, strand, _, _ in exons}) == 1:
                ((chrom, strand),) = {(chrom, strand) for chrom, strand, _, _ in exons}
                ordered = sorted(((start0, end0) for *_, start0, end0 in exons), reverse=strand == "-")
                found[base_id(name)][build] = (chrom.removeprefix("chr"), ordered)
    return {
        name: (models["GRCh38"][0], {build: exons for build, (_, exons) in models.items()})
        for name, models in found.items()
        if len(models) == 2 and len({(chrom, len(exons)) for chrom, exons in models.values()}) == 1
    }


def broken(exons: list[Exon], kept: Exon) -> int | None:
    """The intron (1-based) at which bases that a fusion keeps of a transcript end; None where they end in no exon's end.

    ``kept`` begins or ends with the transcript, so that one of its ends is a break.
    """
    minus = exons[0][0] > exons[-1][0]
    for number, (start0, end0) in enumerate(exons, 1):
        donor, acceptor = (start0, end0) if minus else (end0, start0)
        five, three = (kept[0], kept[1]) if minus else (kept[1], kept[0])
        if five == donor and number < len(exons):
            return number
        if three == acceptor and number > 1:
            return number - 1
    return None


def between(exons: list[Exon], intron: int) -> Exon:
    (_, first), (last, _) = sorted(exons[intron - 1 : intron + 1])
    return first, last


def fusions(path: Path) -> Iterator[tuple[str, str, str, str, str, Exon]]:
    """Id, name, gene, transcript without version, contig and kept bases of each partner of CIViC's fusions."""
    with open(path, encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE):
            partners = row["variant"].split(" ")[0].split("-")
            if not row["chromosome2"] or len(partners) != 2:
                continue
            for gene, end in zip(partners, ("", "2"), strict=True):
                transcript = row[f"representative_transcript{end}"]
                ends = sorted((int(row[f"start{end}"]), int(row[f"stop{end}"])))
                kept = ends[0] - 1, ends[1]
                yield row["variant_id"], row["variant"], gene, base_id(transcript), row[f"chromosome{end}"], kept


def introns(shared: Path) -> dict[str, list[PanelIntron]]:
    genes = load_panel(FOLDER).gene_names
    known = transcripts(shared / "panels")
    tables = (load_transcripts(FOLDER.parents[1] / "transcripts" / f"{build}.tsv").values() for build in BUILDS)
    reported = {base_id(name) for table in tables for row in table for name in (row.transcript, row.refseq)}
    ids: dict[tuple[str, str, int], list[tuple[str, str]]] = defaultdict(list)
    for number, name, symbol, own, chrom, kept in fusions(shared / "knowledge" / FUSIONS):
        gene = SYMBOLS.get(symbol, symbol)
        if gene not in genes:
            continue
        here = [key for key, (contig, models) in known.items() if contig == chrom and broken(models["GRCh37"], kept)]
        if not here:
            print(f"left out, as no transcript has its break on both builds: {gene} in {name} (CIViC variant {number})")
            continue
        chosen = own if own in here else min(here, key=lambda key: (key not in reported, not key.startswith("NM"), key))
        intron = broken(known[chosen][1]["GRCh37"], kept)
        assert intron
        ids[gene, chosen, intron].append((number, name))
    rows: dict[str, list[PanelIntron]] = {build: [] for build in BUILDS}
    compared = 0
    for (gene, transcript, intron), named in sorted(ids.items()):
        chrom, models = known[transcript]
        places = {build: between(exons, intron) for build, exons in models.items()}
        lengths = {build: end0 - start0 for build, (start0, end0) in places.items()}
        compared += 1
        if max(lengths.values()) > min(lengths.values()) * (1 + ALIKE):
            print(f"left out, as it differs between the builds: {gene} intron {intron} of {transcript}, {lengths}")
            continue
        why = f"fusions: {', '.join(sorted({name.split(' ')[0] for _, name in named}))}"
        source = f"CIViC, August 2021, variants {', '.join(sorted({number for number, _ in named}, key=int))}"
        for build, (start0, end0) in places.items():
            label = f"{intron} of {transcript}"
            if not any((row.chrom, row.start0) == (NAMES[build].format(chrom), start0) for row in rows[build]):
                rows[build].append(PanelIntron(gene, NAMES[build].format(chrom), start0, end0, label, why, source))
    print(
        f"introns: {compared} compared between the builds; "
        f"{len(rows['GRCh38'])} of {len({row.gene for row in rows['GRCh38']})} genes"
    )
    return rows


Site = tuple[str, str, str, str, float]  # contig without chr, ref, alt, allele count, frequency


def sites(path: Path) -> dict[Site, list[int]]:
    """1-based positions of the SNPs of a list of sites, by what is the same on both builds."""
    found: dict[Site, list[int]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            chrom, pos, _, ref, alt, _, _, info = line.rstrip("\n").split("\t")[:8]
            fields = dict(item.split("=", 1) for item in info.split(";") if "=" in item)
            if len(ref) == len(alt) == 1:
                found[chrom.removeprefix("chr"), ref, alt, fields["AC"], float(fields["AF"])].append(int(pos))
    return found


def snps(shared: Path) -> dict[str, list[PanelSnp]]:
    found = {build: sites(shared / "snps" / name) for build, name in SITES.items()}
    both = [site for site, places in found["GRCh38"].items() if len(places) == len(found["GRCh37"].get(site, ())) == 1]
    common = [site for site in both if site[0].isdigit() and LEAST <= site[4] <= 1 - LEAST]
    taken: dict[str, list[int]] = defaultdict(list)
    rows: dict[str, list[PanelSnp]] = {build: [] for build in SITES}
    for site in sorted(common, key=lambda site: (abs(0.5 - site[4]), site)):
        chrom, ref, alt, _, frequency = site
        (pos1,) = found["GRCh38"][site]
        if all(abs(pos1 - other) >= APART for other in taken[chrom]):
            taken[chrom].append(pos1)
            for build in rows:
                rows[build].append(
                    PanelSnp(NAMES[build].format(chrom), found[build][site][0], ref, alt, round(frequency, 3))
                )
    told = f"{len(both)} of {len(found['GRCh38'])} sites on both builds, {len(common)} common, {len(rows['GRCh38'])} apart"
    print(f"SNPs: {told}")
    return rows


def contig_order(name: str) -> tuple[int, str]:
    plain = name.removeprefix("chr")
    return (int(plain) if plain.isdigit() else 99, plain)


def main(shared: Path) -> None:
    for build, rows in introns(shared).items():
        rows.sort(key=lambda row: (contig_order(row.chrom), row.start0))
        write_rows(FOLDER / f"introns.{build}.tsv", PanelIntron, rows)
    for build, found in snps(shared).items():
        found.sort(key=lambda row: (contig_order(row.chrom), row.pos1))
        write_rows(FOLDER / f"snps.{build}.tsv", PanelSnp, found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
