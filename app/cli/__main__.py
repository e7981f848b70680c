"""`python -m app.cli` is `redeploy`."""

from __future__ import annotations

from app.cli import main

main()
