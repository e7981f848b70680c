"""Languages as words: a skill `lang:de` reads as German on every page.

Files and commands keep the names of the data contract.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_TABLE = """
af Afrikaans, am Amharic, ar Arabic, az Azerbaijani, be Belarusian, bg Bulgarian, bn Bengali,
bs Bosnian, ca Catalan, cs Czech, cy Welsh, da Danish, de German, el Greek, en English,
es Spanish, et Estonian, eu Basque, fa Persian, fi Finnish, fr French, ga Irish, gl Galician,
gu Gujarati, ha Hausa, he Hebrew, hi Hindi, hr Croatian, hu Hungarian, hy Armenian,
id Indonesian, ig Igbo, is Icelandic, it Italian, ja Japanese, ka Georgian, kk Kazakh,
km Khmer, kn Kannada, ko Korean, lo Lao, lt Lithuanian, lv Latvian, mk Macedonian,
ml Malayalam, mn Mongolian, mr Marathi, ms Malay, mt Maltese, my Burmese,
nb Norwegian Bokmål, ne Nepali, nl Dutch, nn Norwegian Nynorsk, no Norwegian, pa Punjabi,
pl Polish, ps Pashto, pt Portuguese, ro Romanian, ru Russian, rw Kinyarwanda, si Sinhala,
sk Slovak, sl Slovenian, so Somali, sq Albanian, sr Serbian, sv Swedish, sw Swahili, ta Tamil,
te Telugu, th Thai, ti Tigrinya, tl Tagalog, tr Turkish, uk Ukrainian, ur Urdu, uz Uzbek,
vi Vietnamese, xh Xhosa, yo Yoruba, zh Chinese, zu Zulu
"""
"""ISO 639-1 code and name in English."""

_LANGUAGES: Mapping[str, str] = MappingProxyType(
    {entry.strip()[:2]: entry.strip()[3:] for entry in _TABLE.split(",")}
)

_LANGUAGE_SKILL = re.compile(r"\blang:([a-z]{2,3})\b", re.IGNORECASE)


def name_skills(text: str) -> str:
    """Return `text`, a skill or a sentence with skills in it, with languages as words.

    A language that is not in the table keeps its code: `language xx`.
    """
    return _LANGUAGE_SKILL.sub(_name_language, text)


def _name_language(found: re.Match[str]) -> str:
    code = found[1].lower()
    return _LANGUAGES.get(code, f"language {code}")
