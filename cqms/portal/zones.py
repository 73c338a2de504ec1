"""Time zones as people name them: by the largest city near them."""

import unicodedata
from functools import cache

from cqms.accounts.zones import zone_names

_SUGGESTED = 8
_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
"""The other names are older ones for the same zones, and clocks of no place."""


@cache
def _names() -> dict[str, str]:
    """Every zone by its name in plain letters."""
    return {_plain(name): name for name in sorted(zone_names())}


@cache
def _places() -> tuple[tuple[str, str], ...]:
    """What is suggested: zones of a region and UTC, with their plain names."""
    return tuple((plain, name) for plain, name in _names().items() if name == "UTC" or name.split("/")[0] in _REGIONS)


def meant(words: str) -> list[str]:
    """The zones somebody may mean: the one of that name, else those of that city, else those with these words in them.

    Capitals, accents and underscores do not matter.
    """
    plain = _plain(words)
    if not plain or plain in _names():
        return [_names()[plain]] if plain else []
    cities = [name for key, name in _places() if key.rpartition("/")[2] == plain]
    return cities or [name for key, name in _places() if plain in key][:_SUGGESTED]


def _plain(words: str) -> str:
    letters = unicodedata.normalize("NFKD", words.replace("_", " "))
    return " ".join("".join(each for each in letters if not unicodedata.combining(each)).casefold().split())
