"""One cell: what each kind accepts, refuses and becomes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.importing.cells import BadCell, CellValue, parse_cell, parse_texts
from solver.roster import TABLES, Column, Kind

WHOLE = Column("seats", Kind.WHOLE, minimum=-2, maximum=50)
MONEY = Column("pay_rate", Kind.MONEY, minimum=0, maximum=1_000)
DECIMAL = Column("utc_offset", Kind.DECIMAL, minimum=-12, maximum=14)
DATE = Column("ends_on", Kind.DATE)
LIST = Column("compartments", Kind.LIST)
BOOLEAN = Column("required", Kind.BOOLEAN, default="true")
EMAIL = Column("email", Kind.TEXT, required=True)
CURRENCY = Column("currency", Kind.TEXT, default="USD")


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (WHOLE, "40", 40),
        (WHOLE, "40.0", 40),
        (WHOLE, " +7 ", 7),
        (WHOLE, "-2", -2),
        (WHOLE, "", None),
        (MONEY, "12", 1200),
        (MONEY, "12.5", 1250),
        (MONEY, "12.50000", 1250),
        (MONEY, "0.07", 7),
        (MONEY, "1000", 100_000),
        (DECIMAL, "5.75", 5.75),
        (DECIMAL, "-12", -12.0),
        (DATE, "2028-02-29", date(2028, 2, 29)),
        (DATE, "\N{NO-BREAK SPACE}", None),
        (LIST, "b| a ||b", "a|b"),
        (LIST, "|", ""),
        (BOOLEAN, "FALSE", False),
        (BOOLEAN, "", True),
        (EMAIL, "ada.o'neil+x@mail.example.org".replace("'", ""), "ada.oneil+x@mail.example.org"),
        (CURRENCY, "", "USD"),
    ],
)
def test_cell_accepted(column: Column, text: str, value: CellValue) -> None:
    assert parse_cell(column, text) == value


@pytest.mark.parametrize(
    ("column", "text"),
    [
        (WHOLE, "37.5"),
        (WHOLE, "51"),
        (WHOLE, "-3"),
        (WHOLE, "1e1"),
        (WHOLE, "1,0"),
        (WHOLE, "\N{ARABIC-INDIC DIGIT FOUR}"),
        (WHOLE, "9" * 40),
        (MONEY, "12.505"),
        (MONEY, "12,50"),
        (MONEY, "$12"),
        (MONEY, "-0.01"),
        (MONEY, "1000.01"),
        (MONEY, "nan"),
        (DECIMAL, "inf"),
        (DECIMAL, "14.1"),
        (DATE, "2027-02-29"),
        (DATE, "20270228"),
        (DATE, "2027-2-28"),
        (DATE, "2027-W01-1"),
        (BOOLEAN, "1"),
        (EMAIL, ""),
        (EMAIL, "ada"),
        (EMAIL, "ada@example"),
        (EMAIL, "ada@@example.org"),
        (EMAIL, "a da@example.org"),
        (EMAIL, "<ada@example.org>"),
        (CURRENCY, "usd"),
        (CURRENCY, "USDX"),
        (LIST, "a\0b"),
    ],
)
def test_cell_refused(column: Column, text: str) -> None:
    with pytest.raises(BadCell):
        parse_cell(column, text)


@given(
    column=st.sampled_from([one for table in TABLES.values() for one in table.columns]),
    texts=st.lists(
        st.sampled_from(
            ["", " ", "C1", " Ada ", "ada@example.org", "USD", "a@b", "\0", "5", "x|y"]
        ),
        max_size=6,
    ),
)
def test_cells_of_a_column_are_parsed_as_each_alone(column: Column, texts: list[str]) -> None:
    values, expected = parse_texts(column, texts)
    alone = [parse_alone(column, text) for text in texts]
    assert values == [value for value, _fault in alone]
    assert expected == {place: fault for place, (_, fault) in enumerate(alone) if fault}


def parse_alone(column: Column, text: str) -> tuple[CellValue, str]:
    try:
        return parse_cell(column, text), ""
    except BadCell as bad:
        return None, bad.expected
