"""Serious breaches in the contracts."""

import datetime as dt
from typing import Any

from cqms.attachments.models import Attachment
from quality_events.breaches.workflow import SERIOUS_BREACH
from quality_events.models import EventLink
from tests.cast import PASSWORD, email_of
from tests.contracts.forms import SIGNED, WHY, Place
from tests.world import building as worlds
from tests.world.events import BREACH_VALUES, NOTIFIED, breach_of_world, carry_on, fill_breaches

_SHEET, _ANSWERS = BREACH_VALUES["draft"], BREACH_VALUES["assess"]
PAGES = """
breaches:list           GET  /quality-events/breaches/                                200 * | 403 administrator
breaches:list           POST /quality-events/breaches/                                302 * | 403 administrator
breaches:new            GET  /quality-events/breaches/new/                            200 CONTRIBUTE | 403 *
breaches:new            POST /quality-events/breaches/new/                            302 CONTRIBUTE | 403 *
breaches:detail         GET  /quality-events/breaches/{breach}/                       200 * | 404 administrator
breaches:report         GET  /quality-events/breaches/{breach}/report/                302 * | 404 administrator
breaches:report         POST /quality-events/breaches/{breach}/report/                302 INSPECT | 403 * | 404 administrator
breaches:edit           GET  /quality-events/breaches/{breach}/edit/                  200 author ASSURE | 403 * | 404 administrator
breaches:edit           POST /quality-events/breaches/{breach}/edit/                  302 author ASSURE | 403 * | 404 administrator
breaches:link           GET  /quality-events/breaches/{breach}/link/                  200 CONTRIBUTE | 403 * | 404 administrator
breaches:link           POST /quality-events/breaches/{breach}/link/                  302 CONTRIBUTE | 403 * | 404 administrator
breaches:unlink         GET  /quality-events/breaches/{breach}/links/{breach_link}/withdraw/   200 CONTRIBUTE | 403 * | 404 administrator
breaches:unlink         POST /quality-events/breaches/{breach}/links/{breach_link}/withdraw/   302 CONTRIBUTE | 403 * | 404 administrator
breaches:files          GET  /quality-events/breaches/{breach}/files/                 200 CONTRIBUTE | 403 * | 404 administrator
breaches:files          POST /quality-events/breaches/{breach}/files/                 422 CONTRIBUTE | 403 * | 404 administrator
breaches:file           GET  /quality-events/breaches/{breach}/files/{breach_file}/   200 * | 404 administrator
breaches:step           GET  /quality-events/breaches/{breach}/steps/assess/          200 author ASSURE | 403 * | 404 administrator
breaches:step           POST /quality-events/breaches/{breach}/steps/assess/          302 author ASSURE | 403 * | 404 administrator
breaches:step           POST /quality-events/breaches/{breach}/steps/close/           409 * | 404 administrator
breaches:sheet          GET  /quality-events/breaches/{breach}/sheet/                 200 * | 404 administrator
breaches:sent           GET  /quality-events/breaches/{notified}/sheet/1/             200 * | 404 administrator
breaches:sheet_pdf      GET  /quality-events/breaches/{notified}/sheet/pdf/           200 CONTRIBUTE | 403 * | 404 administrator
breaches:sheet_pdf      POST /quality-events/breaches/{notified}/sheet/pdf/           302 CONTRIBUTE | 403 * | 404 administrator
portal:record           GET  /records/breaches.seriousbreach/{breach_pk}/             302 * | 404 administrator
"""
API = """
api:breaches            GET    /api/v1/breaches/                                      200 * | 403 administrator
api:breaches            POST   /api/v1/breaches/                                      201 CONTRIBUTE outsider | 403 *
api:breach              GET    /api/v1/breaches/{breach}/                             200 * | 404 administrator
api:breach              PATCH  /api/v1/breaches/{breach}/                             200 author ASSURE | 403 * | 404 administrator
api:breach_step         POST   /api/v1/breaches/{breach}/steps/assess/                200 author ASSURE | 403 * | 404 administrator
"""
_NEW = {"title": "Another title", "description": "What happened.", "discovered_on": "2026-01-12"}
_FORM = {
    **_NEW, "aware_at": "2026-01-12T10:00", "zone": "Europe/Berlin", "sponsor_zone": "Europe/Berlin",
    "jurisdictions": ["EU"], "owner": "{owner}",
}  # fmt: skip
INPUTS: dict[str, dict[str, Any]] = {
    "breaches:list": {"do": "usual_columns"},
    "breaches:new": _FORM,
    "breaches:edit": {**_FORM, "reason": "Because.", "revision": "{breach_revision}"},
    "breaches:link": {"number": "{approved}", "why": "It says so."},
    "breaches:unlink": WHY,
    "breaches:files": {},
    "breaches:sheet_pdf": {"version": "1"},
    "breaches:step assess": {**_ANSWERS, "revision": "{breach_revision}"},
    "api:breaches": _NEW,
    "api:breach": {"title": "Another title", "reason": "Because.", "revision": "{breach_revision}"},
    "api:breach_step assess": {**_ANSWERS, "revision": "{breach_revision}"},
}
_PAGE = "/quality-events/breaches/{breach}"
_TOLD = "/quality-events/breaches/{notified}"
_NEW_TYPED = {
    "title": "Alarm", "description": "It rang.", "jurisdictions": ["EU"], "zone": "Europe/Berlin",
    "sponsor_zone": "Europe/Berlin", "aware_at": "2026-01-12T10:00",
}  # fmt: skip
PLACES = (
    Place("breaches:new", "author", "/quality-events/breaches/new/", _NEW_TYPED),
    Place("breaches:edit", "author", f"{_PAGE}/edit/", {**WHY, "jurisdictions": ["EU"]}),
    Place("breaches:link", "author", f"{_PAGE}/link/", {"number": "SOP-0002", "why": "So."}),
    Place("breaches:unlink", "author", f"{_PAGE}/links/{{breach_link}}/withdraw/", WHY),
    Place("breaches:sheet_pdf", "author", f"{_TOLD}/sheet/pdf/", {"version": "1"}),
    Place("breaches:step", "author", f"{_PAGE}/steps/assess/", _ANSWERS),
    Place("breaches:step", "qa", f"{_PAGE}/steps/void/", {**SIGNED, **WHY}),
    Place("breaches:step", "quality_head", f"{_TOLD}/steps/follow_up/",
          {**_SHEET, **SIGNED, "channel": "CTIS", "redaction_checked": "on"}),
    Place("breaches:step", "author", f"{_TOLD}/steps/question/", {"authority_questions": "How many?"}),
)  # fmt: skip
ELSEWHERE = {"breaches:files": "takes files alone"}
_EMAIL = {"email": email_of("author"), "password": PASSWORD, "code": "", "accepts_binding": True}
_FULL = {
    **_NEW, "no_identity": False, "study": "NW-101", "site": "01", "occurred_on": "2026-01-10", "aware_at": "2026-01-12T10:00:00Z",
    "noticed_by": "Nurse", "owner": email_of("author"), "jurisdictions": ["EU", "UK"], "sponsor_zone": "Europe/Berlin",
    "aware_by": "Manager", "aware_evidence": "Mail", "first_aware_at": "2026-01-11T10:00:00Z",
    "first_aware_zone": "Europe/Berlin", "first_aware_by": "Monitor", "first_aware_evidence": "Call",
    "site_aware_at": "2026-01-10T10:00:00Z",
}  # fmt: skip
_STEP = {
    **_ANSWERS, **_SHEET, **_EMAIL, **WHY, "no_identity": False, "clock_from": "sponsor", "clock_rationale": "None knew.",
    "aware_at": "2026-01-12T10:00:00Z", "first_aware_at": "2026-01-11T10:00:00Z", "in_procedure": "None",
    "next_follow_up_on": "2026-12-01", "other_trials": "None", "root_cause": "A recall", "parties": "Depot",
    "sent_at": dt.datetime.now(dt.UTC).isoformat(), "channel": "CTIS", "receipt": "1", "redaction_checked": True,
    "authority_questions": "How many?", "authority_answers": "One.", "capa_reference": "None",
}  # fmt: skip
REQUESTS = (
    ("breaches_create", "author", "breaches/", _FULL),
    ("breaches_partial_update", "author", "breaches/{breach}/", {**_FULL, **WHY}, "breaches/{breach}/"),
    ("breaches_steps_create", "author", "breaches/{breach}/steps/assess/", _STEP, "breaches/{breach}/"),
)  # fmt: skip
LIST = "/o/northwind/quality-events"
SEARCHED: dict[str, tuple[str, str, str, int]] = {}
FILLED = {
    "breaches:list": ("qa", f"{LIST}/breaches/", 11),
    "api:breaches": ("qa", "breaches/", 8),
}
_QA, _HEAD = "qa quality_head", "quality_head"
_OWN = f"author {_QA}"
_SIGNERS = f"{_QA} medical_monitor"
POSSIBLE = {
    "breaches.seriousbreach": {
        "suspected": {"assess": _OWN, "void": _QA},
        "assessing": {
            "answer": _OWN, "confirm": _SIGNERS, "dismiss": _SIGNERS, "take_back": _OWN, "start_later": _HEAD,
        },
        "confirmed": {"draft": _OWN},
        "drafted": {"redraft": _OWN, "notify": _HEAD},
        "notified": {"follow_up": _HEAD, "finish": _HEAD, "question": _OWN},
        "follow_up": {"follow_up": _HEAD, "finish": _HEAD, "question": _OWN},
        "final": {"question": _OWN, "link_capa": _OWN},
        "questions": {"reply": _OWN},
        "capa_linked": {"close": _QA},
        "closed": {"reopen": _QA},
        "not_serious": {"reopen": _QA},
        "voided": {},
    },
}  # fmt: skip
DONE: dict[str, dict[str, str]] = {}
WORKFLOWS = (SERIOUS_BREACH,)
_SENT = ("assess", "confirm", "draft", "notify")
_WAY = {
    "suspected": (), "assessing": ("assess",), "confirmed": _SENT[:2], "drafted": _SENT[:3], "notified": _SENT,
    "follow_up": (*_SENT, "follow_up"), "final": (*_SENT, "finish"), "questions": (*_SENT, "question"),
    "capa_linked": (*_SENT, "finish", "link_capa"), "closed": (*_SENT, "finish", "link_capa", "close"),
    "not_serious": ("assess", "dismiss"), "voided": ("void",),
}  # fmt: skip


def in_state(world: Any, label: str) -> Any:
    """The suspected breach of the world in that state."""
    return carry_on(breach_of_world(), *_WAY[label])


def values() -> dict[str, Any]:
    """What stands in the holes of addresses in the open organization."""
    breach = breach_of_world()
    return {
        "breach": breach.number,
        "breach_pk": breach.pk,
        "breach_revision": breach.revision,
        "breach_link": EventLink.objects.get(from_kind="breaches.seriousbreach", from_id=breach.pk).pk,
        "breach_file": Attachment.objects.filter(record_kind="breaches.seriousbreach", record_id=breach.pk)
        .earliest("pk")
        .pk,
        "notified": breach_of_world(NOTIFIED).number,
    }


def fill(world: Any) -> None:
    """More in each list."""
    document = worlds.version_of(worlds.APPROVED).document
    fill_breaches(worlds.study_of_world(), document, worlds.our_players(world))
