"""Verifying the audit trail: every event against its link, every link against the one before.

A superuser can change rows past every trigger, and can compute the whole chain anew. The first
is found here; the second by a head that was kept where the superuser could not reach it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from app.models import AuditLink
from app.services.auditing.audit_chain import NO_HASH, ChainHead, hash_content, hash_link

MAX_FAULTS = 100
"""Faults that a report writes out; the others are counted."""

_ROWS_AT_A_TIME = 2_000

_LINKS = """
    SELECT l.seq, l.event_id, l.content_sha256, l.hash, e.id IS NULL AS is_gone,
           (extract(epoch FROM e.at) * 1000000)::bigint::text, e.actor_user_id::text, e.actor,
           e.action, e.subject_kind, e.subject_id, e.before::text, e.after::text
    FROM audit_links l LEFT JOIN audit_events e ON e.id = l.event_id ORDER BY l.seq
"""
_FIRST_FIELD = 5
"""Column from which on the row holds what the hash of the content is made of."""

_UNLINKED = """
    SELECT count(*), min(e.id) FROM audit_events e
    WHERE NOT EXISTS (SELECT FROM audit_links l WHERE l.event_id = e.id)
"""


@dataclass(frozen=True)
class ChainFault:
    """One thing that is wrong with the trail.

    code      edited, moved, removed, cut out, relinked, tail cut, rewritten or unlinked
    sentence  what it is, with sequence and event id
    """

    code: str
    sentence: str


@dataclass(frozen=True)
class ChainReport:
    """What the verifier found.

    num_links  links read
    last_hash  hex of the last one
    faults     the first MAX_FAULTS of `num_faults`
    num_heads  heads that agree with the chain
    """

    num_links: int
    last_hash: str
    faults: tuple[ChainFault, ...]
    num_faults: int
    num_heads: int


@dataclass
class _Walk:
    """Where the verifier stands in the chain, and what it has found so far."""

    heads: Sequence[ChainHead]
    sequence: int = 0
    hash: bytes = NO_HASH
    num_links: int = 0
    num_good_heads: int = 0
    next_head: int = 0
    faults: list[ChainFault] = field(default_factory=list)
    num_faults: int = 0

    def add(self, code: str, sentence: str) -> None:
        self.num_faults += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(ChainFault(code, sentence))


def verify_chain(session: Session, heads: Sequence[ChainHead] = ()) -> ChainReport:
    """Read the whole trail in memory of fixed size and return everything that is wrong with it.

    Run it in one snapshot (REPEATABLE READ), or events that come meanwhile may look unlinked.

    heads  kept off the host, in the order of their sequence
    """
    walk = _Walk(heads)
    _check_heads(walk)
    for row in _stream(session):
        _check_link(session, walk, row)
        _check_heads(walk)
    for head in heads[walk.next_head :]:
        walk.add(
            "tail cut",
            f"the chain ends at {walk.sequence}, the head of {head.at:%Y-%m-%d %H:%M} UTC names "
            f"{head.sequence}: the end is gone",
        )
    num_unlinked, first_id = session.execute(text(_UNLINKED)).one()
    if num_unlinked:
        walk.add("unlinked", f"events without a link: {num_unlinked}, the first is {first_id}")
    return ChainReport(
        num_links=walk.num_links,
        last_hash=walk.hash.hex(),
        faults=tuple(walk.faults),
        num_faults=walk.num_faults,
        num_heads=walk.num_good_heads,
    )


def _stream(session: Session) -> Iterator[Row[Any]]:
    options = {"stream_results": True, "yield_per": _ROWS_AT_A_TIME}
    yield from session.execute(text(_LINKS), execution_options=options)


def _check_link(session: Session, walk: _Walk, row: Row[Any]) -> None:
    """Check one link with its event, and step on to it."""
    content, found = bytes(row.content_sha256), bytes(row.hash)
    place = f"sequence {row.seq}"
    is_next = row.seq == walk.sequence + 1
    if not is_next:
        first, last = walk.sequence + 1, row.seq - 1
        gone = f"sequence {first} is" if first == last else f"sequences {first} to {last} are"
        walk.add("cut out", f"{gone} gone")
    if row.is_gone:
        walk.add("removed", f"{place}: event {row.event_id} is gone")
    else:
        _check_content(session, walk, row, content)
    if is_next and hash_link(walk.hash, row.seq, row.event_id, content) != found:
        walk.add("relinked", f"{place}: the link does not follow the one before it")
    walk.sequence, walk.hash = row.seq, found
    walk.num_links += 1


def _check_content(session: Session, walk: _Walk, row: Row[Any], content: bytes) -> None:
    """Compare what the event says with what its link holds of it."""
    said = hash_content(row[_FIRST_FIELD:])
    if said == content:
        return
    own = None
    if len(walk.faults) < MAX_FAULTS:
        own = session.scalar(select(AuditLink.seq).where(AuditLink.content_sha256 == said).limit(1))
    place = f"sequence {row.seq}: event {row.event_id}"
    if own is None:
        walk.add("edited", f"{place} was edited")
    else:
        walk.add("moved", f"{place} says what belongs to sequence {own}: the order was changed")


def _check_heads(walk: _Walk) -> None:
    """Compare the link the walk stands on with the heads that name it."""
    while walk.next_head < len(walk.heads):
        head = walk.heads[walk.next_head]
        if head.sequence > walk.sequence:
            return
        walk.next_head += 1
        if head.sequence < walk.sequence:
            continue  # Its link was cut out, which stands in the report already.
        if head.hash == walk.hash.hex():
            walk.num_good_heads += 1
            continue
        walk.add(
            "rewritten",
            f"sequence {head.sequence} has another hash than the head of "
            f"{head.at:%Y-%m-%d %H:%M} UTC: events up to there were written anew",
        )
