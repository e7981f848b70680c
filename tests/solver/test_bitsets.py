from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.bitsets import look_up_reach, look_up_value, pack, unpack

_sizes = st.integers(0, 200)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 128, 200])
def test_unpack_returns_what_was_packed(size: int) -> None:
    mask = np.random.default_rng(size).random((3, size)) < 0.5

    bits = pack(mask)

    assert bits.dtype == np.uint64
    assert bits.shape == (3, -(-size // 64))
    assert np.array_equal(unpack(bits, size), mask)


@given(st.data(), _sizes, _sizes)
def test_reach_compares_every_pair(data: st.DataObject, num: int, num_projects: int) -> None:
    values = st.integers(-3, 3)
    held = np.array(data.draw(st.lists(values, min_size=num, max_size=num)), dtype=np.int64)
    needed = np.array(
        data.draw(st.lists(values, min_size=num_projects, max_size=num_projects)), dtype=np.int64
    )

    allowed = unpack(look_up_reach(held, needed).allow(0, num), num_projects)

    assert np.array_equal(allowed, held[:, np.newaxis] >= needed[np.newaxis, :])


def test_value_asks_once_for_each_distinct_one() -> None:
    asked: list[str] = []

    def accept(value: str) -> np.typing.NDArray[np.bool_]:
        asked.append(value)
        return np.array([value == "a", True])

    lookup = look_up_value(["a", "b", "a"], accept, 2)

    assert asked == ["a", "b"]
    assert unpack(lookup.allow(0, 3), 2).tolist() == [[True, True], [False, True], [True, True]]
    assert unpack(lookup.allow(1, 2), 2).tolist() == [[False, True]]
