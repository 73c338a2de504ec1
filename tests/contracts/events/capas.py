"""CAPAs in the contracts."""

import datetime as dt
from typing import Any

from cqms.attachments.services import attachments_of
from quality_events.capas import services
from quality_events.capas.models import ExtensionRequest
from quality_events.capas.workflow import CAPA
from quality_events.models import EventLink
from quality_events.selectors import files_of_parts
from tests.cast import PASSWORD, email_of
from tests.contracts.forms import SIGNED, SOON, WHY, Place
from tests.days import today
from tests.quality_events import capa_players as players
from tests.world import building as worlds
from tests.world.events import ANALYSED, NEW_CAPA, PLANNED, RUNNING, capa_of_world, capa_step, fill_capas

_LIST = "/quality-events/capas"
PAGES = f"""
capas:list          GET  {_LIST}/                                          200 * | 403 administrator
capas:list          POST {_LIST}/                                          302 * | 403 administrator
capas:new           GET  {_LIST}/new/                                      200 CONTRIBUTE | 403 *
capas:new           POST {_LIST}/new/                                      302 CONTRIBUTE | 403 *
capas:detail        GET  {_LIST}/{{capa}}/                                 200 * | 404 administrator
capas:detail        GET  {_LIST}/{{capa_running}}/                         200 * | 404 administrator
capas:report        GET  {_LIST}/{{capa}}/report/                          302 * | 404 administrator
capas:report        POST {_LIST}/{{capa}}/report/                          302 INSPECT | 403 * | 404 administrator
capas:edit          GET  {_LIST}/{{capa}}/edit/                            200 author ASSURE | 403 * | 404 administrator
capas:edit          POST {_LIST}/{{capa}}/edit/                            302 author ASSURE | 403 * | 404 administrator
capas:link          GET  {_LIST}/{{capa}}/link/                            200 CONTRIBUTE | 403 * | 404 administrator
capas:link          POST {_LIST}/{{capa}}/link/                            302 CONTRIBUTE | 403 * | 404 administrator
capas:unlink        GET  {_LIST}/{{capa}}/links/{{capa_link}}/withdraw/    200 CONTRIBUTE | 403 * | 404 administrator
capas:unlink        POST {_LIST}/{{capa}}/links/{{capa_link}}/withdraw/    302 CONTRIBUTE | 403 * | 404 administrator
capas:files         GET  {_LIST}/{{capa}}/files/                           200 CONTRIBUTE | 403 * | 404 administrator
capas:files         POST {_LIST}/{{capa}}/files/                           422 CONTRIBUTE | 403 * | 404 administrator
capas:file          GET  {_LIST}/{{capa}}/files/{{capa_file}}/             200 * | 404 administrator
capas:step          GET  {_LIST}/{{capa}}/steps/scope/                     200 ASSURE | 403 * | 404 administrator
capas:step          POST {_LIST}/{{capa}}/steps/scope/                     302 ASSURE | 403 * | 404 administrator
capas:step          POST {_LIST}/{{capa}}/steps/close/                     409 * | 404 administrator
capas:step          GET  {_LIST}/{{capa_analysed}}/steps/review_cause/     200 ASSURE | 403 * | 404 administrator
capas:step          POST {_LIST}/{{capa_analysed}}/steps/review_cause/     302 ASSURE | 403 * | 404 administrator
capas:analysis      GET  {_LIST}/{{capa_analysed}}/analysis/               200 author ASSURE | 403 * | 404 administrator
capas:analysis      POST {_LIST}/{{capa_analysed}}/analysis/               302 author ASSURE | 403 * | 404 administrator
capas:cause_new     GET  {_LIST}/{{capa_analysed}}/causes/new/             200 author ASSURE | 403 * | 404 administrator
capas:cause_new     POST {_LIST}/{{capa_analysed}}/causes/new/             302 author ASSURE | 403 * | 404 administrator
capas:cause         GET  {_LIST}/{{capa_analysed}}/causes/{{capa_cause}}/  200 author ASSURE | 403 * | 404 administrator
capas:cause         POST {_LIST}/{{capa_analysed}}/causes/{{capa_cause}}/  302 author ASSURE | 403 * | 404 administrator
capas:criterion     GET  {_LIST}/{{capa_planned}}/criterion/               200 author ASSURE | 403 * | 404 administrator
capas:criterion     POST {_LIST}/{{capa_planned}}/criterion/               302 author ASSURE | 403 * | 404 administrator
capas:counted       GET  {_LIST}/{{capa_running}}/counted/?period=after    200 * | 404 administrator
capas:counted       GET  {_LIST}/{{capa}}/counted/                         409 * | 404 administrator
capas:action_new    GET  {_LIST}/{{capa_planned}}/actions/new/             200 author ASSURE | 403 * | 404 administrator
capas:action_new    POST {_LIST}/{{capa_planned}}/actions/new/             302 author ASSURE | 403 * | 404 administrator
capas:action        GET  {_LIST}/{{capa_planned}}/actions/{{capa_action}}/ 200 author ASSURE | 403 * | 404 administrator
capas:action        POST {_LIST}/{{capa_planned}}/actions/{{capa_action}}/ 302 author ASSURE | 403 * | 404 administrator
capas:action_done   GET  {_LIST}/{{capa_running}}/actions/{{capa_open}}/done/ 200 author ASSURE | 403 * | 404 administrator
capas:action_done   POST {_LIST}/{{capa_running}}/actions/{{capa_open}}/done/ 302 author ASSURE | 403 * | 404 administrator
capas:action_file   GET  {_LIST}/{{capa_running}}/actions/{{capa_done}}/files/{{capa_proof}}/ 200 * | 404 administrator
capas:extension     GET  {_LIST}/{{capa_running}}/extension/               200 author ASSURE | 403 * | 404 administrator
capas:extension     POST {_LIST}/{{capa_running}}/extension/               302 author ASSURE | 403 * | 404 administrator
capas:extension_decide GET  {_LIST}/{{capa}}/extensions/{{capa_extension}}/ 200 ASSURE | 403 * | 404 administrator
capas:extension_decide POST {_LIST}/{{capa}}/extensions/{{capa_extension}}/ 302 ASSURE | 403 * | 404 administrator
portal:record       GET  /records/capas.capa/{{capa_pk}}/                  302 * | 404 administrator
"""
API = """
api:capas           GET    /api/v1/capas/                                  200 * | 403 administrator
api:capas           POST   /api/v1/capas/                                  201 CONTRIBUTE outsider | 403 *
api:capa            GET    /api/v1/capas/{capa_running}/                   200 * | 404 administrator
api:capa            PATCH  /api/v1/capas/{capa}/                           200 author ASSURE | 403 * | 404 administrator
api:capa_step       POST   /api/v1/capas/{capa}/steps/scope/               200 ASSURE | 403 * | 404 administrator
api:capa_analysis   PUT    /api/v1/capas/{capa_analysed}/analysis/         200 author ASSURE | 403 * | 404 administrator
api:capa_criterion  PUT    /api/v1/capas/{capa_planned}/criterion/         200 author ASSURE | 403 * | 404 administrator
api:capa_causes     POST   /api/v1/capas/{capa_analysed}/causes/           201 author ASSURE | 403 * | 404 administrator
api:capa_cause      GET    /api/v1/capas/{capa_analysed}/causes/{capa_cause}/ 200 * | 404 administrator
api:capa_cause      PATCH  /api/v1/capas/{capa_analysed}/causes/{capa_cause}/ 200 author ASSURE | 403 * | 404 administrator
api:capa_cause_withdraw POST /api/v1/capas/{capa_analysed}/causes/{capa_cause}/withdraw/ 200 author ASSURE | 403 * | 404 administrator
api:capa_actions    POST   /api/v1/capas/{capa_planned}/actions/           201 author ASSURE | 422 guest | 403 * | 404 administrator
api:capa_action     GET    /api/v1/capas/{capa_planned}/actions/{capa_action}/ 200 * | 404 administrator
api:capa_action     PATCH  /api/v1/capas/{capa_planned}/actions/{capa_action}/ 200 author ASSURE | 403 * | 404 administrator
api:capa_action_withdraw POST /api/v1/capas/{capa_planned}/actions/{capa_action}/withdraw/ 200 author ASSURE | 403 * | 404 administrator
api:capa_action_complete POST /api/v1/capas/{capa_running}/actions/{capa_open}/complete/ 200 author ASSURE | 403 * | 404 administrator
api:capa_extensions POST   /api/v1/capas/{capa_running}/extensions/        201 author ASSURE | 403 * | 404 administrator
api:capa_extension  GET    /api/v1/capas/{capa}/extensions/{capa_extension}/ 200 * | 404 administrator
api:capa_decide     POST   /api/v1/capas/{capa}/extensions/{capa_extension}/decide/ 200 ASSURE | 403 * | 404 administrator
api:files           GET    /api/v1/records/capas.action/{capa_open}/files/    200 * | 404 administrator
api:files           POST   /api/v1/records/capas.action/{capa_open}/files/    201 author ASSURE | 403 * | 404 administrator
api:file            GET    /api/v1/records/capas.action/{capa_done}/files/{capa_proof}/ 200 * | 404 administrator
api:file_remove     POST   /api/v1/records/capas.action/{capa_done}/files/{capa_proof}/remove/ 409 author ASSURE | 403 * | 404 administrator
"""
_NEW = {"title": "Another title", "description": "What happened.", "aware_on": "2026-01-12", "source": "issue"}
_FORM = {**_NEW, "owner": "{owner}"}
_SCOPE = {"severity": "major", "extent": "Two sites."}
_CAUSE = {"text": "No chain", "weight": "root", "bone": "process", "evidence": "Rota"}
_ACTION = {"kind": "corrective", "text": "Call", "owner": "{owner}", "due_on": SOON, "deliverable": "Rota"}
_ANALYSIS = {"method": "fishbone", "root_cause": "Nobody answers."}
_CRITERION = {"metric": "Cases", "target": "2", "sample": "A month", "data_source": "other", "data_words": "Log",
              "baseline": "9", "check_on": SOON}  # fmt: skip
_MORE = {"due": (today() + dt.timedelta(days=200)).isoformat(), "why": "Late.",
         "interim_control": "Two alarms.", "risk": "One night."}  # fmt: skip
_DECIDED = {"decision": "grant", "reason": "The control holds."}
INPUTS: dict[str, dict[str, Any]] = {
    "capas:list": {"do": "usual_columns"},
    "capas:new": _FORM,
    "capas:edit": {**_FORM, "reason": "Because.", "revision": "{capa_revision}"},
    "capas:link": {"number": "{approved}", "why": "It says so."},
    "capas:unlink": WHY,
    "capas:files": {},
    "capas:step scope": {**_SCOPE, "owner": "{owner}", "revision": "{capa_revision}"},
    "capas:step review_cause": {"revision": "{capa_analysed_revision}", "email": "{email}", "password": PASSWORD,
                                "accepts_binding": "on"},
    "capas:analysis": {**_ANALYSIS, "revision": "{capa_analysed_revision}"},
    "capas:cause_new": _CAUSE,
    "capas:cause": {**_CAUSE, "revision": "{capa_cause_revision}"},
    "capas:criterion": {**_CRITERION, "revision": "{capa_planned_revision}"},
    "capas:action_new": _ACTION,
    "capas:action": {**_ACTION, "revision": "{capa_action_revision}"},
    "capas:action_done": {"evidence": "Rota", "revision": "{capa_open_revision}"},
    "capas:extension": _MORE,
    "capas:extension_decide": _DECIDED,
    "api:capas": _NEW,
    "api:capa": {"title": "Another title", "reason": "Because.", "revision": "{capa_revision}"},
    "api:capa_step": {**_SCOPE, "revision": "{capa_revision}"},
    "api:capa_analysis": {**_ANALYSIS, "revision": "{capa_analysed_revision}"},
    "api:capa_criterion": {**_CRITERION, "revision": "{capa_planned_revision}"},
    "api:capa_causes": _CAUSE,
    "api:capa_cause": {"text": "No chain", "revision": "{capa_cause_revision}"},
    "api:capa_cause_withdraw": {"revision": "{capa_cause_revision}"},
    "api:capa_actions": {**_ACTION, "owner": email_of("study_manager")},
    "api:capa_action": {"text": "Call", "revision": "{capa_action_revision}"},
    "api:capa_action_withdraw": {"revision": "{capa_action_revision}"},
    "api:capa_action_complete": {"evidence": "Rota", "revision": "{capa_open_revision}"},
    "api:capa_extensions": _MORE,
    "api:capa_decide": {"granted": True, "reason": "The control holds."},
}  # fmt: skip
PLACES = (
    Place("capas:new", "author", f"{_LIST}/new/", {"title": "Alarm", "description": "It rang.", "source": "issue"}),
    Place("capas:edit", "author", f"{_LIST}/{{capa}}/edit/", WHY),
    Place("capas:link", "author", f"{_LIST}/{{capa}}/link/", {"number": "SOP-0002", "why": "So."}),
    Place("capas:unlink", "author", f"{_LIST}/{{capa}}/links/{{capa_link}}/withdraw/", WHY),
    Place("capas:step", "qa", f"{_LIST}/{{capa}}/steps/scope/", _SCOPE),
    Place("capas:step", "qa", f"{_LIST}/{{capa}}/steps/cancel/", {**SIGNED, **WHY}),
    Place("capas:analysis", "author", f"{_LIST}/{{capa_analysed}}/analysis/", _ANALYSIS),
    Place("capas:cause_new", "author", f"{_LIST}/{{capa_analysed}}/causes/new/", _CAUSE),
    Place("capas:cause", "author", f"{_LIST}/{{capa_analysed}}/causes/{{capa_cause}}/", _CAUSE),
    Place("capas:criterion", "author", f"{_LIST}/{{capa_planned}}/criterion/", _CRITERION),
    Place("capas:action_new", "author", f"{_LIST}/{{capa_planned}}/actions/new/",
          {**_ACTION, "owner": "study_manager"}),
    Place("capas:action", "author", f"{_LIST}/{{capa_planned}}/actions/{{capa_action}}/", {}),
    Place("capas:action_done", "author", f"{_LIST}/{{capa_running}}/actions/{{capa_open}}/done/", {"evidence": "Rota"}),
    Place("capas:extension", "author", f"{_LIST}/{{capa_running}}/extension/", _MORE),
    Place("capas:extension_decide", "qa", f"{_LIST}/{{capa}}/extensions/{{capa_extension}}/", _DECIDED),
)  # fmt: skip
ELSEWHERE = {"capas:files": "takes files alone"}
_EMAIL = {"email": email_of("qa"), "password": PASSWORD, "code": "", "accepts_binding": True}
_WHOLE = {
    **_NEW, "no_identity": False, "study": "NW-101", "site": "01", "interim": "Two alarms.", "elsewhere": "All freezers.",
    "owner": email_of("author"),
}  # fmt: skip
_CAUSE_SENT = {**_CAUSE, "parent": None, "file": None, "human_error": False}
_ACTION_SENT = {**_ACTION, "owner": email_of("study_manager"), "training": False}
_COUNTED = {
    **_CRITERION, "target": 2, "baseline": "Nine", "counted": "deviations", "category": "", "unit": "count", "before_from": "2026-01-01",
    "before_to": "2026-02-01", "after_from": "2026-02-02", "training_grounds": "None.",
}  # fmt: skip
_ONE_CAUSE = "capas/{capa_analysed}/causes/{capa_cause}/"
_ONE_ACTION = "capas/{capa_planned}/actions/{capa_action}/"
_OPEN_ACTION = "capas/{capa_running}/actions/{capa_open}/"
REQUESTS = (
    ("capas_analysis_update", "author", "capas/{capa_analysed}/analysis/",
     {**_ANALYSIS, "challenge": "No alarm.", "interim": "Two alarms.", "elsewhere": "All freezers."},
     "capas/{capa_analysed}/"),
    ("capas_criterion_update", "author", "capas/{capa_planned}/criterion/", _COUNTED, "capas/{capa_planned}/"),
    ("capas_causes_create", "author", "capas/{capa_analysed}/causes/", _CAUSE_SENT),
    ("capas_causes_partial_update", "author", _ONE_CAUSE, _CAUSE_SENT, _ONE_CAUSE),
    ("capas_causes_withdraw_create", "author", f"{_ONE_CAUSE}withdraw/", {}, _ONE_CAUSE),
    ("capas_actions_create", "author", "capas/{capa_planned}/actions/", _ACTION_SENT),
    ("capas_actions_partial_update", "author", _ONE_ACTION, _ACTION_SENT, _ONE_ACTION),
    ("capas_actions_withdraw_create", "author", f"{_ONE_ACTION}withdraw/", {}, _ONE_ACTION),
    ("capas_actions_complete_create", "author", f"{_OPEN_ACTION}complete/", {"evidence": "Rota"}, _OPEN_ACTION),
    ("capas_extensions_create", "author", "capas/{capa_running}/extensions/", _MORE),
    ("capas_extensions_decide_create", "qa", "capas/{capa}/extensions/{capa_extension}/decide/",
     {"granted": True, "reason": "The control holds."}),
    ("capas_create", "author", "capas/", _WHOLE),
    ("capas_partial_update", "author", "capas/{capa}/", {**_WHOLE, **WHY}, "capas/{capa}/"),
    ("capas_steps_create", "qa", "capas/{capa}/steps/scope/",
     {**_SCOPE, **_EMAIL, **WHY, "no_identity": False, "owner": email_of("author"), "result": "None."}, "capas/{capa}/"),
)  # fmt: skip
SEARCHED: dict[str, tuple[str, str, str, int]] = {}
FILLED = {
    "capas:list": ("qa", f"/o/northwind{_LIST}/", 11),
    "api:capas": ("qa", "capas/", 8),
}

_QA = "qa quality_head"
_OWN = f"author {_QA}"
POSSIBLE = {
    "capas.capa": {
        "initiated": {"scope": _QA, "cancel": _QA},
        "scoped": {"analyse": _OWN, "cancel": _QA},
        "root_cause": {"submit_cause": _OWN, "review_cause": _QA, "cancel": _QA},
        "plan": {"revise_cause": _OWN, "submit_plan": _OWN, "approve_plan": "quality_head", "cancel": _QA},
        "plan, the manager signed": {"revise_cause": _OWN, "submit_plan": _OWN, "approve_plan": "qa", "cancel": _QA},
        "plan_approved": {"implement": _OWN, "cancel": _QA},
        "implementing": {"finish": _OWN, "cancel": _QA},
        "implemented": {"take_up": _QA, "cancel": _QA},
        "verification": {"verify": _QA, "send_back": _QA, "cancel": _QA},
        "monitoring": {"conclude": _OWN, "confirm": _QA, "reject": _QA, "cancel": _QA},
        "effective": {"close": _QA},
        "closed": {"reopen": _QA},
        "not_effective": {"again": _OWN, "cancel": _QA},
        "cancelled": {},
    },
}
DONE = {"plan, the manager signed": {"approve_plan": "quality_head"}}
WORKFLOWS = (CAPA,)
_WAY = {
    "initiated": (), "scoped": ("scope",), "cancelled": ("cancel",), "plan_approved": ("sign", "sign_too"),
    "plan": (), "plan, the manager signed": ("sign",), "implementing": ("sign", "sign_too", "implement", "complete"),
}  # fmt: skip
_LONG = ("sign", "sign_too", "implement", "complete", "finish")
_WAY |= {
    "root_cause": (), "implemented": _LONG, "verification": (*_LONG, "take_up"),
    "monitoring": (*_LONG, "take_up", "verify", "conclude"),
    "effective": (*_LONG, "take_up", "verify", "conclude", "confirm"),
    "not_effective": (*_LONG, "take_up", "verify", "conclude", "reject"),
    "closed": (*_LONG, "take_up", "verify", "conclude", "confirm", "close"),
}  # fmt: skip


def in_state(world: Any, label: str) -> Any:
    """A CAPA of the world in that state."""
    if label in ("initiated", "scoped", "cancelled"):
        record = capa_of_world(NEW_CAPA)
    elif label == "root_cause":
        return capa_of_world(ANALYSED)
    else:
        record = _handed_in(world)
    for key in _WAY[label]:
        record = _walk(record, key, world)
    return record


def _handed_in(world: Any) -> Any:
    record = capa_of_world(PLANNED)
    services.write("criterion", record, players.criterion(), actor=world.author)
    return capa_step(record, "submit_plan", world.author)


def _walk(record: Any, key: str, world: Any) -> Any:
    if key in ("sign", "sign_too"):
        return capa_step(record, "approve_plan", {"sign": world.quality_head, "sign_too": world.qa}[key])
    if key == "complete":
        for each in record.actions.filter(done_at__isnull=True):
            services.complete_action(each, actor=world.author, evidence="Rota")
        return type(record).objects.get(pk=record.pk)
    values = {"scope": {"severity": "major", "extent": "Two sites."}, "conclude": {"result": "None since."}}
    return capa_step(record, key, world.qa, **values.get(key, {}))


def values() -> dict[str, Any]:
    """What stands in the holes of addresses in the open organization."""
    new, analysed, planned, running = map(capa_of_world, (NEW_CAPA, ANALYSED, PLANNED, RUNNING))
    cause, action = analysed.causes.earliest("pk"), planned.actions.earliest("pk")
    done, open_ = running.actions.order_by("pk")
    return {
        "capa": new.number, "capa_pk": new.pk, "capa_revision": new.revision,
        "capa_link": EventLink.objects.get(from_kind="capas.capa", from_id=new.pk).pk,
        "capa_file": attachments_of(new, new.owner)[0].pk, "capa_extension": ExtensionRequest.objects.get(capa=new).pk,
        "capa_analysed": analysed.number, "capa_analysed_revision": analysed.revision, "capa_cause": cause.pk,
        "capa_cause_revision": cause.revision, "capa_planned": planned.number,
        "capa_planned_revision": planned.revision, "capa_action": action.pk, "capa_action_revision": action.revision,
        "capa_running": running.number, "capa_done": done.pk, "capa_open": open_.pk,
        "capa_open_revision": open_.revision, "capa_proof": files_of_parts([done])[done.pk][0].pk,
    }  # fmt: skip


def fill(world: Any) -> None:
    """One more in each list."""
    study, document = worlds.study_of_world(), worlds.version_of(worlds.APPROVED).document
    fill_capas(study, document, worlds.our_players(world))
