"""What the styleguide shows: every component in every tone and state, with people and records that do not exist."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from django import forms
from django.utils.safestring import SafeString

from cqms.charts.intervals import Interval
from cqms.charts.kinds import Span, comparison, small
from cqms.ui.components import (
    Badge,
    Bulk,
    Button,
    Chart,
    Checks,
    Chip,
    Diff,
    Due,
    Empty,
    Facts,
    Figures,
    Files,
    Lifecycle,
    Links,
    Menu,
    Number,
    Pager,
    Person,
    Progress,
    Signature,
    SignatureAwaited,
    Steps,
    Table,
    Tabs,
    Tasks,
    Timeline,
    Toolbar,
)
from cqms.ui.icons import ICONS
from cqms.ui.items import (
    Blocked,
    Change,
    Check,
    Figure,
    File,
    Head,
    Option,
    Related,
    Row,
    Search,
    Stage,
    Tab,
    Task,
    TimelineEntry,
)

HERE = "#"
HASH = "9f3a61c4be0d27718a52f1d3406b9c85e7aa10f24d6c3b9858e1720fd4c21e07"
MOMENT = datetime(2026, 11, 17, 13, 5, tzinfo=UTC)
STATES = (
    Badge("Draft", "neutral"),
    Badge("In review", "progress"),
    Badge("Effective", "good"),
    Badge("Review overdue", "warn"),
    Badge("Rejected", "bad"),
)
TITLES = (
    "Informed consent process",
    "Handling of protocol deviations",
    "Control of documents and records",
    "Oversight of service providers",
    "Archiving at the end of a study",
)


class SampleForm(forms.Form):
    """A form with one field of each kind."""

    title = forms.CharField(label="Title", max_length=80, help_text="As it stands on the cover page.")
    effective = forms.DateField(label="Effective on", help_text="For example 14 Dec 2026. The zone is Europe/Berlin.")
    kind = forms.ChoiceField(
        label="Type", choices=[("sop", "Standard operating procedure"), ("wi", "Work instruction")]
    )
    reason = forms.CharField(label="Reason for the change", widget=forms.Textarea(attrs={"rows": 3}))
    impact = forms.ChoiceField(
        label="Training", widget=forms.RadioSelect, choices=[("none", "None"), ("read", "Read and understand")]
    )
    note = forms.CharField(label="Note to the reviewers", required=False)
    known = forms.BooleanField(label="I have read the rendition that will be signed")


def form(*, wrong: bool) -> SampleForm:
    """The sample form, empty or sent with mistakes."""
    values = {"title": "", "effective": "32 Dec 2026", "kind": "sop", "reason": "CAPA-2026-0007"}
    if not wrong:
        return SampleForm(prefix="empty")
    return SampleForm({f"wrong-{name}": value for name, value in values.items()}, prefix="wrong")


def controls(today: date) -> dict[str, object]:
    """Buttons, badges, dates, people and what chooses between them."""
    days = (8, 1, 0, -3)
    return {
        "states": STATES,
        "dues": [*[Due(today + timedelta(days=n)) for n in days], Due(today, distance="closed on time", tone="good")],
        "people": [Person("Amara Okafor", "Study manager"), Person("Dr. Lena Vogt")],
        "numbers": [Number("SOP-2026-0014"), Number("CAPA-2026-0007", HERE)],
        "steps": Steps(
            possible=[Button("Approve", "primary", "sign"), Button("Reject to draft", "danger", "close")],
            blocked=[Blocked("Set effective date", "document control sets it after the last approval.")],
            quiet=[Button("Controlled copy", "quiet", "download")],
            label="Example of steps",
        ),
        "tabs": Tabs([Tab("All", HERE, 47), Tab("Mine", HERE, 6), Tab("Effective", HERE)], "Saved views", "All"),
        "menu": Menu(
            "Export", [Option("CSV", HERE, "file")], "Exactly these 47 rows and these columns", icon="download"
        ),
        "toolbar": Toolbar(
            [
                Chip(
                    "State",
                    "in review",
                    on=True,
                    options=[Option("Draft", HERE), Option("In review", HERE, chosen=True)],
                ),
                Chip("Owner", "Amara Okafor", remove_href=HERE),
                Chip("Review overdue", href=HERE),
            ],
            Search("Search documents", placeholder="Number, title or words inside"),
        ),
        "icons": sorted(ICONS),
    }


def lists(today: date) -> dict[str, object]:
    """Tables and lists."""
    heads = [
        Head("Number", "fit", HERE),
        Head("Title", "lead", HERE),
        Head("State", "fit state"),
        Head("Owner", "col-2"),
        Head("Due", "fit", HERE, "ascending"),
    ]
    rows = [
        Row(
            [
                Number(f"SOP-2026-00{14 + n}"),
                SafeString(f'<a href="#">{title}</a>'),
                STATES[n],
                "Callum Reid",
                Due(today + timedelta(days=3 * n - 2), lines=True),
            ],
            tick=str(n),
            name=f"SOP-2026-00{14 + n}",
        )
        for n, title in enumerate(TITLES)
    ]
    return {
        "table": Table(heads, rows, "Five documents, sorted by due date", listing=True),
        "bulk": Bulk([Button("Export selected", small=True, icon="download", type="button")]),
        "pager": Pager(51, 100, "2,310", HERE, HERE),
        "empty": Empty(
            "No document matches these filters",
            "Three are retired; the filter “State” hides them.",
            Button("Show retired ones", small=True, href=HERE),
        ),
        "tasks": Tasks(tasks(today)),
        "figures": Figures(
            [
                Figure("Awaiting my signature", 3, "1 due tomorrow", "warn", HERE),
                Figure("Reviews overdue", 1, "12 days late", "bad", HERE),
                Figure("Effective documents", 41, "2 more than last month", "good", HERE),
                Figure("Drafts", 6, "oldest 40 days", "neutral"),
            ]
        ),
        "links": Links(
            [
                Related("WI-2026-0031", HERE, STATES[2], "Consent by tablet", number=True),
                Related("Study AURELIA", HERE, sub="Phase II, 9 sites"),
            ]
        ),
        "files": Files([File("SOP-2026-0014-v4.0.pdf", HERE, 214_000, HASH)]),
    }


def tasks(today: date) -> list[Task]:
    """Three things that await somebody."""
    return [
        Task(
            title="Approve SOP-2026-0014 v4.0",
            href=HERE,
            sentence="The process owner signed on 17 Nov; you sign last, for quality assurance.",
            late="If late: it misses its planned day, 14 Dec.",
            act="Review and sign",
            icon="document",
            tone="warn",
            due=today,
            primary=True,
        ),
        Task(
            title="Review SOP-2026-0009 after two years",
            href=HERE,
            sentence="Nothing has changed since version 2.1.",
            late="If late: it is listed as overdue and goes to the head of quality.",
            act="Start review",
            icon="calendar",
            tone="bad",
            due=today - timedelta(days=3),
        ),
        Task(
            title="Your export is ready",
            href=HERE,
            sentence="Audit trail of study AURELIA, 411 pages.",
            late="It is kept for 30 days.",
            act="Download",
            icon="report",
        ),
    ]


def story() -> dict[str, object]:
    """What happened to a record, who signed, where it is."""
    return {**past(), **present()}


def past() -> dict[str, object]:
    """What happened to a record, and who signed it."""
    signature = Signature(
        name="Callum Reid, Clinical operations lead",
        meaning="I approve version 4.0 of SOP-2026-0014 as owner of the process.",
        when=MOMENT,
        method="e-mail and password",
        hash=HASH,
        word="Approved",
    )
    changes = Diff([Change("Planned day", "1 Dec 2026", "14 Dec 2026"), Change("Audience", "", "All study staff")])
    approved = TimelineEntry("entry-3", "Callum Reid", "approved the version", MOMENT, "sign", "good", body=signature)
    planned = replace(approved, id="entry-2", who="Jonas Eklund", verb="changed the plan", icon="edit", tone="")
    planned = replace(planned, when=MOMENT - timedelta(hours=3), reason="Training needs two weeks.", body=changes)
    wrong = "entered a wrong password while signing"
    failed = TimelineEntry("entry-1", "Somebody", wrong, MOMENT - timedelta(days=1), "lock", "warn")
    return {
        "diff": changes,
        "timeline": Timeline([approved, planned, failed]),
        "signature": signature,
        "awaited": SignatureAwaited("Tomás Berger, QA manager", "QA-approved, last", date(2026, 11, 23)),
        "hash": HASH,
        "moment": MOMENT,
    }


def present() -> dict[str, object]:
    """Where a record is, how far long work is, what was checked."""
    stages = [
        Stage("Draft", "2 Nov · J. Eklund"),
        Stage("In review", "9 Nov · 3 reviewers"),
        Stage("In approval", "1 of 2 signed"),
        Stage("Approved"),
        Stage("Effective", "planned 14 Dec"),
    ]
    facts = [("Owner", "Callum Reid"), ("Next review", "14 Dec 2028, every two years"), ("Predecessor", "")]
    checks = [
        Check("good", "Nothing is missing", "8,214 entries in the file, 8,214 in the database."),
        Check("progress", "Comparing the seals"),
        Check("warn", "One clock remark", "The server clock was corrected by 1.8 seconds on 3 Sep 2026."),
        Check("bad", "The file cannot be read", "It is encrypted. Save it without a password."),
    ]
    return {
        "chart": chart(),
        "lifecycle": Lifecycle(stages, "In approval"),
        "facts": Facts(facts),
        "progress": [
            Progress("Laying out pages 262 of 411", 64, 100, "64 %, about 40 seconds left", "progress"),
            Progress("Ready to download", 411, 411, "411 of 411", "good"),
            Progress("Waiting for a free worker", 0, 411, "first in line", "warn"),
            Progress("Stopped at page 12: the file store is not reachable", 12, 411, "3 %", "bad"),
        ],
        "checks": Checks(checks),
    }


def chart() -> Chart:
    """Two rates with their intervals; each leads to its records."""
    spans = [
        Span("before", Interval(0.42, 0.3, 0.57), "before: 0.42", HERE, "warn"),
        Span("after", Interval(0.12, 0.06, 0.22), "after: 0.12", HERE, "good"),
    ]
    words = "The rate fell from 0.42 to 0.12 per participant."
    return Chart(small(comparison(spans, up="per participant", target=0.15), words), words, "Made-up figures.")


def everything() -> dict[str, object]:
    """The whole context of the styleguide."""
    today = MOMENT.date()
    forms_shown = {"themes": ("light", "dark"), "empty_form": form(wrong=False), "wrong_form": form(wrong=True)}
    return {**controls(today), **lists(today), **story(), **forms_shown}
