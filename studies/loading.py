"""The studies and sites of a load."""

import datetime as dt

from cqms.portal.loading import contributions
from cqms.portal.loading.contributions import Load
from cqms.portal.loading.people import BEGIN
from cqms.portal.loading.tales import Act, Place
from studies.models import STUDY, Phase, Site, SiteStatus, Study, StudyStatus, country_names

SITES = 4
COUNTRIES = ("DE", "FR", "US", "JP", "PL", "CA")
_INDICATIONS = ("asthma", "migraine", "psoriasis", "heart failure", "type 2 diabetes", "multiple sclerosis")
_DESIGNS = ("an evening dose", "a second dose", "a weekly dose", "a starting dose", "a spaced dose")
_WORDS = {StudyStatus.RECRUITING: ("Recruiting", "good"), StudyStatus.FOLLOW_UP: ("In follow-up", "progress"),
          StudyStatus.CLOSED: ("Closed", "neutral")}  # fmt: skip


def build(load: Load, _records: int) -> None:
    """The studies of one organization with their sites; what other records hang on."""
    for number in range(1, load.studies + 1):
        _study(load, number)


def _study(load: Load, number: int) -> None:
    random, manager = load.teller.random, load.one("study_manager")
    countries = sorted(random.sample(COUNTRIES, 2))
    name = f"LD-{load.organization.pk:03}{number:02}"
    status = random.choices(tuple(_WORDS), (6, 2, 2))[0]
    title = f"{random.choice(_DESIGNS).capitalize()} in adults with {random.choice(_INDICATIONS)}, {name}"
    begin = {
        "number": name, "title": title, "phase": random.choice(Phase.values), "countries": countries,
        "sponsor": load.organization.name, "manager_id": manager.pk, "status": StudyStatus.PLANNED,
    }  # fmt: skip
    pk = load.teller.tables.next_key(Study)
    place = Place(f"{name} {title}", anchor=(STUDY, pk))
    opened = Act(BEGIN, load.one("quality_head"), "create", "created the study")
    moved = Act(BEGIN + dt.timedelta(days=60 + number), manager, "change", "changed the study", {"status": status},
                "The first site is initiated.")  # fmt: skip
    load.teller.tell(Study, begin, [opened, moved], place)
    word, tone = _WORDS[StudyStatus(status)]
    entry = {"number": name, "title": title, "text": load.organization.name, "state": word, "tone": tone}
    load.teller.find(Study, pk, entry, place)
    load.places.append((pk, name))
    for site in range(1, SITES + 1):
        _site(load, pk, name, countries[site % 2], f"{site:02}")


def _site(load: Load, study: int, name: str, country: str, number: str) -> None:
    title = f"Clinic {number} of {name}"
    begin = {"study_id": study, "number": number, "name": title, "country": country, "status": SiteStatus.OPEN}
    place = Place(f"{name} site {number} {title}", subject=(STUDY, study), anchor=(STUDY, study))
    act = Act(BEGIN + dt.timedelta(days=30), load.one("study_manager"), "create", "created the site")
    pk = load.teller.tell(Site, begin, [act], place)
    entry = {"number": f"{name} {number}", "title": title, "text": country_names()[country], "state": "Open",
             "tone": "good"}  # fmt: skip
    load.teller.find(Site, pk, entry, place)
    load.left.setdefault("sites", {}).setdefault(study, []).append(pk)
    load.left.setdefault("clinics", {})[pk] = (number, title)


contributions.register(10, build)
