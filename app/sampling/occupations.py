"""Real occupations: skill profiles and technologies of O*NET, wages and employment of the BLS.

Source and licence of the files stand in `onet/README.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from solver.instance import IntArray

FloatArray = npt.NDArray[np.float64]

_FOLDER = Path(__file__).parent / "onet"
_ONET_TOP_LEVEL = 7.0
_MISSING_P90_FACTOR = 1.7
"""The BLS gives no 90th percentile above its top wage; about this times the median elsewhere."""


@dataclass(frozen=True, eq=False)
class Occupations:
    """O occupations and K = 35 skills.

    titles         O texts
    weights        float64[O], share of people employed, sums to 1
    group          int64[O], the first two digits of the SOC code
    skills         K texts
    levels         float64[O, K], 0-7
    log_wages      float64[O, 3], log of the hourly wage in USD at the 10th, 50th, 90th percentile
    technologies   per occupation, technologies used there, the most widespread first
    """

    titles: tuple[str, ...]
    weights: FloatArray
    group: IntArray
    skills: tuple[str, ...]
    levels: FloatArray
    log_wages: FloatArray
    technologies: tuple[tuple[str, ...], ...]

    @property
    def distinction(self) -> FloatArray:
        """float64[O, K]: how far a level stands above the other occupations, in deviations."""
        spread = self.levels.std(axis=0)
        above: FloatArray = (self.levels - self.levels.mean(axis=0)) / spread
        return above


@cache
def load_occupations() -> Occupations:
    """Return the occupations of the `onet` folder, sorted by employment."""
    table = pd.read_csv(_FOLDER / "occupations.csv", dtype={"soc_code": "str"})
    codes = table["soc_code"].tolist()
    levels = pd.read_csv(_FOLDER / "skill_levels.csv").pivot_table(
        index="soc_code", columns="skill", values="level_0_7"
    )
    wages = table[["wage_p10_usd", "wage_median_usd", "wage_p90_usd"]].to_numpy(dtype=np.float64)
    missing = np.isnan(wages[:, 2])
    wages[missing, 2] = wages[missing, 1] * _MISSING_P90_FACTOR
    employment = table["employment"].to_numpy(dtype=np.float64)
    return Occupations(
        titles=tuple(table["title"]),
        weights=employment / employment.sum(),
        group=np.array([int(code[:2]) for code in codes], dtype=np.int64),
        skills=tuple(levels.columns),
        levels=levels.loc[codes].to_numpy(dtype=np.float64),
        log_wages=np.log(wages),
        technologies=_load_technologies(codes),
    )


def map_level(onet_level: FloatArray) -> IntArray:
    """Return O*NET levels 0-7 on the scale 1-5 of the data contract."""
    scaled: IntArray = np.clip(np.rint(1 + 4 * onet_level / _ONET_TOP_LEVEL), 1, 5).astype(np.int64)
    return scaled


def _load_technologies(codes: list[str]) -> tuple[tuple[str, ...], ...]:
    table = pd.read_csv(_FOLDER / "technologies.csv")
    table["spread"] = table.groupby("technology")["soc_code"].transform("size")
    table = table.sort_values(["spread", "technology"], ascending=[False, True])
    by_code = table.groupby("soc_code", sort=False)["technology"].agg(tuple)
    return tuple(by_code.loc[code] for code in codes)
