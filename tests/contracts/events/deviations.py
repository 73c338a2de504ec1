"""Protocol deviations, specifications and freezes in the contracts."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from cqms.attachments.services import attachments_of
from quality_events import services as every
from quality_events.deviations import services
from quality_events.deviations.models import DeviationImport
from quality_events.deviations.workflow import DEVIATION, FREEZE, SPECIFICATION
from quality_events.models import EventLink
from studies.models import Study
from tests.cast import PASSWORD, email_of
from tests.contracts.forms import WHY, Place
from tests.world import building as worlds
from tests.world.events import (
    EXTRACT,
    bring_extract,
    deviation_of_world,
    draft_of_world,
    freeze_of_world,
    more_deviations,
)


def usual_pages(space: str, hole: str, editors: str) -> str:
    """The rows of the pages that every type has, for a record that `editors` may edit."""
    place = f"/quality-events/{space}"
    of_it, no = f"{place}/{{{hole}}}", "403 * | 404 administrator"
    return f"""\
{space}:list   GET  {place}/                                   200 * | 403 administrator
{space}:list   POST {place}/                                   302 * | 403 administrator
{space}:new    GET  {place}/new/                               200 CONTRIBUTE | 403 *
{space}:detail GET  {of_it}/                                   200 * | 404 administrator
{space}:edit   GET  {of_it}/edit/                              200 {editors} | {no}
{space}:edit   POST {of_it}/edit/                              302 {editors} | {no}
{space}:link   GET  {of_it}/link/                              200 CONTRIBUTE | {no}
{space}:link   POST {of_it}/link/                              302 CONTRIBUTE | {no}
{space}:unlink GET  {of_it}/links/{{{hole}_link}}/withdraw/    200 CONTRIBUTE | {no}
{space}:unlink POST {of_it}/links/{{{hole}_link}}/withdraw/    302 CONTRIBUTE | {no}
{space}:files  GET  {of_it}/files/                             200 CONTRIBUTE | {no}
{space}:files  POST {of_it}/files/                             422 CONTRIBUTE | {no}
{space}:file   GET  {of_it}/files/{{{hole}_file}}/             200 * | 404 administrator
{space}:report GET  {of_it}/report/                            302 * | 404 administrator
{space}:report POST {of_it}/report/                            302 INSPECT | {no}
"""


PAGES = (
    usual_pages("deviations", "deviation", "author ASSURE")
    + "quality_events:similar GET /quality-events/similar/deviations/{deviation}/ 200 * | 404 administrator\n"
    + usual_pages("specifications", "specification", "LEAD")
    + usual_pages("freezes", "freeze", "LEAD")
    + """\
deviations:new          POST /quality-events/deviations/new/                          302 CONTRIBUTE | 403 *
deviations:classify     GET  /quality-events/deviations/classify/?numbers={deviation} 200 LEAD | 403 * | 404 administrator
deviations:classify     POST /quality-events/deviations/classify/?numbers={deviation} 302 LEAD | 403 * | 404 administrator
deviations:listing      GET  /quality-events/deviations/listing/                      200 INSPECT | 403 *
deviations:listing      POST /quality-events/deviations/listing/                      302 INSPECT | 403 *
deviations:step         GET  /quality-events/deviations/{deviation}/steps/classify/   200 LEAD | 403 * | 404 administrator
deviations:step         POST /quality-events/deviations/{deviation}/steps/classify/   302 LEAD | 403 * | 404 administrator
deviations:step         POST /quality-events/deviations/{deviation}/steps/close/      409 * | 404 administrator
deviations:issue        GET  /quality-events/deviations/{deviation}/issue/            200 CONTRIBUTE | 403 * | 404 administrator
deviations:issue        POST /quality-events/deviations/{deviation}/issue/            302 CONTRIBUTE | 403 * | 404 administrator
deviations:import         GET  /quality-events/deviations/import/                  200 CONTRIBUTE | 403 *
deviations:import         POST /quality-events/deviations/import/                  422 CONTRIBUTE | 403 *
deviations:import_check   GET  /quality-events/deviations/import/{import}/         200 CONTRIBUTE | 403 * | 404 administrator
deviations:import_check   POST /quality-events/deviations/import/{import}/         302 CONTRIBUTE | 403 * | 404 administrator
deviations:import_columns GET  /quality-events/deviations/import/{import}/columns/ 200 CONTRIBUTE | 403 * | 404 administrator
deviations:import_columns POST /quality-events/deviations/import/{import}/columns/ 302 CONTRIBUTE | 403 * | 404 administrator
deviations:import_file    GET  /quality-events/deviations/import/{import}/file/    200 CONTRIBUTE | 403 * | 404 administrator
specifications:new      POST /quality-events/specifications/new/                      302 CONTRIBUTE | 403 *
specifications:step     GET  /quality-events/specifications/{specification}/steps/submit/   200 LEAD | 403 * | 404 administrator
specifications:step     POST /quality-events/specifications/{specification}/steps/submit/   302 LEAD | 403 * | 404 administrator
freezes:new             POST /quality-events/freezes/new/                             302 LEAD | 403 *
freezes:step            GET  /quality-events/freezes/{freeze}/steps/withdraw/         200 LEAD | 403 * | 404 administrator
freezes:step            POST /quality-events/freezes/{freeze}/steps/withdraw/         302 LEAD | 403 * | 404 administrator
"""
)
API = """
api:deviations     GET   /api/v1/deviations/                                          200 * | 403 administrator
api:deviations     POST  /api/v1/deviations/                                          201 CONTRIBUTE | 422 outsider administrator | 403 *
api:deviation      GET   /api/v1/deviations/{deviation}/                              200 * | 404 administrator
api:deviation      PATCH /api/v1/deviations/{deviation}/                              200 author ASSURE | 403 * | 404 administrator
api:deviation_step POST  /api/v1/deviations/{deviation}/steps/take_up/                200 LEAD | 403 * | 404 administrator
api:deviation_imports GET  /api/v1/deviation-imports/                                 200 CONTRIBUTE outsider | 403 *
api:deviation_imports POST /api/v1/deviation-imports/                                 201 CONTRIBUTE | 422 outsider | 403 *
api:deviation_import GET   /api/v1/deviation-imports/{import}/                        200 CONTRIBUTE | 403 * | 404 administrator
api:deviation_import_columns PUT /api/v1/deviation-imports/{import}/columns/          200 CONTRIBUTE | 403 * | 404 administrator
api:deviation_import_run POST /api/v1/deviation-imports/{import}/run/                 201 CONTRIBUTE | 403 * | 404 administrator
api:deviation_import_rows GET /api/v1/deviation-imports/{import}/rows/                200 CONTRIBUTE | 403 * | 404 administrator
api:deviation_import_file GET /api/v1/deviation-imports/{import}/file/                200 CONTRIBUTE | 403 * | 404 administrator
api:specifications GET   /api/v1/deviation-specifications/                            200 * | 403 administrator
api:specifications POST  /api/v1/deviation-specifications/                            201 CONTRIBUTE | 422 outsider administrator | 403 *
api:specification  GET   /api/v1/deviation-specifications/{specification}/            200 * | 404 administrator
api:specification  PATCH /api/v1/deviation-specifications/{specification}/            200 LEAD | 403 * | 404 administrator
api:specification_step POST /api/v1/deviation-specifications/{specification}/steps/submit/  200 LEAD | 403 * | 404 administrator
api:freezes        GET   /api/v1/classification-freezes/                              200 * | 403 administrator
api:freezes        POST  /api/v1/classification-freezes/                              201 LEAD | 422 outsider administrator guest | 403 *
api:freeze         GET   /api/v1/classification-freezes/{freeze}/                     200 * | 404 administrator
api:freeze         PATCH /api/v1/classification-freezes/{freeze}/                     200 LEAD | 403 * | 404 administrator
api:freeze_step    POST  /api/v1/classification-freezes/{freeze}/steps/withdraw/      200 LEAD | 403 * | 404 administrator
"""
_TOLD = {"title": "Another title", "description": "What it is about."}
_FOUND = {**_TOLD, "discovered_on": "2026-01-12", "subject_code": "1002-015"}
_LINES = {"categories": "data / Entry late: not important", "repeat_count": 3, "repeat_days": 90}
_JUDGED = {"category": "data / Entry late", "importance": "not_important", "rationale": "No effect."}
_OWNED = {"study": "{study_pk}", "owner": "{owner}"}
INPUTS: dict[str, dict[str, Any]] = {
    **{f"{space}:list": {"do": "usual_columns"} for space in ("deviations", "specifications", "freezes")},
    **{
        f"{space}:link": {"number": "{approved}", "why": "So."} for space in ("deviations", "specifications", "freezes")
    },
    **{f"{space}:unlink": WHY for space in ("deviations", "specifications", "freezes")},
    **{f"{space}:files": {} for space in ("deviations", "specifications", "freezes")},
    "deviations:new": {**_FOUND, **_OWNED, "aware_at": "2026-01-12T10:00"},
    "deviations:edit": {**_FOUND, **_OWNED, **WHY, "aware_at": "2026-01-12T10:00", "revision": "{deviation_revision}"},
    "deviations:issue": {
        **_TOLD,
        **_OWNED,
        "discovered_on": "2026-01-12",
        "aware_at": "2026-01-12T10:00",
        "scope": "site",
        "detected_how": "Monitoring",
    },
    "deviations:classify": _JUDGED,
    "deviations:listing": {"study": "{study}"},
    "deviations:step classify": {**_JUDGED, "revision": "{deviation_revision}"},
    "deviations:import": {},
    "deviations:import_check": {},
    "deviations:import_columns": {
        "source_id": "PD No",
        "description": "Description",
        "discovered_on": "Date identified",
        "revision": "{import_revision}",
    },
    "specifications:new": {**_TOLD, **_LINES, **_OWNED},
    "specifications:edit": {**_TOLD, **_LINES, **_OWNED, **WHY, "revision": "{specification_revision}"},
    "freezes:new": {**_TOLD, "study": "{last_study_pk}", "owner": "{owner}"},
    "freezes:edit": {**_TOLD, **_OWNED, **WHY, "revision": "{freeze_revision}"},
    "api:deviation_imports": {"study": "{study}", "source_system": "EDC", "file": EXTRACT.encode()},
    "api:deviation_import_columns": {"revision": "{import_revision}"},
    "api:deviation_import_run": {"no_identity": True},
    "api:deviations": {**_FOUND, "study": "{study}"},
    "api:deviation": {"visit": "Visit 9", **WHY, "revision": "{deviation_revision}"},
    "api:specifications": {**_TOLD, **_LINES, "study": "{study}"},
    "api:specification": {"title": "Another title", **WHY, "revision": "{specification_revision}"},
    "api:freezes": {**_TOLD, "study": "{other_study}"},
    "api:freeze": {"title": "Another title", **WHY, "revision": "{freeze_revision}"},
}
_Q = "/quality-events"
PLACES = (
    Place("deviations:new", "author", f"{_Q}/deviations/new/?study=NW-101", _TOLD),
    Place("deviations:edit", "author", f"{_Q}/deviations/{{deviation}}/edit/", WHY),
    Place("deviations:classify", "qa", f"{_Q}/deviations/classify/?numbers={{deviation}}", _JUDGED),
    Place("deviations:listing", "qa", f"{_Q}/deviations/listing/", {"study": "NW-101"}),
    Place("deviations:issue", "author", f"{_Q}/deviations/{{deviation}}/issue/", {"detected_how": "Monitoring"}),
    Place("deviations:link", "author", f"{_Q}/deviations/{{deviation}}/link/", {"number": "SOP-0002", "why": "So."}),
    Place("deviations:unlink", "author", f"{_Q}/deviations/{{deviation}}/links/{{deviation_link}}/withdraw/", WHY),
    Place("deviations:step", "qa", f"{_Q}/deviations/{{deviation}}/steps/classify/", _JUDGED),
    Place(
        "deviations:import",
        "author",
        f"{_Q}/deviations/import/?study=NW-101",
        {"source_system": "EDC", "file": SimpleUploadedFile("extract.csv", EXTRACT.encode(), "text/csv")},
    ),
    Place("deviations:import_columns", "author", f"{_Q}/deviations/import/{{import}}/columns/"),
    Place("specifications:new", "author", f"{_Q}/specifications/new/?study=NW-101", {**_TOLD, **_LINES}),
    Place("specifications:edit", "qa", f"{_Q}/specifications/{{specification}}/edit/", WHY),
    Place(
        "specifications:link",
        "qa",
        f"{_Q}/specifications/{{specification}}/link/",
        {"number": "SOP-0002", "why": "So."},
    ),
    Place(
        "specifications:unlink",
        "qa",
        f"{_Q}/specifications/{{specification}}/links/{{specification_link}}/withdraw/",
        WHY,
    ),
    Place("specifications:step", "qa", f"{_Q}/specifications/{{specification}}/steps/submit/"),
    Place("freezes:new", "qa", f"{_Q}/freezes/new/?study=NW-202", _TOLD),
    Place("freezes:edit", "qa", f"{_Q}/freezes/{{freeze}}/edit/", WHY),
    Place("freezes:link", "qa", f"{_Q}/freezes/{{freeze}}/link/", {"number": "SOP-0002", "why": "So."}),
    Place("freezes:unlink", "qa", f"{_Q}/freezes/{{freeze}}/links/{{freeze_link}}/withdraw/", WHY),
    Place("freezes:step", "qa", f"{_Q}/freezes/{{freeze}}/steps/withdraw/", WHY),
)
ELSEWHERE = {
    **{f"{space}:files": "takes files alone" for space in ("deviations", "specifications", "freezes")},
    "deviations:import_check": "asks nothing but a tick where a text is in doubt; its story is told by the tests of imports",
}
_SIGN = {**WHY, "email": email_of("qa"), "password": PASSWORD, "code": "", "accepts_binding": True}
_BASE = {**_TOLD, "study": "NW-101", "site": "01", "owner": email_of("qa"), "no_identity": False}
_DEVIATION = {
    **_BASE, "occurred_on": "2026-01-10", "discovered_on": "2026-01-12", "aware_at": "2026-01-12T10:00:00Z",
    "noticed_by": "Nurse", "subject_code": "1002-015", "visit": "Visit 9", "protocol": "1.0", "protocol_section": "6.2",
    "immediate_action": "None.", "reported_to_ethics": "2026-01-13",
}  # fmt: skip
_LINED = {**_BASE, **_LINES, "protocol": "1.0"}
_STEP = {
    **_SIGN, **_JUDGED, "no_identity": False, "breach": "no", "breach_grounds": "None.", "investigation": "None.", "impact": "None.",
    "critical_factor": "Dose", "excluded": False, "action": "None.",
}  # fmt: skip
REQUESTS = (
    ("deviation_imports_columns_update", "author", "deviation-imports/{import}/columns/",
     {"columns": {"source_id": "PD No", "discovered_on": "Date identified", "description": "Description"}},
     "deviation-imports/{import}/"),
    ("deviation_imports_run_create", "author", "deviation-imports/{import}/run/", {"no_identity": True}),
    ("deviations_create", "author", "deviations/", {**_DEVIATION, "unblinded": False}),
    ("deviations_partial_update", "author", "deviations/{deviation}/", {**_DEVIATION, **WHY}, "deviations/{deviation}/"),
    ("deviations_steps_create", "qa", "deviations/{deviation}/steps/classify/", _STEP, "deviations/{deviation}/"),
    ("deviation_specifications_create", "qa", "deviation-specifications/", _LINED),
    ("deviation_specifications_partial_update", "qa", "deviation-specifications/{specification}/", {**_LINED, **WHY},
     "deviation-specifications/{specification}/"),
    ("deviation_specifications_steps_create", "qa", "deviation-specifications/{specification}/steps/submit/", _SIGN,
     "deviation-specifications/{specification}/"),
    ("classification_freezes_create", "qa", "classification-freezes/", {**_BASE, "study": "NW-202"}),
    ("classification_freezes_partial_update", "qa", "classification-freezes/{freeze}/", {**_BASE, **WHY},
     "classification-freezes/{freeze}/"),
    ("classification_freezes_steps_create", "qa", "classification-freezes/{freeze}/steps/withdraw/", _SIGN,
     "classification-freezes/{freeze}/"),
)  # fmt: skip
SEARCHED: dict[str, tuple[str, str, str, int]] = {}
FILLED = {
    "deviations:list": ("qa", "/o/northwind/quality-events/deviations/", 11),
    "specifications:list": ("qa", "/o/northwind/quality-events/specifications/", 11),
    "freezes:list": ("qa", "/o/northwind/quality-events/freezes/", 11),
    "api:deviations": ("qa", "deviations/", 8),
    "api:deviation_imports": ("qa", "deviation-imports/", 8),
    "api:specifications": ("qa", "deviation-specifications/", 8),
    "api:freezes": ("qa", "classification-freezes/", 8),
}

_QA = "qa quality_head"
_OWN, _LEADS = f"author {_QA}", f"study_manager {_QA}"
_ADVISE = "medical_monitor statistician"
POSSIBLE = {
    "deviations.protocoldeviation": {
        "logged": {"take_up": _LEADS, "classify": _LEADS, "void": _QA},
        "triage": {"classify": _LEADS, "void": _QA},
        "assessment": {"reclassify": _LEADS, "confirm": _ADVISE, "screen": _QA, "investigate": _OWN, "act": _OWN},
        "investigation": {"reclassify": _LEADS, "act": _OWN},
        "action": {"reclassify": _LEADS, "submit": _OWN, "finish": _OWN},
        "qa_review": {"reclassify": _LEADS, "back": _QA, "close": _QA},
        "closed": {"reopen": _QA},
        "voided, a deviation": {},
    },
    "deviations.specification": {
        "draft": {"submit": _LEADS, "void": _QA},
        "in_approval": {"approve": f"medical_monitor {_LEADS}", "reject": f"{_ADVISE} {_LEADS}", "void": _QA},
        "approved": {"supersede": "the system"},
        "superseded": {},
        "voided": {},
    },
    "deviations.freeze": {
        "prepared": {"freeze": f"study_manager {_ADVISE}", "withdraw": _LEADS},
        "frozen": {},
        "withdrawn": {},
    },
}
DONE: dict[str, dict[str, str]] = {}
WORKFLOWS = (DEVIATION, SPECIFICATION, FREEZE)
_IMPORTANT = {
    "category": "product / Wrong dose, route or schedule", "importance": "important", "rationale": "It may harm.",
}  # fmt: skip
_WINDOW = {"category": "window / Visit missed", "importance": "not_important", "rationale": "No effect."}
_DONE = {"impact": "None.", "action": "The site was told."}
_ASSESSED = (("classify", _IMPORTANT), ("confirm", {}), ("screen", {"breach": "no", "breach_grounds": "One dose."}))
_ACTED = (("classify", _WINDOW), ("act", _DONE))
_WAYS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "logged": (), "triage": (("take_up", {}),), "assessment": _ASSESSED,
    "investigation": (*_ASSESSED, ("investigate", {})), "action": _ACTED, "qa_review": (*_ACTED, ("submit", {})),
    "closed": (*_ACTED, ("submit", {}), ("close", {})), "voided, a deviation": (("void", {}),),
}  # fmt: skip


def in_state(world: Any, label: str) -> Any:
    """The record of the world in that state, of the workflow that has it."""
    if label in FREEZE.states.values:
        return _freeze(world, label)
    return _deviation(world, label) if label in _WAYS else _other(world, label)


def _deviation(world: Any, label: str) -> Any:
    record = deviation_of_world()
    for key, given in _WAYS[label]:
        who = world.medical_monitor if key == "confirm" else world.qa
        proof = worlds.credentials(who)
        record = services.take_step(record, key, actor=who, values=given, reason="Because.", credentials=proof)
    return record


def _other(world: Any, label: str) -> Any:
    record = draft_of_world()
    if label == "voided":
        proof = worlds.credentials(world.qa)
        return every.take_step(record, "void", actor=world.qa, reason="Because.", credentials=proof)
    if label != "draft":
        record = services.take_specification_step(record, "submit", actor=world.qa)
    people = (world.study_manager, world.medical_monitor, world.qa) if label in ("approved", "superseded") else ()
    for who in people:
        record = services.take_specification_step(record, "approve", actor=who, credentials=worlds.credentials(who))
    return SPECIFICATION.perform(record, "supersede", actor=None) if label == "superseded" else record


def _freeze(world: Any, label: str) -> Any:
    """One that nothing stands against: every deviation of the study is voided before it is prepared anew."""
    proof = worlds.credentials(world.qa)
    services.take_step(deviation_of_world(), "void", actor=world.qa, reason="Because.", credentials=proof)
    every.take_step(freeze_of_world(), "withdraw", actor=world.qa, reason="Because.")
    values_ = {"title": "Freeze", "description": "Now.", "study": worlds.study_of_world()}
    record = services.prepare_freeze(values_, actor=world.study_manager)
    if label == "withdrawn":
        return every.take_step(record, "withdraw", actor=world.qa, reason="Because.")
    people = (world.study_manager, world.medical_monitor, world.statistician) if label == "frozen" else ()
    for who in people:
        record = every.take_step(record, "freeze", actor=who, credentials=worlds.credentials(who))
    return record


def values() -> dict[str, Any]:
    """What stands in the holes of addresses in the open organization."""
    found: dict[str, Any] = {"study_pk": worlds.study_of_world().pk, "last_study_pk": Study.objects.latest("pk").pk}
    brought = DeviationImport.objects.earliest("pk")
    found |= {"import": brought.pk, "import_revision": brought.revision}
    for hole, record in (
        ("deviation", deviation_of_world()), ("specification", draft_of_world()), ("freeze", freeze_of_world()),
    ):  # fmt: skip
        link = EventLink.objects.get(from_kind=record._meta.label_lower, from_id=record.pk)
        found |= {
            hole: record.number, f"{hole}_revision": record.revision, f"{hole}_link": link.pk,
            f"{hole}_file": attachments_of(record, record.reporter)[0].pk,
        }  # fmt: skip
    return found


def fill(world: Any) -> None:
    """One more in each list."""
    document = worlds.version_of(worlds.APPROVED).document
    more_deviations(worlds.study_of_world(), document, worlds.our_players(world))
    bring_extract(worlds.study_of_world(), worlds.our_players(world))
