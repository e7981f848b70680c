"""Where contractors live: country, time zones, culture of the names, languages, currency, pay.

Invented shares; the time zones, languages and currencies belong to the countries.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """One country of the sample.

    share        relative number of contractors
    utc_offsets  hours from UTC in winter, the most common first
    culture      key of `names.NAMES`
    languages    codes of native languages
    currency     in which contractors there are paid
    pay_factor   hourly pay against the United States, in the same currency
    """

    code: str
    share: int
    utc_offsets: tuple[float, ...]
    culture: str
    languages: tuple[str, ...]
    currency: str
    pay_factor: float


UNITS_PER_USD = {"USD": 1.0, "EUR": 0.92, "INR": 84.0}
"""Round exchange rates: what one US dollar buys."""

COUNTRIES = (
    Country("US", 300, (-5.0, -6.0, -8.0, -7.0), "american", ("en",), "USD", 1.00),
    Country("CA", 35, (-5.0, -8.0, -4.0), "american", ("en", "fr"), "USD", 0.90),
    Country("MX", 30, (-6.0,), "hispanic", ("es",), "USD", 0.62),
    Country("CO", 20, (-5.0,), "hispanic", ("es",), "USD", 0.58),
    Country("AR", 18, (-3.0,), "hispanic", ("es",), "USD", 0.60),
    Country("BR", 35, (-3.0,), "lusophone", ("pt",), "USD", 0.62),
    Country("GB", 40, (0.0,), "british", ("en",), "USD", 0.95),
    Country("SE", 10, (1.0,), "nordic", ("sv",), "USD", 0.95),
    Country("PL", 18, (1.0,), "polish", ("pl",), "USD", 0.72),
    Country("TR", 12, (3.0,), "turkish", ("tr",), "USD", 0.60),
    Country("EG", 14, (2.0,), "arabic", ("ar",), "USD", 0.55),
    Country("NG", 22, (1.0,), "west_african", ("en",), "USD", 0.55),
    Country("KE", 20, (3.0,), "east_african", ("sw", "en"), "USD", 0.55),
    Country("ET", 8, (3.0,), "ethiopian", ("am",), "USD", 0.52),
    Country("ZA", 14, (2.0,), "south_african", ("en", "zu"), "USD", 0.65),
    Country("PK", 14, (5.0,), "pakistani", ("ur",), "USD", 0.52),
    Country("BD", 10, (6.0,), "bengali", ("bn",), "USD", 0.50),
    Country("PH", 40, (8.0,), "filipino", ("tl", "en"), "USD", 0.56),
    Country("VN", 14, (7.0,), "vietnamese", ("vi",), "USD", 0.56),
    Country("ID", 14, (7.0, 8.0), "indonesian", ("id",), "USD", 0.55),
    Country("JP", 12, (9.0,), "japanese", ("ja",), "USD", 0.95),
    Country("KR", 10, (9.0,), "korean", ("ko",), "USD", 0.88),
    Country("SG", 6, (8.0,), "chinese", ("en", "zh"), "USD", 1.00),
    Country("AU", 14, (10.0, 8.0), "british", ("en",), "USD", 0.98),
    Country("IE", 14, (0.0,), "british", ("en",), "EUR", 1.00),
    Country("DE", 62, (1.0,), "german", ("de",), "EUR", 1.05),
    Country("FR", 44, (1.0,), "french", ("fr",), "EUR", 1.00),
    Country("ES", 38, (1.0, 0.0), "hispanic", ("es",), "EUR", 0.88),
    Country("PT", 18, (0.0,), "lusophone", ("pt",), "EUR", 0.85),
    Country("IT", 24, (1.0,), "italian", ("it",), "EUR", 0.92),
    Country("NL", 20, (1.0,), "dutch", ("nl",), "EUR", 1.05),
    Country("GR", 12, (2.0,), "greek", ("el",), "EUR", 0.80),
    Country("FI", 10, (2.0,), "finnish", ("fi", "sv"), "EUR", 1.00),
    Country("IN", 150, (5.5,), "indian", ("hi", "en"), "INR", 0.45),
)
