"""Reading a study record of ClinicalTrials.gov, API version 2 (JSON). Nothing is stored here.

What cannot be read as such a record is refused with a sentence. What the record leaves out, or says in a way this
portal does not know, becomes a remark: nothing is made up, and nothing is left out in silence.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from studies.models import MilestoneKind, Phase, SiteStatus, StudyStatus, StudyType
from studies.partial_dates import is_partial_date
from studies.registry.countries import code_of

_NCT = re.compile(r"NCT\d{8}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NO_NUMBER = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_SITES = 5000
_MOST_PARTICIPANTS = 10_000_000

_KINDS = {
    "INTERVENTIONAL": StudyType.INTERVENTIONAL,
    "OBSERVATIONAL": StudyType.OBSERVATIONAL,
    "EXPANDED_ACCESS": StudyType.EXPANDED_ACCESS,
}
_PHASES = {
    (): Phase.NOT_APPLICABLE, ("NA",): Phase.NOT_APPLICABLE, ("EARLY_PHASE1",): Phase.EARLY_1,
    ("PHASE1",): Phase.PHASE_1, ("PHASE1", "PHASE2"): Phase.PHASE_1_2, ("PHASE2",): Phase.PHASE_2,
    ("PHASE2", "PHASE3"): Phase.PHASE_2_3, ("PHASE3",): Phase.PHASE_3, ("PHASE4",): Phase.PHASE_4,
}  # fmt: skip
_STATUSES = {
    "NOT_YET_RECRUITING": StudyStatus.START_UP, "RECRUITING": StudyStatus.RECRUITING,
    "ENROLLING_BY_INVITATION": StudyStatus.RECRUITING, "ACTIVE_NOT_RECRUITING": StudyStatus.FOLLOW_UP,
    "COMPLETED": StudyStatus.CLOSED, "TERMINATED": StudyStatus.STOPPED, "WITHDRAWN": StudyStatus.STOPPED,
}  # fmt: skip
_SITE_STATUSES = {
    "NOT_YET_RECRUITING": SiteStatus.PLANNED, "RECRUITING": SiteStatus.OPEN, "SUSPENDED": SiteStatus.OPEN,
    "ENROLLING_BY_INVITATION": SiteStatus.OPEN, "ACTIVE_NOT_RECRUITING": SiteStatus.OPEN, "AVAILABLE": SiteStatus.OPEN,
    "COMPLETED": SiteStatus.CLOSED, "TERMINATED": SiteStatus.CLOSED, "WITHDRAWN": SiteStatus.WITHDRAWN,
}  # fmt: skip
_WITHOUT_WORD = {
    StudyStatus.PLANNED: SiteStatus.PLANNED, StudyStatus.START_UP: SiteStatus.PLANNED,
    StudyStatus.RECRUITING: SiteStatus.OPEN, StudyStatus.FOLLOW_UP: SiteStatus.OPEN,
    StudyStatus.CLOSED: SiteStatus.CLOSED, StudyStatus.STOPPED: SiteStatus.CLOSED,
}  # fmt: skip
_DATES = {
    "startDateStruct": MilestoneKind.FIRST_PARTICIPANT,
    "primaryCompletionDateStruct": MilestoneKind.PRIMARY_COMPLETION,
    "completionDateStruct": MilestoneKind.LAST_VISIT,
}
_OLD_FORMATS = ("FullStudiesResponse", "FullStudy", "Study", "StudyFieldsResponse", "clinical_study")


class UnusableRecord(Exception):
    """The file is no study record that can be taken over; the message is a sentence that says what is wrong."""


@dataclass(frozen=True)
class RegisteredSite:
    """A location of the record. Countries by ISO 3166-1 alpha-2 code."""

    name: str
    country: str
    status: str
    investigator: str = ""


@dataclass(frozen=True)
class RegisteredStudy:
    """What the record says, in the terms of this portal; `remarks` are sentences about what it does not."""

    registry_id: str
    number: str
    title: str
    full_title: str
    kind: str
    phase: str
    status: str
    sponsor: str
    indication: str
    planned_participants: int | None
    countries: tuple[str, ...]
    sites: tuple[RegisteredSite, ...]
    milestones: dict[str, tuple[str, str]]
    remarks: tuple[str, ...]


def read_record(data: bytes) -> RegisteredStudy:
    """The study of a file. Raises UnusableRecord."""
    return _Reader(_protocol_section(_parsed(data))).study()


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise UnusableRecord("This is no text in UTF-8. Download the record again, as JSON.") from None
    except RecursionError:
        raise UnusableRecord("This file is nested too deeply to be a study record.") from None
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise UnusableRecord(f"This is no JSON{where}. Download the record from the register, as JSON.") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _protocol_section(found: Any) -> dict[str, Any]:
    if isinstance(found, dict) and isinstance(found.get("studies"), list):
        found = found["studies"]
    if isinstance(found, list):
        if len(found) != 1:
            raise UnusableRecord(f"This file holds {len(found)} studies. Download the record of one study.")
        found = found[0]
    if not isinstance(found, dict):
        raise UnusableRecord("This JSON holds no study record.")
    old = [name for name in _OLD_FORMATS if name in found]
    if old and "protocolSection" not in found:
        raise UnusableRecord(f"This is a record in an older format ({old[0]}). Download it by API version 2, as JSON.")
    section = found.get("protocolSection")
    if not isinstance(section, dict):
        raise UnusableRecord("This JSON is no study record of API version 2: it has no protocolSection.")
    return section


@dataclass
class _Reader:
    """One record on its way; gathers remarks as it goes."""

    section: dict[str, Any]
    remarks: list[str] = field(default_factory=list)

    def study(self) -> RegisteredStudy:
        """All of it. Raises UnusableRecord."""
        identity = self._part("identificationModule")
        registry_id = self._text(identity, "nctId", 20)
        if not _NCT.fullmatch(registry_id):
            raise UnusableRecord(f"The record has no register number such as NCT01234567 (it says “{registry_id}”).")
        title, full = self._text(identity, "briefTitle", 300), self._text(identity, "officialTitle", 1000)
        if not title and not full:
            raise UnusableRecord("The record names no title.")
        status = self._status()
        sites = tuple(self._sites(status))
        return RegisteredStudy(
            registry_id=registry_id,
            number=self._number(identity, registry_id),
            title=title or full[:300],
            full_title=full,
            kind=self._kind(),
            phase=self._phase(),
            status=status,
            sponsor=self._sponsor(),
            indication=self._indication(),
            planned_participants=self._participants(),
            countries=tuple(sorted({site.country for site in sites})),
            sites=sites,
            milestones=self._milestones(),
            remarks=tuple(self.remarks),
        )

    def _part(self, *names: str) -> dict[str, Any]:
        """An object below the protocol section; an empty one where the record leaves it out."""
        found: Any = self.section
        for depth, name in enumerate(names, 1):
            found = found.get(name)
            if found is None:
                return {}
            if not isinstance(found, dict):
                raise UnusableRecord(f"The record is damaged: {'.'.join(names[:depth])} is no object.")
        return found

    def _text(self, part: dict[str, Any], name: str, most: int) -> str:
        """A text, its spaces tidied; too long a one is cut with a remark, another kind of value refused."""
        value = part.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise UnusableRecord(f"The record is damaged: {name} is no text.")
        if _UNSTORABLE.search(value):
            raise UnusableRecord(f"The record is damaged: {name} holds a character that cannot be stored.")
        text = " ".join(value.split())
        if len(text) > most:
            self.remarks.append(f"{name} is longer than {most} characters: only its beginning is taken over.")
        return text[:most].rstrip()

    def _list(self, part: dict[str, Any], name: str) -> list[Any]:
        value = part.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise UnusableRecord(f"The record is damaged: {name} is no list.")
        return value

    def _number(self, identity: dict[str, Any], registry_id: str) -> str:
        info = identity.get("orgStudyIdInfo") or {}
        given = self._text(info, "id", 200) if isinstance(info, dict) else ""
        number = _NO_NUMBER.sub("-", given).strip("-._")[:40]
        if not number:
            self.remarks.append("The record names no study number of the sponsor: the register number stands in.")
            return registry_id
        if number != given:
            self.remarks.append(f"The study number “{given}” cannot stand in an address: {number} is proposed.")
        return number

    def _kind(self) -> str:
        word = self._text(self._part("designModule"), "studyType", 40)
        if word not in _KINDS:
            self.remarks.append(f"The type of study “{word or 'nothing'}” is not known here: interventional stands in.")
        return _KINDS.get(word, StudyType.INTERVENTIONAL)

    def _phase(self) -> str:
        words = tuple(sorted(str(each) for each in self._list(self._part("designModule"), "phases")))
        if words not in _PHASES:
            self.remarks.append(f"The phase “{', '.join(words)[:80]}” is not known here: not applicable stands in.")
        return _PHASES.get(words, Phase.NOT_APPLICABLE)

    def _status(self) -> str:
        module = self._part("statusModule")
        word, last = self._text(module, "overallStatus", 40), self._text(module, "lastKnownStatus", 40)
        if word == "UNKNOWN" and last in _STATUSES:
            self.remarks.append(f"The register has not heard of the study for long; its last known status is {last}.")
            return _STATUSES[last]
        if word == "SUSPENDED":
            self.remarks.append("The study is suspended; here it counts as in follow-up until it goes on.")
            return StudyStatus.FOLLOW_UP
        if word not in _STATUSES:
            self.remarks.append(f"The status “{word or 'nothing'}” is not known here: planned stands in.")
        return _STATUSES.get(word, StudyStatus.PLANNED)

    def _sponsor(self) -> str:
        name = self._text(self._part("sponsorCollaboratorsModule", "leadSponsor"), "name", 300)
        if not name:
            raise UnusableRecord("The record names no sponsor.")
        return name

    def _indication(self) -> str:
        words = [str(each) for each in self._list(self._part("conditionsModule"), "conditions")]
        return self._text({"conditions": "; ".join(words)}, "conditions", 500)

    def _participants(self) -> int | None:
        count = self._part("designModule", "enrollmentInfo").get("count")
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= _MOST_PARTICIPANTS:
            return count
        self.remarks.append("The record says no number of participants that is possible.")
        return None

    def _milestones(self) -> dict[str, tuple[str, str]]:
        found = {}
        for name, kind in _DATES.items():
            part = self._part("statusModule", name)
            day, sort = self._text(part, "date", 40), self._text(part, "type", 20)
            if not part:
                self.remarks.append(f"The record has no date for “{kind.label}”.")
            elif not is_partial_date(day):
                self.remarks.append(f"“{day}” is no date for “{kind.label}”: it is left out.")
            else:
                found[kind.value] = ("", day) if sort == "ACTUAL" else (day, "")
        return found

    def _sites(self, study_status: str) -> Iterator[RegisteredSite]:
        places = self._list(self._part("contactsLocationsModule"), "locations")
        if len(places) > _MOST_SITES:
            raise UnusableRecord(f"The record has {len(places)} locations; {_MOST_SITES} can be taken over.")
        if not places:
            self.remarks.append("The record names no location: countries and sites are to be added by hand.")
        for index, place in enumerate(places, 1):
            if not isinstance(place, dict):
                raise UnusableRecord(f"The record is damaged: location {index} is no object.")
            site = self._site(index, place, study_status)
            if site:
                yield site

    def _site(self, index: int, place: dict[str, Any], study_status: str) -> RegisteredSite | None:
        facility, city = self._text(place, "facility", 300), self._text(place, "city", 90)
        name = ", ".join(part for part in (facility, city) if part) or f"Location {index} of the record"
        country = self._text(place, "country", 100)
        code = code_of(country)
        if not code:
            why = f"“{country}” is no country of ISO 3166-1" if country else "it names no country"
            self.remarks.append(f"Location {index} ({name}) is left out: {why}.")
            return None
        return RegisteredSite(name, code, self._site_status(place, index, study_status), self._investigator(place))

    def _site_status(self, place: dict[str, Any], index: int, study_status: str) -> str:
        word = self._text(place, "status", 40)
        found = _SITE_STATUSES.get(word, _WITHOUT_WORD[StudyStatus(study_status)])
        if word and word not in _SITE_STATUSES:
            self.remarks.append(f"The status “{word}” of location {index} is not known here.")
        is_over = study_status == StudyStatus.CLOSED
        return SiteStatus.CLOSED if is_over and found == SiteStatus.OPEN else found

    def _investigator(self, place: dict[str, Any]) -> str:
        """Who leads there; where nobody is said to, the first who assists."""
        contacts = [each for each in self._list(place, "contacts") if isinstance(each, dict)]
        for role in ("PRINCIPAL_INVESTIGATOR", "SUB_INVESTIGATOR"):
            for contact in contacts:
                if contact.get("role") == role and (name := self._text(contact, "name", 200)):
                    return name
        return ""
