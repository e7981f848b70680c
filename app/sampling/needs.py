"""The skills, technologies and languages that the projects of the sample ask for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.sampling.frames import build_frame
from app.sampling.occupations import Occupations, map_level
from app.sampling.places import COUNTRIES
from solver.instance import IntArray

_COMMON_SKILLS = 10


def draw_project_skills(
    rng: np.random.Generator,
    occupations: Occupations,
    project_ids: pd.Series,
    lead: IntArray,
    home: IntArray,
) -> pd.DataFrame:
    """Return `project_skills`; the first project asks for some English only."""
    rows: list[tuple[str, str, int, bool, int]] = [(project_ids[0], "lang:en", 2, True, 1)]
    for position in range(1, len(project_ids)):
        project_id = project_ids[position]
        occupation = int(lead[position])
        wanted: dict[str, tuple[int, bool, int]] = {}
        _add_profile_skills(rng, occupations, occupation, wanted)
        _add_technologies(rng, occupations.technologies[occupation], wanted)
        _add_languages(rng, COUNTRIES[home[position]].languages[0], wanted)
        rows += [(project_id, skill, *terms) for skill, terms in wanted.items()]
    names = ("project_id", "skill", "min_level", "required", "weight")
    return build_frame("project_skills", dict(zip(names, zip(*rows, strict=True), strict=True)))


def _add_profile_skills(
    rng: np.random.Generator,
    occupations: Occupations,
    occupation: int,
    wanted: dict[str, tuple[int, bool, int]],
) -> None:
    """Want two or three of the occupation's leading skills, near the level usual there."""
    levels = occupations.levels[occupation]
    leading = np.argsort(-levels, kind="stable")[:_COMMON_SKILLS]
    pull = np.exp(0.6 * occupations.distinction[occupation, leading])
    chosen = rng.choice(leading, int(rng.integers(2, 4)), replace=False, p=pull / pull.sum())
    bar = rng.normal(-0.6, 0.4)
    for order, skill in enumerate(chosen.tolist()):
        level = int(map_level(np.array([levels[skill] + bar]))[0])
        required = order == 0 or rng.random() < 0.4
        wanted[occupations.skills[skill]] = (level, bool(required), int(rng.integers(1, 5)))


def _add_technologies(
    rng: np.random.Generator,
    technologies: tuple[str, ...],
    wanted: dict[str, tuple[int, bool, int]],
) -> None:
    for name in rng.choice(technologies[:8], min(2, len(technologies)), replace=False).tolist():
        required = name in technologies[:3] and rng.random() < 0.2
        wanted[name] = (2 if required else 3, bool(required), int(rng.integers(1, 4)))


def _add_languages(
    rng: np.random.Generator, native: str, wanted: dict[str, tuple[int, bool, int]]
) -> None:
    if rng.random() < 0.75:
        wanted["lang:en"] = (3, True, 1)
    if native != "en" and rng.random() < 0.15:
        wanted[f"lang:{native}"] = (4, True, 2)
