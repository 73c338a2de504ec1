"""The settings of the organization: what holds, what is proposed, every version before."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from cqms.administration import settings_life
from cqms.administration.forms.settings import SettingsForm, initial_of
from cqms.administration.paths import version_path
from cqms.administration.policies import may_propose_settings, may_see_settings
from cqms.configuration.models import VersionOfSettings, VersionOfSettingsState
from cqms.configuration.rules import Settings
from cqms.configuration.selectors import current_settings, every_version, proposed
from cqms.configuration.words import lines
from cqms.portal.fresh import leave_if_ended
from cqms.portal.views.guarded import Guarded
from cqms.ui import times
from cqms.ui.atoms import Badge, Button
from cqms.ui.components import Facts, Panel, Table, Timeline
from cqms.ui.forms import RevisionForm
from cqms.ui.items import Crumb, Head
from cqms.ui.step_form import StepForm
from cqms.ui.story import timeline_of
from cqms.ui.views import DetailPage, FormPage, StepPage

_MANY, _DIGITS = 10, 10


def above(*crumbs: Crumb) -> list[Crumb]:
    """The way to a page of administration."""
    return [Crumb("Administration", reverse("administration:overview")), *crumbs]


class AboutSettings(Guarded):
    """A page about the settings."""

    policy = may_see_settings
    rail = "administration"

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb("Settings", reverse("administration:settings")), Crumb(self.get_title()))


class SettingsPage(AboutSettings):
    """What holds now."""

    title = "Settings"
    template_name = "administration/settings.html"

    def crumbs(self) -> Sequence[Crumb]:
        return above(Crumb("Settings"))

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        versions, found = list(every_version()), current_settings()
        waiting = proposed()
        return self.answer(
            panels=panels_of(found),
            version=found.version,
            waiting=waiting,
            waiting_url=version_path(waiting) if waiting else "",
            propose_url=reverse("administration:settings_propose") if may_propose_settings(request.user) else "",
            versions=_versions_table(versions) if versions else None,
        )


class Proposal(AboutSettings, FormPage):
    """What holds is proposed to be otherwise. The form carries `reason` and, as `revision`, the version it was on."""

    policy = may_propose_settings
    submit = "Propose"

    @property
    def cancel_url(self) -> str:
        """Back to what holds."""
        return reverse("administration:settings")

    def get_record(self) -> Settings:
        return current_settings()

    def around(self, form: RevisionForm, record: Settings) -> Mapping[str, Any]:
        waiting = proposed()
        return {**super().around(form, record), "waiting": waiting, "waiting_url": waiting and version_path(waiting)}

    def propose(self, form: RevisionForm, wanted: Settings, *, sealed_secret: str = "") -> str:
        """Propose them, and go to the version that waits now."""
        clean = form.cleaned_data
        version = settings_life.propose(
            wanted, reason=clean["reason"], actor=self.reader, on=clean["revision"], sealed_secret=sealed_secret
        )
        messages.success(self.request, f"Version {version.number} is proposed and waits for its approval.")
        return version_path(version)


class ProposeSettings(Proposal):
    """Another version of the settings."""

    title = "Propose settings"
    form_class = SettingsForm
    template_name = "administration/settings_form.html"
    lede = "They hold once somebody else, of quality assurance, has approved and signed them."

    def initial(self, record: Settings) -> dict[str, Any]:
        """What holds, or with `?like=7` what version 7 says."""
        like = self.request.GET.get("like", "")
        is_number = like.isascii() and like.isdigit() and len(like) < _DIGITS
        return initial_of(version_or_404(int(like)).settings() if is_number else record)

    def save(self, form: SettingsForm, record: Settings) -> str:
        return self.propose(form, form.settings(record))


class VersionPage(AboutSettings, DetailPage):
    """One version: what it says, what it changes, who decided."""

    template_name = "administration/settings_version.html"
    workflow = settings_life.SETTINGS

    def get_record(self) -> VersionOfSettings:
        return version_or_404(self.kwargs["number"])

    def get_title(self) -> str:
        return f"Settings, version {self.kwargs['number']}"

    def describe(self, record: VersionOfSettings) -> Mapping[str, object]:
        return {
            "badge": badge(record),
            "facts": Facts(_facts(record)),
            "what": record.summary.splitlines(),
            "panels": panels_of(record.settings()),
        }

    def quiet_steps(self, record: VersionOfSettings) -> list[Button]:
        over = record.state in (VersionOfSettingsState.DECLINED, VersionOfSettingsState.REPLACED)
        if not over or proposed() or not may_propose_settings(self.request.user):
            return []
        again = f"{reverse('administration:settings_propose')}?like={record.number}"
        return [Button("Propose it again", icon="edit", href=again)]

    def step_url(self, record: VersionOfSettings, key: str) -> str:
        return version_path(record, "administration:settings_step", step=key)

    def timeline(self, record: VersionOfSettings) -> Timeline | None:
        return timeline_of(record, self.request, capability=None)


class SettingsStep(AboutSettings, StepPage):
    """Approve or decline a version."""

    workflow = settings_life.SETTINGS

    def get_record(self) -> VersionOfSettings:
        return version_or_404(self.kwargs["number"])

    def get_title(self) -> str:
        return StepPage.get_title(self)

    def record_url(self, record: VersionOfSettings) -> str:
        return version_path(record)

    def perform(self, record: VersionOfSettings, form: StepForm) -> None:
        clean = form.cleaned_data
        if self.option.step.key == "approve":
            settings_life.approve(record, actor=self.reader, revision=clean["revision"], credentials=form.credentials())
        else:
            settings_life.decline(record, actor=self.reader, revision=clean["revision"], reason=clean["reason"])

    def go_on(self) -> HttpResponse:
        answer = super().go_on()
        leave_if_ended(self.request)
        return answer


def version_or_404(number: int) -> VersionOfSettings:
    """A version of the open organization."""
    return get_object_or_404(every_version(), number=number)


def badge(version: VersionOfSettings) -> Badge:
    """The state with its tone."""
    return Badge(version.get_state_display(), settings_life.SETTINGS.tones[version.state])


def panels_of(found: Settings) -> list[Panel]:
    """The settings in groups."""
    return [
        Panel(group, Facts([(line.label, line.words) for line in rows], wide=len(rows) > _MANY))
        for group, rows in ((key, list(part)) for key, part in groupby(lines(found), key=lambda line: line.group))
    ]


def _facts(version: VersionOfSettings) -> list[tuple[str, object]]:
    return [
        ("Proposed by", version.proposed_by),
        ("Proposed", times.moment(version.proposed_at)),
        ("Why", version.reason),
        ("Approved by", version.approved_by or _unapproved(version)),
        ("Approved", times.moment(version.approved_at) if version.approved_at else "not yet"),
    ]


def _unapproved(version: VersionOfSettings) -> str:
    """Why nobody approved it: it waits, it was declined, or it held at once."""
    held = version.state in (VersionOfSettingsState.IN_FORCE, VersionOfSettingsState.REPLACED)
    return "nobody: it only stopped sign-in, and held at once" if held else "nobody"


def _versions_table(versions: Sequence[VersionOfSettings]) -> Table:
    heads = [Head("Version", "lead"), Head("State", "state"), Head("Proposed by"), Head("Approved by"),
             Head("Approved", "fit"), Head("Open", "fit", hidden=True)]  # fmt: skip
    rows = [
        (
            f"Version {each.number}", badge(each), each.proposed_by, each.approved_by or "",
            times.day(each.approved_at) if each.approved_at else "",
            Button("Open", small=True, href=version_path(each)),
        )
        for each in versions
    ]  # fmt: skip
    return Table(heads, rows, "Versions of the settings")
