"""The checks as commands, for `make`; they end with 1 and a list when something is wrong.

    python -E -s -S -m supply_chain lock
    python -E -s -S -m supply_chain installed .venv

With `-S`, and by a Python of another environment, nothing of what is checked runs before it
was looked at.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from supply_chain.installed import list_problems, read_allowed
from supply_chain.lock import list_faults, read_fixes, read_lock
from supply_chain.wheels import find_site

_PROJECT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    """Run the check that `arguments` name; return the exit code."""
    match arguments:
        case ["lock"]:
            today = datetime.now(UTC).date()
            found = list_faults(read_lock(_PROJECT / "uv.lock"), read_fixes(), today=today)
        case ["installed", environment]:
            site = find_site(Path(environment).resolve())
            found = list_problems(site, read_allowed(), _PROJECT)
        case _:
            found = [__doc__ or ""]
    sys.stderr.writelines(f"{sentence}\n" for sentence in found)
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
