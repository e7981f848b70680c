"""Sets of projects as bits, 64 to a word: how eligibility stays small and fast.

A vendor of 250,000 contractors and 2,000 projects has 500 million possible pairs.
Instead of testing pairs, a rule looks up, for the value that a contractor holds, the
set of projects that accept it; the rules' sets are then ANDed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from solver.instance import BoolArray, IntArray

Bits = npt.NDArray[np.uint64]
"""uint64[..., words]: project p is a bit of word p // 64."""

_BITS_PER_WORD = 64

_Value = TypeVar("_Value", bound=Hashable)


def pack(mask: BoolArray) -> Bits:
    """Return bool[..., P] as uint64[..., words]; the bits past P are 0."""
    missing = -mask.shape[-1] % _BITS_PER_WORD
    padded = np.concatenate([mask, np.zeros((*mask.shape[:-1], missing), dtype=np.bool_)], axis=-1)
    return np.packbits(padded, axis=-1, bitorder="little").view(np.uint64)


def unpack(bits: Bits, num_projects: int) -> BoolArray:
    """Return uint64[..., words] as bool[..., P]."""
    flags = np.unpackbits(bits.view(np.uint8), axis=-1, count=num_projects, bitorder="little")
    return flags.view(np.bool_)


@dataclass(frozen=True, eq=False)
class Lookup:
    """For each contractor the set of projects that accept the contractor's value.

    table  uint64[V, words], a set for each distinct value
    row    int32[C], the contractor's value
    """

    table: Bits
    row: npt.NDArray[np.int32]

    def allow(self, start: int, stop: int) -> Bits:
        """uint64[stop - start, words]: the sets of contractors start..stop - 1."""
        return self.table[self.row[start:stop]]


def look_up_value(
    values: Sequence[_Value], accept: Callable[[_Value], BoolArray], num_projects: int
) -> Lookup:
    """Return the lookup of C values; `accept(value)` is the bool[P] of each distinct one."""
    position = {value: row for row, value in enumerate(dict.fromkeys(values))}
    table = np.zeros((len(position), num_projects), dtype=np.bool_)
    for value, row in position.items():
        table[row] = accept(value)
    return Lookup(pack(table), np.array([position[value] for value in values], dtype=np.int32))


def look_up_reach(held: IntArray, needed: IntArray) -> Lookup:
    """Return the lookup of held[C] >= needed[P]."""
    steps, rank = np.unique(needed, return_inverse=True)
    passed = np.arange(len(steps) + 1)
    return Lookup(
        pack(rank[np.newaxis, :] < passed[:, np.newaxis]),
        np.searchsorted(steps, held, side="right").astype(np.int32),
    )
