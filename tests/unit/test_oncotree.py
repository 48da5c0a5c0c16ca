"""The tumour-type tree: values read off oncotree.mskcc.org's release 2025-10-03 by eye."""

import pytest
from tierline.oncotree import NAMES_TSV, ONCOTREE_TSV, OncoTree, TumorType, TumorTypeName
from tierline.problems import InputError
from tierline.tables import read_rows


@pytest.fixture(scope="module")
def tree() -> OncoTree:
    return OncoTree.load()


def test_every_code_but_the_root_is_there(tree):
    assert len(tree.codes) == 897
    assert tree.exists("LUAD") and not tree.exists("TISSUE") and not tree.exists("luad")


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("LUAD", ("LUAD", "NSCLC", "LUNG")),
        ("MEL", ("MEL", "SKIN")),
        ("UM", ("UM", "OM", "EYE")),
        ("ASTR2", ("ASTR2", "ASTR", "ADIFG", "DIFG", "BRAIN")),
        ("LUNG", ("LUNG",)),
    ],
)
def test_ancestors_start_with_the_code_and_end_at_the_tissue(tree, code, path):
    assert tree.ancestors(code) == path
    assert tree.tissue(code) == path[-1]


def test_descendants(tree):
    assert tree.is_descendant("LUAD", "NSCLC")
    assert tree.is_descendant("LUAD", "LUAD")
    assert not tree.is_descendant("NSCLC", "LUAD")
    assert not tree.is_descendant("UM", "MEL")
    assert not tree.is_descendant("LUAD", "NOSUCHCODE")


def test_unknown_codes_raise(tree):
    with pytest.raises(KeyError):
        tree.ancestors("NOSUCHCODE")
    with pytest.raises(KeyError):
        tree.name("NOSUCHCODE")


def test_tissue_only_and_solid(tree):
    assert tree.is_tissue_only("BOWEL") and not tree.is_tissue_only("COADREAD")
    assert tree.is_solid("GIST") and tree.is_solid("CUP")
    assert not tree.is_solid("AML") and not tree.is_solid("CLLSLL") and not tree.is_solid("LYMPH")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CLL", "CLLSLL"),  # merged
        ("AASTR", "ASTR"),  # history
        ("GBM", "GB"),
        ("ALL", None),  # split between BLL and TLL
        ("PTCL", None),  # a current code, though also listed as a former one
        ("NOSUCHCODE", None),
    ],
)
def test_former_codes(tree, old, new):
    assert tree.replaced_by(old) == new


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("luad", "LUAD"),
        ("Lung Adenocarcinoma", "LUAD"),
        ("  lung   adenocarcinoma ", "LUAD"),
        ("melanoma", "MEL"),
        ("gbm", "GB"),
        ("all", None),
        ("Mature Teratoma", None),  # the name of several
        ("no such tumour", None),
        ("", None),
        ("Breast cancer", "BRCA"),  # everyday names
        ("Acute Myeloid Leukaemia", "AML"),  # British spelling
        ("Oesophageal Adenocarcinoma", "ESCA"),
        ("Carcinoma of unknown primary", "CUP"),
    ],
)
def test_find(tree, text, code):
    assert tree.find(text) == code


@pytest.mark.parametrize("text", ["", " ", "Unknown", "n/a"])
def test_a_word_for_not_known_is_no_type_and_says_what_that_means(tree, text):
    assert tree.resolve(text) == ""
    assert "not known" in tree.note(text)


@pytest.mark.parametrize(
    ("text", "code", "note"),
    [
        ("LUAD", "LUAD", ""),
        ("luad", "LUAD", "luad is LUAD (Lung Adenocarcinoma)"),
        ("GBM", "GB", "GB replaces GBM"),
        ("colorectal cancer", "COADREAD", "colorectal cancer is COADREAD (Colorectal Adenocarcinoma)"),
        ("CUP", "CUP", "primary not known: only evidence for any solid tumour keeps its level"),
        ("CUPNOS", "CUPNOS", "primary not known: only evidence for any solid tumour keeps its level"),
    ],
)
def test_resolve_says_what_it_made_of_the_words(tree, text, code, note):
    assert (tree.resolve(text), tree.note(text)) == (code, note)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ALL", "ALL could be BLL (B-Lymphoblastic Leukemia/Lymphoma) or TLL (T-Lymphoblastic Leukemia/Lymphoma)"),
        ("dysgerminoma", "ODYS"),
        ("Lung Adenocarcinom", "'Lung Adenocarcinoma'"),
    ],
)
def test_what_cannot_be_resolved_says_what_to_write(tree, text, said):
    with pytest.raises(ValueError, match=r".*") as error:
        tree.resolve(text)
    assert said in str(error.value)


def test_heirs(tree):
    assert (tree.heirs("ALL"), tree.heirs("GBM"), tree.heirs("LUAD")) == (("BLL", "TLL"), ("GB",), ("LUAD",))
    assert tree.heirs("NOSUCHCODE") == ()


def test_every_everyday_name_adds_one_and_names_a_code(tree):
    """A name that OncoTree has itself would change nothing, or make find blind."""
    rows = list(read_rows(ONCOTREE_TSV.with_name(NAMES_TSV), TumorTypeName))
    plain = OncoTree(read_rows(ONCOTREE_TSV, TumorType))
    assert len(rows) >= 90
    assert [row.name for row in rows if plain.find(row.name)] == []
    assert [row for row in rows if not tree.exists(row.code) or row.code not in tree.meanings(row.name)] == []
    several = {row.name for row in rows if len(tree.meanings(row.name)) > 1}
    assert several == {
        "acute lymphoblastic leukemia",
        "acute lymphocytic leukemia",
        "acute lymphoid leukemia",
        "childhood acute lymphoblastic leukemia",
        "lymphoma",
        "NUT carcinoma",
        "NUT midline carcinoma",
    }


@pytest.mark.parametrize(
    ("tcga", "code"),
    [
        *(("ACC", "ACC"), ("BLCA", "BLCA"), ("BRCA", "BRCA"), ("CESC", "CESC"), ("CHOL", "CHOL"), ("COAD", "COAD")),
        *(("DLBC", "DLBCLNOS"), ("ESCA", "ESCA"), ("GBM", "GB"), ("HNSC", "HNSC"), ("KICH", "CHRCC"), ("KIRC", "CCRCC")),
        *(("KIRP", "PRCC"), ("LAML", "AML"), ("LGG", "DIFG"), ("LIHC", "HCC"), ("LUAD", "LUAD"), ("LUSC", "LUSC")),
        *(("MESO", "PLMESO"), ("OV", "OVT"), ("PAAD", "PAAD"), ("PCPG", "PHC"), ("PRAD", "PRAD"), ("READ", "READ")),
        *(("SARC", "SOFT_TISSUE"), ("SKCM", "SKCM"), ("STAD", "STAD"), ("THCA", "THYROID"), ("THYM", "THYM")),
        *(("UCEC", "UCEC"), ("UCS", "UCS"), ("UVM", "UM")),
    ],
)
def test_the_codes_of_tcga_are_read(tree, tcga, code):
    assert tree.resolve(tcga) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("metastatic or unresectable melanoma", "MEL"),
        ("locally advanced or metastatic non-small cell lung cancer", "NSCLC"),
        ("Relapsed/refractory acute myeloid leukaemia", "AML"),
        ("Gastrointestinal Stromal Tumours", "GIST"),
        ("stage IV colorectal cancer", "COADREAD"),
        ("advanced", None),  # a stage alone is no tumour
        ("early T-cell precursor acute lymphoblastic leukemia", "ETPLL"),  # not a stage of another
    ],
)
def test_words_for_the_stage_do_not_hide_the_type(tree, text, code):
    assert tree.find(text) == code


def test_no_path_loops_and_every_parent_exists(tree):
    assert all(len(tree.ancestors(code)) <= 6 for code in tree.codes)


def test_a_malformed_table_is_an_input_error(tmp_path):
    path = tmp_path / "oncotree.tsv"
    path.write_text("code\tname\nLUAD\tLung Adenocarcinoma\n")
    with pytest.raises(InputError):
        OncoTree.load(path)


def test_a_small_tree():
    rows = [TumorType("LUNG", "Lung", "", "", "Lung", 1, ()), TumorType("X", "Ex", "LUNG", "", "Lung", 2, ("Y",))]
    tree = OncoTree(rows)
    assert (tree.replaced_by("Y"), tree.find("ex"), tree.ancestors("X")) == ("X", "X", ("X", "LUNG"))
