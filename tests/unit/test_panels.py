"""Panels: what is refused, what is inherited, what a digest depends on, and where loci lie."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tierline.annotation import Transcript, load_transcripts
from tierline.knowledge._gene_aliases import load_gene_aliases
from tierline.panels import (
    UNANSWERED,
    Panel,
    asked_bases,
    check_build,
    every_gene_of,
    load_panel,
    parse_locus,
    resolve_loci,
)
from tierline.paths import RESOURCES
from tierline.problems import InputError
from tierline.records import Locus, TranscriptChoice

THRESHOLDS = {
    "min_vaf": 0.02,
    "min_alt_reads": 5,
    "min_depth": 20,
    "claimed_lod_snv": 0.05,
    "claimed_lod_mnv": 0.05,
    "claimed_lod_indel": 0.05,
    "min_normal_depth": 10,
    "max_normal_vaf": 0.02,
    "max_normal_alt_reads": 1,
}
GENE_HEADER = "gene\tscope\tnote\tsource\n"
HOTSPOT_HEADER = "gene\tlocus\tresidue\twhy\tsource\n"
GENES = "A\tcoding\t\ts\nB\thotspots\t\ts\n"
DIGEST = "168c92649b7acfb63b244583f2644e158488c7998a324d21ba7be968d784b13b"  # of the panel that these make
HOTSPOTS = "A\tp.2\tA\tw\ts\nA\te2\t\tw\ts\nB\tc.-5\t\tw\ts\nB\ts.e2\t\tw\ts\n"
CHOICES = {gene: TranscriptChoice(gene, f"T{gene}.1", "", "none", 4, (), "s") for gene in "AB"}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a panel; keywords replace keys of panel.yaml, None removes them."""

    def _write(name: str = "mine", genes: str = GENES, hotspots: str = HOTSPOTS, **keys: object) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        document = {"panel": name, "version": "1.0", "title": "T", "intended_use": "U", "claims": ["snv"]}
        document |= {"thresholds": THRESHOLDS} | keys
        (folder / "panel.yaml").write_text(yaml.safe_dump({k: v for k, v in document.items() if v is not None}))
        (folder / "genes.tsv").write_text(GENE_HEADER + genes)
        (folder / "hotspots.tsv").write_text(HOTSPOT_HEADER + hotspots)
        return folder

    return _write


def faults(folder: Path, choices: dict[str, TranscriptChoice] | None = None) -> list[tuple[str, int | None, str, str]]:
    """(file name, row, column, message) of every problem."""
    with pytest.raises(InputError) as caught:
        load_panel(folder, choices)
    return [(Path(p.file).name, p.row, p.column, p.message) for p in caught.value.problems]


def test_a_gene_asked_at_its_hotspots_needs_one(write: Write) -> None:
    folder = write(hotspots="A\tp.2\tA\tw\ts\n")
    assert faults(folder) == [("genes.tsv", None, "scope", "the gene is asked at its hotspots and has none")]


def test_a_sound_panel(write: Write) -> None:
    panel = load_panel(write(), CHOICES)
    assert (panel.id, panel.version, panel.claims, panel.extends) == ("mine", "1.0", ("snv",), "")
    assert panel.gene_names == {"A", "B"}
    assert [h.locus_id for h in panel.hotspots] == ["A:p.2", "A:e2", "B:c.-5", "B:s.e2"]
    assert panel.thresholds.min_vaf == 0.02
    assert len(panel.digest) == 64


def test_every_fault_of_the_tables_is_named_at_once(write: Write) -> None:
    folder = write(
        genes=GENES + "A\tcoding\t\ts\nC\twhole\t\ts\n",
        hotspots="# a comment\n"
        + HOTSPOTS
        + "A\tp.2\tA\tw\ts\nD\tp.1\tM\tw\ts\nA\tV600E\tV\tw\ts\n"
        + "A\tp.3\t\tw\ts\nA\tp.4\tZ\tw\ts\nA\te1\tM\tw\t\nA\tp.5\tK\tw\ts\n",
    )
    assert faults(folder, CHOICES) == [
        ("genes.tsv", 4, "gene", "the gene stands twice, here or in a panel that this one extends"),
        ("genes.tsv", 5, "scope", "the scope is not known"),
        ("genes.tsv", 5, "gene", "the gene has no reported transcript"),
        ("hotspots.tsv", 7, "locus", "the hotspot stands twice, here or in a panel that this one extends"),
        ("hotspots.tsv", 8, "gene", "the gene is not in genes.tsv"),
        ("hotspots.tsv", 9, "locus", "the locus cannot be read"),
        ("hotspots.tsv", 10, "residue", "a codon needs its reference amino acid"),
        ("hotspots.tsv", 11, "residue", "a codon needs its reference amino acid"),
        ("hotspots.tsv", 12, "source", "the hotspot has no source"),
        ("hotspots.tsv", 12, "residue", "only a codon has a residue"),
        ("hotspots.tsv", 13, "locus", "the codon lies beyond the 4 amino acids of TA.1"),
    ]


def test_every_fault_of_the_document_is_named_at_once(write: Write) -> None:
    thresholds = {**THRESHOLDS, "min_vaf": 0.03, "min_dept": 3}
    del thresholds["min_depth"]
    folder = write(panel="other", title=None, claims=["snv", "cnv"], thresholds=thresholds, version=1.0)
    assert sorted(column for _, _, column, _ in faults(folder)) == sorted(
        ["title", "claims.1", "thresholds.min_dept", "version", "panel", "thresholds.min_depth"]
        + ["thresholds.min_vaf"] * 3
    )


def test_unknown_keys_get_a_suggestion(write: Write) -> None:
    with pytest.raises(InputError, match=r"column titel: the key is not known\. Did you mean 'title'"):
        load_panel(write(titel="x"))


def test_a_threshold_above_half_the_claim_is_refused(write: Write) -> None:
    assert load_panel(write(thresholds={**THRESHOLDS, "min_vaf": 0.025})).thresholds.min_vaf == 0.025
    found = faults(write(thresholds={**THRESHOLDS, "min_vaf": 0.026, "claimed_lod_indel": 0.1}))
    assert [message for *_, message in found] == [
        "the threshold is more than half of claimed_lod_snv (0.05)",
        "the threshold is more than half of claimed_lod_mnv (0.05)",
    ]


def test_missing_files_and_broken_yaml(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert {name for name, *_ in faults(tmp_path / "mine")} == {"panel.yaml", "genes.tsv"}
    (tmp_path / "mine" / "panel.yaml").write_text("panel: [mine\nversion: 1")
    assert any("is not YAML" in message for *_, message in faults(tmp_path / "mine"))
    (tmp_path / "mine" / "panel.yaml").write_text("- mine")
    assert any("no keys" in message for *_, message in faults(tmp_path / "mine"))


# --------------------------------------------------------------------------- a panel built on another


def test_a_panel_inherits(write: Write) -> None:
    parent = load_panel(write("base"))
    folder = write(
        "child", "C\tcoding\t\ts\n", "C\te1\t\tw\ts\nA\tp.3\tW\tw\ts\n", extends="base", claims=None,
        thresholds={"min_depth": 50},
    )  # fmt: skip
    child = load_panel(folder)
    assert child.gene_names == {"A", "B", "C"}
    assert {h.locus_id for h in child.hotspots} - {h.locus_id for h in parent.hotspots} == {"C:e1", "A:p.3"}
    assert child.thresholds == replace(parent.thresholds, min_depth=50)
    assert child.claims == parent.claims
    assert child.digest != parent.digest


def test_a_panel_may_only_change_thresholds(write: Write) -> None:
    write("base")
    folder = write("child", extends="base", thresholds=None)
    (folder / "genes.tsv").unlink()
    (folder / "hotspots.tsv").unlink()
    assert len(load_panel(folder).hotspots) == 4


def test_faults_of_inheritance(write: Write) -> None:
    write("base")
    assert faults(write("child", "", HOTSPOTS.splitlines(keepends=True)[0], extends="base")) == [
        ("hotspots.tsv", 2, "locus", "the hotspot stands twice, here or in a panel that this one extends")
    ]
    with pytest.raises(InputError, match="Did you mean 'base'"):
        load_panel(write("child", extends="bas"))
    write("one", extends="two")
    assert any("in a circle" in message for *_, message in faults(write("two", "", "", extends="one")))


# --------------------------------------------------------------------------- digest


def test_digest_ignores_order_comments_and_blanks(write: Write) -> None:
    before = load_panel(write()).digest
    shuffled = "\n# why\n" + "".join(reversed(HOTSPOTS.splitlines(keepends=True)))
    folder = write(hotspots=shuffled, genes="".join(reversed(GENES.splitlines(keepends=True))), title=" T ")
    text = (folder / "panel.yaml").read_text()
    (folder / "panel.yaml").write_text("# a comment\n" + text)
    assert load_panel(folder).digest == before


@pytest.mark.parametrize(
    "change",
    [
        {"version": "1.1"},
        {"thresholds": {**THRESHOLDS, "min_depth": 21}},
        {"claims": ["snv", "indel"]},
        {"genes": GENES.replace("hotspots", "coding")},
        {"hotspots": HOTSPOTS.replace("e2\t", "e3\t", 1)},
        {"hotspots": HOTSPOTS.replace("\tw\ts", "\tw\tother", 1)},
    ],
)
def test_digest_follows_the_content(write: Write, change: dict[str, object]) -> None:
    assert load_panel(write()).digest != load_panel(write(**change)).digest


# --------------------------------------------------------------------------- loci on the genome

# exons [10, 16), [20, 27), [40, 52), coding from 14 to 46: ATG GCT TGG AAA TAA, M A W K
MODEL = Transcript("A", "TA.1", "c", 1, ((10, 16), (20, 27), (40, 52)), ((14, 16), (20, 27), (40, 46)))


def fetch(chrom: str, start0: int, end0: int) -> str:
    if chrom != "c":
        raise KeyError(f"sequence {chrom!r} not present")
    return ("N" * 14 + "AT" + "NNNN" + "GGCTTGG" + "N" * 13 + "AAATAA" + "N" * 14)[start0:end0]


def panel_of(write: Write, hotspots: str) -> Panel:
    return load_panel(write(hotspots=hotspots))


def test_loci(write: Write) -> None:
    hotspots = "A\tp.1\tM\tw\ts\nA\tp.2\tA\tw\ts\nA\te3\t\tw\ts\nA\tc.-7\t\tw\ts\nA\ts.e2\t\tw\ts\nB\te1\t\tw\ts\n"
    loci = {
        locus.locus_id: locus for locus in resolve_loci(panel_of(write, hotspots), {"A": MODEL}, [("c", 20, 60)], fetch)
    }
    assert loci["A:p.1"].intervals == ((14, 16), (20, 21))
    assert loci["A:p.2"].intervals == ((21, 24),)
    assert loci["A:e3"].intervals == ((40, 46),)  # the coding part
    assert loci["A:c.-7"].intervals == ((7, 8),)
    assert loci["A:s.e2"].intervals == ((18, 20), (27, 29))
    assert {i: locus.in_assay for i, locus in loci.items()} == {
        "A:p.1": False, "A:p.2": True, "A:e3": True, "A:c.-7": False, "A:s.e2": False, "B:e1": False
    }  # fmt: skip
    assert [locus.problem for locus in loci.values()] == [""] * 5 + ["gene not in the annotation"]
    assert {locus.strand for locus in loci.values()} == {"+", ""}


def test_a_locus_that_cannot_be_resolved_says_why(write: Write) -> None:
    hotspots = "A\tp.2\tV\tw\ts\nA\tp.5\tK\tw\ts\nA\te4\t\tw\ts\nA\tc.-99\t\tw\ts\nB\tc.-5\t\tw\ts\n"
    loci = resolve_loci(panel_of(write, hotspots), {"A": MODEL}, [("c", 0, 99)], fetch)
    assert [(locus.locus_id, locus.problem) for locus in loci if locus.gene == "A"] == [
        ("A:p.2", "codon 2 is A in the genome, V in the panel"),
        ("A:p.5", "codon 5 lies outside the 4 amino acids of A"),
        ("A:e4", "exon 4 does not exist: A has 3 exons"),
        ("A:c.-99", "there is no such place on the genome"),
    ]
    assert not any(locus.intervals or locus.in_assay for locus in loci)


def test_a_codon_is_checked_only_with_a_genome(write: Write) -> None:
    panel = panel_of(write, "A\tp.2\tV\tw\ts\nB\tc.-5\t\tw\ts\n")
    assert resolve_loci(panel, {"A": MODEL}, [])[0].problem == ""
    elsewhere = replace(MODEL, chrom="x")
    assert "no sequence there" in resolve_loci(panel, {"A": elsewhere}, [], fetch)[0].problem


def test_a_gene_numbered_in_another_transcript_has_no_codon_that_fits_by_chance(write: Write) -> None:
    """MODEL reads MAWK. One of two codons is another: neither is trusted. One of three: the two that fit are."""

    def problems(*codons: str) -> list[str]:
        rows = "".join(f"A\tp.{text[1:]}\t{text[0]}\tw\ts\n" for text in codons)
        panel = load_panel(write(genes="A\tcoding\t\ts\n", hotspots=f"{rows}A\te2\t\tw\ts\n"))
        loci = resolve_loci(panel, {"A": MODEL}, [], fetch)
        assert loci[-1].problem == "" and all(bool(locus.intervals) != bool(locus.problem) for locus in loci)
        return [locus.problem for locus in loci[:-1]]

    other = "codon 3 is W in the genome, K in the panel"
    assert problems("A2", "K3") == [f"the gene is numbered in another transcript: {other}", other]
    assert problems("A2", "K3", "K4") == ["", other, ""]
    assert problems("A2", "W3") == ["", ""]


def test_locus_syntax() -> None:
    assert [parse_locus(text) for text in ("p.600", "e19", "c.-124", "c.76", "s.e14")] == [
        ("codon", 600), ("exon", 19), ("position", -124), ("position", 76), ("splice", 14)
    ]  # fmt: skip
    for text in ("p.0", "p.V600", "E19", "c.0", "c.*5", "e", "s.14", "p.600 "):
        with pytest.raises(ValueError, match="no locus"):
            parse_locus(text)


# --------------------------------------------------------------------------- the panels that ship


SHIPPED = sorted(path.parent for path in (RESOURCES / "panels").glob("*/panel.yaml"))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
@pytest.mark.parametrize("build", ["GRCh37", "GRCh38"])
def test_shipped_panels_are_sound_on_both_builds(folder: Path, build: str) -> None:
    """Genes of solid500 that no table lists on GRCh38 are reported in the transcript that its annotation marks; that of
    GRCh37 marks none, so its table lists every one."""
    choices = load_transcripts(RESOURCES / "transcripts" / f"{build}.tsv")
    panel = load_panel(folder, choices, load_gene_aliases(), annotation_chooses=build == "GRCh38")
    assert panel.gene_names >= {"BRAF", "KRAS", "EGFR", "TP53"}
    if build == "GRCh37":
        assert panel.gene_names <= choices.keys()
        assert {gene for gene in panel.gene_names if not choices[gene].transcript} <= {"ARFRP1", "SPTA1"}


def test_solid500_holds_hotspot50_and_the_promoter_of_tert() -> None:
    solid, fifty = (load_panel(RESOURCES / "panels" / name) for name in ("solid500", "hotspot50_tert"))
    assert 480 <= len(solid.genes) <= 550 and solid.gene_names >= fifty.gene_names
    assert {h.locus_id: h for h in solid.hotspots}.items() >= {h.locus_id: h for h in fifty.hotspots}.items()
    for gene in solid.genes:
        assert gene.source.startswith("gene lists of ") and gene.source.count(",") >= 1, gene  # at least two lists


def test_wild_type_ras_can_be_answered() -> None:
    loci = {h.locus_id for h in load_panel(RESOURCES / "panels" / "hotspot50").hotspots}
    assert {f"{gene}:p.{codon}" for gene in ("KRAS", "NRAS") for codon in (12, 13, 59, 61, 117, 146)} <= loci


def test_a_panel_anywhere_may_extend_one_that_ships(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    text = 'panel: mine\nversion: "1.0"\ntitle: t\nintended_use: u\nextends: hotspot50\nthresholds: {min_depth: 40}\n'
    (folder / "panel.yaml").write_text(text)
    shipped = load_panel(RESOURCES / "panels" / "hotspot50")
    panel = load_panel(folder)
    assert panel.hotspots == shipped.hotspots and panel.thresholds.min_depth == 40


def test_an_annotation_of_another_build_is_refused() -> None:
    """Codons that are other ones in the genome: one is an oddity of the genome, most of them are another build."""

    def codon(number: int, foreign: bool) -> Locus:
        problem = f"codon {number} is A in the genome, V in the panel" if foreign else ""
        intervals = () if foreign else ((number, number + 3),)
        return Locus(f"X:p.{number}", "X", "codon", "chr1", intervals, not foreign, problem, "+")

    absent = Locus("Y:p.1", "Y", "codon", "", (), False, "gene not in the annotation", "")
    for foreign, refused in ((0, False), (5, False), (6, True), (10, True)):
        loci = [absent] * 20 + [codon(n, n <= foreign) for n in range(1, 11)]
        if refused:
            with pytest.raises(InputError, match=f"{foreign} of 10 codons of the panel are others") as error:
                check_build(loci, "genes.gtf")
            assert error.value.problems[0].file == "genes.gtf"
        else:
            check_build(loci, "genes.gtf")
    check_build([codon(n, True) for n in range(4)], "genes.gtf")


# --------------------------------------------------------------------------- what a panel may claim, and what it asks


@pytest.mark.parametrize("claim", UNANSWERED)
def test_what_no_stage_answers_cannot_be_claimed(write: Write, claim: str) -> None:
    [(file, row, column, message)] = faults(write(claims=["snv", claim]))
    assert (file, column) == ("panel.yaml", "claims") and row is not None
    assert message == f"no stage of Tierline answers for {UNANSWERED[claim]} yet, so no panel can claim it"


def test_a_former_symbol_is_told_its_own(write: Write) -> None:
    folder = write(genes=GENES + "MLL2\tcoding\t\ts\nNOWHERE\tcoding\t\ts\n")
    aliases = {"mll2": "KMT2D", "a": "Z"}  # A has a transcript: it is a symbol, whatever it once meant
    with pytest.raises(InputError) as caught:
        load_panel(folder, CHOICES, aliases)
    assert [(p.row, p.message, p.remedy) for p in caught.value.problems] == [
        (4, "the symbol is a former one: KMT2D replaces MLL2", "Write KMT2D."),
        (5, "the gene has no reported transcript", "Add it to transcripts.tsv of this build."),
    ]
    with pytest.raises(InputError) as caught:
        load_panel(folder, CHOICES, aliases, annotation_chooses=True)
    assert [p.value for p in caught.value.problems] == ["MLL2"]


def test_regions_are_read_by_build_and_count_in_the_digest(write: Write) -> None:
    folder = write(genes="A\tregions\t\ts\nB\thotspots\t\ts\n")
    with pytest.raises(InputError, match="there are none on this genome build"):
        load_panel(folder).regions_on("GRCh38")
    before = load_panel(folder).digest
    (folder / "regions.GRCh38.bed").write_text("chr1\t20\t30\nchr1\t10\t20\n")
    panel = load_panel(folder)
    assert panel.regions_on("GRCh38") == (("chr1", 10, 30),)
    assert panel.digest != before
    with pytest.raises(InputError, match=r"there are regions\.GRCh38\.bed"):
        panel.regions_on("GRCh37")
    (folder / "regions.GRCh37.bed").write_text("chr1\t30\t20\n")
    assert faults(folder) == [("regions.GRCh37.bed", 1, "end", "the interval ends at or before its start 30")]


def test_a_panel_without_them_keeps_the_digest_it_had(write: Write) -> None:
    """The digest of this very panel at c3cbfc7, before flank, every_gene and regions were keys."""
    assert load_panel(write()).digest == load_panel(write(flank=0, every_gene=False)).digest == DIGEST
    assert load_panel(write(flank=1)).digest != DIGEST


def test_what_a_panel_asks_of_an_assay(write: Write) -> None:
    """GENE A: coding exons 12-20 and 31-56 on chr1; its promoter locus lies before them."""
    a = Transcript("A", "TA.1", "chr1", 1, ((4, 20), (31, 63)), ((11, 20), (31, 56)))
    b = replace(a, gene="B", chrom="chr2")
    panel = load_panel(write(flank=2, hotspots="B\tc.-5\t\tw\ts\n"))
    loci = resolve_loci(panel, {"A": a, "B": b}, [])
    asked = asked_bases(panel, {"A": a, "B": b}, loci, "GRCh38")
    assert asked == {"A": (("chr1", 9, 22), ("chr1", 29, 58)), "B": (("chr2", 6, 7),)}
    folder = write("part", genes="A\tregions\t\ts\nB\thotspots\t\ts\n", hotspots="B\tc.-5\t\tw\ts\n")
    (folder / "regions.GRCh38.bed").write_text("chr1\t15\t40\nchr1\t5000\t5001\nchr3\t1\t9\n")
    part = load_panel(folder)
    assert asked_bases(part, {"A": a}, [], "GRCh38") == {"A": (("chr1", 15, 40),), "B": ()}


def test_a_panel_of_every_gene_takes_in_those_of_the_annotation(write: Write) -> None:
    panel = load_panel(write(every_gene=True))
    assert [(g.gene, g.scope) for g in every_gene_of(panel, ["C", "A"]).genes] == [
        ("A", "coding"), ("B", "hotspots"), ("C", "coding"),
    ]  # fmt: skip
    named = load_panel(write())
    assert every_gene_of(named, ["C"]) is named
