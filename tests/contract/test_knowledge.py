"""What every knowledge source owes, and what the embedded knowledge must answer."""

import re
import shutil
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from tierline.alterations import match_part, parse
from tierline.annotation import load_transcripts
from tierline.hgvs import THREE
from tierline.knowledge import (
    KNOWLEDGE,
    RELEASE_KEYS,
    load_gene_roles,
    load_genes_without_role,
    load_hotspot_indels,
    load_hotspots,
    load_knowledge,
    load_oncogenicity_tables,
    source,
    source_names,
)
from tierline.knowledge._oncogenicity import FUNCTIONAL as FUNCTIONAL_TABLES
from tierline.knowledge._oncogenicity import CodingEnd, CriticalDomain, FunctionalFact, Prediction
from tierline.oncotree import OncoTree
from tierline.panels import load_panel
from tierline.paths import RESOURCES
from tierline.problems import InputError
from tierline.records import Axis, Variant
from tierline.tables import read_rows
from tierline.tiers import drugs

PANEL_GENES = set(
    """ABL1 AKT1 ALK APC ATM BRAF CDH1 CDKN2A CSF1R CTNNB1 EGFR ERBB2 ERBB4 EZH2 FBXW7 FGFR1 FGFR2 FGFR3 FLT3 GNA11 GNAQ
    GNAS HNF1A HRAS IDH1 IDH2 JAK2 JAK3 KDR KIT KRAS MET MLH1 MPL NOTCH1 NPM1 NRAS PDGFRA PIK3CA PTEN PTPN11 RB1 RET
    SMAD4 SMARCB1 SMO SRC STK11 TP53 VHL TERT""".split()
)
ONE_LETTER = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H", "Ile": "I",
    "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W", "Tyr": "Y", "Val": "V",
}  # fmt: skip


@pytest.fixture(scope="module")
def knowledge():
    return load_knowledge()


# --------------------------------------------------------------------------- every source


def test_sources_are_found_by_their_file_names():
    assert "curated" in source_names()
    assert not [name for name in source_names() if name.startswith("_")]


@pytest.mark.parametrize("name", source_names())
def test_a_source_keeps_the_contract(name):
    module = source(name)
    assert name == module.NAME
    facts = list(module.read(KNOWLEDGE))
    assert all(fact.knowledge == name for fact in facts)
    release = module.release(KNOWLEDGE)
    assert tuple(release) == RELEASE_KEYS
    assert int(release["items"]) == len(facts)
    assert bool(facts) == (release["release"] != "not installed")
    if facts:
        date.fromisoformat(release["date"])
    left = list(module.unread(KNOWLEDGE)) if hasattr(module, "unread") else []
    assert all(item.source == name and item.id and item.what and item.reason for item in left)


def test_a_source_that_is_not_embedded_is_not_installed():
    """The Almanac is GPL-2.0: its data stay out of the project."""
    assert source("moalmanac").release(KNOWLEDGE)["release"] == "not installed"


def test_facts_are_sound(knowledge):
    tree = OncoTree.load()
    words = {"any_solid", "any_haematological", "any"}
    assert [key for key, count in Counter(fact.id for fact in knowledge.evidence).items() if count > 1] == []
    for fact in knowledge.evidence:
        parse(fact.alteration, fact.gene)
        assert all(tree.exists(code) or code in words for code in fact.tumor_types), fact.id
        assert all(tree.exists(code) for code in fact.except_types), fact.id
        assert fact.source and fact.source_url.startswith("http") and fact.looked_up, fact.id
        assert not (fact.level == "A" and fact.withdrawn_on), fact.id
        assert bool(fact.therapy) == (fact.axis in (Axis.SENSITIVITY, Axis.RESISTANCE)), fact.id
        assert fact.source_date[:10] <= fact.read_on, fact.id


def test_each_residue_holds_the_stated_amino_acid(knowledge):
    """Reference residues of the facts against those of the recurrent residues, where these know the codon."""
    hotspots = load_hotspots()
    compared = 0
    for fact in knowledge.evidence:
        for part in parse(fact.alteration, fact.gene).parts:
            for reference, position in re.findall(r"p\.([A-Z][a-z]{2})(\d+)", str(part)):
                known = hotspots.get((part.gene, int(position)))
                if known:
                    compared += 1
                    assert known.reference == ONE_LETTER[reference], (fact.id, reference, position)
    print(f"compared {compared} residues")
    assert compared >= 1_000


def test_a_class_that_is_sensitive_leaves_out_the_changes_that_resist_the_drug(knowledge):
    """As KIT mutation for imatinib without T670I: what one fact calls resistant in the same tumours, no class takes in."""
    tree = OncoTree.load()
    lineage = {code: {code, *tree.ancestors(code)} for code in tree.codes}
    roles = {gene: row.role for gene, row in load_gene_roles().items()}

    def same_tumours(one, other):
        pairs = ((a, b) for a in one.tumor_types for b in other.tumor_types)
        return any(a in lineage.get(b, ()) or b in lineage.get(a, ()) for a, b in pairs)

    resisted = [
        (Variant(fact.gene, hgvsp=atom.protein.text, is_hotspot=True), fact)
        for fact in knowledge.evidence
        if fact.axis is Axis.RESISTANCE and fact.supports and fact.level in "ABC" and fact.therapy
        for part in parse(fact.alteration, fact.gene).parts[:1]
        if not part.absent and " & " not in fact.alteration
        for atom in part.atoms
        if atom.protein
    ]
    taken_in = []
    for fact in knowledge.evidence:
        if fact.axis is Axis.SENSITIVITY and fact.supports and fact.level in "AB" and not fact.withdrawn_on:
            named, *others = parse(fact.alteration, fact.gene).parts
            left_out = [replace(part, absent=False) for part in others if part.absent]
            for variant, against in resisted:
                takes = match_part(named, variant, roles.get(fact.gene, ""))
                if (
                    takes not in ("", "exact")
                    and drugs(against.therapy) <= drugs(fact.therapy)
                    and same_tumours(fact, against)
                    and not any(match_part(part, variant, roles.get(part.gene, "")) for part in left_out)
                ):
                    taken_in.append((fact.id, variant.hgvsp, against.id))
    assert taken_in == []


def test_the_index_by_gene_holds_every_fact_once(knowledge):
    assert sum(map(len, knowledge.by_gene.values())) == len(knowledge.evidence) >= 100
    assert all(fact.gene == gene for gene, facts in knowledge.by_gene.items() for fact in facts)


def test_an_unknown_source_is_an_input_error():
    with pytest.raises(InputError, match="curated"):
        load_knowledge(["curatd"])


# --------------------------------------------------------------------------- faults of a curated table


def table(tmp_path, *rows):
    """A knowledge folder whose one curated table has ``rows``: dicts of what differs from a sound fact."""
    sound = dict(
        id="x", gene="BRAF", alteration="p.Val600Glu", tumor_types="MEL", except_types="", axis="sensitivity", effect="",
        therapy="vemurafenib", level="A", jurisdictions="FDA", approved_test="yes", setting="", source="a label",
        source_url="https://example.org", source_date="2020", looked_up="via a label", read_on="2026-01-01",
        withdrawn_on="",
    )  # fmt: skip
    (tmp_path / "curated").mkdir()
    lines = ["# a comment", "\t".join(sound)]
    lines += ["\t".join({**sound, "id": f"fact-{number}", **row}.values()) for number, row in enumerate(rows)]
    (tmp_path / "curated" / "table.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path


def problems(folder):
    with pytest.raises(InputError) as error:
        load_knowledge(["curated"], folder)
    return error.value.problems


def test_a_sound_table_is_read(tmp_path):
    (fact,) = load_knowledge(["curated"], table(tmp_path, {})).evidence
    assert (fact.tumor_types, fact.axis, fact.knowledge) == (("MEL",), Axis.SENSITIVITY, "curated")


@pytest.mark.parametrize(
    ("row", "column", "remedy"),
    [
        ({"alteration": "p.V600"}, "alteration", ""),
        ({"alteration": "codon 12 skipping"}, "alteration", "exon N skipping"),
        ({"tumor_types": "MELA"}, "tumor_types", "'MEL'"),
        ({"tumor_types": "CLL"}, "tumor_types", "CLLSLL"),
        ({"except_types": "any_solid"}, "except_types", ""),
        ({"axis": "sensitive"}, "axis", "'sensitivity'"),
        ({"effect": "better"}, "effect", "empty"),
        ({"axis": "prognostic", "effect": "bad"}, "effect", "better or worse"),
        ({"therapy": ""}, "therapy", ""),
        ({"level": "E"}, "level", "A, B, C, D"),
        ({"withdrawn_on": "2024-07-15"}, "level", ""),
        ({"withdrawn_on": "15.7.2024", "level": "C"}, "withdrawn_on", "YYYY-MM-DD"),
        ({"source_date": "2024-13"}, "source_date", "YYYY-MM-DD"),
        ({"read_on": "2024"}, "read_on", "YYYY-MM-DD"),
        ({"jurisdictions": "EMA;C"}, "jurisdictions", "FDA"),
        ({"approved_test": "perhaps"}, "approved_test", ""),
        ({"source": ""}, "source", ""),
    ],
)
def test_each_fault_is_told_with_its_row_and_remedy(tmp_path, row, column, remedy):
    (problem,) = problems(table(tmp_path, {}, row))
    assert (problem.row, problem.column) == (4, column)
    assert remedy in problem.remedy


def test_all_faults_are_told_at_once(tmp_path):
    found = problems(table(tmp_path, {"level": "E"}, {"id": "fact-0"}, {"axis": "x", "tumor_types": "NOSUCH"}))
    assert [(problem.row, problem.column) for problem in found] == [
        (3, "level"), (4, "id"), (5, "tumor_types"), (5, "axis")
    ]  # fmt: skip


def test_a_wrong_header_is_told(tmp_path):
    folder = table(tmp_path, {})
    path = folder / "curated" / "table.tsv"
    path.write_text(path.read_text().replace("therapy", "drug"))
    assert [(p.column, p.message) for p in problems(folder)] == [
        ("drug", "the column is not known"), ("therapy", "the column is missing")
    ]  # fmt: skip


def test_the_folder_may_bring_its_own_tumour_types(tmp_path):
    folder = table(tmp_path, {"tumor_types": "LUNG"})
    shutil.copy(KNOWLEDGE / "oncotree.tsv", folder)
    own = folder / "oncotree.tsv"
    own.write_text("\n".join(line for line in own.read_text().splitlines() if not line.startswith("LUNG\t")))
    assert problems(folder)


# --------------------------------------------------------------------------- what it must answer


def told(knowledge, gene, alteration, code, axis, level="A"):
    """Therapies (or effects) of the facts on ``alteration`` (a whole atom of it) in exactly ``code``."""
    atoms = {
        fact: {part.strip() for piece in fact.alteration.split("&") if "!" not in piece for part in piece.split("|")}
        for fact in knowledge.by_gene.get(gene, ())
    }
    return {
        fact.therapy or fact.effect
        for fact, names in atoms.items()
        if alteration in names and code in fact.tumor_types and fact.axis == axis and fact.level == level
    }


E19 = "exon 19 inframe_deletion"
SENS, RES, DIAG, PROG = Axis.SENSITIVITY, Axis.RESISTANCE, Axis.DIAGNOSTIC, Axis.PROGNOSTIC


@pytest.mark.parametrize(
    ("gene", "alteration", "code", "axis", "level", "expected"),
    [
        ("BRAF", "p.Val600Glu", "MEL", SENS, "A",
         {"dabrafenib + trametinib", "vemurafenib + cobimetinib", "encorafenib + binimetinib"}),
        ("BRAF", "p.Val600Glu", "COADREAD", SENS, "A", {"encorafenib + cetuximab"}),
        ("BRAF", "p.Val600Glu", "COADREAD", RES, "A", {"cetuximab", "panitumumab"}),
        ("BRAF", "p.Val600Glu", "COADREAD", PROG, "A", {"worse"}),
        ("BRAF", "p.Val600Glu", "HCL", DIAG, "C", {"positive"}),
        ("EGFR", E19, "NSCLC", SENS, "A", {"osimertinib", "gefitinib", "erlotinib", "afatinib", "dacomitinib"}),
        ("EGFR", "p.Leu858Arg", "NSCLC", SENS, "A",
         {"osimertinib", "gefitinib", "erlotinib", "afatinib", "dacomitinib"}),
        ("EGFR", "p.Thr790Met", "NSCLC", SENS, "A", {"osimertinib"}),
        ("EGFR", "p.Thr790Met", "NSCLC", RES, "A", {"gefitinib", "erlotinib"}),
        ("EGFR", "p.Cys797Ser", "NSCLC", RES, "C", {"osimertinib"}),
        ("EGFR", "exon 20 inframe_insertion", "NSCLC", SENS, "A", {"amivantamab"}),
        ("KRAS", "codon 12-13", "COADREAD", RES, "A", {"cetuximab", "panitumumab"}),
        ("NRAS", "codon 61", "COADREAD", RES, "A", {"cetuximab", "panitumumab"}),
        ("KRAS", "p.Gly12Cys", "NSCLC", SENS, "A", {"sotorasib", "adagrasib"}),
        ("KRAS", "p.Gly12Cys", "COADREAD", SENS, "A", {"adagrasib + cetuximab", "sotorasib + panitumumab"}),
        ("PIK3CA", "mutation", "BRCA", SENS, "A", {"alpelisib + fulvestrant"}),
        ("MET", "exon 14 skipping", "NSCLC", SENS, "A", {"capmatinib", "tepotinib"}),
        ("ERBB2", "mutation", "NSCLC", SENS, "A", {"trastuzumab deruxtecan"}),
        ("ERBB2", "amplification", "BRCA", SENS, "A", {"trastuzumab"}),
        ("KIT", "exon 11", "GIST", SENS, "A", {"imatinib"}),
        ("KIT", "p.Asp816Val", "SM", RES, "C", {"imatinib"}),
        ("PDGFRA", "p.Asp842Val", "GIST", RES, "A", {"imatinib"}),
        ("PDGFRA", "exon 18", "GIST", SENS, "A", {"avapritinib"}),
        ("IDH1", "p.Arg132Cys", "CHOL", SENS, "A", {"ivosidenib"}),
        ("IDH2", "p.Arg172Lys", "AML", SENS, "A", {"enasidenib"}),
        ("IDH1", "mutation", "ASTR", DIAG, "A", {"positive"}),
        ("FGFR3", "p.Ser249Cys", "BLCA", SENS, "A", {"erdafitinib"}),
        ("FGFR2", "fusion", "CHOL", SENS, "A", {"pemigatinib", "futibatinib"}),
        ("RET", "mutation", "THME", SENS, "A", {"selpercatinib"}),
        ("ALK", "fusion", "NSCLC", SENS, "A", {"alectinib", "lorlatinib", "brigatinib"}),
        ("NRAS", "mutation", "MEL", SENS, "C", {"binimetinib"}),
        ("TERT", "promoter", "MEL", PROG, "C", {"worse"}),
        ("TERT", "promoter", "GB", DIAG, "A", {"positive"}),
        ("JAK2", "p.Val617Phe", "PV", DIAG, "A", {"positive"}),
        ("ABL1", "p.Thr315Ile", "CML", SENS, "A", {"ponatinib", "asciminib"}),
        ("CTNNB1", "p.Thr41Ala", "DES", DIAG, "B", {"positive"}),
    ],
)  # fmt: skip
def test_well_known_markers_are_answered(knowledge, gene, alteration, code, axis, level, expected):
    assert expected <= told(knowledge, gene, alteration, code, axis, level)


def test_what_must_not_be_told(knowledge):
    assert "ponatinib" not in told(knowledge, "ABL1", "p.Thr315Ile", "CML", RES)  # a fault of a source table
    agnostic = [f for f in knowledge.by_gene["BRAF"] if f.tumor_types == ("any_solid",) and f.level == "A"]
    assert agnostic and all("COADREAD" in fact.except_types for fact in agnostic)
    withdrawn = {fact.therapy: fact.level for fact in knowledge.evidence if fact.withdrawn_on}
    assert withdrawn == dict.fromkeys(("mobocertinib", "infigratinib", "olaparib", "rucaparib", "pralsetinib"), "C")


# --------------------------------------------------------------------------- the tables beside it


def test_hotspots():
    hotspots = load_hotspots()
    assert len(set(hotspots.values())) == 904
    assert hotspots["H3-3A", 28] is hotspots["H3F3A", 28], "under the source's symbol and today's"
    v600 = hotspots["BRAF", 600]
    assert (v600.reference, v600.total, v600.variants[0], v600.counts["K"]) == ("V", 897, "E:833", 24)
    assert ("BRAF", 601) in hotspots and ("BRAF", 599) not in hotspots
    n546 = hotspots["FGFR1", 546]  # the source counts in a longer transcript, as it does for CD79B
    assert (n546.position, n546.reference) == (577, "N") and ("FGFR1", 577) not in hotspots
    assert hotspots["CD79B", 196].reference == "Y"
    assert all(sum(item.counts.values()) == item.total for item in hotspots.values())
    exon19 = [region for region in load_hotspot_indels()["EGFR"] if region.start <= 746 <= region.end]
    assert exon19 and "E746_A750del" in exon19[0].variants[0]


def test_gene_roles():
    roles = load_gene_roles()
    assert roles["BRAF"].is_oncogene and not roles["BRAF"].is_tumour_suppressor
    assert roles["PTEN"].is_tumour_suppressor and not roles["PTEN"].is_oncogene
    assert {role.role for role in roles.values()} <= {"oncogene", "tumour_suppressor", "both"}
    assert all(role.source for role in roles.values())
    assert roles["SRC"].role == "oncogene" and set(roles) >= PANEL_GENES


@pytest.mark.parametrize("folder", sorted((RESOURCES / "panels").glob("*/genes.tsv")), ids=lambda path: path.parent.name)
def test_every_gene_of_a_panel_has_a_role_or_was_looked_up(folder):
    """None is passed over in silence, and none stands in both tables."""
    roles, without = load_gene_roles(), load_genes_without_role(KNOWLEDGE)
    genes = load_panel(folder.parent).gene_names
    assert not genes - roles.keys() - without.keys()
    assert not roles.keys() & without.keys()
    print(f"{folder.parent.name}: {len(genes & roles.keys())} roles, {len(genes & without.keys())} looked up, not found")


def test_lists_that_contradict_each_other_give_no_role():
    """GSK3B is a suppressor by its pathway and an oncogene by its mutations; BTK is no suppressor by one reckoned class."""
    without = load_genes_without_role(KNOWLEDGE)
    assert "tumour suppressor by doi" in without["GSK3B"].said and "oncogene by hartwig" in without["GSK3B"].said
    assert without["BTK"].said.startswith("only tumour suppressor by hartwig")
    assert without["CTLA4"].said == ""


def test_a_role_that_a_summary_states_is_held_against_the_lists():
    """Lists that agree stand first, one that does not is told, and where every list says the opposite there is no role."""
    roles, without = load_gene_roles(), load_genes_without_role(KNOWLEDGE)
    summaries = "ucladx/pancan-panel-design@4af69f83"
    assert roles["CHEK2"].source.startswith("PMID 29625053; ") and roles["CHEK2"].source.endswith(summaries)
    assert roles["DICER1"].is_tumour_suppressor and roles["DICER1"].source.endswith("but oncogene by PMID 29625053")
    assert without["TCF3"].said == f"oncogene by UniProt KW-0656; tumour suppressor by {summaries}"
    assert "INPPL1" not in roles
    assert sum(row.source == summaries for row in roles.values()) <= 56


# --------------------------------------------------------------------------- the tables of the oncogenicity standard

EFFECTS = {"gain", "loss", "dominant_negative", "neomorphic", "oncogenic", "unaltered", "not_oncogenic"}
FUNCTIONAL = [fact for name in FUNCTIONAL_TABLES for fact in read_rows(KNOWLEDGE / "oncogenicity" / name, FunctionalFact)]


def test_every_functional_fact_has_its_source_and_an_effect_that_the_engine_knows():
    assert len(FUNCTIONAL) >= 200
    for fact in FUNCTIONAL:
        assert fact.effect in EFFECTS and 1 <= fact.stars <= 5, fact
        assert fact.source and fact.looked_up and re.fullmatch(r"\d{4}-\d\d-\d\d", fact.read_on), fact
    assert len({(f.gene, f.alteration, f.effect, f.source, f.looked_up) for f in FUNCTIONAL}) == len(FUNCTIONAL)


def test_functional_facts_and_predictions_name_the_residue_that_the_hotspot_table_has():
    hotspots = load_hotspots()
    rows = [(f.gene, f.alteration) for f in FUNCTIONAL]
    rows += [(p.gene, p.change) for p in read_rows(KNOWLEDGE / "oncogenicity" / "predictions.tsv", Prediction)]
    compared = 0
    for gene, change in rows:
        found = re.fullmatch(r"p\.([A-Z][a-z]{2})(\d+)[A-Z][a-z]{2}", change)
        row = hotspots.get((gene, int(found[2]))) if found else None
        if found and row:
            compared += 1
            assert THREE[row.reference] == found[1], (gene, change)
    assert compared >= 2000


def test_critical_domains_ascend_and_have_their_source():
    for domain in read_rows(KNOWLEDGE / "oncogenicity" / "critical_domains.tsv", CriticalDomain):
        assert 1 <= domain.start <= domain.end and domain.what and domain.source and domain.looked_up


def test_grantham_distances_are_whole():
    """190 pairs; the largest is Cys-Trp 215 and the smallest Ile-Leu 5, as Grantham 1974 has it."""
    distances = load_oncogenicity_tables().distances
    assert len(distances) == 380
    assert (distances["C", "W"], distances["L", "I"], distances["H", "R"]) == (215, 5, 29)


def test_coding_ends_are_those_of_the_reported_transcripts():
    """Where the length of the reported transcript is known, it is the same."""
    lengths = {
        gene: row.protein_length
        for gene, row in load_transcripts(RESOURCES / "transcripts" / "GRCh38.tsv").items()
        if row.protein_length
    }
    ends = {row.gene: row for row in read_rows(KNOWLEDGE / "oncogenicity" / "coding_ends.tsv", CodingEnd)}
    compared = {gene: (ends[gene].protein_length, length) for gene, length in lengths.items() if gene in ends}
    assert len(compared) >= 12 and all(one == other for one, other in compared.values()), compared
    assert all(1 <= row.decay_codon <= row.protein_length for row in ends.values())
    assert (ends["BRCA2"].protein_length, ends["TP53"].protein_length) == (3418, 393)


def test_former_symbols_lead_to_the_same_tables():
    genes = load_oncogenicity_tables().genes
    assert genes["H3F3A"] is genes["H3-3A"] and genes["H3-3A"].counts["p.Lys28Met"] == 32
