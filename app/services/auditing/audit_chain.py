"""The hash chain over the audit trail: its formulas, its head, and heads kept off the host.

    content = SHA-256 of at, actor_user_id, actor, action, subject_kind, subject_id, before, after
    hash    = SHA-256 of hash before | sequence | event id | content

Each field is written as `length:bytes` in UTF-8, `-` where it is NULL; `at` is microseconds
since 1970 UTC, the two JSON columns are PostgreSQL's text of `jsonb`. Sequence and id are eight
bytes, most significant first. The first link follows 32 zero bytes. The database computes the
same in a trigger; what is here serves the verifier, which trusts no function of the database.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AuditLink
from solver.errors import InvalidInput, Problem

NO_HASH = bytes(32)
"""What the first link follows."""

_HEX = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class ChainHead:
    """The last link of the chain; whoever keeps it elsewhere can prove what came before.

    sequence  number of events; 0 and a hash of zeros = none yet
    hash      lower-case hex
    at        when it was read
    """

    sequence: int
    hash: str
    at: datetime

    def as_line(self) -> str:
        """Return the head as a line of a head file: a JSON object."""
        at = self.at.astimezone(UTC).isoformat(timespec="seconds")
        return json.dumps({"sequence": self.sequence, "hash": self.hash, "at": at})


def hash_content(fields: Sequence[str | None]) -> bytes:
    """Return the hash of an event's fields, in the order of the module's formula."""
    digest = hashlib.sha256()
    for field in fields:
        if field is None:
            digest.update(b"-")
        else:
            written = field.encode()
            digest.update(b"%d:" % len(written))
            digest.update(written)
    return digest.digest()


def hash_link(before: bytes, sequence: int, event_id: int, content: bytes) -> bytes:
    """Return the hash of a link that follows the hash `before`."""
    return hashlib.sha256(before + struct.pack(">qq", sequence, event_id) + content).digest()


def read_head(session: Session) -> ChainHead:
    """Return the present head of the chain."""
    last = select(AuditLink.seq, AuditLink.hash).order_by(AuditLink.seq.desc()).limit(1)
    found = session.execute(last).one_or_none()
    now = session.execute(select(func.clock_timestamp())).scalar_one()
    if found is None:
        return ChainHead(0, NO_HASH.hex(), now)
    return ChainHead(found.seq, found.hash.hex(), now)


def read_heads(path: Path) -> list[ChainHead]:
    """Return the heads of a head file, a line each, in the order of their sequence.

    Raises InvalidInput with every line that is no head.
    """
    heads, problems = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            head = _parse_head(line)
            if head is None:
                expected = 'a head such as {"sequence": 7, "hash": "64 hex digits", "at": "..."}'
                problems.append(Problem(f"{path.name} line {number}", line[:100], expected))
            else:
                heads.append(head)
    if not heads and not problems:
        problems.append(Problem(path.name, "", "a line a head, as `redeploy audit head` prints it"))
    if problems:
        raise InvalidInput(problems)
    return sorted(heads, key=lambda head: head.sequence)


def _parse_head(line: str) -> ChainHead | None:
    try:
        values = json.loads(line)
        sequence, hash_, at = values["sequence"], values["hash"], values["at"]
        moment = datetime.fromisoformat(at)
    except (ValueError, KeyError, TypeError):
        return None
    is_whole = isinstance(sequence, int) and not isinstance(sequence, bool) and sequence >= 0
    if not is_whole or moment.tzinfo is None:
        return None
    if not isinstance(hash_, str) or not _HEX.fullmatch(hash_):
        return None
    return ChainHead(sequence, hash_, moment)
