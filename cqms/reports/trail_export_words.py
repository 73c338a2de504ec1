"""What an export of the trail was asked for, and the same in words that stand on its first page."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from cqms.access.anchors import ORGANIZATION, anchors
from cqms.access.reach import LANE_CAPABILITY, may_see_lane, narrowings, reach_of
from cqms.accounts.models import User
from cqms.audit.models import Lane, kind_of
from cqms.audit.timeline import Selection, kinds_in_words
from cqms.organizations.capabilities import Capability
from cqms.organizations.models import Organization, TrackedModel
from cqms.records.models import find


@dataclass(frozen=True)
class Asked:
    """What was asked for; days are the organization's, both included."""

    organization: Organization
    subject: TrackedModel | None
    start: dt.date | None
    end: dt.date | None
    person: User | None
    kinds: tuple[str, ...]
    paper: str
    formats: tuple[str, ...] = ("pdf",)
    changed: str = ""
    """The name of a field that changed."""
    places: tuple[TrackedModel, ...] = ()
    """What it happened below, beside the subject: a study, for example."""

    @classmethod
    def of(cls, arguments: Mapping[str, Any], organization: Organization) -> "Asked":
        """What the arguments of a job say."""
        subject, person = arguments["subject"], arguments["person"]
        return cls(
            organization=organization,
            subject=find(*subject) if subject else None,
            start=_day(arguments["start"]),
            end=_day(arguments["end"]),
            person=User.objects.get(pk=person) if person else None,
            kinds=tuple(arguments["kinds"]),
            paper=arguments["paper"],
            formats=tuple(arguments.get("formats", ["pdf"])),
            changed=arguments.get("changed", ""),
            places=tuple(find(*each) for each in arguments.get("places", ())),
        )

    def selection(self) -> Selection:
        """The entries that are meant."""
        return Selection(
            subject=self.subject,
            person_id=self.person.pk if self.person else None,
            kinds=self.kinds,
            start=self._beginning_of(self.start),
            end=self._beginning_of(self.end + dt.timedelta(days=1) if self.end else None),
            anchors={kind_of(each): each.pk for each in self.places},
            changed=self.changed,
        )

    def everything(self) -> Selection:
        """The entries of the same subject without period, person and kind."""
        return Selection(subject=self.subject)

    def _beginning_of(self, day: dt.date | None) -> dt.datetime | None:
        return dt.datetime.combine(day, dt.time.min, self.organization.timezone) if day else None


def period_in_words(asked: Asked) -> str:
    """Both days included, for example 3 Aug 2026 to 31 Aug 2026 in Europe/Berlin; or from or until one day, or all."""
    zone = f"in {asked.organization.zone}"
    start, end = (f"{day:%-d %b %Y}" if day else "" for day in (asked.start, asked.end))
    if start and end:
        return f"{start} {zone}" if start == end else f"{start} to {end} {zone}"
    if start or end:
        return f"from {start} {zone}" if start else f"until {end} {zone}"
    return "from the first entry to the moment of the export"


def selection_in_words(asked: Asked, actor: User, last: int) -> str:
    """The whole filter in sentences: of what, period, person, kinds, field, places, order, last, what is left out."""
    person = f"by {asked.person.name}" if asked.person else "by anybody"
    kinds = f"kinds: {', '.join(_kind_in_words(kind) for kind in asked.kinds)}" if asked.kinds else "of every kind"
    what = "; ".join([period_in_words(asked), person, kinds, *_field_in_words(asked), *_places_asked(asked)])
    chosen = f"Entries of {asked.subject or asked.organization}: {what}."
    return f"{chosen} Oldest first, up to number {last}. {_limits_in_words(actor)}"


def _limits_in_words(actor: User) -> str:
    """What the exporter's roles leave out, so that nobody takes a part for the whole."""
    reach = reach_of(actor)
    closed = [lane.label.lower() for lane in Lane if not may_see_lane(reach, lane)]
    limits = [f"nothing of the lanes {' and '.join(closed)}"] if closed else []
    for lane, capability in LANE_CAPABILITY.items():
        if lane.label.lower() not in closed and capability not in reach.everywhere:
            limits.append(f"the lane {lane.label.lower()} only in {', '.join(_places_in_words(actor, capability))}")
    if Capability.INSPECT not in reach.everywhere:
        limits.append(f"only {', '.join(_places_in_words(actor))}")
    limits += [f"of {find(*place)} only {_sites_in_words(*only)}" for place, only in sorted(narrowings(actor).items())]
    if not limits:
        return "Nothing is left out."
    return f"Limited to what {actor.name} may see: {'; '.join(limits)}."


def _sites_in_words(countries: set[str], numbers: set[str]) -> str:
    return ", ".join([*sorted(countries), *(f"site {number}" for number in sorted(numbers))])


def _places_in_words(actor: User, capability: Capability = Capability.INSPECT) -> list[str]:
    reach = reach_of(actor)
    kinds = [kind for kind in anchors() if kind != ORGANIZATION]
    return [str(find(kind, pk)) for kind in kinds for pk in sorted(reach.ids(capability, kind))]


def _field_in_words(asked: Asked) -> list[str]:
    """By the label of the field where it is one of the kinds that were chosen, or of the record's own."""
    if not asked.changed:
        return []
    models = [apps.get_model(kind) for kind in asked.kinds if "." in kind]
    fields = [each for model in (*models, asked.subject) if model is not None for each in model._meta.concrete_fields]
    label = next((str(each.verbose_name) for each in fields if each.name == asked.changed), asked.changed)
    return [f"only where “{label}” changed"]


def _places_asked(asked: Asked) -> list[str]:
    return [f"only in {place}" for place in asked.places]


def _kind_in_words(kind: str) -> str:
    return kinds_in_words().get(kind, kind)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
