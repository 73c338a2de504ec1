"""What a register says of a study beside what this portal says: the differences, each with a key to choose it by."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studies.conduct.selectors import milestones_of
from studies.models import MilestoneKind, Phase, Site, SiteStatus, Study, StudyStatus, StudyType, country_names
from studies.partial_dates import in_words
from studies.registry.reading import RegisteredSite, RegisteredStudy

FACTS = {
    "title": "Title", "full_title": "Full title", "kind": "Type", "phase": "Phase", "status": "Status",
    "sponsor": "Sponsor", "indication": "Indication", "planned_participants": "Planned participants",
}  # fmt: skip
_WORDS = {"kind": StudyType, "phase": Phase, "status": StudyStatus}


@dataclass(frozen=True)
class Difference:
    """One thing the two say differently; `key` names it in forms, `old` and `new` are words."""

    key: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class SitePair:
    """A location of the record, and the site here that it stands for, if there is one."""

    index: int
    registered: RegisteredSite
    site: Site | None


def differences(study: Study, record: RegisteredStudy) -> list[Difference]:
    """Everything the record says differently, in the order of the page. What it leaves out is no difference."""
    sites = list(Site.objects.filter(study=study).order_by("number"))
    return [*_facts(study, record), *_milestones(study, record), *_sites(record, sites)]


def pairs(record: RegisteredStudy, sites: Sequence[Site]) -> list[SitePair]:
    """Each location with its site: of the same name and country, and of several of them the one in the same place."""
    waiting: dict[tuple[str, str], list[Site]] = defaultdict(list)
    for site in sites:
        waiting[(site.name.casefold(), site.country)].append(site)
    found = []
    for index, registered in enumerate(record.sites):
        same = waiting[(registered.name.casefold(), registered.country)]
        found.append(SitePair(index, registered, same.pop(0) if same else None))
    return found


def unmatched(record: RegisteredStudy, sites: Sequence[Site]) -> list[Site]:
    """The sites here of which the record says nothing."""
    matched = {pair.site.pk for pair in pairs(record, sites) if pair.site}
    return [site for site in sites if site.pk not in matched]


def _facts(study: Study, record: RegisteredStudy) -> Iterator[Difference]:
    for name, label in FACTS.items():
        old, new = getattr(study, name), getattr(record, name)
        if new not in ("", None) and old != new:
            yield Difference(name, label, _in_words(name, old), _in_words(name, new))


def _milestones(study: Study, record: RegisteredStudy) -> Iterator[Difference]:
    known = {each.kind: (each.planned_on, each.actual_on) for each in milestones_of(study)}
    for kind, (planned, actual) in record.milestones.items():
        old_planned, old_actual = known.get(kind, ("", ""))
        label = MilestoneKind(kind).label
        if actual and actual != old_actual:
            yield Difference(f"milestone-{kind}", f"{label}, actual", in_words(old_actual), in_words(actual))
        elif planned and not old_actual and planned != old_planned:
            yield Difference(f"milestone-{kind}", f"{label}, planned", in_words(old_planned), in_words(planned))


def _sites(record: RegisteredStudy, sites: Sequence[Site]) -> Iterator[Difference]:
    for pair in pairs(record, sites):
        new = pair.registered
        if pair.site is None:
            words = f"{new.name}, {country_names()[new.country]}, {SiteStatus(new.status).label.lower()}"
            yield Difference(f"site-new-{pair.index}", "New site", "", words)
        elif pair.site.status != new.status:
            label = f"Status of site {pair.site.number}"
            old_words, new_words = SiteStatus(pair.site.status).label, SiteStatus(new.status).label
            yield Difference(f"site-{pair.site.pk}", label, old_words, new_words)


def _in_words(name: str, value: object) -> str:
    if value in ("", None):
        return ""
    return str(_WORDS[name](value).label) if name in _WORDS else str(value)
