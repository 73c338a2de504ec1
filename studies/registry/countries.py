"""Countries as registers name them, which is not always as ISO 3166-1 does."""

import unicodedata
from functools import cache

from studies.models import country_names

_OTHER_NAMES = {
    "Bolivia": "BO", "Brunei Darussalam": "BN", "Burma": "MM", "Cape Verde": "CV", "Cote d'Ivoire": "CI",
    "Congo, The Democratic Republic of the": "CD", "Czech Republic": "CZ", "Democratic Republic of the Congo": "CD",
    "Hong Kong": "HK", "Iran, Islamic Republic of": "IR", "Ivory Coast": "CI",
    "Korea, Democratic People's Republic of": "KP", "Korea, Republic of": "KR", "South Korea": "KR",
    "Lao People's Democratic Republic": "LA", "Libyan Arab Jamahiriya": "LY", "Macau": "MO", "Macao": "MO",
    "Macedonia, The Former Yugoslav Republic of": "MK", "Micronesia": "FM", "Moldova, Republic of": "MD",
    "Palestinian Territories, Occupied": "PS", "Palestinian Territory, occupied": "PS", "Reunion": "RE",
    "Russia": "RU", "Russian Federation": "RU", "Swaziland": "SZ", "Syria": "SY", "Syrian Arab Republic": "SY",
    "Taiwan": "TW", "Tanzania": "TZ", "Tanzania, United Republic of": "TZ", "The Gambia": "GM", "Turkey": "TR",
    "Turkey (Türkiye)": "TR", "Türkiye": "TR", "UK": "GB", "USA": "US", "United States": "US", "United Kingdom": "GB",
    "Vatican City": "VA", "Holy See (Vatican City State)": "VA", "Venezuela": "VE", "Vietnam": "VN", "Viet Nam": "VN",
    "Virgin Islands (U.S.)": "VI",
}  # fmt: skip


def code_of(name: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country by any of its names; blank for what is no country of today."""
    return _codes().get(_plain(name), "")


@cache
def _codes() -> dict[str, str]:
    names = {name: code for code, name in country_names().items()}
    return {_plain(name): code for name, code in (names | _OTHER_NAMES).items()}


def _plain(name: str) -> str:
    """Without accents, case and apostrophes of different kinds."""
    parts = unicodedata.normalize("NFKD", name.replace("’", "'"))
    return "".join(char for char in parts if not unicodedata.combining(char)).casefold().strip()
