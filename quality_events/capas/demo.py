"""CAPAs of the demo world: one on each stretch of its way, one proven effective by the portal's own figures."""

import datetime as dt
from typing import Any

from django.utils import timezone

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import day_of, scope, today
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials
from quality_events import services as events
from quality_events.capas import services
from quality_events.capas.models import Action, Capa, Cause
from quality_events.issues import services as issues
from quality_events.issues.models import QualityIssue
from studies.models import Site, Study

People = dict[str, User]

_LATE = "Temperature log of the pharmacy missing"
_BEFORE, _AFTER = (210, 190, 172, 160, 140), (35,)
# title, what is the matter, severity, how far it went
_PLAN = (
    ("Alarms of freezers are not answered", "Freezer alarms were missed at two sites.", "major", "initiated"),
    ("Accounts of leavers stay active", "Access ends weeks after people leave the data vendor.", "major", "analysed"),
    ("Former consent versions are used", "Sites print consent forms from their own folders.", "critical", "running"),
    ("Temperature logs of the pharmacy are missing", "Logs were missing on five days.", "major", "closed"),
    ("Training records come after delegation", "Three people worked before their record.", "major", "planned"),
)  # fmt: skip
_CAUSES = (
    ("The log is kept on one sheet of paper", "contributory", "material", False, "Photo of the sheet"),
    ("Nobody checks the log within the month", "root", "process", False, "SOP in force, section 4"),
    ("The pharmacist was on leave", "why", "people", True, "Rota of the pharmacy"),
    ("No deputy is named in the delegation log", "root", "management", False, "Delegation log, page 2"),
    ("The logger has no alarm", "contributory", "equipment", False, "Manual of the logger"),
)
_ACTIONS = (
    ("correction", "Read out the logger and complete the missing days", "Completed log"),
    ("corrective", "Check the log every Monday and sign for it", "Check list of each week"),
    ("preventive", "Name a deputy at every site of the study", "Delegation logs with deputies"),
)


def build(organization: Organization, people: People) -> None:
    """Open the CAPAs of one organization, and the issues by which one of them is measured."""
    with scope(organization):
        study = Study.objects.order_by("pk")[0]
        site = Site.objects.filter(study=study).order_by("pk").first()
        for days in (*_BEFORE, *_AFTER):
            _issue(study, site, days, people)
    for title, description, severity, far in _PLAN:
        with scope(organization):
            values = {
                "title": title, "description": description, "study": study, "site": site, "source": "issue",
                "aware_on": today() - dt.timedelta(days=9), "elsewhere": "At every site with a store.",
                "interim": "The monitor looks at it at each visit.",
            }  # fmt: skip
            _carry(services.open_capa(values, actor=people["author"]), severity, far, people)


def _issue(study: Study, site: Site | None, days: int, people: People) -> QualityIssue:
    day = timezone.now() - dt.timedelta(days=days)
    values = {
        "title": _LATE, "description": "The sheet of the week has no entries for a day.", "study": study,
        "site": site,
        "occurred_on": day_of(day), "discovered_on": day_of(day), "aware_at": day, "zone": "UTC", "scope": "process",
        "detected_how": "Monitoring visit", "noticed_by": "Monitor",
    }  # fmt: skip
    issue = issues.open_issue(values, actor=people["author"])
    graded = {"severity": "minor", "extent": "repeated", "detectability": "likely", "breach": "no"}
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("accept", "qa", graded), ("contain", "author", {"containment": "The logger was read out."}),
        ("analyse", "author", {}),
        ("conclude", "author", {"root_cause": "Nobody checks the log.", "affected": 0, "critical_factor": "None"}),
        ("decide", "author", {"decision": "correction", "decision_grounds": "The day is completed from the logger."}),
        ("close", "qa", {"effect": "The day is complete."}),
    )  # fmt: skip
    for key, who, given in steps:
        issue = issues.take_step(issue, key, actor=people[who], values=given, credentials=_proof(people[who]))
    return issue


def _carry(capa: Capa, severity: str, far: str, people: People) -> None:
    """As far as planned: initiated, analysed, planned, running or closed."""
    if far == "initiated":
        return
    author = people["author"]
    capa = _step(capa, "scope", people["qa"], severity=severity, extent="Two sites of one country, since spring.")
    capa = _step(capa, "analyse", author)
    _analyse(capa, author)
    if far == "analysed":
        return
    capa = _step(capa, "submit_cause", author)
    capa = _step(capa, "review_cause", people["qa"])
    _plan(capa, people)
    if far == "planned":
        return
    capa = _step(capa, "submit_plan", author)
    capa = _step(capa, "approve_plan", people["quality_head"])
    capa = _step(capa, "approve_plan", people["qa"])
    capa = _step(capa, "implement", author)
    _do(capa, author, everything=far == "closed")
    if far == "closed":
        _judge(capa, people)


def _analyse(capa: Capa, author: User) -> None:
    above = None
    for text, weight, bone, human, evidence in _CAUSES:
        values = {"text": text, "weight": weight, "bone": bone, "human_error": human, "evidence": evidence}
        cause = services.keep_part(Cause(capa=capa), {**values, "parent": above}, actor=author)
        above = cause if weight != "contributory" else above
    values = {"method": "five_whys", "root_cause": "Nobody checks the log, and nobody stands in for the pharmacist."}
    services.write("analysis", capa, values, actor=author)


def _plan(capa: Capa, people: People) -> None:
    owners = (people["author"], people["study_manager"], people["author"])
    for (kind, text, deliverable), owner in zip(_ACTIONS, owners, strict=True):
        values = {"kind": kind, "text": text, "deliverable": deliverable, "owner": owner,
                  "due_on": today() + dt.timedelta(days=30)}  # fmt: skip
        services.keep_part(Action(capa=capa), values, actor=people["author"])
    days = {"before_from": 240, "before_to": 121, "after_from": 120, "check_on": 1}
    values = {
        "metric": "Days without an entry in the log", "target": 2, "sample": "Four months before, four months after",
        "data_source": "portal", "counted": "issues", "category": "process", "unit": "count",
        **{name: today() - dt.timedelta(days=ago) for name, ago in days.items()},
    }  # fmt: skip
    services.write("criterion", capa, values, actor=people["author"])


def _do(capa: Capa, author: User, *, everything: bool) -> None:
    for action in capa.actions.order_by("pk")[: None if everything else 1]:
        services.complete_action(action, actor=author, evidence="Filed in the pharmacy section of the site file.")
    if not everything:
        later = today() + dt.timedelta(days=120)
        services.ask_extension(
            capa, actor=author, due=later, why="One site is closed for the summer.",
            interim_control="The monitor checks its log by telephone.", risk="A day could be missed for a week.",
        )  # fmt: skip


def _judge(capa: Capa, people: People) -> None:
    author, quality = people["author"], people["qa"]
    capa = _step(capa, "finish", author)
    capa = _step(capa, "take_up", quality)
    capa = _step(capa, "verify", quality)
    capa = _step(capa, "conclude", author, result="One day in four months, against five before.")
    capa = _step(capa, "confirm", quality)
    source = QualityIssue.objects.filter(title=_LATE).order_by("pk").first()
    if source is not None:
        events.link(capa, source, actor=author, why="The first of five cases.")
    _step(capa, "close", people["quality_head"])


def _step(capa: Capa, key: str, person: User, **values: Any) -> Capa:
    return services.take_step(capa, key, actor=person, values=values, credentials=_proof(person))


def _proof(person: User) -> Credentials:
    return Credentials(password=PASSWORD, email=person.email, accepts_binding=True)


register(60, build)
