"""A fault of the input in words: where, what, found, what to write instead."""

from __future__ import annotations

import pytest
from tierline.problems import InputError, Problem, did_you_mean


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (
            Problem("samples.tsv", 3, "purity", "60", "the value does not fit", "Write 0.6."),
            "samples.tsv, row 3, column purity: the value does not fit (found '60'). Write 0.6.",
        ),
        (Problem("x.bam", None, "", "", "the file is empty", "Copy it again."), "x.bam: the file is empty. Copy it again."),
        (Problem("x.bam", None, "", "", "the file is empty", ""), "x.bam: the file is empty."),
        (Problem("x.tsv", 0, "a", "", "odd", ""), "x.tsv, row 0, column a: odd."),
        (Problem("x", 1, "a", "two\nlines", "odd", ""), "x, row 1, column a: odd (found 'two\\nlines')."),
    ],
)
def test_a_problem_in_words(problem: Problem, words: str) -> None:
    assert str(problem) == words


def test_an_error_holds_all_of_them() -> None:
    first, second = Problem("a", 1, "", "", "one", ""), Problem("b", None, "", "", "two", "")
    error = InputError(iter([first, second]))
    assert error.problems == (first, second)
    assert str(error) == "a, row 1: one.\nb: two."


@pytest.mark.parametrize(
    ("value", "allowed", "words"),
    [
        ("tumour", ["tumor", "normal"], "Did you mean 'tumor'? Allowed: normal, tumor."),
        ("zebra", ["tumor", "normal"], "Allowed: normal, tumor."),
        ("zz", "jihgfedcba", "Allowed: a, b, c, d, e, f, g, h, ...."),
        ("zz", "hgfedcba", "Allowed: a, b, c, d, e, f, g, h."),
    ],
)
def test_did_you_mean(value: str, allowed: list[str], words: str) -> None:
    assert did_you_mean(value, allowed) == words
