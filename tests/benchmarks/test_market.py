"""Drawn markets are the same again by their seed, and as hard as the instances kept here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.exports.roster_folder import write_roster_folder
from app.importing import read_folder
from benchmarks import run
from benchmarks.market import SIZES, build_request, draw_market
from benchmarks.peers.greedy import plan_best_fit_first
from benchmarks.run import FOLDER, find_instance
from solver.build import build_instance
from solver.certificate import hash_instance
from solver.checker import check
from solver.instance import Instance
from solver.instance_file import read_instance
from solver.policy import Tier


def draw(size: str, seed: int) -> Instance:
    roster = draw_market(SIZES[size], seed)
    return build_instance(roster, build_request(roster)).instance


def compute_tightness(instance: Instance) -> float:
    """Return open hours over lost hours, both over the horizon."""
    lost = (instance.lost_hours[:, np.newaxis] * instance.avail_days).sum() / 5
    return float((instance.open_hours * instance.active).sum() / lost)


def compute_greedy_share(instance: Instance) -> float:
    """Return the share of contractors whom best fit first covers."""
    values = check(instance, plan_best_fit_first(instance)).values
    return values[Tier.COVERAGE] / instance.num_contractors


def test_seed_repeats_a_market_and_another_does_not() -> None:
    policy = build_request(draw_market(SIZES["T"], 4)).policy
    first, again, other = (hash_instance(draw("T", seed), policy) for seed in (4, 4, 5))
    assert first == again
    assert first != other


def test_everybody_of_the_size_is_affected() -> None:
    instance = draw("S", 3)
    assert (instance.num_contractors, instance.num_projects) == (300, 25)


@pytest.mark.parametrize("size", ["S", "M"])
def test_drawn_market_is_as_hard_as_the_one_kept(size: str) -> None:
    kept, _ = read_instance(FOLDER / "market" / f"{size}1.json.gz")
    drawn = draw(size, 11)
    assert drawn.num_pairs == pytest.approx(kept.num_pairs, rel=0.5)
    assert compute_tightness(drawn) == pytest.approx(compute_tightness(kept), rel=0.1)
    assert compute_greedy_share(drawn) == pytest.approx(compute_greedy_share(kept), rel=0.25)
    assert np.any(drawn.open_hours != drawn.open_hours[:, :1])


def test_drawn_roster_keeps_the_data_contract(tmp_path: Path) -> None:
    roster = draw_market(SIZES["T"], 1)
    write_roster_folder(roster, tmp_path)
    again = read_folder(tmp_path).roster
    policy = build_request(roster).policy
    hashes = {
        hash_instance(build_instance(one, build_request(one)).instance, policy)
        for one in (roster, again)
    }
    assert len(hashes) == 1


def test_size_and_seed_name_a_fresh_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "DRAWN", tmp_path)
    path = find_instance("T:7")
    assert path == tmp_path / "T-7.json.gz"
    assert read_instance(path)[0].num_contractors == 60
