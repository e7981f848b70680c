"""The tables of the data contract, typed: where the CSV folder and the database meet.

`TABLES` is the one description of every column. The CSV reader, the database
import, the templates and the documentation test all follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType

import pandas as pd


class Kind(StrEnum):
    """How a cell is written in the CSV folder, and the dtype it becomes in a roster.

    TEXT      any text                      -> str; blank becomes ""
    LIST      texts separated by |          -> str, parts sorted, joined by |; blank ""
    CHOICE    one of a column's choices     -> str
    BOOLEAN   true or false                 -> bool
    WHOLE     whole number                  -> Int64 (nullable), int64 where never missing
    DECIMAL   number with a decimal point   -> float64; blank NaN
    MONEY     amount, at most two decimals  -> cents: Int64 (nullable), int64 where never missing
    DATE      YYYY-MM-DD                    -> datetime64[s]; blank NaT
    """

    TEXT = "text"
    LIST = "list"
    CHOICE = "choice"
    BOOLEAN = "boolean"
    WHOLE = "whole number"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    name      as in the CSV header; a MONEY column is named `name_cents` in the roster
    required  a blank cell is an error
    default   CSV text that a blank cell takes; None = the cell stays missing
    minimum, maximum  inclusive limits of a number
    choices   the values that a CHOICE may take
    key       part of the table's key: no two rows share all key cells
    refers_to table whose key the value must be found in
    since     version of the CSV folder that brought the column; a later one than the
              first is written only where it says something
    """

    name: str
    kind: Kind
    required: bool = False
    default: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    key: bool = False
    refers_to: str | None = None
    since: int = 1

    @property
    def roster_name(self) -> str:
        """Name of the column in the roster's frame."""
        return f"{self.name}_cents" if self.kind is Kind.MONEY else self.name

    @property
    def nullable(self) -> bool:
        """Whether the roster may hold a missing value here."""
        return not self.required and self.default is None


@dataclass(frozen=True)
class Table:
    """One file of the CSV folder; `required` = the file must exist."""

    name: str
    columns: tuple[Column, ...]
    required: bool = True

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key columns."""
        return tuple(column.name for column in self.columns if column.key)


def _id(name: str, refers_to: str | None = None, *, key: bool = False) -> Column:
    return Column(name, Kind.TEXT, required=True, key=key, refers_to=refers_to)


def _whole(
    name: str,
    minimum: float | None,
    maximum: float | None,
    *,
    required: bool = False,
    default: str | None = None,
    since: int = 1,
) -> Column:
    return Column(
        name,
        Kind.WHOLE,
        required=required,
        default=default,
        minimum=minimum,
        maximum=maximum,
        since=since,
    )


_MAX_HOURS_A_WEEK = 168
_CURRENCY = Column("currency", Kind.TEXT, default="USD")
_CLEARANCE = _whole("clearance", 0, 4, default="0")
_UTC_OFFSET = Column("utc_offset", Kind.DECIMAL, minimum=-12, maximum=14)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            Table(
                "clients",
                (_id("client_id", key=True), Column("name", Kind.TEXT, required=True)),
            ),
            Table(
                "walls",
                (
                    _id("client_id", "clients", key=True),
                    _id("competitor_id", "clients", key=True),
                    _whole("cooling_off_days", 0, 36_500, required=True),
                ),
                required=False,
            ),
            Table(
                "projects",
                (
                    _id("project_id", key=True),
                    Column("codename", Kind.TEXT, required=True),
                    _id("client_id", "clients"),
                    Column(
                        "status", Kind.CHOICE, required=True, choices=("open", "paused", "closed")
                    ),
                    _whole("demand_hours", 0, 10_000_000, required=True),
                    _whole("priority", 1, 5, default="3"),
                    _whole("seats", 0, 10_000_000),
                    _whole("min_hours", 1, _MAX_HOURS_A_WEEK, default="5"),
                    _whole("max_hours", 1, _MAX_HOURS_A_WEEK, default="40"),
                    _CLEARANCE,
                    Column("compartments", Kind.LIST),
                    Column("pay_rate", Kind.MONEY, minimum=0, maximum=1_000_000),
                    Column("weekly_budget", Kind.MONEY, minimum=0, maximum=1_000_000_000_000),
                    _CURRENCY,
                    Column("starts_on", Kind.DATE),
                    Column("ends_on", Kind.DATE),
                    _UTC_OFFSET,
                    Column("max_utc_distance", Kind.DECIMAL, minimum=0, maximum=24),
                    Column("countries", Kind.LIST),
                    _whole("min_people", 1, 10_000_000, default="1", since=2),
                    _whole("people_per_lead", 1, 10_000_000, since=2),
                    _whole("lead_level", 1, 5, default="4", since=2),
                ),
            ),
            Table(
                "project_skills",
                (
                    _id("project_id", "projects", key=True),
                    Column("skill", Kind.TEXT, required=True, key=True),
                    _whole("min_level", 1, 5, required=True),
                    Column("required", Kind.BOOLEAN, default="true"),
                    _whole("weight", 1, 10, default="1"),
                ),
                required=False,
            ),
            Table(
                "contractors",
                (
                    _id("contractor_id", key=True),
                    Column("name", Kind.TEXT, required=True),
                    Column("email", Kind.TEXT, required=True),
                    _whole("max_weekly_hours", 0, _MAX_HOURS_A_WEEK, required=True),
                    Column("pay_rate", Kind.MONEY, required=True, minimum=0, maximum=1_000_000),
                    _CURRENCY,
                    Column("country", Kind.TEXT),
                    _UTC_OFFSET,
                    _CLEARANCE,
                    Column("clearance_expires_on", Kind.DATE),
                    Column("compartments", Kind.LIST),
                    _whole("floor_hours", 0, _MAX_HOURS_A_WEEK),
                    _whole("max_projects", 0, 100, default="3"),
                    Column("min_pay_rate", Kind.MONEY, minimum=0, maximum=1_000_000),
                    Column("payroll_id", Kind.TEXT),
                    Column("status", Kind.CHOICE, default="active", choices=("active", "inactive")),
                    Column("team", Kind.TEXT, since=2),
                ),
            ),
            Table(
                "contractor_skills",
                (
                    _id("contractor_id", "contractors", key=True),
                    Column("skill", Kind.TEXT, required=True, key=True),
                    _whole("level", 1, 5, required=True),
                ),
                required=False,
            ),
            Table(
                "time_off",
                (
                    _id("contractor_id", "contractors"),
                    Column("starts_on", Kind.DATE, required=True),
                    Column("ends_on", Kind.DATE, required=True),
                ),
                required=False,
            ),
            Table(
                "assignments",
                (
                    _id("assignment_id", key=True),
                    _id("contractor_id", "contractors"),
                    _id("project_id", "projects"),
                    _whole("hours_per_week", 1, _MAX_HOURS_A_WEEK, required=True),
                    Column("starts_on", Kind.DATE, required=True),
                    Column("ends_on", Kind.DATE),
                    Column("pay_rate", Kind.MONEY, minimum=0, maximum=1_000_000),
                    Column("status", Kind.CHOICE, default="active", choices=("active", "ended")),
                ),
            ),
        )
    }
)


@dataclass(frozen=True, eq=False)
class Roster:
    """Every table as a frame with the columns and dtypes of `TABLES`, in that order.

    Rows keep the order of their source; the index is 0..n-1. References hold
    and keys are unique: whoever builds a roster has checked that.
    """

    clients: pd.DataFrame
    walls: pd.DataFrame
    projects: pd.DataFrame
    project_skills: pd.DataFrame
    contractors: pd.DataFrame
    contractor_skills: pd.DataFrame
    time_off: pd.DataFrame
    assignments: pd.DataFrame

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return the frames by table name, in the order of `TABLES`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def build_empty_frame(table: Table) -> pd.DataFrame:
    """Return a frame of `table` without rows, with the roster's dtypes."""
    return pd.DataFrame(
        {column.roster_name: pd.Series(dtype=get_dtype(column)) for column in table.columns}
    )


def get_dtype(column: Column) -> str:
    """Return the pandas dtype that `column` has in a roster."""
    match column.kind:
        case Kind.TEXT | Kind.LIST | Kind.CHOICE:
            return "str"
        case Kind.BOOLEAN:
            return "bool"
        case Kind.WHOLE | Kind.MONEY:
            return "Int64" if column.nullable else "int64"
        case Kind.DECIMAL:
            return "float64"
        case Kind.DATE:
            return "datetime64[s]"
