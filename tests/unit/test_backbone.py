"""What a panel asks of an assay beside loci and exons: introns of fusion genes and a backbone of common SNPs."""

from pathlib import Path

import pytest
import yaml
from tierline.annotation import Transcript
from tierline.backbone import asked_beside, beside_covered, intron_faults, on_contig, snp_faults, write_sites
from tierline.panels import Panel, load_panel
from tierline.paths import RESOURCES
from tierline.problems import InputError
from tierline.records import PanelSnp
from tierline.snps import Snp, read_snps

PANEL = RESOURCES / "panels" / "hotspot50_tert"
INTRONS = "gene\tchrom\tstart0\tend0\tintron\twhy\tsource\n"
SNPS = "chrom\tpos1\tref\talt\tfrequency\n"
CONTIGS = {"chr2": 1000, "chr10": 1000}


def panel(folder: Path, introns: str = "", snps: str = "") -> Panel:
    """A panel that extends one that ships, with these rows on the build ``b``."""
    own = folder / "mine"
    own.mkdir(exist_ok=True)
    document = {"panel": "mine", "version": "1.0", "title": "T", "intended_use": "U", "extends": PANEL.name}
    (own / "panel.yaml").write_text(yaml.safe_dump(document))
    (own / "introns.b.tsv").write_text(INTRONS + introns)
    (own / "snps.b.tsv").write_text(SNPS + snps)
    return load_panel(own)


def test_they_are_read_by_build_and_count_in_the_digest(tmp_path: Path) -> None:
    empty = panel(tmp_path)
    for table in (tmp_path / "mine").glob("*.b.tsv"):
        table.unlink()
    without = load_panel(tmp_path / "mine")
    found = panel(tmp_path, "ALK\tchr2\t100\t200\t19 of T\tw\ts\n", "10\t7\tA\tG\t0.5\nchr2\t9\tC\tT\t0.4\n")
    assert [row.intron for row in found.introns_on("b")] == ["19 of T"] and found.introns_on("c") == ()
    assert [row.pos1 for row in found.snps_on("b")] == [7, 9] and found.snps_on("c") == ()
    assert empty.digest == without.digest != found.digest


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        panel(
            tmp_path,
            "ALX\tchr2\t100\t200\ti\tw\ts\nALK\tchr2\t200\t200\ti\tw\t\n",
            "2\t0\tA\tG\t0.5\n2\t5\tAC\tG\t0.5\n2\t6\tG\tG\t1.5\n2\t6\tG\tC\t0.5\n",
        )
    assert [(Path(p.file).name, p.row, p.column, p.message) for p in error.value.problems] == [
        ("introns.b.tsv", 2, "gene", "the gene is not in genes.tsv"),
        ("introns.b.tsv", 3, "end0", "the intron has no base"),
        ("introns.b.tsv", 3, "source", "the intron has no source"),
        ("snps.b.tsv", 2, "pos1", "there is no such position"),
        ("snps.b.tsv", 3, "ref", "the allele is not one base"),
        ("snps.b.tsv", 4, "alt", "both alleles are the same"),
        ("snps.b.tsv", 4, "frequency", "the frequency is not one of a SNP"),
        ("snps.b.tsv", 5, "pos1", "the SNP stands twice, here or in a panel that this one extends"),
    ]


def test_contigs_are_found_with_and_without_chr() -> None:
    assert [on_contig(name, {"chr1", "2"}) for name in ("1", "chr1", "2", "chr2", "3")] == ["chr1", "chr1", "2", "2", ""]


def test_what_an_assay_holds_of_them(tmp_path: Path) -> None:
    found = panel(tmp_path, "ALK\t2\t100\t200\ti\tw\ts\n", "chr10\t7\tA\tG\t0.5\n2\t9\tC\tT\t0.4\n3\t9\tC\tT\t0.4\n")
    asked = asked_beside(found, "b", CONTIGS)
    assert asked == [("ALK:intron", ("chr2", 100, 200)), ("snp", ("chr2", 8, 9)), ("snp", ("chr10", 6, 7))]
    assert beside_covered(asked, (("chr2", 8, 199),)) == "0 of 1 intron and 1 of 2 common SNPs"
    assert beside_covered(asked, (("chr2", 100, 200),)) == "1 of 1 intron and 0 of 2 common SNPs"
    assert beside_covered(asked_beside(panel(tmp_path), "b", CONTIGS), ()) == ""


def test_introns_lie_in_their_gene(tmp_path: Path) -> None:
    exons = ((300, 400), (50, 100))
    models = {"ALK": Transcript("ALK", "T", "chr2", -1, exons, exons)}
    rows = panel(tmp_path, "".join(f"ALK\t{place}\ti\tw\ts\n" for place in ("2\t100\t300", "chr10\t100\t300", "2\t10\t60")))
    assert [(row.chrom, row.start0, why) for row, why in intron_faults(rows.introns_on("b"), models)] == [
        ("2", 10, "ALK lies at chr2:51-400 in the annotation"),
        ("chr10", 100, "ALK lies at chr2:51-400 in the annotation"),
    ]
    assert list(intron_faults(rows.introns_on("b"), {})) == [], "nothing is known of a gene that the annotation lacks"


def test_reference_bases_are_those_of_the_genome() -> None:
    snps = [PanelSnp("2", pos1, "A", "G", 0.5) for pos1 in (1, 2, 3, 5)] + [PanelSnp("9", 2, "A", "G", 0.5)]

    def fetch(chrom: str, start0: int, end0: int) -> str:
        assert chrom == "chr2"
        return "acN"[start0:end0]

    faults = [(snp.pos1, why) for snp, why in snp_faults(snps, CONTIGS, fetch)]
    assert faults == [
        (2, "the base is C in the genome, A in the panel"),
        (5, "the base is none in the genome, A in the panel"),
    ]


def test_the_backbone_is_written_as_a_resource_gives_common_sites(tmp_path: Path) -> None:
    snps = [PanelSnp("10", 7, "A", "G", 0.5), PanelSnp("2", 9, "C", "T", 0.25), PanelSnp("2", 1001, "C", "T", 0.25)]
    path = str(tmp_path / "sites.vcf.gz")
    assert write_sites(path, [*snps, PanelSnp("3", 9, "C", "T", 0.25)], CONTIGS) == 2
    assert read_snps(path, [("chr10", 0, 1000), ("chr2", 0, 1000)]) == [
        Snp("chr10", 7, "A", "G", 0.5),
        Snp("chr2", 9, "C", "T", 0.25),
    ]
