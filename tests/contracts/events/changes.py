"""Changes in the contracts."""

from typing import Any

from cqms.attachments.services import attachments_of
from quality_events.changes import asking
from quality_events.changes.models import ChangeTask, ImpactAssessment
from quality_events.changes.workflow import CHANGE, IMPACT
from quality_events.models import EventLink
from quality_events.selectors import files_of_parts
from tests.cast import PASSWORD, email_of
from tests.contracts.forms import SIGNED, SOON, WHY, Place
from tests.quality_events import change_players as players
from tests.world import building as worlds
from tests.world.changes import (
    ASSESSED,
    BUILDING,
    REQUESTED,
    SCREENED,
    assessment_of_world,
    change_of_world,
    change_step,
    fill_changes,
)

_LIST = "/quality-events/changes"
_OWNERS = "process_owner ASSURE"
PAGES = f"""
changes:list        GET  {_LIST}/                                            200 * | 403 administrator
changes:list        POST {_LIST}/                                            302 * | 403 administrator
changes:new         GET  {_LIST}/new/                                        200 CONTRIBUTE | 403 *
changes:new         POST {_LIST}/new/                                        302 CONTRIBUTE | 403 *
changes:detail      GET  {_LIST}/{{change}}/                                 200 * | 404 administrator
changes:detail      GET  {_LIST}/{{change_building}}/                        200 * | 404 administrator
changes:report      GET  {_LIST}/{{change}}/report/                          302 * | 404 administrator
changes:report      POST {_LIST}/{{change}}/report/                          302 INSPECT | 403 * | 404 administrator
changes:edit        GET  {_LIST}/{{change}}/edit/                            200 author ASSURE | 403 * | 404 administrator
changes:edit        POST {_LIST}/{{change}}/edit/                            302 author ASSURE | 403 * | 404 administrator
changes:link        GET  {_LIST}/{{change}}/link/                            200 CONTRIBUTE | 403 * | 404 administrator
changes:link        POST {_LIST}/{{change}}/link/                            302 CONTRIBUTE | 403 * | 404 administrator
changes:unlink      GET  {_LIST}/{{change}}/links/{{change_link}}/withdraw/  200 CONTRIBUTE | 403 * | 404 administrator
changes:unlink      POST {_LIST}/{{change}}/links/{{change_link}}/withdraw/  302 CONTRIBUTE | 403 * | 404 administrator
changes:files       GET  {_LIST}/{{change}}/files/                           200 CONTRIBUTE | 403 * | 404 administrator
changes:files       POST {_LIST}/{{change}}/files/                           422 CONTRIBUTE | 403 * | 404 administrator
changes:file        GET  {_LIST}/{{change}}/files/{{change_file}}/           200 * | 404 administrator
changes:step        GET  {_LIST}/{{change}}/steps/screen/                    200 ASSURE | 403 * | 404 administrator
changes:step        POST {_LIST}/{{change}}/steps/screen/                    302 ASSURE | 403 * | 404 administrator
changes:step        POST {_LIST}/{{change}}/steps/close/                     409 * | 404 administrator
changes:step        GET  {_LIST}/{{change_assessed}}/steps/approve/          200 process_owner | 403 * | 404 administrator
changes:step        POST {_LIST}/{{change_assessed}}/steps/approve/          302 process_owner | 403 * | 404 administrator
changes:plan        GET  {_LIST}/{{change_assessed}}/plan/                   200 {_OWNERS} | 403 * | 404 administrator
changes:plan        POST {_LIST}/{{change_assessed}}/plan/                   302 {_OWNERS} | 403 * | 404 administrator
changes:ask         GET  {_LIST}/{{change_assessed}}/assessments/new/        200 {_OWNERS} | 403 * | 404 administrator
changes:ask         POST {_LIST}/{{change_assessed}}/assessments/new/        302 {_OWNERS} | 403 * | 404 administrator
changes:assessment  GET  {_LIST}/{{change_screened}}/assessments/{{change_asked}}/assess/    200 process_owner | 403 * | 404 administrator
changes:assessment  POST {_LIST}/{{change_screened}}/assessments/{{change_asked}}/assess/    302 process_owner | 403 * | 404 administrator
changes:assessment  GET  {_LIST}/{{change_screened}}/assessments/{{change_asked}}/object/    200 process_owner | 403 * | 404 administrator
changes:assessment  POST {_LIST}/{{change_screened}}/assessments/{{change_asked}}/object/    302 process_owner | 403 * | 404 administrator
changes:assessment  GET  {_LIST}/{{change_screened}}/assessments/{{change_asked}}/withdraw/  200 {_OWNERS} | 403 * | 404 administrator
changes:assessment  POST {_LIST}/{{change_screened}}/assessments/{{change_asked}}/withdraw/  302 {_OWNERS} | 403 * | 404 administrator
changes:task_new    GET  {_LIST}/{{change_assessed}}/tasks/new/              200 {_OWNERS} | 403 * | 404 administrator
changes:task_new    POST {_LIST}/{{change_assessed}}/tasks/new/              302 {_OWNERS} | 403 * | 404 administrator
changes:task        GET  {_LIST}/{{change_assessed}}/tasks/{{change_task}}/  200 {_OWNERS} | 403 * | 404 administrator
changes:task        POST {_LIST}/{{change_assessed}}/tasks/{{change_task}}/  302 {_OWNERS} | 403 * | 404 administrator
changes:task_done   GET  {_LIST}/{{change_building}}/tasks/{{change_open}}/done/  200 author {_OWNERS} | 403 * | 404 administrator
changes:task_done   POST {_LIST}/{{change_building}}/tasks/{{change_open}}/done/  302 author {_OWNERS} | 403 * | 404 administrator
changes:task_file   GET  {_LIST}/{{change_building}}/tasks/{{change_done}}/files/{{change_proof}}/  200 * | 404 administrator
portal:record       GET  /records/changes.changecontrol/{{change_pk}}/       302 * | 404 administrator
"""
API = """
api:changes         GET    /api/v1/changes/                                  200 * | 403 administrator
api:changes         POST   /api/v1/changes/                                  201 CONTRIBUTE outsider | 403 *
api:change          GET    /api/v1/changes/{change_building}/                200 * | 404 administrator
api:change          PATCH  /api/v1/changes/{change}/                         200 author ASSURE | 403 * | 404 administrator
api:change_step     POST   /api/v1/changes/{change}/steps/dismiss/           200 ASSURE | 403 * | 404 administrator
api:change_plan     PUT    /api/v1/changes/{change_assessed}/plan/           200 process_owner ASSURE | 403 * | 404 administrator
api:assessments     POST   /api/v1/changes/{change_assessed}/assessments/    201 process_owner ASSURE | 422 guest | 403 * | 404 administrator
api:assessment      GET    /api/v1/changes/{change_screened}/assessments/{change_asked}/ 200 * | 404 administrator
api:assessment_step POST   /api/v1/changes/{change_screened}/assessments/{change_asked}/steps/withdraw/ 200 process_owner ASSURE | 403 * | 404 administrator
api:change_tasks    POST   /api/v1/changes/{change_assessed}/tasks/          201 process_owner ASSURE | 422 guest | 403 * | 404 administrator
api:change_task     GET    /api/v1/changes/{change_assessed}/tasks/{change_task}/ 200 * | 404 administrator
api:change_task     PATCH  /api/v1/changes/{change_assessed}/tasks/{change_task}/ 200 process_owner ASSURE | 403 * | 404 administrator
api:change_task_withdraw POST /api/v1/changes/{change_assessed}/tasks/{change_task}/withdraw/ 200 process_owner ASSURE | 403 * | 404 administrator
api:change_task_complete POST /api/v1/changes/{change_building}/tasks/{change_open}/complete/ 200 author process_owner ASSURE | 403 * | 404 administrator
api:files           GET    /api/v1/records/changes.changetask/{change_open}/files/    200 * | 404 administrator
api:files           POST   /api/v1/records/changes.changetask/{change_open}/files/    201 author process_owner ASSURE | 403 * | 404 administrator
api:file            GET    /api/v1/records/changes.changetask/{change_done}/files/{change_proof}/ 200 * | 404 administrator
api:file_remove     POST   /api/v1/records/changes.changetask/{change_done}/files/{change_proof}/remove/ 409 author process_owner ASSURE | 403 * | 404 administrator
"""
_NEW = {
    "title": "Another title", "description": "Version 5 replaces 4.", "kind": "system",
    "subject_matter": "Version 5", "justification": "Support ends.",
}  # fmt: skip
_FORM = {**_NEW, "owner": "{owner}"}
_SCREEN = {"gxp_grounds": "Data depend on it.", "regulatory": "none"}
_SAID = {"verdict": "none", "finding": "Nothing is read from it."}
_PLAN = {"approach": "At night.", "risk_class": "low", "regression_scope": "All.", "rollback_plan": "Version 4."}
_TASK = {"text": "Install", "due_on": SOON}
_ASKED = {"function": "privacy", "due_on": SOON}
INPUTS: dict[str, dict[str, Any]] = {
    "changes:list": {"do": "usual_columns"},
    "changes:new": _FORM,
    "changes:edit": {**_FORM, "reason": "Because.", "revision": "{change_revision}"},
    "changes:link": {"number": "{approved}", "why": "It says so."},
    "changes:unlink": WHY,
    "changes:files": {},
    "changes:step screen": {**_SCREEN, "owner": "{change_owner}", "system_owner": "{change_owner}",
                            "revision": "{change_revision}"},
    "changes:step approve": {"revision": "{change_assessed_revision}", "email": "{email}", "password": PASSWORD,
                             "accepts_binding": "on"},
    "changes:plan": {**_PLAN, "revision": "{change_assessed_revision}"},
    "changes:ask": {**_ASKED, "owner": "{owner}"},
    "changes:assessment assess": {**_SAID, "revision": "{change_asked_revision}", "email": "{email}",
                                  "password": PASSWORD, "accepts_binding": "on"},
    "changes:assessment object": {"finding": "It would be visible.", "revision": "{change_asked_revision}",
                                  "email": "{email}", "password": PASSWORD, "accepts_binding": "on"},
    "changes:assessment withdraw": {**WHY, "revision": "{change_asked_revision}"},
    "changes:task_new": {**_TASK, "owner": "{owner}"},
    "changes:task": {**_TASK, "owner": "{owner}", "revision": "{change_task_revision}"},
    "changes:task_done": {"evidence": "Log", "revision": "{change_open_revision}"},
    "api:changes": _NEW,
    "api:change": {"title": "Another title", "reason": "Because.", "revision": "{change_revision}"},
    "api:change_step": {**WHY, "revision": "{change_revision}"},
    "api:change_plan": {**_PLAN, "revision": "{change_assessed_revision}"},
    "api:assessments": {**_ASKED, "owner": email_of("study_manager")},
    "api:assessment_step": {**WHY, "revision": "{change_asked_revision}"},
    "api:change_tasks": {**_TASK, "owner": email_of("study_manager")},
    "api:change_task": {"text": "Tell everybody", "revision": "{change_task_revision}"},
    "api:change_task_withdraw": {"revision": "{change_task_revision}"},
    "api:change_task_complete": {"evidence": "Log", "revision": "{change_open_revision}"},
}  # fmt: skip
PLACES = (
    Place("changes:new", "author", f"{_LIST}/new/", _NEW),
    Place("changes:edit", "author", f"{_LIST}/{{change}}/edit/", WHY),
    Place("changes:link", "author", f"{_LIST}/{{change}}/link/", {"number": "SOP-0002", "why": "So."}),
    Place("changes:unlink", "author", f"{_LIST}/{{change}}/links/{{change_link}}/withdraw/", WHY),
    Place("changes:step", "qa", f"{_LIST}/{{change}}/steps/screen/",
          {**_SCREEN, "owner": "process_owner", "system_owner": "study_manager"}),
    Place("changes:step", "qa", f"{_LIST}/{{change}}/steps/void/", {**SIGNED, **WHY}),
    Place("changes:step", "process_owner", f"{_LIST}/{{change_screened}}/steps/assess/", {"unconcerned": "They are not."}),
    Place("changes:plan", "process_owner", f"{_LIST}/{{change_assessed}}/plan/", _PLAN),
    Place("changes:ask", "process_owner", f"{_LIST}/{{change_assessed}}/assessments/new/",
          {**_ASKED, "owner": "study_manager"}),
    Place("changes:assessment", "process_owner", f"{_LIST}/{{change_screened}}/assessments/{{change_asked}}/assess/",
          {**SIGNED, **_SAID}),
    Place("changes:assessment", "process_owner", f"{_LIST}/{{change_screened}}/assessments/{{change_asked}}/object/",
          {**SIGNED, "finding": "It would be visible."}),
    Place("changes:assessment", "process_owner", f"{_LIST}/{{change_screened}}/assessments/{{change_asked}}/withdraw/", WHY),
    Place("changes:task_new", "process_owner", f"{_LIST}/{{change_assessed}}/tasks/new/",
          {**_TASK, "owner": "study_manager"}),
    Place("changes:task", "process_owner", f"{_LIST}/{{change_assessed}}/tasks/{{change_task}}/", {}),
    Place("changes:task_done", "author", f"{_LIST}/{{change_building}}/tasks/{{change_open}}/done/", {"evidence": "Log"}),
)  # fmt: skip
ELSEWHERE = {"changes:files": "takes files alone"}
_EMAIL = {"email": email_of("qa"), "password": PASSWORD, "code": "", "accepts_binding": True}
_WHOLE = {
    **_NEW, "no_identity": False, "study": "NW-101", "site": "01", "emergency": False, "temporary": True, "expires_on": SOON,
    "owner": email_of("author"),
}  # fmt: skip
_STEP = {
    **_SCREEN, **_EMAIL, **WHY, "no_identity": False, "owner": email_of("process_owner"), "system_owner": email_of("study_manager"),
    "unconcerned": "They are not.", "result": "Installed.", "config_diff": "None.", "regulatory_reference": "EU 1",
    "regulatory_on": "2026-01-12", "training_evidence": "Log", "outcome": "reached", "review": "It works.",
    "reversed_on": "2026-01-12", "reversal_evidence": "Log",
}  # fmt: skip
_TASK_SENT = {**_TASK, "owner": email_of("study_manager"), "after_release": True}
_ASSESSMENT = "changes/{change_screened}/assessments/{change_asked}/"
_ONE_TASK = "changes/{change_assessed}/tasks/{change_task}/"
_OPEN_TASK = "changes/{change_building}/tasks/{change_open}/"
REQUESTS = (
    (
        "changes_plan_update",
        "process_owner",
        "changes/{change_assessed}/plan/",
        {**_PLAN, "risk_class": "low", "regression_scope": "All.", "rollback_plan": "Back."},
        "changes/{change_assessed}/",
    ),
    (
        "changes_assessments_create",
        "process_owner",
        "changes/{change_assessed}/assessments/",
        {**_ASKED, "owner": email_of("study_manager")},
    ),
    (
        "changes_assessments_steps_create",
        "process_owner",
        f"{_ASSESSMENT}steps/assess/",
        {**_SAID, **_EMAIL, **WHY, "no_identity": False, "email": email_of("process_owner"), "measures": "Train."},
        _ASSESSMENT,
    ),
    ("changes_tasks_create", "process_owner", "changes/{change_assessed}/tasks/", _TASK_SENT),
    ("changes_tasks_partial_update", "process_owner", _ONE_TASK, _TASK_SENT, _ONE_TASK),
    ("changes_tasks_withdraw_create", "process_owner", f"{_ONE_TASK}withdraw/", {}, _ONE_TASK),
    ("changes_tasks_complete_create", "author", f"{_OPEN_TASK}complete/", {"evidence": "Log"}, _OPEN_TASK),
    ("changes_create", "author", "changes/", _WHOLE),
    ("changes_partial_update", "author", "changes/{change}/", {**_WHOLE, **WHY}, "changes/{change}/"),
    ("changes_steps_create", "qa", "changes/{change}/steps/screen/", _STEP, "changes/{change}/"),
)
SEARCHED: dict[str, tuple[str, str, str, int]] = {}
FILLED = {
    "changes:list": ("qa", f"/o/northwind{_LIST}/", 11),
    "api:changes": ("qa", "changes/", 8),
}

_QA = "qa quality_head"
_OWN = f"process_owner {_QA}"
_PLANNED = {"reject": _QA, "void": _QA}
POSSIBLE = {
    "changes.changecontrol": {
        "requested": {"screen": _QA, "dismiss": _QA, "void": _QA},
        "screened": {"assess": _OWN, **_PLANNED},
        "screened, an emergency": {"assess": _OWN, "implement_now": _OWN, **_PLANNED},
        "assessment": {"submit": _OWN, "approve": "process_owner", **_PLANNED},
        "assessment, the owner signed": {"submit": _OWN, "approve": _QA, **_PLANNED},
        "approved": {"implement": _OWN, "revise": _OWN, "cancel": _QA},
        "implementing": {"finish": _OWN, "revise": _OWN, "cancel": _QA},
        "verification": {"verify": _QA, "send_back": f"study_manager {_QA}", "cancel": _QA},
        "verified": {"release": "study_manager", "send_back": f"study_manager {_QA}", "cancel": _QA},
        "released": {"look_back": _OWN},
        "review": {"look_again": _QA, "close": _QA},
        "closed": {"resume": _QA},
        "emergency": {"submit_after": _OWN, "approve_after": "process_owner", "revert": _QA},
        "outside": {"reopen": _QA},
        "rejected": {"reopen": _QA},
        "cancelled": {},
        "voided": {},
    },
    "changes.impactassessment": {
        "asked": {"assess": "process_owner", "object": "process_owner", "withdraw": _OWN},
        "reviewed": {},
        "withdrawn": {},
    },
}
DONE = {"assessment, the owner signed": {"approve": "process_owner"}}
WORKFLOWS = (CHANGE, IMPACT)
_BUILT = ("sign", "sign_too", "implement", "complete", "finish")
_WAY: dict[str, tuple[str, ...]] = {
    "requested": (), "outside": ("dismiss",), "voided": ("void",), "screened": (), "rejected": ("reject",),
    "screened, an emergency": ("hurry",), "emergency": ("hurry", "implement_now", "plan", "submit_after"),
    "assessment": (), "assessment, the owner signed": ("sign",), "approved": _BUILT[:2],
    "implementing": _BUILT[:4], "verification": _BUILT, "verified": (*_BUILT, "verify"),
    "released": (*_BUILT, "verify", "release"), "review": (*_BUILT, "verify", "release", "look_back"),
    "closed": (*_BUILT, "verify", "release", "look_back", "close"), "cancelled": (*_BUILT[:2], "cancel"),
}  # fmt: skip
_TITLES = {
    "requested": REQUESTED, "outside": REQUESTED, "voided": REQUESTED, "screened": SCREENED, "rejected": SCREENED,
    "screened, an emergency": SCREENED, "emergency": SCREENED,
}  # fmt: skip


def in_state(world: Any, label: str) -> Any:
    """The change or assessment of the world in that state."""
    if label in IMPACT.states.values:
        return _assessment(world, label)
    record = change_of_world(_TITLES.get(label, ASSESSED))
    for key in _WAY[label]:
        record = _walk(record, key, world)
    return record


def _assessment(world: Any, label: str) -> ImpactAssessment:
    record = assessment_of_world()
    if label == "withdrawn":
        return asking.take_assessment_step(record, "withdraw", actor=world.qa, reason="Because.")
    return players.answer(record, world.process_owner) if label == "reviewed" else record


def _walk(record: Any, key: str, world: Any) -> Any:
    people = {"sign": world.process_owner, "sign_too": world.qa, "release": world.study_manager}
    if key in ("sign", "sign_too"):
        return change_step(record, "approve", people[key])
    if key == "hurry":
        return players.hurried(record, world.qa)
    if key == "plan":
        return players.completed(record, world)
    if key == "complete":
        players.done(record)
        return type(record).objects.get(pk=record.pk)
    values = {"finish": players.FINISHED, "look_back": {"outcome": "reached", "review": "It works."}}
    return change_step(record, key, people.get(key, world.qa), **values.get(key, {}))


def values() -> dict[str, Any]:
    """What stands in the holes of addresses in the open organization."""
    new, screened, assessed, building = map(change_of_world, (REQUESTED, SCREENED, ASSESSED, BUILDING))
    task, asked = ChangeTask.objects.filter(change=assessed).earliest("pk"), assessment_of_world()
    done, open_ = ChangeTask.objects.filter(change=building).order_by("pk")
    return {
        "change": new.number, "change_pk": new.pk, "change_revision": new.revision,
        "change_link": EventLink.objects.get(from_kind="changes.changecontrol", from_id=new.pk).pk,
        "change_file": attachments_of(new, new.owner)[0].pk, "change_owner": assessed.owner_id,
        "change_screened": screened.number, "change_asked": asked.pk, "change_asked_revision": asked.revision,
        "change_assessed": assessed.number, "change_assessed_revision": assessed.revision, "change_task": task.pk,
        "change_task_revision": task.revision, "change_building": building.number, "change_done": done.pk,
        "change_open": open_.pk, "change_open_revision": open_.revision,
        "change_proof": files_of_parts([done])[done.pk][0].pk,
    }  # fmt: skip


def fill(world: Any) -> None:
    """More in each list."""
    study, document = worlds.study_of_world(), worlds.version_of(worlds.APPROVED).document
    fill_changes(study, document, worlds.our_players(world))
