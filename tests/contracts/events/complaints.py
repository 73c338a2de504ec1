"""Complaints in the contracts."""

from typing import Any

from cqms.attachments.services import attachments_of
from quality_events.complaints import services
from quality_events.complaints.workflow import COMPLAINT
from quality_events.models import EventLink
from tests.cast import PASSWORD, email_of
from tests.contracts.forms import SIGNED, WHY, Place
from tests.days import today
from tests.world import building as worlds
from tests.world.events import complaint_of_world, fill_complaints

PAGES = """
complaints:list         GET  /quality-events/complaints/                               200 * | 403 administrator
complaints:list         POST /quality-events/complaints/                               302 * | 403 administrator
complaints:new          GET  /quality-events/complaints/new/                           200 CONTRIBUTE | 403 *
complaints:new          POST /quality-events/complaints/new/                           302 CONTRIBUTE | 403 *
complaints:detail       GET  /quality-events/complaints/{complaint}/                   200 * | 404 administrator
complaints:report        GET  /quality-events/complaints/{complaint}/report/               302 * | 404 administrator
complaints:report        POST /quality-events/complaints/{complaint}/report/               302 INSPECT | 403 * | 404 administrator
complaints:edit         GET  /quality-events/complaints/{complaint}/edit/              200 author ASSURE | 403 * | 404 administrator
complaints:edit         POST /quality-events/complaints/{complaint}/edit/              302 author ASSURE | 403 * | 404 administrator
complaints:link         GET  /quality-events/complaints/{complaint}/link/              200 CONTRIBUTE | 403 * | 404 administrator
complaints:link         POST /quality-events/complaints/{complaint}/link/              302 CONTRIBUTE | 403 * | 404 administrator
complaints:unlink       GET  /quality-events/complaints/{complaint}/links/{complaint_link}/withdraw/   200 CONTRIBUTE | 403 * | 404 administrator
complaints:unlink       POST /quality-events/complaints/{complaint}/links/{complaint_link}/withdraw/   302 CONTRIBUTE | 403 * | 404 administrator
complaints:files        GET  /quality-events/complaints/{complaint}/files/             200 CONTRIBUTE | 403 * | 404 administrator
complaints:files        POST /quality-events/complaints/{complaint}/files/             422 CONTRIBUTE | 403 * | 404 administrator
complaints:file         GET  /quality-events/complaints/{complaint}/files/{complaint_file}/   200 * | 404 administrator
complaints:step         GET  /quality-events/complaints/{complaint}/steps/classify/    200 ASSURE | 403 * | 404 administrator
complaints:step         POST /quality-events/complaints/{complaint}/steps/classify/    302 ASSURE | 403 * | 404 administrator
complaints:step         POST /quality-events/complaints/{complaint}/steps/void/        302 ASSURE | 403 * | 404 administrator
complaints:step         POST /quality-events/complaints/{complaint}/steps/close/       409 * | 404 administrator
portal:record           GET  /records/complaints.complaint/{complaint_pk}/             302 * | 404 administrator
"""
API = """
api:complaints          GET    /api/v1/complaints/                                     200 * | 403 administrator
api:complaints          POST   /api/v1/complaints/                                     201 CONTRIBUTE outsider | 403 *
api:complaint           GET    /api/v1/complaints/{complaint}/                         200 * | 404 administrator
api:complaint           PATCH  /api/v1/complaints/{complaint}/                         200 author ASSURE | 403 * | 404 administrator
api:complaint_step      POST   /api/v1/complaints/{complaint}/steps/classify/          200 ASSURE | 403 * | 404 administrator
"""
_NEW = {
    "title": "Another title", "description": "What they said.", "discovered_on": "2026-01-12",
    "complainant": "site", "channel": "mail", "subject_matter": "service",
}  # fmt: skip
_FORM = {**_NEW, "aware_at": "2026-01-12T10:00", "owner": "{owner}"}
_GRADED = {"severity": "minor"}
_CLASSIFIED = {**_GRADED, "complainant": "site", "channel": "phone", "subject_matter": "service"}
INPUTS: dict[str, dict[str, Any]] = {
    "complaints:list": {"do": "usual_columns"},
    "complaints:new": _FORM,
    "complaints:edit": {**_FORM, "reason": "Because.", "revision": "{complaint_revision}"},
    "complaints:link": {"number": "{approved}", "why": "It says so."},
    "complaints:unlink": WHY,
    "complaints:files": {},
    "complaints:step classify": {**_CLASSIFIED, "owner": "{owner}", "revision": "{complaint_revision}"},
    "api:complaints": _NEW,
    "api:complaint": {"title": "Another title", "reason": "Because.", "revision": "{complaint_revision}"},
    "api:complaint_step": {**_GRADED, "revision": "{complaint_revision}"},
}
PLACES = (
    Place("complaints:new", "author", "/quality-events/complaints/new/",
          {"title": "Late", "description": "Nobody came.", "complainant": "site", "channel": "mail",
           "subject_matter": "service"}),
    Place("complaints:edit", "author", "/quality-events/complaints/{complaint}/edit/", WHY),
    Place("complaints:link", "author", "/quality-events/complaints/{complaint}/link/",
          {"number": "SOP-0002", "why": "So."}),
    Place("complaints:unlink", "author",
          "/quality-events/complaints/{complaint}/links/{complaint_link}/withdraw/", WHY),
    Place("complaints:step", "qa", "/quality-events/complaints/{complaint}/steps/classify/", _CLASSIFIED),
    Place("complaints:step", "qa", "/quality-events/complaints/{complaint}/steps/reject/", WHY),
    Place("complaints:step", "qa", "/quality-events/complaints/{complaint}/steps/void/", {**SIGNED, **WHY}),
)  # fmt: skip
ELSEWHERE = {"complaints:files": "takes files alone"}
_EMAIL = {"email": email_of("qa"), "password": PASSWORD, "code": "", "accepts_binding": True}
_MORE = {
    **_NEW, "no_identity": False, "study": "NW-101", "site": "01", "occurred_on": "2026-01-10", "aware_at": "2026-01-12T10:00:00Z",
    "noticed_by": "Nurse", "acknowledged_on": "2026-01-13", "owner": email_of("author"),
}  # fmt: skip
_STEP = {
    **_CLASSIFIED, **_EMAIL, **WHY, "no_identity": False, "owner": email_of("author"), "safety": False, "privacy": False,
    "handed_over_at": "2026-01-13T10:00:00Z", "handed_over_to": "Safety unit", "investigation": "Nobody was there.",
    "conclusion": "justified", "follow_up": "correction", "follow_up_grounds": "A second person.",
    "reply": "We are sorry.", "replied_on": today().isoformat(), "replied_by": "mail", "content": "Content.",
}  # fmt: skip
REQUESTS = (
    ("complaints_create", "author", "complaints/", _MORE),
    ("complaints_partial_update", "author", "complaints/{complaint}/", {**_MORE, **WHY}, "complaints/{complaint}/"),
    ("complaints_steps_create", "qa", "complaints/{complaint}/steps/classify/", _STEP, "complaints/{complaint}/"),
)
SEARCHED: dict[str, tuple[str, str, str, int]] = {}
FILLED = {
    "complaints:list": ("qa", "/o/northwind/quality-events/complaints/", 11),
    "api:complaints": ("qa", "complaints/", 8),
}

_QA = "qa quality_head"
_OWN = f"author {_QA}"
POSSIBLE = {
    "complaints.complaint": {
        "received": {"classify": _QA, "reject": _QA, "void": _QA},
        "classified": {"classify": _QA, "hand_over": _OWN, "investigate": _OWN, "void": _QA},
        "investigated": {"reply": _OWN, "back": _QA},
        "replied": {"back": _QA, "close": _QA},
        "closed": {"reopen": _QA},
        "not_a_complaint": {"reopen": _QA},
        "voided": {},
    },
}
DONE: dict[str, dict[str, str]] = {}
WORKFLOWS = (COMPLAINT,)
_FOUND = {"investigation": "None.", "conclusion": "unjustified", "follow_up": "none", "follow_up_grounds": "None."}
_ANSWER = {"reply": "No.", "replied_by": "mail"}
_WAY: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "received": (),
    "classified": (("classify", _GRADED),),
    "investigated": (("classify", _GRADED), ("investigate", _FOUND)),
    "replied": (("classify", _GRADED), ("investigate", _FOUND), ("reply", _ANSWER)),
    "closed": (("classify", _GRADED), ("investigate", _FOUND), ("reply", _ANSWER), ("close", {})),
    "not_a_complaint": (("reject", {}),),
    "voided": (("void", {}),),
}


def in_state(world: Any, label: str) -> Any:
    """The complaint of the world in that state."""
    record = complaint_of_world()
    for key, typed in _WAY[label]:
        values = {**typed, "replied_on": record.discovered_on} if key == "reply" else typed
        record = services.take_step(
            record, key, actor=world.qa, values=values, reason="Because.", credentials=worlds.credentials(world.qa)
        )
    return record


def values() -> dict[str, Any]:
    """What stands in the holes of addresses in the open organization."""
    complaint = complaint_of_world()
    return {
        "complaint": complaint.number,
        "complaint_pk": complaint.pk,
        "complaint_revision": complaint.revision,
        "complaint_link": EventLink.objects.get(from_kind="complaints.complaint", from_id=complaint.pk).pk,
        "complaint_file": attachments_of(complaint, complaint.owner)[0].pk,
    }


def fill(world: Any) -> None:
    """One more in each list."""
    fill_complaints(worlds.study_of_world(), worlds.version_of(worlds.APPROVED).document, worlds.our_players(world))
