"""The serious breaches of a load: most of them ended long ago, the others suspected, assessed or notified these days.

The clock of the law is what the portal would count, and everybody was told in time.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from cqms.audit.models import kind_of
from cqms.deadlines.clocks import notification_clock
from cqms.deadlines.models import Clock, Deadline
from cqms.deadlines.services import end_of
from cqms.portal.loading import contributions
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.people import BEGIN
from cqms.portal.loading.tales import Act, Person, Place, in_part, taken
from cqms.signatures.models import Meaning
from quality_events.breaches import duties, sheet
from quality_events.breaches.assessment import VERSION
from quality_events.breaches.models import (
    BreachState,
    Commercial,
    Investigation,
    SentNotification,
    SeriousBreach,
)
from quality_events.breaches.services import FOLLOW_UP, NOTIFY, SENDS
from quality_events.breaches.workflow import SERIOUS_BREACH
from quality_events.loading import Story, opened, tell
from quality_events.models import EventLink
from studies.models import STUDY, Site

_S = BreachState
SHARE = 1
_WHAT = (("Doses given after the expiry date", "The pharmacy had not seen the recall."),
         ("Consent missing for a cohort", "A form of the wrong version was used."),
         ("Allocations seen by the monitor", "A list lay open in the shared folder."),
         ("Results of the laboratory altered", "Two reports of one sample differ."))  # fmt: skip
_FATES = {_S.NOT_SERIOUS: 45, _S.CLOSED: 35, _S.FINAL: 5, _S.NOTIFIED: 4, _S.DRAFTED: 3, _S.ASSESSING: 4,
          _S.SUSPECTED: 4}  # fmt: skip
"""How many of a hundred end where, the oldest first."""
_AGO = {_S.FINAL: 45, _S.NOTIFIED: 12, _S.DRAFTED: 4, _S.ASSESSING: 3, _S.SUSPECTED: 1}
"""How many days ago those began that are open: nobody lets the clock of the law run out."""
_FOUND = ("description", "rationale", "requirement", "impact_participants", "impact_data", "actions_taken",
          "root_cause")  # fmt: skip
_ANSWERS = {"departs": "yes", "in_scope": "yes", "rights": "no", "systematic": "no", "assessment_version": VERSION}
_SERIOUS = {**_ANSWERS, "safety": "yes", "reliability": "yes", "rationale": "Four participants are concerned."}
_HARMLESS = {**_ANSWERS, "safety": "no", "reliability": "no", "rationale": "It was seen before anybody was concerned."}
_DRAFT = {
    "investigation": Investigation.ONGOING, "commercial": Commercial.YES, "site_contact": "The investigator",
    "most_affected": "Where it occurred", "requirement": "Protocol, section 6.2",
    "impact_participants": "Four participants were examined; none was harmed.",
    "impact_data": "Values of four participants are left out.", "actions_taken": "The site was stopped and trained.",
    "in_procedure": "None", "other_trials": "None", "parties": "The site and its pharmacy",
}  # fmt: skip
_SENT = {"redaction_checked": True, "channel": "CTIS", "receipt": "Kept in CTIS"}
_KNOWN = {"investigation": Investigation.COMPLETED, "root_cause": "Nobody compared the two lists."}
_ASSESSED, _DECIDED, _NOTIFIED, _REPORT = 1, 2, 5, 35
"""The days after it began on which these were done."""
_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
_NO_CAPA = "None: what led to it was put right, and no other study is concerned."


def build(load: Load, records: int) -> None:
    """So many breaches of one organization, each at a site of a study; those that are open began last."""
    order = list(_FATES)
    fates = sorted(load.teller.random.choices(order, list(_FATES.values()), k=records), key=order.index)
    now = timezone.now().replace(microsecond=0)
    for number, fate in enumerate(fates):
        long_ago = BEGIN + dt.timedelta(days=600) * number / records
        _breach(load, fate, now - dt.timedelta(days=_AGO[fate], hours=2) if fate in _AGO else long_ago)


@dataclass(frozen=True)
class _Breach(Story):
    """A breach while it is told: how it began."""

    begin: Mapping[str, Any]

    @property
    def draft(self) -> dict[str, Any]:
        """The sheet as it was drafted."""
        return {**_DRAFT, "trial_title": self.begin["title"], "trial_number": f"2024-{500_000 + self.study}-12-00",
                "next_follow_up_on": self.day(_REPORT).date()}  # fmt: skip


def _breach(load: Load, fate: BreachState, at: dt.datetime) -> None:
    random, zone, owner = load.teller.random, load.teller.zone, load.one("author")
    (study, name), (what, how), number = random.choice(load.places), random.choice(_WHAT), load.number("SB")
    begin = {
        "number": number, "title": f"{what}, {name} {random.randrange(1000):03}", "study_id": study,
        "site_id": random.choice(load.left["sites"][study]), "state": _S.SUSPECTED, "owner_id": owner.pk,
        "description": f"{what}. {how}", "reporter_id": load.one("author").pk, "noticed_by": "Monitor",
        "occurred_on": (at - 4 * _DAY).date(), "discovered_on": (at - _DAY).date(), "aware_at": at - _HOUR,
        "zone": zone, "aware_by": "Study manager", "aware_evidence": "Minutes of the weekly call",
        "first_aware_at": at - 6 * _HOUR, "first_aware_zone": zone, "first_aware_by": "Monitor",
        "first_aware_evidence": "Mail of the monitor", "sponsor_zone": zone, "jurisdictions": ["EU"],
    }  # fmt: skip
    pk = load.teller.tables.next_key(SeriousBreach)
    story = _Breach(load, SeriousBreach, pk, number, study, owner, load.one("qa"), at, {}, begin)
    tell(load, SeriousBreach, begin, [act for way in _WAYS[fate] for act in way(story)], _FOUND)
    _tell_clock(story, fate)


def _opened(story: _Breach) -> list[Act]:
    return [opened(SeriousBreach, story.at, story.owner)]


def _assessed(story: _Breach, answers: Mapping[str, Any]) -> list[Act]:
    return [_step("assess", story.day(_ASSESSED), story.owner, answers)]


def _decided(story: _Breach, key: str, reason: str) -> list[Act]:
    """Both sign: with the second it is decided."""
    waits, physician = {"state": _S.ASSESSING}, story.load.one("medical_monitor")
    both = (_step(key, story.day(_DECIDED), story.quality, waits), _step(key, story.day(_DECIDED), physician))
    parts = zip(both, ("quality assurance", "medical"), strict=True)
    return [replace(in_part(act, label, Meaning.APPROVED), reason=reason) for act, label in parts]


def _drafted(story: _Breach) -> list[Act]:
    at = story.day(_DECIDED)
    return [
        Act(at, story.quality, "note", "noted when it was confirmed", {"confirmed_at": at}),
        _step("draft", at, story.owner, story.draft),
    ]


def _notified(story: _Breach) -> list[Act]:
    return [_sent(story, "notify", 1, {**_SENT, "notified_at": story.day(_NOTIFIED)}, _NOTIFIED)]


def _reported(story: _Breach) -> list[Act]:
    return [_sent(story, "finish", 2, {**_SENT, **_KNOWN}, _REPORT)]


def _closed(story: _Breach) -> list[Act]:
    """A CAPA of the study corrects what led to it, if there is one."""
    kind, pk, number, title = story.load.left.get("capas", {}).get(story.study, ("", 0, _NO_CAPA, ""))
    at = story.day(_REPORT + 10)
    if kind:
        label = f"{number} {title}"
        ends = {"from_kind": kind_of(SeriousBreach), "from_id": story.pk, "to_kind": kind, "to_id": pk}
        why = {"to_label": label, "why": "It corrects what led to the breach."}
        story.part(EventLink, {**ends, **why}, [Act(at, story.owner, "link", f"linked it with {label}")], label)
    return [
        _step("link_capa", at, story.owner, {"capa_reference": number}),
        _step("close", story.day(_REPORT + 15), story.quality),
    ]


_SUSPECTED = (_opened,)
_DOUBTED = (_opened, partial(_assessed, answers=_SERIOUS))
_CONFIRMED = (*_DOUBTED, partial(_decided, key="confirm", reason=""), _drafted)
_WAYS: dict[BreachState, Sequence[Callable[[_Breach], list[Act]]]] = {
    _S.SUSPECTED: _SUSPECTED,
    _S.ASSESSING: _DOUBTED,
    _S.DRAFTED: _CONFIRMED,
    _S.NOTIFIED: (*_CONFIRMED, _notified),
    _S.FINAL: (*_CONFIRMED, _notified, _reported),
    _S.CLOSED: (*_CONFIRMED, _notified, _reported, _closed),
    _S.NOT_SERIOUS: (_opened, partial(_assessed, answers=_HARMLESS),
                     partial(_decided, key="dismiss", reason="Nobody was concerned.")),
}  # fmt: skip


def _sent(story: _Breach, key: str, version: int, values: Mapping[str, Any], day: int) -> Act:
    """What is sent is kept with its hash, which the reason of the signature names."""
    head, kind, at = story.load.one("quality_head"), SENDS[key], story.day(day)
    filled = sheet.sheet_of(_as_it_was(story, values), kind)
    kept = {"kind": kind, "version": version, "sheet": sheet.as_kept(filled), "sha256": sheet.hash_of(filled)}
    story.load.teller.tables.add(
        SentNotification, organization_id=story.load.organization.pk, breach_id=story.pk, **kept, sent_at=at,
        sent_by_id=head.pk, channel=values["channel"], receipt=values["receipt"], at=at,
    )  # fmt: skip
    named = f"version {version}, SHA-256 {kept['sha256']}"
    said = Act(at, head, "keep", f"kept what was sent: {kind.label}, {named}")
    place = Place(f"{story.number} {story.begin['title']}", anchor=(STUDY, story.study))
    story.load.teller.note(SeriousBreach, story.pk, said, place)
    return replace(_step(key, at, head, values), reason=f"Notification {named}")


def _as_it_was(story: _Breach, values: Mapping[str, Any]) -> SeriousBreach:
    number, name = story.load.left["clinics"][story.begin["site_id"]]
    breach = SeriousBreach(**{**story.begin, **_SERIOUS, **story.draft, **values})
    breach.site = Site(pk=breach.site_id, number=number, name=name)
    return breach


def _tell_clock(story: _Breach, fate: BreachState) -> None:
    """The deadline of the law for each duty, and the follow-up that was promised, as far as they were reached."""
    zone, start = ZoneInfo(story.load.teller.zone), story.begin["first_aware_at"]
    for duty in duties.read(duties.TABLE.founded):
        if duty.key in story.begin["jurisdictions"] and duty.period is not None:
            clock = notification_clock(start, duty.period, own_zone=zone, authority_zone=duty.zone)
            alarms = [[each.key, each.at.isoformat()] for each in clock.alarms()]
            due = {"kind": f"{NOTIFY}.{duty.key}", "clock": Clock.LEGAL, "original_due": clock.due_at, "alarms": alarms}
            _deadline(story, f"Notify {story.number}: {duty.authority}", story.at, due, _END_OF_CLOCK.get(fate))
    if fate in _AFTER:
        due = {"kind": FOLLOW_UP, "original_due": end_of(story.draft["next_follow_up_on"], zone)}
        label, ended = f"Follow-up to the authority: {story.number}", _END_OF_PROMISE.get(fate)
        _deadline(story, label, story.day(_NOTIFIED), due, ended)


def _deadline(story: _Breach, label: str, at: dt.datetime, due: Mapping[str, Any], ended: "_Ended | None") -> None:
    path = story.load.organization.path("breaches:detail", number=story.number)
    begin = {**due, "label": label, "record_kind": kind_of(SeriousBreach), "record_id": story.pk, "path": path,
             "owner_id": story.owner.pk, "current_due": due["original_due"]}  # fmt: skip
    acts = [Act(at, story.owner, "open deadline", f"set a deadline: {label}")]
    if ended is not None:
        moment = story.day(ended.day)
        acts.append(Act(moment, story.quality, ended.verb, ended.sentence.format(label), {ended.field: moment}))
    story.part(Deadline, begin, acts, label)


@dataclass(frozen=True)
class _Ended:
    """How and when a deadline ended."""

    day: int
    verb: str
    sentence: str
    field: str


_MET = _Ended(_NOTIFIED, "meet", "met the deadline {}", "met_at")
_REPORTED_THEN = replace(_MET, day=_REPORT)
_AFTER = (_S.NOTIFIED, _S.FINAL, _S.CLOSED)
_END_OF_CLOCK = {
    **dict.fromkeys(_AFTER, _MET),
    _S.NOT_SERIOUS: _Ended(_DECIDED, "cancel", "cancelled the deadline {}, because the suspicion ended: not serious",
                           "cancelled_at"),
}  # fmt: skip
_END_OF_PROMISE = dict.fromkeys((_S.FINAL, _S.CLOSED), _REPORTED_THEN)


def _step(key: str, at: dt.datetime, person: Person, values: Mapping[str, Any] | None = None) -> Act:
    return taken(SERIOUS_BREACH, key, at, person, values)


contributions.register(50, build, share=SHARE)
