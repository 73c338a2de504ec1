"""The documents of the demo world: eight of them, in different states, by calling services."""

from pathlib import Path

from cqms.accounts.models import User
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal.demo import PASSWORD, register
from cqms.signatures.services import Credentials
from documents import renditions, reviews, services, steps
from documents.models import DocumentType, TrainingImpact, Version
from documents.services import Draft
from studies.models import Study

_TEXTS = Path(__file__).with_name("demo_texts")

People = dict[str, User]

# type, title, text, how far it goes
_PLAN: tuple[tuple[DocumentType, str, str, str], ...] = (
    (DocumentType.SOP, "Controlled documents", "sop_controlled_documents", "effective"),
    (DocumentType.SOP, "Handling of deviations", "sop_deviations", "in_approval"),
    (DocumentType.SOP, "Oversight of service providers", "sop_vendor_oversight", "in_review"),
    (DocumentType.POLICY, "Quality policy", "policy_quality", "review_due"),
    (DocumentType.WORK_INSTRUCTION, "Monthly review of the audit trail", "wi_trail_review", "draft"),
    (DocumentType.STUDY_PLAN, "Monitoring plan", "plan_monitoring", "in_approval"),
    (DocumentType.STUDY_PLAN, "Risk management plan", "plan_risk", "approved"),
    (DocumentType.MANUAL, "Quality manual", "manual_quality", "revised"),
)


def build(organization: Organization, people: People) -> None:
    """Write, review, approve and issue the documents of one organization. Each step stands in its own scope."""
    study = _study(organization)
    for type_, title, text, until in _PLAN:
        with scope(organization):
            version = _draft(people, type_, title, text, study if type_ == DocumentType.STUDY_PLAN else None)
            renditions.render_version(version.pk)
        _carry(organization, people, version.pk, until)


def _study(organization: Organization) -> Study:
    with scope(organization):
        return Study.objects.order_by("pk")[0]


def _draft(people: People, type_: DocumentType, title: str, text: str, study: Study | None) -> Version:
    leads = [people[who] for who in ("medical_monitor", "statistician") if who in people] if study else []
    content = {
        "change_summary": "First version",
        "change_reason": "The process was not described yet.",
        "training_impact": TrainingImpact.READ,
        "audience": "Everybody who works on studies",
        "regulations": "ICH E6(R3) 3.10",
        "markdown": (_TEXTS / f"{text}.md").read_text(encoding="utf-8"),
    }
    return services.open_document(
        actor=people["author"], type=type_, title=title, owner=people["process_owner"], study=study,
        department="Clinical quality", draft=Draft(content, [people["reviewer"], people["qa"]], leads),
    )  # fmt: skip


def _carry(organization: Organization, people: People, pk: int, until: str) -> None:
    with scope(organization):
        version = Version.objects.get(pk=pk)
        if version.rendition_id is None or until == "draft":
            return
        _sign(version, "submit", people["author"])
        if until == "in_review":
            _sign(version, "review", people["reviewer"])
            return
        for who in ("reviewer", "qa"):
            _sign(version, "review", people[who])
        if until == "in_approval":
            return
        for who in _approvers(people, version):
            _sign(version, "approve", people[who])
        if until == "approved":
            return
        _make_effective(organization, people, version)
    if until == "review_due":
        _plan_early_review(organization, people, version)
    if until == "revised":
        _revise(organization, people, version)


def _approvers(people: People, version: Version) -> list[str]:
    if version.document.type != DocumentType.STUDY_PLAN:
        return ["process_owner", "quality_head"]
    return ["study_manager", *[who for who in ("medical_monitor", "statistician") if who in people], "quality_head"]


def _sign(version: Version, step: str, person: User) -> None:
    credentials = Credentials(password=PASSWORD, email=person.email, accepts_binding=True)
    steps.take_step(version, step, actor=person, credentials=credentials)


def _make_effective(organization: Organization, people: People, version: Version) -> None:
    today = organization.today()
    reason = "The process is in use already; nobody has to learn anything new."
    steps.take_step(
        version, "schedule", actor=people["document_control"], reason=reason, values={"effective_on": today}
    )
    steps.take_effect(organization)


def _plan_early_review(organization: Organization, people: People, version: Version) -> None:
    today = organization.today()
    with scope(organization):
        day = today + reviews.OPENED_BEFORE / 2
        reviews.plan_review(version, actor=people["document_control"], day=day, reason="New law expected this year.")
        reviews.open_periodic_reviews(organization)


def _revise(organization: Organization, people: People, version: Version) -> None:
    with scope(organization):
        content = {
            "change_summary": "Names the new process for learning.",
            "change_reason": "Management review of last month.",
            "training_impact": TrainingImpact.NONE,
        }
        draft = services.begin_version(
            version.document, actor=people["author"], minor=True, draft=Draft(content, [people["reviewer"]])
        )
        renditions.render_version(draft.pk)


register(20, build)
