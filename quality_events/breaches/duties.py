"""Who must be told of a serious breach, where, and by when: a table that each organization decides and approves.

A row a line, its cells parted by "|". Only a new approved version of the settings changes it. A duty that nobody has
verified is shown without a clock, and so is a place that has no such duty.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from cqms.accounts.zones import zone_names
from cqms.configuration.rules import Table
from cqms.configuration.selectors import current_settings
from cqms.deadlines.clocks import Period, StartEvent, Unit

KEY = "breaches.duties"
_FOUNDED = """\
EU | EU and EEA | Member states concerned, through CTIS | Europe/Amsterdam | awareness | 7 days | verified | EU 536/2014, Article 52
UK | United Kingdom | MHRA | Europe/London | awareness | 7 days | verified | SI 2004/1031, regulation 29A
AU | Australia | Ethics committee that approved | Australia/Sydney | confirmation | 7 days | verified | NHMRC 2018
AU-SITE | Australia, investigator to sponsor | Sponsor | Australia/Sydney | source | 72 hours | verified | NHMRC 2018
CH | Switzerland | Swissmedic | Europe/Zurich | nothing | none | unverified | Ask regulatory affairs
US | United States | FDA | America/New_York | nothing | none | no such duty | IND, IDE and IRB rules differ
"""  # noqa: E501 - a row is a line
_MOST = 400
_CELLS = ("key", "place", "authority", "zone", "starts", "period", "status", "source")
_EVENTS = {each.value: each for each in StartEvent}


class Status(StrEnum):
    """Whether somebody has read the law that a row rests on."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    NO_DUTY = "no such duty"


STARTS = {
    StartEvent.AWARENESS: "the earliest awareness of the sponsor or who acts for it",
    StartEvent.CONFIRMATION: "the decision that it is a serious breach",
    StartEvent.SOURCE: "the awareness of the investigator",
    StartEvent.NOTHING: "nothing",
}


@dataclass(frozen=True)
class Duty:
    """One row: where, who must be told, what starts the clock, how long it runs, and whether that was verified."""

    key: str
    place: str
    authority: str
    zone: ZoneInfo
    starts: StartEvent
    period: Period | None
    status: Status
    source: str

    @property
    def has_clock(self) -> bool:
        """Whether a clock can run: the duty was verified and says how long."""
        return self.status is Status.VERIFIED and self.period is not None and self.starts is not StartEvent.NOTHING

    @property
    def is_ours(self) -> bool:
        """Whether the sponsor answers for it; the investigator's own clock is only shown."""
        return self.has_clock and self.starts is not StartEvent.SOURCE

    @property
    def words(self) -> str:
        """The duty in a sentence."""
        if self.status is Status.NO_DUTY:
            return f"No such duty. {self.source}."
        if not self.has_clock:
            return f"Not verified: no clock is shown. {self.source}."
        return f"{self.period} from {STARTS[self.starts]}. {self.source}."


def duties() -> dict[str, Duty]:
    """What holds in the open organization, by key."""
    return {each.key: each for each in read(current_settings().table(KEY))}


def chosen(keys: list[str]) -> list[Duty]:
    """The rows of these keys that the table still has, in its order."""
    return [each for key, each in duties().items() if key in keys]


@lru_cache(maxsize=128)
def read(text: str) -> tuple[Duty, ...]:
    """The rows of the table. Raises ValueError with a sentence that names the line."""
    lines = [line for line in text.splitlines() if line.strip()]
    found = tuple(_row(number, line) for number, line in enumerate(lines, 1))
    keys = [each.key for each in found]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise ValueError(f"“{twice}” stands in two lines. Each place has one.")
    return found


def check(text: str) -> str:
    """The table as it is kept: one space around each bar. Raises ValueError with a sentence that names the line."""
    read(text)
    return "\n".join(" | ".join(_cells(line)) for line in text.splitlines() if line.strip())


def _row(number: int, line: str) -> Duty:
    cells = _cells(line)
    if len(cells) != len(_CELLS) or not all(cells):
        raise ValueError(f"Line {number} needs {len(_CELLS)} cells: {', '.join(_CELLS)}.")
    row = dict(zip(_CELLS, cells, strict=True))
    if row["zone"] not in zone_names():
        raise ValueError(f"Line {number}: “{row['zone'][:40]}” is no time zone.")
    if row["starts"] not in _EVENTS:
        raise ValueError(f"Line {number}: a clock starts with {', '.join(_EVENTS)}.")
    if row["status"] not in list(Status):
        raise ValueError(f"Line {number}: the status is one of {', '.join(Status)}.")
    return Duty(
        row["key"][:20], row["place"], row["authority"], ZoneInfo(row["zone"]), _EVENTS[row["starts"]],
        _period(number, row["period"]), Status(row["status"]), row["source"],
    )  # fmt: skip


def _period(number: int, words: str) -> Period | None:
    if words == "none":
        return None
    amount, _, unit = words.partition(" ")
    if not (amount.isascii() and amount.isdigit() and 0 < int(amount) <= _MOST) or unit not in list(Unit):
        raise ValueError(f"Line {number}: write the period as “7 days”, “72 hours” or “none”.")
    return Period(int(amount), Unit(unit))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]


TABLE = Table(
    KEY,
    "Whom a serious breach is notified to",
    f"A place a line: {' | '.join(_CELLS)}. A clock starts with awareness, confirmation, source or nothing.",
    check(_FOUNDED),
    check,
)
