"""Links over the API, in the contracts: of every type, for whoever links and withdraws on its pages."""

import re
from typing import Any

from tests.contracts.events import breaches, capas, changes, complaints, deviations, intake, issues, process_deviations
from tests.contracts.forms import WHY, Place

_TYPES = (intake, issues, deviations, breaches, complaints, process_deviations, capas, changes)
_NAMES = {
    "intake": ("intake", "intake"), "issues": ("issues", "issue"), "deviations": ("deviations", "deviation"),
    "specifications": ("deviation-specifications", "specification"), "breaches": ("breaches", "breach"),
    "freezes": ("classification-freezes", "freeze"), "complaints": ("complaints", "complaint"),
    "process_deviations": ("process-deviations", "process_deviation"), "capas": ("capas", "capa"),
    "changes": ("changes", "change"),
}  # fmt: skip
"""Namespace of the pages → place and name in the API."""
_ROW = re.compile(r"^(\w+):link +POST +\S*/(\{\w+\})/link/ +302 (.*)$", re.MULTILINE)
FOUND = [(*_NAMES[space], hole, who) for each in _TYPES for space, hole, who in _ROW.findall(each.PAGES)]

PAGES = ""
API = "\n".join(
    f"api:{name}_links POST /api/v1/{place}/{hole}/links/ 201 {who}\n"
    f"api:{name}_unlink POST /api/v1/{place}/{hole}/links/{hole[:-1]}_link}}/withdraw/ 200 {who}"
    for place, name, hole, who in FOUND
)
INPUTS: dict[str, dict[str, Any]] = {
    **{f"api:{name}_links": {"number": "{approved}", "why": "It says so."} for _, name, _, _ in FOUND},
    **{f"api:{name}_unlink": WHY for _, name, _, _ in FOUND},
}
PLACES: tuple[Place, ...] = ()
ELSEWHERE: dict[str, str] = {}
_LINK = {"number": "SOP-0002", "study": None, "site": "", "person": None, "why": "It says so."}
REQUESTS = tuple(
    row
    for place, _, hole, _ in FOUND
    for row in (
        (f"{place.replace('-', '_')}_links_create", "qa", f"{place}/{hole}/links/", _LINK),
        (
            f"{place.replace('-', '_')}_links_withdraw_create",
            "qa",
            f"{place}/{hole}/links/{hole[:-1]}_link}}/withdraw/",
            WHY,
        ),
    )
)
SEARCHED: dict[str, tuple[str, str, str, int]] = {}
FILLED: dict[str, tuple[str, str, int]] = {}
POSSIBLE: dict[str, dict[str, dict[str, str]]] = {}
DONE: dict[str, dict[str, str]] = {}
WORKFLOWS = ()


def values() -> dict[str, Any]:
    """The holes are those of the types."""
    return {}


def fill(world: Any) -> None:
    """Links stand in no list of their own."""
