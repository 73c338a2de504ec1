"""Input of milestones, protocol versions and participants turned into clean values. Nothing is saved here."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from django import forms

from cqms.lists.reading import Line, each_line, read_csv
from cqms.ui.forms import DayField, RevisionForm
from studies.conduct.services import Count, ProtocolFacts
from studies.forms import SourcedForm, reason_field
from studies.models import Participants, Site
from studies.numbers import check_number
from studies.partial_dates import check_partial_date

_MOST = 1_000_000
COLUMNS = ("site", "month", "screened", "enrolled")


class MilestoneForm(RevisionForm, SourcedForm):
    """When a milestone is planned and when it came."""

    sources: ClassVar[dict[str, str]] = {"reason": "EU Annex 11 9"}
    _SHAPE = "A date as 2026-09-21, a month as 2026-09 or a year as 2026."

    planned_on = forms.CharField(
        label="Planned", max_length=10, required=False, validators=[check_partial_date], help_text=_SHAPE
    )
    actual_on = forms.CharField(
        label="Actual", max_length=10, required=False, validators=[check_partial_date], help_text=_SHAPE
    )
    reason = reason_field("a date that was set before")


class RandomisationForm(RevisionForm, SourcedForm):
    """How participants are randomised."""

    sources: ClassVar[dict[str, str]] = {"randomisation": "ICH E6(R3) 4.1.4", "reason": "EU Annex 11 9"}

    randomisation = forms.CharField(
        label="Randomisation scheme", max_length=8000, widget=forms.Textarea({"rows": 8}),
        help_text="Arms, ratio, block sizes, strata, where the list is kept.",
    )  # fmt: skip
    reason = reason_field("a scheme that was set before")


class ProtocolForm(SourcedForm):
    """A version of the protocol."""

    sources: ClassVar[dict[str, str]] = {"label": "ICH E6(R3) B.1.1", "dated_on": "ICH E6(R3) B.1.1"}

    label = forms.CharField(label="Version", max_length=40, validators=[check_number], help_text="For example 2.0.")
    dated_on = DayField(label="Dated")
    in_force_from = DayField(
        label="In force from",
        required=False,
        help_text="The first day on which it applies; deviations are judged by the version in force.",
    )
    summary = forms.CharField(label="What changed", max_length=4000, required=False, widget=forms.Textarea({"rows": 4}))

    def facts(self) -> ProtocolFacts:
        """What was said of the version."""
        return ProtocolFacts(**{name: self.cleaned_data[name] for name in ProtocolFacts.__dataclass_fields__})


class ProtocolChangeForm(RevisionForm, ProtocolForm):
    """A version of the protocol that exists."""

    reason = reason_field("version, date or first day in force")


class MonthForm(forms.Form):
    """Which month is shown; blank or nonsense is the present one."""

    month = forms.CharField(required=False)

    def chosen(self, today: dt.date) -> dt.date:
        """The first day of the month."""
        text = self.data.get("month", "")
        try:
            return dt.date.fromisoformat(f"{text}-01")
        except ValueError:
            return today.replace(day=1)


class ParticipantsForm(RevisionForm, SourcedForm):
    """Participants of every recruiting site in one month: two numbers a site, blank where nothing is to be noted."""

    sources: ClassVar[dict[str, str]] = {"reason": "EU Annex 11 9"}
    reason = reason_field("a number that was noted before")

    def __init__(self, *args: Any, sites: Sequence[Site], month: dt.date, **kwargs: Any) -> None:
        """`sites` are those that can have participants; `month` is the first day of the month."""
        super().__init__(*args, **kwargs)
        self.sites, self.month = sites, month
        for site in sites:
            for kind in ("screened", "enrolled"):
                label = f"{kind.capitalize()} at site {site.number}"
                box = forms.NumberInput({"inputmode": "numeric"})
                self.fields[f"{kind}_{site.pk}"] = forms.IntegerField(
                    label=label, required=False, min_value=0, max_value=_MOST, widget=box
                )
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def rows(self) -> Iterator[tuple[Site, Any, Any]]:
        """Each site with its two fields, for the template."""
        for site in self.sites:
            yield site, self[f"screened_{site.pk}"], self[f"enrolled_{site.pk}"]

    def clean(self) -> dict[str, Any]:
        """Both numbers or none."""
        clean = super().clean() or {}
        for site in self.sites:
            pair = [f"{kind}_{site.pk}" for kind in ("screened", "enrolled")]
            if not any(name in self.errors for name in pair):
                blank = [name for name in pair if clean.get(name) is None]
                if len(blank) == 1:
                    self.add_error(blank[0], "Give both numbers: 0 where there was nobody.")
        return clean

    def counts(self) -> list[Count]:
        """What is to be noted."""
        data = self.cleaned_data
        return [
            Count(site, self.month, data[f"screened_{site.pk}"], data[f"enrolled_{site.pk}"])
            for site in self.sites
            if data.get(f"screened_{site.pk}") is not None
        ]


def begin_with(numbers: dict[int, Participants]) -> dict[str, int]:
    """The initial values of ParticipantsForm."""
    first = {f"screened_{site}": row.screened for site, row in numbers.items()}
    return first | {f"enrolled_{site}": row.enrolled for site, row in numbers.items()}


class ParticipantsFileForm(SourcedForm):
    """Participants of many sites and months as a CSV file with the columns site, month, screened, enrolled."""

    sources: ClassVar[dict[str, str]] = {"reason": "EU Annex 11 9"}

    file = forms.FileField(
        label="CSV file",
        help_text="UTF-8, with a first line “site,month,screened,enrolled”; a month as 2026-09. All rows or none.",
    )
    reason = reason_field("a number that was noted before")

    def __init__(self, *args: Any, sites: Iterable[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {site.number.lower(): site for site in sites}

    def clean_file(self) -> list[Count]:
        """The rows. Raises ValidationError that names every wrong row, the first twenty in full."""
        self._seen: set[tuple[int, dt.date]] = set()
        return each_line(read_csv(self.cleaned_data["file"], COLUMNS, most=_MOST), self._once)

    def _once(self, line: Line) -> Count:
        count = self._count(line)
        if (count.site.pk, count.month) in self._seen:
            raise ValueError(f"site {count.site.number} and {count.month:%b %Y} stand there twice.")
        self._seen.add((count.site.pk, count.month))
        return count

    def _count(self, line: Line) -> Count:
        number, month, *people = (line[name] for name in COLUMNS)
        site = self.sites.get(number.lower())
        if site is None:
            raise ValueError(f"there is no site “{number[:40]}” of this study that was opened.")
        try:
            first = dt.date.fromisoformat(f"{month}-01")
        except ValueError:
            raise ValueError(f"“{month[:20]}” is no month. Write it as 2026-09.") from None
        if not all(each.isascii() and each.isdigit() and int(each) <= _MOST for each in people):
            raise ValueError("screened and enrolled must be whole numbers.")
        return Count(site, first, int(people[0]), int(people[1]))
