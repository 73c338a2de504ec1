"""Quality issues in the contracts."""

from typing import Any

from cqms.attachments.models import Attachment
from quality_events.issues import services
from quality_events.issues.workflow import QUALITY_ISSUE
from quality_events.models import EventLink
from tests.cast import PASSWORD, email_of
from tests.contracts.forms import SIGNED, WHY, Place
from tests.quality_events.players import GRADED
from tests.world import building as worlds
from tests.world.events import fill_issues, issue_of_world

PAGES = """
quality_events:list     GET  /quality-events/                                      200 * | 403 administrator
quality_events:list     POST /quality-events/                                      302 * | 403 administrator
quality_events:charts   GET  /quality-events/charts/                               200 * | 403 administrator
quality_events:chart    GET  /quality-events/charts/age/                           200 * | 403 administrator
quality_events:chart    GET  /quality-events/charts/funnel/?study=NW-101           200 * | 403 administrator
quality_events:chart    POST /quality-events/charts/trend/                         302 INSPECT | 403 *
quality_events:similar  GET  /quality-events/similar/issues/{issue}/               200 * | 404 administrator
quality_events:behind   GET  /quality-events/charts/pareto/records/?mark=issues%7Csite  200 * | 403 administrator
issues:report           GET  /quality-events/issues/{issue}/report/                302 * | 404 administrator
issues:report           POST /quality-events/issues/{issue}/report/                302 INSPECT | 403 * | 404 administrator
issues:list             GET  /quality-events/issues/                               200 * | 403 administrator
issues:list             POST /quality-events/issues/                               302 * | 403 administrator
issues:new              GET  /quality-events/issues/new/                           200 CONTRIBUTE | 403 *
issues:new              POST /quality-events/issues/new/                           302 CONTRIBUTE | 403 *
issues:detail           GET  /quality-events/issues/{issue}/                       200 * | 404 administrator
issues:edit             GET  /quality-events/issues/{issue}/edit/                  200 author ASSURE | 403 * | 404 administrator
issues:edit             POST /quality-events/issues/{issue}/edit/                  302 author ASSURE | 403 * | 404 administrator
issues:link             GET  /quality-events/issues/{issue}/link/                  200 CONTRIBUTE | 403 * | 404 administrator
issues:link             POST /quality-events/issues/{issue}/link/                  302 CONTRIBUTE | 403 * | 404 administrator
issues:unlink           GET  /quality-events/issues/{issue}/links/{issue_link}/withdraw/   200 CONTRIBUTE | 403 * | 404 administrator
issues:unlink           POST /quality-events/issues/{issue}/links/{issue_link}/withdraw/   302 CONTRIBUTE | 403 * | 404 administrator
issues:files            GET  /quality-events/issues/{issue}/files/                 200 CONTRIBUTE | 403 * | 404 administrator
issues:files            POST /quality-events/issues/{issue}/files/                 422 CONTRIBUTE | 403 * | 404 administrator
issues:file             GET  /quality-events/issues/{issue}/files/{issue_file}/    200 * | 404 administrator
issues:step             GET  /quality-events/issues/{issue}/steps/accept/          200 ASSURE | 403 * | 404 administrator
issues:step             POST /quality-events/issues/{issue}/steps/accept/          302 ASSURE | 403 * | 404 administrator
issues:step             POST /quality-events/issues/{issue}/steps/void/            302 ASSURE | 403 * | 404 administrator
issues:step             POST /quality-events/issues/{issue}/steps/close/           409 * | 404 administrator
portal:record           GET  /records/issues.qualityissue/{issue_pk}/              302 * | 404 administrator
"""
API = """
api:issues              GET    /api/v1/issues/                                     200 * | 403 administrator
api:issues              POST   /api/v1/issues/                                     201 CONTRIBUTE outsider | 403 *
api:issue               GET    /api/v1/issues/{issue}/                             200 * | 404 administrator
api:issue               PATCH  /api/v1/issues/{issue}/                             200 author ASSURE | 403 * | 404 administrator
api:issue_step          POST   /api/v1/issues/{issue}/steps/take_up/               200 ASSURE | 403 * | 404 administrator
"""
_NEW = {
    "title": "Another title", "description": "What happened.", "discovered_on": "2026-01-12",
    "detected_how": "Monitoring", "scope": "site",
}  # fmt: skip
_FORM = {**_NEW, "aware_at": "2026-01-12T10:00", "owner": "{owner}"}
INPUTS: dict[str, dict[str, Any]] = {
    "quality_events:list": {"do": "usual_columns"},
    "issues:list": {"do": "usual_columns"},
    "issues:new": _FORM,
    "issues:edit": {**_FORM, "reason": "Because.", "revision": "{issue_revision}"},
    "issues:link": {"number": "{approved}", "why": "It says so."},
    "issues:unlink": WHY,
    "issues:files": {},
    "issues:step accept": {**GRADED, "owner": "{owner}", "revision": "{issue_revision}"},
    "api:issues": _NEW,
    "api:issue": {"title": "Another title", "reason": "Because.", "revision": "{issue_revision}"},
}
PLACES = (
    Place("issues:new", "author", "/quality-events/issues/new/",
          {"title": "Alarm", "description": "It rang.", "detected_how": "By ear", "scope": "site"}),
    Place("issues:edit", "author", "/quality-events/issues/{issue}/edit/", WHY),
    Place("issues:link", "author", "/quality-events/issues/{issue}/link/", {"number": "SOP-0002", "why": "So."}),
    Place("issues:unlink", "author", "/quality-events/issues/{issue}/links/{issue_link}/withdraw/", WHY),
    Place("issues:step", "qa", "/quality-events/issues/{issue}/steps/accept/", GRADED),
    Place("issues:step", "qa", "/quality-events/issues/{issue}/steps/reject/", WHY),
    Place("issues:step", "qa", "/quality-events/issues/{issue}/steps/void/", {**SIGNED, **WHY}),
)  # fmt: skip
ELSEWHERE = {"issues:files": "takes files alone"}
_EMAIL = {"email": email_of("qa"), "password": PASSWORD, "code": "", "accepts_binding": True}
_STEP = {
    **GRADED, **_EMAIL, **WHY, "no_identity": False, "owner": email_of("author"), "affected": 2, "critical_factor": "Dose", "safety": False,
    "privacy": False, "blinding": False, "containment": "Set aside.", "root_cause": "No lock.", "decision": "correction",
    "decision_grounds": "A lock.", "persistent": False, "termination": "No.", "effect": "None since.",
    "original": "QI-0002",
}  # fmt: skip
REQUESTS = (
    ("issues_create", "author", "issues/",
     {**_NEW, "study": "NW-101", "site": "01", "occurred_on": "2026-01-10", "aware_at": "2026-01-12T10:00:00Z",
      "noticed_by": "Nurse", "scope_detail": "Berlin", "critical_factor": "Dose", "containment": "Set aside.",
      "owner": email_of("author"), "no_identity": False}),
    ("issues_partial_update", "author", "issues/{issue}/",
     {**_NEW, **WHY, "study": "NW-101", "site": "01", "occurred_on": "2026-01-10", "aware_at": "2026-01-12T10:00:00Z",
      "noticed_by": "Nurse", "scope_detail": "Berlin", "critical_factor": "Dose", "containment": "Set aside.",
      "owner": email_of("author"), "no_identity": False}, "issues/{issue}/"),
    ("issues_steps_create", "qa", "issues/{issue}/steps/accept/", _STEP, "issues/{issue}/"),
)  # fmt: skip
LIST = "/o/northwind/quality-events"
SEARCHED: dict[str, tuple[str, str, str, int]] = {}
FILLED = {
    "quality_events:list": ("qa", f"{LIST}/", 12),
    "issues:list": ("qa", f"{LIST}/issues/", 11),
    "api:issues": ("qa", "issues/", 8),
}

_QA = "qa quality_head"
_OWN = f"author {_QA}"
POSSIBLE = {
    "issues.qualityissue": {
        "new": {"take_up": _QA, "accept": _QA, "reject": _QA, "duplicate": _QA, "void": _QA},
        "triage": {"accept": _QA, "reject": _QA, "duplicate": _QA, "void": _QA},
        "accepted": {"contain": _OWN, "void": _QA},
        "containment": {"analyse": _OWN},
        "root_cause": {"conclude": _OWN},
        "action_decision": {"decide": _OWN, "refuse_capa": _QA},
        "effect_review": {"back": _QA, "close": _QA},
        "closed": {"reopen": _QA},
        "not_an_issue": {"reopen": _QA},
        "duplicate": {"reopen": _QA},
        "voided": {},
    },
}
DONE: dict[str, dict[str, str]] = {}
WORKFLOWS = (QUALITY_ISSUE,)
_WAY = {
    "new": (), "triage": ("take_up",), "accepted": ("accept",), "containment": ("accept", "contain"),
    "root_cause": ("accept", "contain", "analyse"), "action_decision": ("accept", "contain", "analyse", "conclude"),
    "effect_review": ("accept", "contain", "analyse", "conclude", "decide"),
    "closed": ("accept", "contain", "analyse", "conclude", "decide", "close"), "not_an_issue": ("reject",),
    "duplicate": ("duplicate",), "voided": ("void",),
}  # fmt: skip
_TYPED: dict[str, dict[str, Any]] = {
    "accept": GRADED, "contain": {"containment": "Set aside."}, "conclude": {"root_cause": "No lock.", "affected": 4, "critical_factor": "None"},
    "decide": {"decision": "none", "decision_grounds": "A single case."}, "close": {"effect": "None since."},
}  # fmt: skip


def in_state(world: Any, label: str) -> Any:
    """The issue of the world in that state."""
    record = issue_of_world()
    for key in _WAY[label]:
        values = dict(_TYPED.get(key, {}))
        if key == "duplicate":
            values["original"] = type(record).objects.exclude(pk=record.pk).first() or another(world)
        record = services.take_step(
            record, key, actor=world.qa, values=values, reason="Because.", credentials=worlds.credentials(world.qa)
        )
    return record


def another(world: Any) -> Any:
    """One more issue."""
    study = worlds.study_of_world()
    document = worlds.version_of(worlds.APPROVED).document
    fill_issues(study, document, worlds.our_players(world))
    return type(issue_of_world()).objects.latest("pk")


def values() -> dict[str, Any]:
    """What stands in the holes of addresses in the open organization."""
    issue = issue_of_world()
    return {
        "issue": issue.number,
        "issue_pk": issue.pk,
        "issue_revision": issue.revision,
        "issue_link": EventLink.objects.get(from_kind="issues.qualityissue", from_id=issue.pk).pk,
        "issue_file": Attachment.objects.get(record_kind="issues.qualityissue", record_id=issue.pk).pk,
    }


def fill(world: Any) -> None:
    """One more in each list."""
    another(world)
