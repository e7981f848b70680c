"""Contractors' skills: from the occupation, the person and the work done."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.sampling.frames import Part, build_frame, make_stream
from app.sampling.market import Market
from app.sampling.occupations import Occupations, map_level
from app.sampling.people import People
from app.sampling.places import COUNTRIES
from app.sampling.work import Work
from solver.instance import IntArray

_ABILITY_LEVELS = 0.5
_NOISE_LEVELS = 0.4
_TECHNOLOGIES_EACH = 3
_NATIVE_LEVEL = 5


def draw_skills(
    occupations: Occupations,
    market: Market,
    people: People,
    work: Work,
    *,
    skills_each: int,
    seed: int,
) -> pd.DataFrame:
    """Return `contractor_skills`: the best `skills_each` of 35, technologies and languages.

    Whoever works on a project has what it requires, at the level it requires.
    """
    rng = make_stream(seed, Part.SKILLS)
    parts = [
        _draw_profile_skills(rng, occupations, people, skills_each),
        _draw_technologies(rng, occupations, people),
        _draw_languages(rng, people),
        _list_proven_skills(market, work),
    ]
    rows = pd.concat(parts, ignore_index=True)
    best = rows.groupby(["contractor", "skill"], sort=True)["level"].max().reset_index()
    ids = people.frame["contractor_id"].to_numpy(dtype=object)
    return build_frame(
        "contractor_skills",
        {
            "contractor_id": ids[best["contractor"].to_numpy()],
            "skill": best["skill"],
            "level": best["level"],
        },
    )


def _draw_profile_skills(
    rng: np.random.Generator, occupations: Occupations, people: People, skills_each: int
) -> pd.DataFrame:
    usual = occupations.levels[people.occupation]
    own = usual + _ABILITY_LEVELS * people.ability[:, None]
    own += rng.normal(0, _NOISE_LEVELS, own.shape)
    best = np.argpartition(-own, skills_each, axis=1)[:, :skills_each]
    contractor = np.repeat(np.arange(len(best)), skills_each)
    skill = best.ravel()
    names = np.array(occupations.skills, dtype=object)
    return _build_rows(contractor, names[skill], map_level(own[contractor, skill]))


def _draw_technologies(
    rng: np.random.Generator, occupations: Occupations, people: People
) -> pd.DataFrame:
    """Return tools of the trade; the widespread ones come first and are known by more people."""
    count = len(people.occupation)
    picks = rng.beta(0.8, 3.0, (count, _TECHNOLOGIES_EACH))
    names = [
        known[int(pick * len(known))]
        for occupation, row in zip(people.occupation.tolist(), picks.tolist(), strict=True)
        for known in (occupations.technologies[occupation],)
        for pick in row
    ]
    contractor = np.repeat(np.arange(count), _TECHNOLOGIES_EACH)
    level = np.rint(3 + 0.7 * people.ability[contractor] + rng.normal(0, 0.6, len(contractor)))
    return _build_rows(contractor, np.array(names, dtype=object), np.clip(level, 1, 5))


def _draw_languages(rng: np.random.Generator, people: People) -> pd.DataFrame:
    """Return native languages, and English for everybody."""
    count = len(people.country)
    speakers, languages = [], []
    for contractor, place in enumerate(people.country.tolist()):
        for language in COUNTRIES[place].languages:
            speakers.append(contractor)
            languages.append(f"lang:{language}")
    english = rng.choice([2, 3, 4, 5], count, p=[0.06, 0.26, 0.43, 0.25])
    native = _build_rows(
        np.array(speakers), np.array(languages, dtype=object), np.full(len(speakers), _NATIVE_LEVEL)
    )
    learnt = _build_rows(np.arange(count), np.full(count, "lang:en", dtype=object), english)
    return pd.concat([native, learnt], ignore_index=True)


def _list_proven_skills(market: Market, work: Work) -> pd.DataFrame:
    required = market.project_skills[market.project_skills["required"]]
    ids = market.projects["project_id"].to_numpy(dtype=object)
    staff = pd.DataFrame({"contractor": work.contractor, "project_id": ids[work.project]})
    proven = staff.merge(required, on="project_id")
    return proven.rename(columns={"min_level": "level"})[["contractor", "skill", "level"]]


def _build_rows(contractor: IntArray, skill: object, level: object) -> pd.DataFrame:
    return pd.DataFrame({"contractor": contractor, "skill": skill, "level": level})
