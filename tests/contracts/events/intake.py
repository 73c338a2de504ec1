"""Initial reports in the contracts."""

from typing import Any

from cqms.attachments.services import attachments_of
from quality_events.intake import services
from quality_events.intake.models import InitialReport
from quality_events.intake.services import offered_types
from quality_events.intake.workflow import INITIAL_REPORT
from quality_events.models import EventLink
from tests.cast import PASSWORD, email_of
from tests.contracts.forms import WHY, Place
from tests.world import building as worlds
from tests.world.events import fill_reports, issue_of_world, report_of_world

PAGES = """
intake:list             GET  /quality-events/intake/                               200 * | 403 administrator
intake:list             POST /quality-events/intake/                               302 * | 403 administrator
intake:new              GET  /quality-events/intake/new/                           200 * | 403 administrator inspector
intake:new              POST /quality-events/intake/new/                           302 * | 403 administrator inspector guest
intake:received         GET  /quality-events/intake/received/NO_RECEIPT/           404 *
intake:detail           GET  /quality-events/intake/{report_ir}/                   200 * | 404 administrator
intake:edit             GET  /quality-events/intake/{report_ir}/edit/              200 author ASSURE | 403 * | 404 administrator
intake:edit             POST /quality-events/intake/{report_ir}/edit/              302 author ASSURE | 403 * | 404 administrator
intake:link             GET  /quality-events/intake/{report_ir}/link/              200 CONTRIBUTE | 403 * | 404 administrator
intake:link             POST /quality-events/intake/{report_ir}/link/              302 CONTRIBUTE | 403 * | 404 administrator
intake:unlink           GET  /quality-events/intake/{report_ir}/links/{report_ir_link}/withdraw/  200 CONTRIBUTE | 403 * | 404 administrator
intake:unlink           POST /quality-events/intake/{report_ir}/links/{report_ir_link}/withdraw/  302 CONTRIBUTE | 403 * | 404 administrator
intake:files            GET  /quality-events/intake/{report_ir}/files/             200 CONTRIBUTE | 403 * | 404 administrator
intake:files            POST /quality-events/intake/{report_ir}/files/             422 CONTRIBUTE | 403 * | 404 administrator
intake:file             GET  /quality-events/intake/{report_ir}/files/{report_ir_file}/    200 * | 404 administrator
intake:report           GET  /quality-events/intake/{report_ir}/report/            302 * | 404 administrator
intake:report           POST /quality-events/intake/{report_ir}/report/            302 INSPECT | 403 * | 404 administrator
intake:step             GET  /quality-events/intake/{report_ir}/steps/triage/      200 ASSURE | 403 * | 404 administrator
intake:step             POST /quality-events/intake/{report_ir}/steps/triage/      302 ASSURE | 403 * | 404 administrator
intake:step             POST /quality-events/intake/{report_ir}/steps/dismiss/     302 ASSURE | 403 * | 404 administrator
intake:step             POST /quality-events/intake/{report_ir}/steps/reopen/      409 * | 404 administrator
"""
API = """
api:intakes             GET    /api/v1/intake/                                     200 * | 403 administrator
api:intakes             POST   /api/v1/intake/                                     201 * | 403 administrator inspector guest
api:intake              GET    /api/v1/intake/{report_ir}/                         200 * | 404 administrator
api:intake              PATCH  /api/v1/intake/{report_ir}/                         200 author ASSURE | 403 * | 404 administrator
api:intake_step         POST   /api/v1/intake/{report_ir}/steps/dismiss/           200 ASSURE | 403 * | 404 administrator
"""
_TOLD = {"description": "What happened.", "occurred_on": "2026-01-10", "place": "Pharmacy", "noticed_by": "Nurse"}
INPUTS: dict[str, dict[str, Any]] = {
    "intake:list": {"do": "usual_columns"},
    "intake:new": _TOLD,
    "intake:edit": {**_TOLD, "reason": "Because.", "revision": "{report_ir_revision}"},
    "intake:link": {"number": "{approved}", "why": "It says so."},
    "intake:unlink": WHY,
    "intake:files": {},
    "intake:step triage": {"type": "issues", "title": "A", "owner": "{owner}", "revision": "{report_ir_revision}"},
    "intake:step dismiss": {"reason": "No.", "revision": "{report_ir_revision}"},
    "api:intakes": _TOLD,
    "api:intake": {"place": "Archive", "reason": "Because.", "revision": "{report_ir_revision}"},
    "api:intake_step": {"reason": "No.", "revision": "{report_ir_revision}"},
}
PLACES = (
    Place("intake:new", "reader", "/quality-events/intake/new/", {"description": "It rang."}),
    Place("intake:edit", "author", "/quality-events/intake/{report_ir}/edit/", WHY),
    Place("intake:link", "author", "/quality-events/intake/{report_ir}/link/", {"number": "SOP-0002", "why": "So."}),
    Place("intake:unlink", "author", "/quality-events/intake/{report_ir}/links/{report_ir_link}/withdraw/", WHY),
    Place("intake:step", "qa", "/quality-events/intake/{report_ir}/steps/triage/", {"type": "issues"}),
    Place("intake:step", "qa", "/quality-events/intake/{report_ir}/steps/dismiss/", WHY),
)
ELSEWHERE = {"intake:files": "takes files alone"}
_ALL = {**_TOLD, "study": "NW-101", "site": "01", "no_identity": False}
REQUESTS = (
    ("intake_create", "author", "intake/", {**_ALL, "confidential": False}),
    ("intake_partial_update", "author", "intake/{report_ir}/", {**_ALL, **WHY}, "intake/{report_ir}/"),
    ("intake_steps_create", "qa", "intake/{report_ir}/steps/triage/",
     {**WHY, "email": email_of("qa"), "password": PASSWORD, "code": "", "accepts_binding": True, "type": "issues",
      "no_identity": False,
      "title": "Alarm", "owner": email_of("author"), "original": "QI-0001"}, "intake/{report_ir}/"),
)  # fmt: skip
SEARCHED: dict[str, tuple[str, str, str, int]] = {}
FILLED = {
    "intake:list": ("qa", "/o/northwind/quality-events/intake/", 11),
    "api:intakes": ("qa", "intake/", 8),
}
_QA = "qa quality_head"
POSSIBLE = {
    "intake.initialreport": {
        "received": {"triage": _QA, "dismiss": _QA, "duplicate": _QA},
        "opened": {},
        "no_event": {"reopen": _QA},
        "duplicate": {"reopen": _QA},
    },
}
DONE: dict[str, dict[str, str]] = {}
WORKFLOWS = (INITIAL_REPORT,)
_WAY = {"received": (), "opened": ("triage",), "no_event": ("dismiss",), "duplicate": ("duplicate",)}


def in_state(world: Any, label: str) -> InitialReport:
    """The report of the world in that state."""
    record = report_of_world()
    given = {"type": offered_types()[0], "original": issue_of_world()}
    for key in _WAY[label]:
        record = services.take_step(record, key, actor=world.qa, values=given, reason="Because.")
    return record


def values() -> dict[str, Any]:
    """What stands in the holes of addresses in the open organization."""
    report = report_of_world()
    return {
        "report_ir": report.number,
        "report_ir_revision": report.revision,
        "report_ir_link": EventLink.objects.get(from_kind="intake.initialreport", from_id=report.pk).pk,
        "report_ir_file": attachments_of(report, report.reporter)[0].pk,
    }


def fill(world: Any) -> None:
    """One more in each list."""
    document = worlds.version_of(worlds.APPROVED).document
    fill_reports(worlds.study_of_world(), document, worlds.our_players(world))
