"""Reads of studies, shaped for pages and the API."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, F, Func, Q, QuerySet, Sum
from django.utils import timezone

from cqms.access.models import RoleAssignment
from cqms.access.reach import narrowing_of, reach_of, visible
from cqms.accounts.models import User
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Membership
from cqms.organizations.prepared import Prepared
from cqms.organizations.scope import scope_cache
from studies.models import STUDY, Participants, Site, Study, StudyStatus, country_names

MOST_TO_CHOOSE = 200


class StudyToChoose(NamedTuple):
    """A study as choices name it; reading whole rows of many studies would cost more than the page around them."""

    number: str
    title: str
    status: str

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


@dataclass(frozen=True)
class Enrolment:
    """Participants so far."""

    screened: int = 0
    enrolled: int = 0

    def __add__(self, other: "Enrolment") -> "Enrolment":
        return Enrolment(self.screened + other.screened, self.enrolled + other.enrolled)


def studies_for(person: User) -> QuerySet[Study]:
    """The studies that exist for this person."""
    return visible(Study.objects.select_related("manager"), person, anchor=STUDY, column="id")


def is_number_taken(number: str) -> bool:
    """Whether a study of the open organization has this number, whatever the case."""
    return Study.objects.filter(number__iexact=number).exists()


def with_words(studies: QuerySet[Study], words: str) -> QuerySet[Study]:
    """The studies whose number, title or sponsor holds the words, whatever the case."""
    return studies.filter(Q(number__icontains=words) | Q(title__icontains=words) | Q(sponsor__icontains=words))


def running_first(person: User) -> list[StudyToChoose]:
    """The reader's studies to choose from: the running ones by number, then the closed ones; asked once a request.

    The first MOST_TO_CHOOSE; the list of studies has all of them.
    """
    cache, key = scope_cache(), ("studies.to_choose", person.pk)
    if key not in cache:
        sees_all = Capability.READ in reach_of(person).everywhere
        rows = _EVERY_CHOICE.ask() if sees_all else _to_choose(studies_for(person))
        cache[key] = list(map(StudyToChoose._make, rows))
    found: list[StudyToChoose] = cache[key]
    return found


def studies_to_choose(person: User, asked: str) -> list[StudyToChoose]:
    """By number the studies that a choice offers, and the one with the number `asked`, wherever that stands."""
    offered = running_first(person)
    if asked and all(study.number != asked for study in offered):
        offered = [*offered, *map(StudyToChoose._make, _as_choices(studies_for(person).filter(number=asked)))]
    return sorted(offered)


def _to_choose(rows: QuerySet[Study]) -> QuerySet[Study, tuple[str, str, str]]:
    is_closed = ExpressionWrapper(Q(status=StudyStatus.CLOSED), output_field=BooleanField())
    return _as_choices(rows.order_by(is_closed, "number"))[:MOST_TO_CHOOSE]


def _as_choices(rows: QuerySet[Study]) -> QuerySet[Study, tuple[str, str, str]]:
    return rows.values_list("number", "title", "status")


_EVERY_CHOICE = Prepared(lambda: _to_choose(Study.objects.all()))


def countries_of(person: User) -> list[str]:
    """The codes of the countries of this person's studies, in the order of their names; asked once a request."""
    cache, key = scope_cache(), ("studies.countries", person.pk)
    if key not in cache:
        unnested = studies_for(person).order_by().annotate(country=Func(F("countries"), function="unnest"))
        codes = unnested.values_list("country", flat=True).distinct()
        cache[key] = sorted(codes, key=lambda code: country_names()[code])
    return cache[key]


def sites_of(study: Study) -> QuerySet[Site]:
    """The sites of a study by number."""
    return Site.objects.filter(study=study).select_related("study").order_by("number")


def all_sites() -> QuerySet[Site]:
    """The sites of every study of the organization."""
    return Site.objects.select_related("study")


def managed_by(person: User) -> list[Study]:
    """The studies a person manages, except those that are over."""
    over = (StudyStatus.CLOSED, StudyStatus.STOPPED)
    return list(Study.objects.filter(manager=person).exclude(status__in=over).order_by("number"))


def sites_for(person: User, study: Study) -> QuerySet[Site]:
    """The sites of a study that a person sees: all, or those of the countries and numbers their roles are for."""
    narrowed = narrowing_of(person, STUDY, study.pk)
    if narrowed is None:
        return sites_of(study)
    countries, numbers = narrowed
    return sites_of(study).filter(Q(country__in=countries) | Q(number__in=numbers))


def roles_at(study: Study) -> list[RoleAssignment]:
    """The roles held at this study now, by name of the person. Roles of the whole organization are not among them."""
    held = RoleAssignment.objects.filter(anchor_kind=STUDY, anchor_id=study.pk).filter(_now_held())
    return list(held.select_related("user").order_by("user__name", "role"))


def members() -> QuerySet[User]:
    """The people who belong to the open organization now, by name."""
    current = Membership.objects.filter(_now_held())
    return User.objects.filter(pk__in=current.values("user"), is_active=True).order_by("name")


def _now_held() -> Q:
    now = timezone.now()
    return Q(starts_at__lte=now) & (Q(ends_at__isnull=True) | Q(ends_at__gt=now))


def participants_for(person: User, study: Study) -> QuerySet[Participants]:
    """The numbers of participants at the sites that a person sees."""
    rows: QuerySet[Participants] = Participants.objects.filter(study=study).order_by()
    if narrowing_of(person, STUDY, study.pk) is None:
        return rows
    return rows.filter(site__in=sites_for(person, study).order_by().values("pk"))


def countries_for(person: User, study: Study) -> list[str]:
    """The codes of the countries of a study that a person sees, by name: all, or those of the sites they see."""
    codes = set(study.countries)
    if (narrowed := narrowing_of(person, STUDY, study.pk)) is not None:
        codes &= narrowed[0] | set(sites_for(person, study).values_list("country", flat=True))
    return sorted(codes, key=lambda code: country_names()[code])


def roles_for(person: User, study: Study) -> list[RoleAssignment]:
    """The roles at a study that a person may know of: not those for other sites than theirs."""
    narrowed = narrowing_of(person, STUDY, study.pk)
    if narrowed is None:
        return roles_at(study)
    mine = list(sites_for(person, study))
    countries, numbers = narrowed[0] | {site.country for site in mine}, {site.number for site in mine}
    return [row for row in roles_at(study) if _is_here(row, countries, numbers)]


def _is_here(row: RoleAssignment, countries: set[str], numbers: set[str]) -> bool:
    is_narrowed = bool(row.countries or row.sites)
    return not is_narrowed or bool(countries & set(row.countries) or numbers & set(row.sites))


def enrolment_by_site(person: User, study: Study) -> dict[int, Enrolment]:
    """Participants so far by id of the site, of those sites that a person sees; one query."""
    rows = participants_for(person, study).values("site")
    rows = rows.annotate(a=Sum("screened"), b=Sum("enrolled"))
    return {row["site"]: Enrolment(row["a"], row["b"]) for row in rows}
