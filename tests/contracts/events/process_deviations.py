"""Process deviations in the contracts."""

from typing import Any

from cqms.attachments.services import attachments_of
from quality_events.models import EventLink
from quality_events.process_deviations import services
from quality_events.process_deviations.models import ProcessDeviationState
from quality_events.process_deviations.workflow import PROCESS_DEVIATION
from tests.cast import PASSWORD, email_of
from tests.contracts.forms import SIGNED, WHY, Place
from tests.world import building as worlds
from tests.world.events import fill_process_deviations, process_deviation_of_world

PAGES = """
process_deviations:list     GET  /quality-events/process-deviations/                               200 * | 403 administrator
process_deviations:list     POST /quality-events/process-deviations/                               302 * | 403 administrator
process_deviations:new      GET  /quality-events/process-deviations/new/                           200 CONTRIBUTE | 403 *
process_deviations:new      POST /quality-events/process-deviations/new/                           302 CONTRIBUTE | 403 *
process_deviations:detail   GET  /quality-events/process-deviations/{process_deviation}/           200 * | 404 administrator
process_deviations:report   GET  /quality-events/process-deviations/{process_deviation}/report/    302 * | 404 administrator
process_deviations:report   POST /quality-events/process-deviations/{process_deviation}/report/    302 INSPECT | 403 * | 404 administrator
process_deviations:edit     GET  /quality-events/process-deviations/{process_deviation}/edit/      200 author ASSURE | 403 * | 404 administrator
process_deviations:edit     POST /quality-events/process-deviations/{process_deviation}/edit/      302 author ASSURE | 403 * | 404 administrator
process_deviations:link     GET  /quality-events/process-deviations/{process_deviation}/link/      200 CONTRIBUTE | 403 * | 404 administrator
process_deviations:link     POST /quality-events/process-deviations/{process_deviation}/link/      302 CONTRIBUTE | 403 * | 404 administrator
process_deviations:unlink   GET  /quality-events/process-deviations/{process_deviation}/links/{process_deviation_link}/withdraw/   200 CONTRIBUTE | 403 * | 404 administrator
process_deviations:unlink   POST /quality-events/process-deviations/{process_deviation}/links/{process_deviation_link}/withdraw/   302 CONTRIBUTE | 403 * | 404 administrator
process_deviations:files    GET  /quality-events/process-deviations/{process_deviation}/files/     200 CONTRIBUTE | 403 * | 404 administrator
process_deviations:files    POST /quality-events/process-deviations/{process_deviation}/files/     422 CONTRIBUTE | 403 * | 404 administrator
process_deviations:file     GET  /quality-events/process-deviations/{process_deviation}/files/{process_deviation_file}/   200 * | 404 administrator
process_deviations:step     GET  /quality-events/process-deviations/{process_deviation}/steps/classify/    200 ASSURE | 403 * | 404 administrator
process_deviations:step     POST /quality-events/process-deviations/{process_deviation}/steps/classify/    302 ASSURE | 403 * | 404 administrator
process_deviations:step     POST /quality-events/process-deviations/{process_deviation}/steps/void/        302 ASSURE | 403 * | 404 administrator
process_deviations:step     POST /quality-events/process-deviations/{process_deviation}/steps/close/       409 * | 404 administrator
portal:record               GET  /records/process_deviations.processdeviation/{process_deviation_pk}/      302 * | 404 administrator
"""
API = """
api:process_deviations      GET    /api/v1/process-deviations/                                     200 * | 403 administrator
api:process_deviations      POST   /api/v1/process-deviations/                                     201 CONTRIBUTE outsider | 403 *
api:process_deviation       GET    /api/v1/process-deviations/{process_deviation}/                 200 * | 404 administrator
api:process_deviation       PATCH  /api/v1/process-deviations/{process_deviation}/                 200 author ASSURE | 403 * | 404 administrator
api:process_deviation_step  POST   /api/v1/process-deviations/{process_deviation}/steps/classify/  200 ASSURE | 403 * | 404 administrator
"""
_NEW = {
    "title": "Another title", "description": "What happened.", "discovered_on": "2026-01-12", "timing": "unplanned",
    "requirement": "Section 4",
}  # fmt: skip
_FORM = {**_NEW, "aware_at": "2026-01-12T10:00", "owner": "{owner}"}
_GRADED = {"severity": "minor", "rationale": "Nobody was affected."}
INPUTS: dict[str, dict[str, Any]] = {
    "process_deviations:list": {"do": "usual_columns"},
    "process_deviations:new": _FORM,
    "process_deviations:edit": {**_FORM, "reason": "Because.", "revision": "{process_deviation_revision}"},
    "process_deviations:link": {"number": "{approved}", "why": "It says so."},
    "process_deviations:unlink": WHY,
    "process_deviations:files": {},
    "process_deviations:step classify": {
        **_GRADED, "requirement": "Section 4", "owner": "{owner}", "revision": "{process_deviation_revision}",
    },
    "api:process_deviations": _NEW,
    "api:process_deviation": {
        "title": "Another title", "reason": "Because.", "revision": "{process_deviation_revision}",
    },
    "api:process_deviation_step": {**_GRADED, "revision": "{process_deviation_revision}"},
}  # fmt: skip
_HERE = "/quality-events/process-deviations/{process_deviation}"
PLACES = (
    Place("process_deviations:new", "author", "/quality-events/process-deviations/new/",
          {"title": "Late", "description": "Nobody signed.", "timing": "unplanned", "requirement": "Section 4"}),
    Place("process_deviations:edit", "author", f"{_HERE}/edit/", WHY),
    Place("process_deviations:link", "author", f"{_HERE}/link/", {"number": "SOP-0002", "why": "So."}),
    Place("process_deviations:unlink", "author", f"{_HERE}/links/{{process_deviation_link}}/withdraw/", WHY),
    Place("process_deviations:step", "qa", f"{_HERE}/steps/classify/",
          {**_GRADED, "requirement": "Section 4", "impact": "Little."}),
    Place("process_deviations:step", "qa", f"{_HERE}/steps/reject/", WHY),
    Place("process_deviations:step", "qa", f"{_HERE}/steps/void/", {**SIGNED, **WHY}),
)  # fmt: skip
ELSEWHERE = {"process_deviations:files": "takes files alone"}
_EMAIL = {"email": email_of("qa"), "password": PASSWORD, "code": "", "accepts_binding": True}
_MORE = {
    **_NEW, "no_identity": False, "study": "NW-101", "site": "01", "occurred_on": "2026-01-10", "aware_at": "2026-01-12T10:00:00Z",
    "noticed_by": "Nurse", "owner": email_of("author"), "immediate_action": "It was signed.",
    "version": "SOP-0001/1.0", "justification": "None.", "valid_from": None, "valid_until": None,
}  # fmt: skip
_STEP = {
    **_GRADED, **_EMAIL, **WHY, "no_identity": False, "owner": email_of("author"), "requirement": "Section 4", "version": "SOP-0001/1.0",
    "affects_safety": False,
    "affects_rights": False, "affects_data": True, "impact": "Little.", "investigation": "Nobody was there.",
    "decision": "correction", "action": "A second person.", "outcome": "Done.", "ending": "Done.",
}  # fmt: skip
REQUESTS = (
    ("process_deviations_create", "author", "process-deviations/", _MORE),
    ("process_deviations_partial_update", "author", "process-deviations/{process_deviation}/",
     {**{name: value for name, value in _MORE.items() if name != "timing"}, **WHY},
     "process-deviations/{process_deviation}/"),
    ("process_deviations_steps_create", "qa", "process-deviations/{process_deviation}/steps/classify/", _STEP,
     "process-deviations/{process_deviation}/"),
)  # fmt: skip
SEARCHED: dict[str, tuple[str, str, str, int]] = {}
FILLED = {
    "process_deviations:list": ("qa", "/o/northwind/quality-events/process-deviations/", 11),
    "api:process_deviations": ("qa", "process-deviations/", 8),
}

_QA = "qa quality_head"
_OWN = f"author {_QA}"
POSSIBLE = {
    "process_deviations.processdeviation": {
        "logged": {"take_up": _QA, "classify": _QA, "reject": _QA, "void": _QA},
        "triage": {"classify": _QA, "reject": _QA, "void": _QA},
        "assessment": {"classify": _QA, "investigate": _OWN, "act": _OWN, "void": _QA},
        "investigation": {"act": _OWN},
        "action": {"close_minor": "author", "submit": _OWN},
        "qa_review": {"back": _QA, "close": _QA},
        "closed": {"reopen": _QA},
        "not_a_deviation": {"reopen": _QA},
        "requested": {"approve": _QA, "refuse": _QA, "withdraw": _OWN, "void": _QA},
        "approved": {"end": _OWN},
        "ended": {},
        "refused": {},
        "withdrawn": {},
        "voided": {},
    },
}
DONE: dict[str, dict[str, str]] = {}
WORKFLOWS = (PROCESS_DEVIATION,)
_CLASSIFIED = (("classify", {**_GRADED, "requirement": "Section 4"}),)
_ACTED = (*_CLASSIFIED, ("act", {"decision": "none", "action": "Nothing more."}))
_SUBMITTED = (*_ACTED, ("submit", {"outcome": "Done."}))
_WAY: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "logged": (),
    "triage": (("take_up", {}),),
    "assessment": _CLASSIFIED,
    "investigation": (*_CLASSIFIED, ("investigate", {})),
    "action": _ACTED,
    "qa_review": _SUBMITTED,
    "closed": (*_SUBMITTED, ("close", {})),
    "not_a_deviation": (("reject", {}),),
    "requested": (),
    "approved": (("approve", {}),),
    "ended": (("approve", {}), ("end", {"ending": "Done."})),
    "refused": (("refuse", {}),),
    "withdrawn": (("withdraw", {}),),
    "voided": (("void", {}),),
}
_PLANNED = ("requested", "approved", "ended", "refused", "withdrawn")


def in_state(world: Any, label: str) -> Any:
    """The process deviation of the world in that state: the planned one where only planned ones get there."""
    record = process_deviation_of_world(planned=ProcessDeviationState(label).value in _PLANNED)
    for key, typed in _WAY[label]:
        record = services.take_step(
            record, key, actor=world.qa, values=typed, reason="Because.", credentials=worlds.credentials(world.qa)
        )
    return record


def values() -> dict[str, Any]:
    """What stands in the holes of addresses in the open organization."""
    found = process_deviation_of_world()
    link = EventLink.objects.get(from_kind="process_deviations.processdeviation", from_id=found.pk)
    return {
        "process_deviation": found.number,
        "process_deviation_pk": found.pk,
        "process_deviation_revision": found.revision,
        "process_deviation_link": link.pk,
        "process_deviation_file": attachments_of(found, found.owner)[0].pk,
    }


def fill(world: Any) -> None:
    """One more in each list."""
    document = worlds.version_of(worlds.APPROVED).document
    fill_process_deviations(worlds.study_of_world(), document, worlds.our_players(world))
