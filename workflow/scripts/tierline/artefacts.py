"""Bases that were damaged before the library was made, from Picard's CollectSequencingArtifactMetrics. Pure.

A base damaged on one strand of a fragment (Picard: a pre-adapter artefact) is read as another in one orientation of the
read pair only: by first mates as the damage is written, by second mates as its complement. A variant, and an error of the
sequencer, is read in both alike. So what one orientation shows more often than the other is damage. A deaminated cytosine
(formalin) is C>T, an oxidised guanine G>T. Where primers set which mate is which, as in amplicons, this tells nothing.

Picard's other kind, the bait-bias artefact, comes up while targets are captured and goes with the genome's strand: G>T
more often than C>A. So does a true G>T, and on a panel a few of them look like it: none is told.

Definitions: Picard's SequencingArtifactMetrics; Costello et al., Nucleic Acids Res 2013, doi:10.1093/nar/gks1443.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

DAMAGE = {"deamination_rate": ("C", "T"), "oxidation_rate": ("G", "T")}
"""Metrics, and the change that each counts as it stands on the damaged strand."""
LEAST_BASES = 1_000_000
"""Of fewer no rate is told: at a usual 300 errors per million, chance alone makes 50 per million of these."""
COLUMNS = ("PRO_REF_BASES", "PRO_ALT_BASES", "CON_REF_BASES", "CON_ALT_BASES")


@dataclass(frozen=True, slots=True)
class Bases:
    """Reference and changed bases, in read pairs of the damage's orientation (pro) and of the other (con)."""

    pro_ref: int = 0
    pro_alt: int = 0
    con_ref: int = 0
    con_alt: int = 0

    @property
    def number(self) -> int:
        return self.pro_ref + self.pro_alt + self.con_ref + self.con_alt

    @property
    def rate(self) -> float:
        """Damaged ones per million, as Picard defines it; at least 0. There must be bases."""
        return max(0.0, 1e6 * (self.pro_alt - self.con_alt) / self.number)

    @property
    def error(self) -> float:
        """Two standard deviations of the rate by chance; both mates of a fragment may have read the same base."""
        return 1e6 * 2 * sqrt(2 * (self.pro_alt + self.con_alt)) / self.number


Profile = dict[tuple[str, str, str], Bases]
"""By reference base, changed base and context (the reference base between its neighbours)."""


def read_profile(text: str) -> Profile:
    """The table of pre-adapter artefacts by context; libraries together. Empty where there is none."""
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    found: Profile = {}
    for row in lines[1:]:
        cells = dict(zip(lines[0], row, strict=True))
        key = cells["REF_BASE"], cells["ALT_BASE"], cells["CONTEXT"]
        found[key] = total([found.get(key, Bases()), Bases(*(int(cells[name]) for name in COLUMNS))])
    return found


def total(parts: Iterable[Bases]) -> Bases:
    """All of them together."""
    rows = [(part.pro_ref, part.pro_alt, part.con_ref, part.con_alt) for part in parts]
    return Bases(*map(sum, zip(*rows, strict=True)))


def of_change(profile: Profile, ref: str, alt: str) -> dict[str, Bases]:
    """What is known of one change, by context."""
    return {context: bases for (one, other, context), bases in sorted(profile.items()) if (one, other) == (ref, alt)}
