"""What ties the people of a project, or of a team, together (rules 8 to 10 of concepts.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PairTable = npt.NDArray[np.int64]
"""int64[K, 2]: rows (contractor, project), each once, rising."""

NO_TEAM = -1
"""Team of a contractor who belongs to none."""

NO_LEADS = 0
"""People for a lead on a project that asks for no lead."""


def build_pair_table(rows: Iterable[tuple[int, int]] = ()) -> PairTable:
    """Return the rows (contractor, project) as a table."""
    return np.array(sorted(set(rows)), dtype=np.int64).reshape(-1, 2)


@dataclass(frozen=True, eq=False)
class GroupRules:
    """What people ask of each other. Letters: C contractors, P projects.

    team             int64[C], index into team_names, NO_TEAM where there is none
    team_names       texts
    min_people       int64[P], the fewest people at a time, >= 1; 1 asks for nothing
    people_per_lead  int64[P], one lead for so many people started, NO_LEADS where none is asked
    people           int64[P], who works there today and stays
    leads            int64[P], how many of those lead
    leading          int64[K, 2], rows (contractor, project): who leads where
    staying          int64[K, 2], rows (contractor, project): who works there today and stays,
                     so that more hours there bring no new person
    """

    team: npt.NDArray[np.int64]
    team_names: tuple[str, ...]
    min_people: npt.NDArray[np.int64]
    people_per_lead: npt.NDArray[np.int64]
    people: npt.NDArray[np.int64]
    leads: npt.NDArray[np.int64]
    leading: PairTable
    staying: PairTable

    @property
    def asks_something(self) -> bool:
        """Whether any plan could break a rule."""
        members = np.bincount(self.team[self.team != NO_TEAM])
        return bool(
            (members > 1).any()
            or (self.min_people > 1).any()
            or (self.people_per_lead != NO_LEADS).any()
        )
