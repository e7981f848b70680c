"""All that a worker's child processes use, loaded once in the process that they are forked from.

Importing this takes seconds: OR-Tools, pandas and the models. It opens nothing and starts no
thread, so that a fork takes over no lock and no connection.
"""

from __future__ import annotations

import gc

from sqlalchemy.orm import configure_mappers

from app.services.drills import drill_child
from app.services.imports import import_child
from app.services.plans import limits_child, plan_child

__all__ = ["drill_child", "import_child", "limits_child", "plan_child"]

configure_mappers()
# What is loaded stays for good: looking through it for garbage would copy its pages in each child.
gc.freeze()
