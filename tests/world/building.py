"""The world of the contracts: both organizations with at least one row in every table that belongs to one.

Built once per process through the services. Everything of the second organization is told apart at sight: its ids
begin at THEIR_IDS, its numbers at THEIR_NUMBERS, and its texts carry THEIR_WORD.
"""

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pikepdf
from django.utils import timezone

from cqms.access.reach import people_with
from cqms.access.services import add_member, give_role
from cqms.accounts.models import User
from cqms.accounts.services import open_account
from cqms.administration import reviews as access_reviews
from cqms.administration import settings_life
from cqms.api.services import make_token
from cqms.attachments.kinds import PDF
from cqms.attachments.models import StoredFile
from cqms.attachments.services import attach
from cqms.audit import services as audit
from cqms.audit.ledger.models import LedgerTile
from cqms.audit.ledger.sealing import seal
from cqms.audit.ledger.witnesses import hand_over
from cqms.audit.models import Lane, SecurityEventKind
from cqms.configuration.selectors import current_settings
from cqms.deadlines.reminding import remind
from cqms.deadlines.selectors import open_deadlines_about
from cqms.deadlines.services import extend
from cqms.identity.models import IdentityProvider, ProviderIdentity
from cqms.lists import services as lists
from cqms.numbering.models import Counter
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Organization
from cqms.organizations.scope import scope
from cqms.portal import parts
from cqms.portal.models import KeptInput
from cqms.portal.role_requests import Wish, ask_for_role
from cqms.redactions import services as redactions
from cqms.redactions.models import Redaction
from cqms.reports.models import ReportFormat
from cqms.reports.services import Made, keep_report, next_report_number
from cqms.reports.trail_export import request_trail_export
from cqms.signatures.services import Credentials
from cqms.trail_reviews import services as trail_reviews
from cqms.trail_reviews.models import Frequency, TrailReview
from cqms.trail_reviews.selectors import entries_of
from documents import renditions, reviews, services, steps
from documents.models import DocumentType, TrainingImpact, Version, VersionState
from documents.services import Draft
from quality_events.types import types
from studies.conduct import services as conduct
from studies.models import MilestoneKind, Site, Study
from tests.cast import PASSWORD, PEOPLE, Cast, email_of
from tests.days import today
from tests.world import events

THEIR_IDS = 7_700_000
THEIR_NUMBERS = 7700
OUR_LATER_IDS = 9_900_000
OUR_WORD, THEIR_WORD = "Juniper", "Larkspur"

EFFECTIVE = "Handling of deviations"
APPROVED = "Transfer of data"
IN_APPROVAL = "Vendor oversight"
IN_REVIEW = "Archiving"
DRAFT = "Calibration"
PLAN = "Monitoring plan"
HIDDEN = "Reports of misconduct"
"""The titles by which a document of the world is found, in both organizations; each stands in that state."""

_FAR = {IN_REVIEW: 1, IN_APPROVAL: 2, APPROVED: 3, EFFECTIVE: 4}


@dataclass(frozen=True)
class Players:
    """Who does what in one organization, and the word that marks its texts."""

    author: User
    reviewer: User
    owner: User
    quality: User
    control: User
    lead: User
    adviser: User
    word: str


def build(restart_ids: Callable[[int], None]) -> None:
    """Fill both organizations of the cast; `restart_ids` lets the ids of every table go on from a number."""
    cast = look_up()
    _fill(cast.ours, our_players(cast))
    restart_ids(THEIR_IDS)
    _people_of_theirs(cast)
    _fill(cast.theirs, their_players(look_up()))
    restart_ids(OUR_LATER_IDS)


def look_up() -> Cast:
    """The cast of the database that is open, with the helpers of the second organization."""
    who_of = {email_of(who): who for who in (*PEOPLE, "second_outsider", "third_outsider")}
    users = {who_of[user.email]: user for user in User.objects.all() if user.email in who_of}
    organizations = {each.slug: each for each in Organization.objects.all()}
    return Cast(SimpleNamespace(**users), organizations["northwind"], organizations["harbour"])


def version_of(title: str) -> Version:
    """The oldest version of a document of the world in the open organization."""
    return Version.objects.filter(document__title__startswith=title).select_related("document").earliest("pk")


def study_of_world() -> Study:
    """The study of the open organization at which everything of the world hangs."""
    return Study.objects.select_related("organization").earliest("pk")


def pdf(words: str) -> bytes:
    """A small PDF that nobody else has."""
    made = pikepdf.new()
    made.add_blank_page(page_size=(595, 842))
    made.docinfo["/Title"] = words
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def credentials(person: User, **changes: object) -> Credentials:
    """Right credentials of somebody of the cast."""
    return Credentials(**{"password": PASSWORD, "email": person.email, "accepts_binding": True, **changes})


def draft(players: Players, title: str, **content: object) -> Draft:
    """A complete draft whose PDF is uploaded."""
    words = {
        "title": f"{title} {players.word}",
        "change_summary": f"First version, {players.word}",
        "change_reason": "The process was not described yet.",
        "training_impact": TrainingImpact.READ,
        "audience": "Everybody who works on studies",
    }
    file = (f"{title} {players.word}.pdf", pdf(f"{title} {players.word}"))
    return Draft(content={**words, **content}, reviewers=[players.reviewer], file=file)


def carry(version: Version, players: Players, *, steps_done: int) -> Version:
    """Take a draft through submit, review, approvals and its effective date, as far as asked."""
    sign = [
        [("submit", players.author)],
        [("review", players.reviewer)],
        [("approve", players.owner), ("approve", players.quality)],
    ]
    for key, person in [each for group in sign[:steps_done] for each in group]:
        version = steps.take_step(version, key, actor=person, credentials=credentials(person))
    if steps_done > len(sign):
        values = {"effective_on": today()}
        steps.take_step(version, "schedule", actor=players.control, reason="Known already.", values=values)
        steps.take_effect(version.organization)
    return Version.objects.get(pk=version.pk)


def our_players(cast: Cast) -> Players:
    return Players(
        author=cast.author, reviewer=cast.reviewer, owner=cast.process_owner, quality=cast.qa,
        control=cast.document_control, lead=cast.study_manager, adviser=cast.medical_monitor, word=OUR_WORD,
    )  # fmt: skip


def their_players(cast: Cast) -> Players:
    second, third = cast.second_outsider, cast.third_outsider
    return Players(
        author=cast.outsider, reviewer=second, owner=third, quality=second, control=third, lead=third, adviser=second,
        word=THEIR_WORD,
    )  # fmt: skip


def _people_of_theirs(cast: Cast) -> None:
    third = open_account(email=email_of("third_outsider"), name="Oskar Third", password=PASSWORD)
    with scope(cast.theirs):
        add_member(third, actor=cast.outsider, manager=cast.outsider)
        for person, role in (
            (third, "quality_head"),
            (third, "study_manager"),
            (cast.second_outsider, "medical_monitor"),
        ):
            give_role(person, role, actor=cast.outsider)
        give_role(cast.second_outsider, "reader", actor=cast.outsider, at=study_of_world())
        prefixes = [each.prefix for each in types()]
        years = [(prefix, 0) for prefix in (*services.PREFIXES.values(), "TR", "RED", *prefixes)] + [
            ("RPT", today().year)
        ]
        Counter.objects.bulk_create(Counter(kind=kind, year=year, last=THEIR_NUMBERS) for kind, year in years)


def _fill(organization: Organization, players: Players) -> None:
    with scope(organization):
        for title in (EFFECTIVE, APPROVED, IN_APPROVAL, IN_REVIEW, DRAFT):
            version = _open(players, DocumentType.SOP, title)
            carry(version, players, steps_done=_FAR.get(title, 0))
        _fill_study(players)
        _hide(_open(players, DocumentType.POLICY, HIDDEN), players)
    _fill_reviews(organization, players)
    with scope(organization):
        events.fill(study_of_world(), version_of(EFFECTIVE).document, players)
    fill_reports(organization, players)
    fill_people(organization, players)
    _fill_rights(organization, players)
    _fill_settings(organization, players)
    _fill_provider(organization, players)
    _fill_lists(organization, players)
    fill_trail_reviews(organization, players)
    fill_redactions(organization, players)
    _fill_ledger(organization, players)


def _open(players: Players, kind: DocumentType, title: str, study: Study | None = None) -> Version:
    made = draft(players, title)
    if study is not None:
        made = Draft(made.content, made.reviewers, [players.adviser], made.file)
    return services.open_document(
        actor=players.author, type=kind, title=f"{title} {players.word}", owner=players.owner, study=study,
        department=f"Department {players.word}", draft=made,
    )  # fmt: skip


def _fill_study(players: Players) -> None:
    study = study_of_world()
    plan = _open(players, DocumentType.STUDY_PLAN, PLAN, study)
    carry(plan, players, steps_done=2)
    steps.take_step(plan, "approve", actor=players.lead, credentials=credentials(players.lead))
    _fill_conduct(study, players)
    attach(
        study, pdf(f"Contract {players.word}"), name=f"Contract {players.word}.pdf", actor=players.lead, allowed=[PDF]
    )
    parts.say(study, f"The contract is the signed one, {players.word}.", actor=players.lead, lane=Lane.GENERAL)


def _fill_conduct(study: Study, players: Players) -> None:
    site = Site.objects.filter(study=study).earliest("pk")
    conduct.set_milestone(study, MilestoneKind.FIRST_PARTICIPANT, "2026-03", "", actor=players.lead, revision=0)
    protocol = conduct.ProtocolFacts("1.0", dt.date(2026, 1, 12), dt.date(2026, 2, 2), f"First version {players.word}")
    conduct.add_protocol_version(study, protocol, actor=players.lead)
    counts = [conduct.Count(site, dt.date(2026, 3, 1), 4, 3)]
    conduct.note_participants(study, counts, actor=players.lead, reason=f"Taken over, {players.word}.")


def _hide(version: Version, players: Players) -> None:
    """No service closes a document to a lane yet; the row and its trail are real all the same."""
    document = version.document
    document.lane = Lane.CONFIDENTIAL
    audit.save(document, actor=players.quality, reason="Names a person who reported something.")


def _fill_reviews(organization: Organization, players: Players) -> None:
    today = organization.today()
    with scope(organization):
        version = version_of(EFFECTIVE)
        renditions.issue_copy(version.pk)
        soon = today + dt.timedelta(days=5)
        reviews.plan_review(version, actor=players.control, day=soon, reason="A new law is expected.")
        review = reviews.open_periodic_reviews(organization)[0]
        deadline = open_deadlines_about(review)[0]
        extend(
            deadline, due=today + dt.timedelta(days=6), reason="Waiting for the law.", requested_by=players.author,
            approved_by=players.quality,
        )  # fmt: skip
        text = f"# Purpose\n\nOf the process {players.word}."
        content = {"markdown": text, "change_summary": f"Second version, {players.word}", "change_reason": "A new law."}
        content |= {"training_impact": TrainingImpact.NONE}
        services.begin_version(version.document, actor=players.author, minor=True, draft=Draft(content))
    remind(organization)


def fill_reports(organization: Organization, players: Players) -> None:
    """One more report, and one more export on its way, both asked for by quality assurance."""
    with scope(organization), TemporaryDirectory() as folder:
        request_trail_export(actor=players.quality, subject=version_of(EFFECTIVE).document)
        paths = {each: Path(folder) / f"trail.{each}" for each in (ReportFormat.PDF, ReportFormat.JSON)}
        paths[ReportFormat.PDF].write_bytes(pdf(f"Trail {players.word}"))
        paths[ReportFormat.JSON].write_text(f'{{"trail": "{players.word}"}}', encoding="utf-8")
        made = Made(
            number=next_report_number(), kind="trail", title=f"Audit trail of {organization}", selection="Everything",
            entry_count=1, paths=paths, content_sha256="0" * 64,
            lanes=(Lane.GENERAL,), reaches=(("", None),),
        )  # fmt: skip
        keep_report(made, actor=players.quality, sentence="exported the trail, 1 entry")


def fill_people(organization: Organization, players: Players) -> None:
    """One more token, kept input and sign-in of the author and of quality assurance."""
    expires = timezone.now() + dt.timedelta(days=30)
    for person in (players.author, players.quality):
        make_token(
            person=person, organization=organization, name=f"Script {players.word}", may_write=True, expires_at=expires
        )
        kept = {"user": person, "path": organization.path("documents:new")}
        KeptInput.objects.get_or_create(**kept, defaults={"fields": {"title": [players.word]}})
        audit.note_security(SecurityEventKind.SIGNED_IN, user=person, address="203.0.113.7", device=players.word)


def _fill_settings(organization: Organization, players: Players) -> None:
    with scope(organization):
        wanted = replace(current_settings(), holidays=(dt.date(2030, 12, 24),))
        settings_life.propose(wanted, reason=f"Closed that day, {players.word}", actor=players.quality)


def _fill_provider(organization: Organization, players: Players) -> None:
    """A provider that nobody signs in at any more."""
    with scope(organization):
        name = f"Provider {players.word}"
        made = IdentityProvider(name=name, issuer=f"https://{organization.slug}.example", client_id="c", is_open=False)
        provider = audit.save(made, actor=players.lead)
        ProviderIdentity.objects.create(provider=provider, subject=f"sub-{players.word}", user=players.author)


def _fill_lists(organization: Organization, players: Players) -> None:
    with scope(organization):
        view = lists.save_view(
            players.author, "documents", name=f"Mine {players.word}", query=f"q={players.word}", shared=True
        )
        lists.choose_default(players.reviewer, "documents", view)
        lists.choose_columns(players.reviewer, "documents", ["number", "title", "state"])


def fill_trail_reviews(organization: Organization, players: Players) -> None:
    """One of the organization that runs with a question about an entry, one of the study that is planned."""
    today = organization.today()
    with scope(organization):
        plans = [
            trail_reviews.Plan(
                place=place, why_critical=f"It decides about {players.word}.", frequency=Frequency.QUARTERLY,
                starts_on=today - dt.timedelta(days=1), ends_on=today, owner=players.quality,
                due_on=today + dt.timedelta(days=9),
            )
            for place in (organization, study_of_world())
        ]  # fmt: skip
        review, _ = [trail_reviews.plan_review(plan, actor=players.lead) for plan in plans]
        review = trail_reviews.start(review, actor=players.quality)
        entry = entries_of(review).filter(actor=players.author, record_kind="documents.version").earliest("pk")
        text = f"Which source did you use, {players.word}?"
        trail_reviews.comment(review, entry.pk, actor=players.quality, text=text, concerns=players.author)


def fill_redactions(organization: Organization, players: Players) -> None:
    """One more that is prepared, and one more that is carried out, with a file."""
    with scope(organization):
        review, number = TrailReview.objects.filter(state="running").earliest("pk"), Redaction.objects.count()
        slips = [f"Mika Muster {number} {players.word}", f"Mona Muster {number} {players.word}"]
        for slip in slips:
            for said in (f"It decides about {slip}.", f"It decides about {players.word}."):
                review.why_critical = said
                review = audit.save(review, actor=players.quality, reason="Said better.")
        attach(review, pdf(slips[1]), name=f"List {players.word}.pdf", actor=players.lead, allowed=[PDF])
        files = [StoredFile.objects.latest("pk").sha256]
        prepare_redaction(review, slips[0], players)
        done = prepare_redaction(review, slips[1], players, files=files)
        done = redactions.ask(done, actor=players.lead, credentials=credentials(players.lead))
        redactions.approve(done, actor=players.quality, credentials=credentials(players.quality))


def prepare_redaction(record: TrailReview, words: str, players: Players, **more: Any) -> Redaction:
    wish = redactions.Wish(
        record, [words], what="name of a participant", why=f"Typed in by mistake, {players.word}.",
        approver=players.quality, **more,
    )  # fmt: skip
    return redactions.prepare(wish, actor=players.lead)


def _fill_ledger(organization: Organization, players: Players) -> None:
    seal(organization)
    hand_over(organization)
    with scope(organization):
        audit.append(study_of_world(), actor=players.lead, verb="look", sentence=f"looked at it, {players.word}")
        # a real tile has 256 entries below it; this one stands where no tree of the world reaches
        LedgerTile.objects.create(level=7, position=0, hashes=b"", root=players.word.encode())


def _fill_rights(organization: Organization, players: Players) -> None:
    with scope(organization):
        administrator = people_with(Capability.ADMINISTER)[0]
        wish = Wish(players.adviser, "document_control", reason=f"Stands in, {players.word}")
        ask_for_role(wish, actor=administrator)
        due = today() + dt.timedelta(days=20)
        access_reviews.open_campaign(f"Rights of {players.word}", due_on=due, actor=administrator)


def state_of_each() -> dict[str, str]:
    """Title → state in which the world leaves the first version of that document."""
    return {
        EFFECTIVE: VersionState.EFFECTIVE, APPROVED: VersionState.APPROVED, IN_APPROVAL: VersionState.IN_APPROVAL,
        IN_REVIEW: VersionState.IN_REVIEW, DRAFT: VersionState.DRAFT, PLAN: VersionState.IN_APPROVAL,
        HIDDEN: VersionState.DRAFT,
    }  # fmt: skip
