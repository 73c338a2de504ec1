"""Everything that changes studies and sites: opening a study, changing it, its manager, its sites."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from cqms.access.models import RoleAssignment
from cqms.access.narrowing import is_elsewhere
from cqms.access.services import end_role, give_role
from cqms.accounts.models import User
from cqms.audit import services as audit
from cqms.audit.refusals import Changed, Denied, refusable
from cqms.organizations.models import TrackedModel
from studies import policies
from studies.models import Site, SiteStatus, Study, StudyStatus, StudyType, country_names
from studies.selectors import members, roles_at

Tracked = TypeVar("Tracked", bound=TrackedModel)

MANAGER = "study_manager"


@dataclass(frozen=True)
class StudyFacts:
    """What is said of a study. Countries by ISO 3166-1 alpha-2 code."""

    number: str
    title: str
    phase: str
    sponsor: str
    countries: Sequence[str]
    manager: User
    status: str = StudyStatus.PLANNED
    full_title: str = ""
    kind: str = StudyType.INTERVENTIONAL
    indication: str = ""
    registry_id: str = ""
    planned_participants: int | None = None


@dataclass(frozen=True)
class SiteFacts:
    """What is said of a site."""

    number: str
    name: str
    country: str
    status: str = SiteStatus.PLANNED
    investigator: str = ""
    opened_on: dt.date | None = None
    closed_on: dt.date | None = None


def facts_of(study: Study) -> StudyFacts:
    """What is said of a study now, to change a part of it with `dataclasses.replace`."""
    return StudyFacts(**_values(study, StudyFacts))


def site_facts_of(site: Site) -> SiteFacts:
    """What is said of a site now."""
    return SiteFacts(**_values(site, SiteFacts))


def create_study(facts: StudyFacts, *, actor: User) -> Study:
    """Open a study. Its manager receives the role at the study; nobody gives it to themselves (EMA A3.3).

    Raises Denied, or ValidationError with a sentence per field.
    """
    policies.may_open_studies.demand(actor)
    _check_manager(facts.manager, actor, None)
    with transaction.atomic():
        study = _save(_filled(Study(), facts), actor=actor)
        _appoint(study, actor)
    return study


def change_study(study: Study, facts: StudyFacts, *, actor: User, revision: int, reason: str = "") -> Study:
    """Change a study and return it; a new manager takes over the role of the one before.

    Raises Denied, Changed when the study is not at `revision` any more, or ValidationError: controlled fields need
    a reason (EU Annex 11 9).
    """
    with refusable(study, actor=actor, attempt="change the study"):
        row = locked(study)
        policies.may_change.demand(actor, row)
        demand_revision(row, revision)
        former = row.manager
        if facts.manager != former:
            _check_manager(facts.manager, actor, row)
        row = _save(_filled(row, facts), actor=actor, reason=reason)
        if row.manager != former:
            _dismiss(former, row, actor, reason)
            _appoint(row, actor)
    return row


def take_over(study: Study, heir: User, actor: User, reason: str) -> Study:
    """Let another person manage a study whose manager leaves; an administrator decides, who changes nothing else."""
    row = locked(study)
    row.manager = heir
    said = f"handed the study over to {heir}"
    audit.save(row, actor=actor, verb="hand over", sentence=said, reason=reason)
    _appoint(row, actor)
    return row


def add_site(study: Study, facts: SiteFacts, *, actor: User) -> Site:
    """Add a site to a study. Raises Denied, or ValidationError with a sentence per field."""
    with refusable(study, actor=actor, attempt="add a site"):
        row = locked(study)
        policies.may_change.demand(actor, row)
        return _save(_filled(Site(study=row), facts), actor=actor)


def change_site(site: Site, facts: SiteFacts, *, actor: User, revision: int, reason: str = "") -> Site:
    """Change a site and return it. Raises as `change_study` does. A site that was opened is closed, not withdrawn."""
    with refusable(site, actor=actor, attempt="change the site"):
        study = locked(site.study)
        row = Site.objects.select_for_update(of=("self",)).get(pk=site.pk)
        row.study = study
        policies.may_change.demand(actor, study)
        if is_elsewhere(actor, row):
            raise Denied("Your role here is for other sites of this study.")
        demand_revision(row, revision)
        _check_turn(row.status, facts.status)
        return _save(_filled(row, facts), actor=actor, reason=reason)


def _values(record: TrackedModel, kind: type) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(kind)}


def _filled(record: Tracked, facts: StudyFacts | SiteFacts) -> Tracked:
    for field in fields(facts):
        value = getattr(facts, field.name)
        setattr(record, field.name, value.strip() if isinstance(value, str) else value)
    if isinstance(record, Study):
        record.countries = sorted(set(record.countries))
    return record


def locked(study: Study) -> Study:
    """The study's row, locked until the transaction ends: whoever changes a part of a study takes it first."""
    return Study.objects.select_for_update(of=("self",)).select_related("manager").get(pk=study.pk)


def demand_revision(record: TrackedModel, revision: int) -> None:
    """Refuse with Changed what was decided on another revision than the present one."""
    if record.revision != revision:
        noun = record._meta.verbose_name
        raise Changed(f"Somebody changed this {noun} while you had it open. Compare before you save.")


def _save(record: Any, *, actor: User, reason: str = "") -> Any:
    _check(record)
    with _numbers_once(record):
        return audit.save(record, actor=actor, reason=reason)


def _check(record: Study | Site) -> None:
    record.full_clean(exclude=["organization"], validate_unique=False, validate_constraints=False)
    wrong = _wrong_with_study(record) if isinstance(record, Study) else _wrong_with_site(record)
    if wrong:
        raise ValidationError(wrong)


def _wrong_with_study(study: Study) -> dict[str, str]:
    sites = list(study.sites.order_by("number")) if study.pk else []
    left = [site.number for site in sites if site.country not in study.countries]
    wrong = {}
    if left:
        wrong["countries"] = f"Keep the countries of its sites: {_listed(left)} would be left without one."
    still_open = [site.number for site in sites if site.status == SiteStatus.OPEN]
    if study.status == StudyStatus.CLOSED and still_open:
        verb = "is" if len(still_open) == 1 else "are"
        wrong["status"] = f"Close the sites first: {_listed(still_open)} {verb} still open."
    return wrong


def _wrong_with_site(site: Site) -> dict[str, str]:
    wrong = {}
    if site.country not in site.study.countries:
        country = country_names()[site.country]
        wrong["country"] = f"{country} is not a country of {site.study.number}. Add it there first."
    if site.status == SiteStatus.OPEN and site.study.status == StudyStatus.CLOSED:
        wrong["status"] = f"{site.study.number} is closed: no site of it can be open."
    if site.opened_on and site.closed_on and site.closed_on < site.opened_on:
        wrong["closed_on"] = "A site closes after it has opened."
    return wrong


def _check_turn(before: str, after: str) -> None:
    """Whether a site can go from one status to the other; a mistake is corrected, history is not rewritten."""
    if after == SiteStatus.WITHDRAWN and before in (SiteStatus.OPEN, SiteStatus.CLOSED):
        raise ValidationError({"status": "This site was opened. Close it: only a site that never opened is withdrawn."})


def _listed(numbers: Sequence[str]) -> str:
    return f"site {numbers[0]}" if len(numbers) == 1 else f"sites {', '.join(numbers)}"


@contextmanager
def _numbers_once(record: Study | Site) -> Iterator[None]:
    """Say in words what the database refuses: a number that is taken, whatever the case."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if isinstance(record, Study) and "registry_id_once" in str(error):
            sentence = f"Another study of this organization has the register number {record.registry_id} already."
            raise ValidationError({"registry_id": sentence}) from None
        if "number_once" not in str(error):
            raise
        noun, place = ("study", "this organization") if isinstance(record, Study) else ("site", record.study.number)
        sentence = f"There is a {noun} {record.number} in {place} already. A number is given once, whatever the case."
        raise ValidationError({"number": sentence}) from None


def _check_manager(manager: User, actor: User, study: Study | None) -> None:
    if not members().filter(pk=manager.pk).exists():
        raise ValidationError({"manager": f"{manager} is not a member of this organization."})
    if manager == actor and not policies.leads(actor, study):
        sentence = "Nobody gives a role to themselves. Name somebody else, or let somebody else do this (EMA A3.3)."
        raise ValidationError({"manager": sentence})


def _appoint(study: Study, actor: User) -> None:
    """The manager receives the role at the study, unless they named themselves and so led it already."""
    held = any(row.ends_at is None for row in _roles_as_manager(study.manager, study))
    if study.manager != actor and not held:
        give_role(study.manager, MANAGER, actor=actor, at=study)


def _dismiss(former: User, study: Study, actor: User, reason: str) -> None:
    for row in _roles_as_manager(former, study):
        end_role(row, actor=actor, reason=reason)


def _roles_as_manager(person: User, study: Study) -> list[RoleAssignment]:
    return [row for row in roles_at(study) if row.user == person and row.role == MANAGER]
