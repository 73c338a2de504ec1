"""Quality events of the world of the contracts, in both organizations; each type adds a function to FILLS."""

import datetime as dt
import io
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cqms.access.reach import people_with
from cqms.audit.models import Lane
from cqms.organizations.capabilities import Capability
from cqms.signatures.services import Credentials
from documents.models import Version, VersionState
from quality_events import services
from quality_events.breaches import services as breaches
from quality_events.breaches.models import SeriousBreach
from quality_events.capas import services as capas
from quality_events.capas.models import Action, Capa, Cause
from quality_events.capas.policies import manager_of
from quality_events.complaints import services as complaints
from quality_events.complaints.models import Complaint
from quality_events.deviations import services as deviations
from quality_events.deviations.categories import START, write
from quality_events.deviations.imports import services as imports
from quality_events.deviations.imports.columns import guess
from quality_events.deviations.models import Freeze, ProtocolDeviation, Specification
from quality_events.intake import services as intake
from quality_events.intake.models import InitialReport
from quality_events.issues import services as issues
from quality_events.issues.models import QualityIssue
from quality_events.process_deviations import services as process_deviations
from quality_events.process_deviations.models import ProcessDeviation
from studies.models import Study
from tests.cast import PASSWORD
from tests.days import today
from tests.world.changes import fill_changes

ISSUE = "Samples thawed"
"""The title by which the issue of the world is found: it is new, linked with a document, and has a file."""


COMPLAINT = "Courier came late"
"""The title by which the complaint of the world is found: it is received, linked with a document, and has a file."""


PROCESS_DEVIATION, PLANNED = "Read after the work", "Remote visits"
"""The titles by which the process deviations of the world are found: logged with a link and a file, and requested."""


def happened(study: Study, word: str, **other: Any) -> dict[str, Any]:
    """What is said of any event."""
    values = {
        "description": f"The freezer stood open, {word}.", "study": study,
        "site": study.sites.earliest("pk"), "occurred_on": today() - dt.timedelta(days=3),
        "discovered_on": today() - dt.timedelta(days=1), "aware_at": timezone.now() - dt.timedelta(hours=5),
        "zone": "Europe/Berlin", "noticed_by": f"Monitor {word}",
    }  # fmt: skip
    return {**values, **other}


def fill_issues(study: Study, document: Any, players: Any) -> None:
    """A new issue with a link and a file."""
    title = f"{ISSUE} {players.word}"
    values = happened(study, players.word, title=title, detected_how="Call of the site")
    issue = issues.open_issue(values, actor=players.author)
    services.link(issue, document, actor=players.author, why=f"It says how, {players.word}.")
    file = SimpleUploadedFile("log.txt", f"Log of {players.word}".encode())
    services.add_files(issue, [file], actor=players.author)


def fill_breaches(study: Study, document: Any, players: Any) -> None:
    """A suspicion with a link and a file, and a breach that the authority was told of."""
    values = happened(study, players.word, first_aware_zone="Europe/Berlin", first_aware_by=f"Call to {players.word}")
    breach = breaches.open_breach({**values, "title": f"{BREACH} {players.word}"}, actor=players.author)
    services.link(breach, document, actor=players.author, why=f"It was not followed, {players.word}.")
    file = SimpleUploadedFile("recall.txt", f"Recall of {players.word}".encode())
    services.add_files(breach, [file], actor=players.author)
    told = breaches.open_breach({**values, "title": f"{NOTIFIED} {players.word}"}, actor=players.author)
    carry_on(told, *WAY_TO_NOTIFIED)


BREACH, NOTIFIED = "Doses after expiry", "Consent missing"
"""The titles by which the breaches of the world are found: suspected, and notified."""
BREACH_VALUES: dict[str, dict[str, Any]] = {
    "assess": {"departs": "yes", "in_scope": "yes", "safety": "no", "rights": "no", "reliability": "no",
               "systematic": "yes", "rationale": "It happened at three visits."},
    "draft": {"investigation": "ongoing", "trial_title": "A trial", "trial_number": "2026-500001-01-00",
              "commercial": "commercial", "site_contact": "Pharmacy", "most_affected": "Germany",
              "requirement": "Protocol 6.2", "impact_participants": "Four were dosed.", "impact_data": "None.",
              "actions_taken": "The batch is quarantined.", "in_procedure": "None", "other_trials": "None",
              "parties": "Depot", "next_follow_up_on": dt.date(2099, 1, 4)},
    "notify": {"channel": "CTIS", "redaction_checked": True},
    "follow_up": {"channel": "CTIS", "redaction_checked": True},
    "finish": {"channel": "CTIS", "redaction_checked": True},
    "question": {"authority_questions": "How many?", "authority_answers": "One."},
    "link_capa": {"capa_reference": "Kept by the service provider"},
}  # fmt: skip
WAY_TO_NOTIFIED = ("assess", "confirm", "draft", "notify")


def carry_on(breach: SeriousBreach, *keys: str) -> SeriousBreach:
    """Take steps of a breach as who may take them in its organization."""
    head, monitor = people_with(Capability.HEAD, breach)[0], people_with(Capability.ADVISE, breach)[0]
    for key in keys:
        people = (head, monitor) if key in ("confirm", "dismiss") else (head,)
        for person in people:
            proof = Credentials(password=PASSWORD, email=person.email, accepts_binding=True)
            breach = breaches.take_step(
                breach, key, actor=person, values=BREACH_VALUES.get(key, {}), reason="Because.", credentials=proof
            )
    return breach


def breach_of_world(title: str = BREACH) -> SeriousBreach:
    """The suspected breach of the open organization, or the other of that title."""
    found: SeriousBreach = SeriousBreach.objects.filter(title__startswith=title).earliest("pk")
    return found


def fill_complaints(study: Study, document: Any, players: Any) -> None:
    """A complaint that was just received, with a link and a file."""
    values = happened(
        study, players.word, title=f"{COMPLAINT} {players.word}", complainant="site", channel="phone",
        subject_matter="service",
    )  # fmt: skip
    complaint = complaints.receive_complaint(values, actor=players.author)
    services.link(complaint, document, actor=players.author, why=f"It says how, {players.word}.")
    file = SimpleUploadedFile("letter.txt", f"Letter of {players.word}".encode())
    services.add_files(complaint, [file], actor=players.author)


def fill_process_deviations(study: Study, document: Any, players: Any) -> None:
    """A process deviation that was just logged, with a link and a file, and one that is asked for."""
    values = happened(
        study, players.word, requirement=f"Section of {players.word}",
        version=Version.objects.get(state=VersionState.APPROVED, document__lane=Lane.GENERAL),
        immediate_action=f"It was read, {players.word}.",
    )  # fmt: skip
    logged = {**values, "title": f"{PROCESS_DEVIATION} {players.word}"}
    found = process_deviations.log_deviation(logged, actor=players.author)
    services.link(found, document, actor=players.author, why=f"It says when, {players.word}.")
    file = SimpleUploadedFile("training.txt", f"Training of {players.word}".encode())
    services.add_files(found, [file], actor=players.author)
    asked = {
        **values, "title": f"{PLANNED} {players.word}", "timing": "planned", "occurred_on": None,
        "justification": f"The house is closed, {players.word}.", "valid_from": today() + dt.timedelta(days=3),
        "valid_until": today() + dt.timedelta(days=33),
    }  # fmt: skip
    process_deviations.log_deviation(asked, actor=players.author)


def fill_reports(study: Study, document: Any, players: Any) -> None:
    """A report to be triaged, with a link and a file."""
    told = {"description": f"The scale is wrong, {players.word}.", "study": study, "place": f"Room {players.word}"}
    file = SimpleUploadedFile("scale.txt", f"Scale of {players.word}".encode())
    report = intake.send_report(told, actor=players.author, files=[file])
    services.link(report, document, actor=players.author, why=f"Calibration, {players.word}.")


def fill_deviations(study: Study, document: Any, players: Any) -> None:
    """A specification that holds and a draft, a deviation that is logged, and a freeze that is prepared."""
    told = {"title": f"Judged {players.word}", "description": f"For {players.word}.", "study": study}
    judged = {**told, "categories": write(START)}
    held = deviations.open_specification(judged, actor=players.lead)
    held = deviations.take_specification_step(held, "submit", actor=players.lead)
    quality = players.quality if players.quality != players.adviser else players.author
    for person in (players.lead, players.adviser, quality):
        proof = Credentials(password=PASSWORD, email=person.email, accepts_binding=True)
        held = deviations.take_specification_step(held, "approve", actor=person, credentials=proof)
    more_deviations(study, document, players)
    bring_extract(study, players)


def bring_extract(study: Study, players: Any) -> None:
    """A file of deviations whose columns are chosen."""
    text = EXTRACT + f"D-1,01,2026-03-31,The visit was late {players.word}.\n"
    brought = imports.receive(
        study, io.BytesIO(text.encode()), name=f"extract {players.word}.csv", source_system="EDC", actor=players.author
    )
    imports.choose_columns(brought, guess(EXTRACT.splitlines()[0].split(",")), actor=players.author,
                           revision=brought.revision)  # fmt: skip


EXTRACT = "PD No,Site,Date identified,Description\nD-0,,2026-03-30,The diary was late.\n"
"""What an EDC says of deviations; the world has a file of it that is not imported yet."""


def more_deviations(study: Study, document: Any, players: Any) -> None:
    """A further draft, deviation and freeze, each with a link and a file."""
    told = {"title": f"Judged {players.word}", "description": f"For {players.word}.", "study": study}
    for before in Freeze.objects.filter(study=study, state="prepared"):
        services.take_step(before, "withdraw", actor=players.lead, reason=f"Anew, {players.word}.")
    logged = happened(study, players.word, title=f"{DEVIATION} {players.word}", subject_code="1002-014")
    for made, person in (
        (deviations.open_specification({**told, "categories": write(START)}, actor=players.lead), players.lead),
        (deviations.log_deviation(logged, actor=players.author), players.author),
        (deviations.prepare_freeze(told, actor=players.lead), players.lead),
    ):
        services.link(made, document, actor=person, why=f"It says how, {players.word}.")
        file = SimpleUploadedFile("source.txt", f"Source of {players.word}".encode())
        services.add_files(made, [file], actor=person)


DEVIATION = "Visit out of window"
"""The title by which the deviation of the world is found: it is logged."""


def deviation_of_world() -> ProtocolDeviation:
    """The logged deviation of the open organization."""
    found: ProtocolDeviation = ProtocolDeviation.objects.filter(title__startswith=DEVIATION).earliest("pk")
    return found


def draft_of_world() -> Specification:
    """The specification of the open organization that is a draft."""
    found: Specification = Specification.objects.filter(state="draft").earliest("pk")
    return found


def freeze_of_world() -> Freeze:
    """The freeze of the open organization that is prepared."""
    found: Freeze = Freeze.objects.filter(state="prepared").earliest("pk")
    return found


NEW_CAPA, ANALYSED, PLANNED, RUNNING = "Freezers watched", "Alarms analysed", "Alarms planned", "Alarms changed"
"""The titles by which the CAPAs of the world are found: new with a file and an extension asked; with causes handed in;
with a plan; and implemented."""


def fill_capas(study: Study, document: Any, players: Any) -> None:
    """One CAPA in each stage that has pages of its own."""
    new = _capa(NEW_CAPA, study, players)
    services.link(new, document, actor=players.author, why=f"Its source, {players.word}.")
    file = SimpleUploadedFile("trend.txt", f"Trend of {players.word}".encode())
    services.add_files(new, [file], actor=players.author)
    capas.ask_extension(
        new, actor=players.author, due=today() + dt.timedelta(days=60), why=f"Late, {players.word}.",
        interim_control="Two alarms.", risk="One night.",
    )  # fmt: skip
    _analysed(_capa(ANALYSED, study, players), players)
    planned = _planned(_capa(PLANNED, study, players), players)
    _action(planned, players, f"Planned {players.word}")
    owner = players.author if manager_of(players.author) else players.owner
    _running(_planned(_capa(RUNNING, study, players, owner), players), players)


def _capa(title: str, study: Study, players: Any, owner: Any = None) -> Capa:
    values = {
        "owner": owner or players.author,
        "title": f"{title} {players.word}", "description": f"The freezer again, {players.word}.", "study": study,
        "aware_on": today() - dt.timedelta(days=2),
    }  # fmt: skip
    return capas.open_capa(values, actor=players.author)


def capa_step(capa: Capa, key: str, person: Any, **values: Any) -> Capa:
    """A step of a CAPA with right credentials."""
    proof = Credentials(password=PASSWORD, email=person.email, accepts_binding=True)
    return capas.take_step(capa, key, actor=person, values=values, reason="Because.", credentials=proof)


def _analysed(capa: Capa, players: Any) -> Capa:
    capa = capa_step(capa, "scope", players.quality, severity="major", extent=f"Two sites, {players.word}.")
    capa = capa_step(capa, "analyse", capa.owner)
    values = {"text": f"No alarm chain {players.word}", "weight": "root", "bone": "process", "evidence": "Rota"}
    capas.keep_part(Cause(capa=capa), values, actor=capa.owner)
    analysis = {"method": "five_whys", "root_cause": f"Nobody answers, {players.word}."}
    capas.write("analysis", capa, analysis, actor=capa.owner)
    return capa_step(capa, "submit_cause", capa.owner)


def _planned(capa: Capa, players: Any) -> Capa:
    return capa_step(_analysed(capa, players), "review_cause", players.quality)


def _action(capa: Capa, players: Any, text: str) -> Action:
    values = {
        "kind": "corrective", "text": text, "owner": players.author, "deliverable": "A rota",
        "due_on": today() + dt.timedelta(days=20),
    }  # fmt: skip
    return capas.keep_part(Action(capa=capa), values, actor=capa.owner)


def criterion() -> dict[str, Any]:
    """Issues counted before and after."""
    days = {"before_from": 120, "before_to": 61, "after_from": 30, "check_on": 1}
    return {
        "metric": "Thawed samples", "target": 2, "sample": "Four weeks", "data_source": "portal", "counted": "issues",
        "unit": "count", **{name: today() - dt.timedelta(days=ago) for name, ago in days.items()},
    }  # fmt: skip


def _running(capa: Capa, players: Any) -> Capa:
    done, _ = _action(capa, players, f"Done {players.word}"), _action(capa, players, f"Open {players.word}")
    capas.write("criterion", capa, criterion(), actor=capa.owner)
    capa = capa_step(capa, "submit_plan", capa.owner)
    capa = capa_step(capa, "approve_plan", manager_of(capa.owner))
    capa = capa_step(capa, "approve_plan", players.quality)
    capa = capa_step(capa, "implement", capa.owner)
    file = SimpleUploadedFile("rota.txt", f"Rota of {players.word}".encode())
    capas.complete_action(done, actor=players.author, evidence="See the file.", files=[file])
    return capa


def capa_of_world(title: str) -> Capa:
    """A CAPA of the open organization."""
    found: Capa = Capa.objects.filter(title__startswith=title).earliest("pk")
    return found


FILLS = (
    fill_reports,
    fill_issues,
    fill_deviations,
    fill_breaches,
    fill_complaints,
    fill_process_deviations,
    fill_capas,
    fill_changes,
)


def fill(study: Study, document: Any, players: Any) -> None:
    """Every type of event in the open organization."""
    for each in FILLS:
        each(study, document, players)


def issue_of_world() -> QualityIssue:
    """The new issue of the open organization."""
    found: QualityIssue = QualityIssue.objects.filter(title__startswith=ISSUE).earliest("pk")
    return found


def complaint_of_world() -> Complaint:
    """The received complaint of the open organization."""
    found: Complaint = Complaint.objects.filter(title__startswith=COMPLAINT).earliest("pk")
    return found


def process_deviation_of_world(*, planned: bool = False) -> ProcessDeviation:
    """The logged process deviation of the open organization, or the requested one."""
    title = PLANNED if planned else PROCESS_DEVIATION
    found: ProcessDeviation = ProcessDeviation.objects.filter(title__startswith=title).earliest("pk")
    return found


def report_of_world() -> InitialReport:
    """The report to be triaged of the open organization."""
    found: InitialReport = InitialReport.objects.earliest("pk")
    return found
