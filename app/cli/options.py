"""Options that several commands share."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from solver.affected import DEFAULT_WEEKS, MAX_WEEKS
from solver.policy import POLICIES
from solver.result import SolveLimits

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

_MAX_WORKERS = 256

DAY = click.DateTime(["%Y-%m-%d"])
SEED = click.IntRange(0, 2**31 - 1)


def get_today() -> str:
    """Return the day where the user sits, as YYYY-MM-DD."""
    return datetime.now().astimezone().date().isoformat()


def day_option(name: str, parameter: str, help_text: str) -> Callable[[AnyFunction], AnyFunction]:
    """Return an option for a day, today where it is left out."""
    return click.option(
        name,
        parameter,
        type=DAY,
        default=get_today,
        show_default="today",
        metavar="DATE",
        help=help_text,
    )


def _require_finite(_ctx: click.Context, _param: click.Parameter, number: float) -> float:
    # nan passes every range check, because it compares false with any limit.
    if not math.isfinite(number):
        raise click.BadParameter(f"{number} is not a finite number.")
    return number


_AIM_OPTIONS = (
    click.option(
        "--policy",
        "policy_name",
        type=click.Choice(list(POLICIES)),
        default="people-first",
        show_default=True,
        help="Order of the goals.",
    ),
    click.option(
        "--weeks",
        type=click.IntRange(1, MAX_WEEKS),
        default=DEFAULT_WEEKS,
        show_default=True,
        help="Length of the horizon.",
    ),
)
_LIMIT_OPTIONS = (
    click.option(
        "--time-limit",
        "time_limit_s",
        type=click.FloatRange(min=0, min_open=True),
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        callback=_require_finite,
        help="Stop after this long, over all goals, with the best plan found.",
    ),
    click.option(
        "--gap",
        callback=_require_finite,
        type=click.FloatRange(min=0, max=1),
        default=0.001,
        show_default=True,
        help="A goal is good enough when this close to its proven bound (0.001 = 0.1 %).",
    ),
    click.option(
        "--workers",
        type=click.IntRange(1, _MAX_WORKERS),
        default=lambda: os.cpu_count() or 1,
        show_default="all cores",
        help="Threads of the solver. One worker with a seed gives the same plan again, unless "
        "a slow machine meets the time limit first.",
    ),
    click.option(
        "--memory-limit",
        "memory_limit_mb",
        type=click.IntRange(min=1),
        metavar="MB",
        show_default="none",
        help="Stop with the best plan found once the process holds more than this.",
    ),
    click.option(
        "--seed",
        type=SEED,
        default=1,
        show_default=True,
        help="Start of every random choice.",
    ),
)


def limit_options(command: AnyFunction) -> AnyFunction:
    """Add --time-limit, --gap, --workers, --memory-limit and --seed to a command."""
    return _add_options(_LIMIT_OPTIONS, command)


def aim_options(command: AnyFunction) -> AnyFunction:
    """Add --policy and --weeks to a command."""
    return _add_options(_AIM_OPTIONS, command)


def _add_options(
    options: tuple[Callable[[AnyFunction], AnyFunction], ...], command: AnyFunction
) -> AnyFunction:
    for option in reversed(options):
        command = option(command)
    return command


def build_limits(
    *, time_limit_s: float, gap: float, workers: int, memory_limit_mb: int | None, seed: int
) -> SolveLimits:
    """Return the limits of the options."""
    return SolveLimits(
        time_limit_s=time_limit_s,
        gap=gap,
        workers=workers,
        memory_limit_mb=memory_limit_mb,
        seed=seed,
    )
