"""The tumour-type tree: values read off oncotree.mskcc.org's release 2025-10-03 by eye."""

import pytest
from tierline.oncotree import OncoTree, TumorType
from tierline.problems import InputError


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
    ],
)
def test_find(tree, text, code):
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
