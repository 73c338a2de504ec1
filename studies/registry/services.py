"""Taking over what a register says: a new study with every country and site, or chosen differences of a known one."""

from collections.abc import Callable, Collection
from dataclasses import replace

from cqms.accounts.models import User
from cqms.attachments import services as attachments
from cqms.attachments.kinds import JSON
from cqms.attachments.models import StoredFile
from cqms.audit.refusals import refusable
from studies import policies, services
from studies.conduct.selectors import milestones_of
from studies.conduct.services import set_milestone
from studies.models import Site, SiteStatus, Study, StudyStatus
from studies.registry.comparing import FACTS, SitePair, pairs
from studies.registry.reading import RegisteredSite, RegisteredStudy, UnusableRecord, read_record
from studies.services import SiteFacts, StudyFacts, facts_of, site_facts_of

CREATE, TAKE_OVER = "studies.create_from_register", "studies.take_over_from_register"
"""The kinds of the jobs that do this."""

Tell = Callable[[str, int, int], None]


def keep_record(content: bytes, *, name: str, actor: User) -> StoredFile:
    """Store the file of a record, so that the study can prove later where its facts came from.

    Raises Denied, UnusableFile, or UnusableRecord for a file that cannot be taken over.
    """
    policies.may_open_studies.demand(actor)
    read_record(content)
    return attachments.store(content, name=name, actor=actor, allowed=[JSON])


def record_in(stored: StoredFile) -> RegisteredStudy:
    """The study of a stored file. Raises UnusableRecord, DamagedFile."""
    if stored.media_type != JSON.media_type:
        raise UnusableRecord("This file is no study record.")
    with attachments.open_checked(stored) as file:
        return read_record(file.read())


def create_study(stored: StoredFile, *, number: str, manager: User, actor: User, tell: Tell) -> Study:
    """Open the study of a record with its countries, milestones and sites, and attach the file; all or nothing.

    Raises what `studies.services.create_study` raises, and UnusableRecord.
    """
    record = record_in(stored)
    tell("Opening the study", 0, len(record.sites))
    study = services.create_study(_facts(record, number, manager), actor=actor)
    for kind, (planned, actual) in record.milestones.items():
        set_milestone(study, kind, planned, actual, actor=actor, revision=0)
    for count, (site_number, site) in enumerate(zip(_numbers(record.sites), record.sites, strict=True), 1):
        services.add_site(study, _site_facts(site_number, site), actor=actor)
        tell(f"Adding site {count} of {len(record.sites)}", count, len(record.sites))
    _attach(study, record, stored, actor)
    return study


def take_over(
    study: Study, stored: StoredFile, keys: Collection[str], *, actor: User, reason: str, tell: Tell
) -> Study:
    """Take over the chosen differences of a known study, and attach the file; all or nothing.

    A study ends after its sites, and goes on before them.

    Raises Denied, ValidationError (controlled fields need a reason), UnusableRecord.
    """
    with refusable(study, actor=actor, attempt="take over what the register says"):
        policies.may_change.demand(actor, study)
        record = record_in(stored)
        sites = list(Site.objects.filter(study=study).order_by("number"))
        chosen = [pair for pair in pairs(record, sites) if _key(pair) in keys]
        tell("Changing the study", 0, len(chosen))
        is_ending = record.status in (StudyStatus.CLOSED, StudyStatus.STOPPED)
        first = set(keys) - {"status"} if is_ending else set(keys)
        study = _change_facts(study, record, first, chosen, actor, reason)
        _change_milestones(study, record, keys, actor, reason)
        taken = {site.number.lower() for site in sites}
        for count, pair in enumerate(chosen, 1):
            _change_site(study, pair, taken, actor, reason)
            tell(f"Changing site {count} of {len(chosen)}", count, len(chosen))
        study = _change_facts(study, record, set(keys), [], actor, reason)
        _attach(study, record, stored, actor)
    return study


def _facts(record: RegisteredStudy, number: str, manager: User) -> StudyFacts:
    return StudyFacts(
        number=number,
        title=record.title,
        phase=record.phase,
        sponsor=record.sponsor,
        countries=record.countries,
        manager=manager,
        status=record.status,
        full_title=record.full_title,
        kind=record.kind,
        indication=record.indication,
        registry_id=record.registry_id,
        planned_participants=record.planned_participants,
    )


def _site_facts(number: str, site: RegisteredSite) -> SiteFacts:
    return SiteFacts(number, site.name, site.country, site.status, site.investigator)


def _numbers(sites: Collection[RegisteredSite], taken: Collection[str] = ()) -> list[str]:
    """A number for each site: its country and its place in it, DE-01; registers give none."""
    width, used, found = max(2, len(str(len(sites)))), set(taken), []
    for site in sites:
        place = 1
        while (number := f"{site.country}-{place:0{width}}").lower() in used:
            place += 1
        used.add(number.lower())
        found.append(number)
    return found


def _attach(study: Study, record: RegisteredStudy, stored: StoredFile, actor: User) -> None:
    with stored.path.open("rb") as file:
        content = file.read()
    name, label = f"{record.registry_id}.json", "Register record"
    attachments.attach(study, content, name=name, actor=actor, allowed=[JSON], label=label)


def _key(pair: SitePair) -> str:
    return f"site-{pair.site.pk}" if pair.site else f"site-new-{pair.index}"


def _change_facts(
    study: Study, record: RegisteredStudy, keys: Collection[str], chosen: list[SitePair], actor: User, reason: str
) -> Study:
    now = facts_of(study)
    new = {name: getattr(record, name) for name in FACTS if name in keys}
    countries = {*now.countries, *(pair.registered.country for pair in chosen)}
    facts = replace(now, **new, countries=sorted(countries), registry_id=now.registry_id or record.registry_id)
    return services.change_study(study, facts, actor=actor, revision=study.revision, reason=reason)


def _change_milestones(study: Study, record: RegisteredStudy, keys: Collection[str], actor: User, reason: str) -> None:
    known = {each.kind: each for each in milestones_of(study)}
    for kind, (planned, actual) in record.milestones.items():
        if f"milestone-{kind}" in keys:
            row = known.get(kind)
            old_planned, revision = (row.planned_on, row.revision) if row else ("", 0)
            set_milestone(study, kind, planned or old_planned, actual, actor=actor, revision=revision, reason=reason)


def _change_site(study: Study, pair: SitePair, taken: set[str], actor: User, reason: str) -> None:
    new = pair.registered
    if pair.site is None:
        number = _numbers([new], taken)[0]
        taken.add(number.lower())
        services.add_site(study, _site_facts(number, new), actor=actor)
        return
    facts = replace(site_facts_of(pair.site), status=SiteStatus(new.status))
    services.change_site(pair.site, facts, actor=actor, revision=pair.site.revision, reason=reason)
