"""A quick class is the frozen dataclass that it was: same parameters, defaults, equality, and no change afterwards."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
from dataclasses import dataclass, field

import pytest
from tierline.quick import quick


@dataclass(frozen=True, slots=True)
class Usual:
    gene: str
    labels: tuple[str, ...] = ()
    af: float | None = field(default=None, compare=False)


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    gene: str
    labels: tuple[str, ...] = ()
    af: float | None = field(default=None, compare=False)


def test_it_is_made_as_before() -> None:
    assert inspect.signature(Quick) == inspect.signature(Usual)
    for made in (Quick("BRAF", ("a",), 0.5), Quick(af=0.5, labels=("a",), gene="BRAF")):
        assert (made.gene, made.labels, made.af) == ("BRAF", ("a",), 0.5)
    assert (Quick("BRAF").labels, Quick("BRAF").af) == ((), None)
    with pytest.raises(TypeError, match="gene"):
        Quick()  # type: ignore[call-arg]


def test_it_is_still_a_frozen_dataclass() -> None:
    made = Quick("BRAF", af=0.5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.gene = "KRAS"  # type: ignore[misc]
    assert made == Quick("BRAF") != Quick("KRAS") and len({made, Quick("BRAF")}) == 1
    assert dataclasses.replace(made, gene="KRAS") == Quick("KRAS")
    assert dataclasses.asdict(made) == {"gene": "BRAF", "labels": (), "af": 0.5}
    assert repr(made) == repr(Usual("BRAF", af=0.5)).replace("Usual", "Quick")
    assert pickle.loads(pickle.dumps(made)).af == 0.5


@dataclass(frozen=True, slots=True)
class Factory:
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Later:
    name: str

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError


@dataclass(frozen=True, slots=True)
class Named:
    name: str = field(kw_only=True)


@pytest.mark.parametrize("cls", [Factory, Later, Named])
def test_what_does_more_than_fill_its_slots_is_refused(cls: type) -> None:
    with pytest.raises(TypeError, match="does more"):
        quick(cls)
