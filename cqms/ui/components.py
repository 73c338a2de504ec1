"""The components of the portal, one class per tag.

`templates/components/` holds their markup, `/styleguide/` shows them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from cqms.ui import times
from cqms.ui.atoms import Badge, Button, Due, Icon, Number, Person, Tone
from cqms.ui.component import Component
from cqms.ui.items import (
    Blocked,
    Check,
    Choice,
    Fault,
    Figure,
    File,
    Related,
    Search,
    Tab,
    Task,
)
from cqms.ui.menus import Chip, Menu
from cqms.ui.table import Table
from cqms.ui.telling import Diff, Facts, Lifecycle, Timeline

__all__ = [
    "Badge", "Bulk", "Button", "Chart", "Checks", "Chip", "Choices", "Dialog", "Diff", "Due", "Empty", "ErrorSummary",
    "Facts", "Field", "Figures", "Files", "FormFoot", "Icon", "Lifecycle", "Links", "Menu", "Notice", "Number", "Pager",
    "Panel", "Person", "Plain", "Progress", "Rendition", "SignDialog", "Signature", "SignatureAwaited", "Steps",
    "Table", "Tabs", "Tasks", "Tick", "Timeline", "Tone", "Toolbar",
]  # fmt: skip


@dataclass(frozen=True)
class Steps(Component):
    """What can be done now, and why a step cannot."""

    possible: Sequence[Button]
    blocked: Sequence[Blocked] = ()
    quiet: Sequence[Button] = ()
    label: str = "Possible steps"


@dataclass(frozen=True)
class Tabs(Component):
    """Saved views of a list or sections of a page: plain links. `current` is the label of the one shown, if any."""

    items: Sequence[Tab]
    label: str
    current: str = ""


@dataclass(frozen=True)
class Toolbar(Component):
    """The search box and the visible filters above a list; `clear_href` takes all of them away."""

    chips: Sequence[Chip]
    search: Search | None = None
    clear_href: str = ""


@dataclass(frozen=True)
class Field(Component):
    """A labelled control with hint, source of the rule and error; `control` is markup that carries the same id."""

    id: str
    label: str
    control: SafeString
    hint: str = ""
    source: str = ""
    error: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Choices(Component):
    """A question with radio buttons, or tick boxes when `multiple`."""

    legend: str
    options: Sequence[Choice]
    name: str
    hint: str = ""
    source: str = ""
    error: str = ""
    multiple: bool = False
    optional: bool = False
    id: str = ""

    def context(self) -> dict[str, object]:
        return {**super().context(), "id": self.id or self.name}


@dataclass(frozen=True)
class Tick(Component):
    """A single yes-or-no box with its label behind it; `control` is markup that carries the same id."""

    id: str
    label: str
    control: SafeString
    hint: str = ""
    source: str = ""
    error: str = ""


@dataclass(frozen=True)
class ErrorSummary(Component):
    """Everything that stops a form, each line a link to the control."""

    tag_name: ClassVar[str] = "error_summary"
    title: str
    errors: Sequence[Fault]


@dataclass(frozen=True)
class FormFoot(Component):
    """The end of a form: the button that sends it, other ways out, and where the draft is."""

    tag_name: ClassVar[str] = "form_foot"
    submit: str
    others: Sequence[Button] = ()
    saved_at: datetime | None = None
    autosave: bool = False


@dataclass(frozen=True)
class Notice(Component):
    """Something the reader has to know on this page; at most two a page."""

    title: str
    text: str
    tone: str
    icon: str = ""


@dataclass(frozen=True)
class Empty(Component):
    """A list without rows says why, and what to do."""

    title: str
    why: str
    action: Button | None = None


@dataclass(frozen=True)
class Plain(Component):
    """An error page: what is the matter, in a sentence, the rule behind it, and the ways on (buttons or markup)."""

    code: str
    title: str
    sentence: str
    actions: Sequence[Button] | SafeString
    rule: str = ""

    def context(self) -> dict[str, object]:
        ways = (
            self.actions
            if isinstance(self.actions, str)
            else format_html_join("", "{}", ((each,) for each in self.actions))
        )
        return {**super().context(), "actions": ways}


@dataclass(frozen=True)
class Panel(Component):
    """A titled part of a page; `flush` lets a table or a list reach its edge; body, end and foot may be markup."""

    title: str
    body: object
    sub: str = ""
    end: object = ""
    foot: object = ""
    flush: bool = False
    id: str = ""


@dataclass(frozen=True)
class Links(Component):
    """Related records."""

    rows: Sequence[Related]


@dataclass(frozen=True)
class Files(Component):
    """Files with their size and their SHA-256 in full: it is copied and compared."""

    rows: Sequence[File]


@dataclass(frozen=True)
class Pager(Component):
    """Where this page lies in a list, and the addresses of the page before and after; `total` may be words."""

    first: int
    last: int
    total: object = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Bulk(Component):
    """What can be done with the ticked rows; stands inside a `form.list-form` and counts by itself."""

    actions: Sequence[Button]


@dataclass(frozen=True)
class Tasks(Component):
    """What awaits a person: one sentence a row, one click to act."""

    rows: Sequence[Task]


@dataclass(frozen=True)
class Figures(Component):
    """A few numbers, each a link to the records behind it."""

    items: Sequence[Figure]


@dataclass(frozen=True)
class Signature(Component):
    """The manifestation of a signature: name, meaning, time, method, hash (21 CFR 11.50); `receipt` is an address."""

    name: str
    meaning: str
    when: datetime
    method: str
    hash: str
    word: str = ""
    receipt: str = ""

    def context(self) -> dict[str, object]:
        return {**super().context(), "time": times.moment(self.when), "utc": times.utc_beside(self.when)}


@dataclass(frozen=True)
class SignatureAwaited(Component):
    """A signature that is still missing: by whom, by when, with which meaning."""

    tag_name: ClassVar[str] = "signature_awaited"
    name: str
    meaning: str = ""
    due: date | None = None


@dataclass(frozen=True)
class Rendition(Component):
    """The document as it is signed: a leaf with its running head; with `href` the PDF of so many pages to open."""

    body: object
    left: str
    right: str
    pages: int | None = None
    href: str = ""
    hash: str = ""


@dataclass(frozen=True)
class Progress(Component):
    """Long work: what it is doing and how far it is."""

    doing: str
    value: int
    max: int
    left: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Chart(Component):
    """A drawing of `cqms.charts`: `words` say what it shows to who cannot see it, `note` how it was counted.

    `narrow` is the same drawn for a phone; without it the picture is one for every place.
    """

    picture: SafeString
    words: str
    note: str = ""
    narrow: SafeString | None = None


@dataclass(frozen=True)
class Checks(Component):
    """Things that were checked, each with how it came out."""

    rows: Sequence[Check]


@dataclass(frozen=True)
class Dialog(Component):
    """A dialog on the page, opened by a button with `opens`; only to sign, to give a reason, or to help."""

    id: str
    title: str
    body: object
    actions: Sequence[Button] = ()
    note: str = ""


@dataclass(frozen=True)
class SignDialog(Component):
    """What is signed, what changed, the meaning in a full sentence, the components asked for, and the time.

    Stands inside a form, on a page of its own or in a dialog. `components` are fields; `word` is the meaning in short.
    """

    tag_name: ClassVar[str] = "sign_dialog"
    record: str
    version: str
    changed: object
    rendition: object
    meaning: str
    components: object
    time: datetime
    word: str = ""
    hash: str = ""
    hint: str = ""
