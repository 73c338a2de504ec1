"""The component library: properties, escaping, no inline style or script, and a table that stays quick."""

from dataclasses import MISSING, fields
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test.signals import template_rendered
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString

from cqms.organizations.scope import scope, today
from cqms.ui import samples, times
from cqms.ui.atoms import Badge, Button, Due, Number, Person, Tone
from cqms.ui.component import Component, PropertyError
from cqms.ui.components import (
    Checks,
    Choices,
    Diff,
    ErrorSummary,
    Facts,
    Figures,
    Files,
    Lifecycle,
    Links,
    Steps,
    Table,
    Tabs,
    Tasks,
    Timeline,
    Toolbar,
)
from cqms.ui.forms import error_summary_of, form_field
from cqms.ui.icons import icon
from cqms.ui.items import (
    Blocked,
    Change,
    Check,
    Choice,
    Fault,
    Figure,
    File,
    Head,
    Related,
    Row,
    Search,
    Stage,
    Tab,
    Task,
    TimelineEntry,
)
from cqms.ui.menus import Chip, Menu, Option
from cqms.ui.templatetags.ui import BLOCKS, PLAIN
from tests.platform.markup import faults_of, parse

HOSTILE = "\"'><script>alert(1)</script><b style=color:red onclick=x()>&amp;{{ 1 }}"
MOMENT = datetime(2026, 11, 17, 23, 5, tzinfo=ZoneInfo("UTC"))


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def every_component() -> list[type[Component]]:
    return [*PLAIN, *BLOCKS]


@pytest.mark.parametrize("component", every_component(), ids=lambda each: each.tag())
def test_an_unknown_property_is_refused_by_name(component: type[Component]) -> None:
    end = f"{{% end{component.tag()} %}}" if component in BLOCKS else ""
    with pytest.raises(TemplateSyntaxError, match=f"'{component.tag()}' received unexpected keyword argument 'colour'"):
        render(f"{{% {component.tag()} colour='red' %}}{end}")


@pytest.mark.parametrize("component", every_component(), ids=lambda each: each.tag())
def test_a_missing_mandatory_property_is_refused_by_name(component: type[Component]) -> None:
    needed = [f.name for f in fields(component) if f.default is MISSING and f.name != BLOCKS.get(component)]
    end = f"{{% end{component.tag()} %}}" if component in BLOCKS else ""
    for name in needed:
        given = " ".join(f"{other}=x" for other in needed if other != name)
        with pytest.raises(TemplateSyntaxError, match=f"did not receive value.*'{name}'"):
            render(f"{{% {component.tag()} {given} %}}{end}")


def test_a_blank_mandatory_property_is_refused_by_name() -> None:
    with pytest.raises(PropertyError, match="badge: property 'word' is mandatory and blank"):
        render("{% badge word=record.nothing tone='good' %}")
    with pytest.raises(PropertyError, match="'Approve' is blocked without a reason"):
        Blocked("Approve", "")


def test_unknown_tones_kinds_and_icons_are_refused() -> None:
    with pytest.raises(ValueError, match="'red' is not a valid Tone"):
        str(Badge("Late", "red"))
    with pytest.raises(PropertyError, match="kind 'big' is none of"):
        Button("Save", "big")
    with pytest.raises(Exception, match="no-such-icon"):
        icon("no-such-icon")


@pytest.mark.parametrize("tone", list(Tone))
def test_a_badge_says_its_state_in_a_word_and_an_icon(tone: Tone) -> None:
    page = parse(str(Badge("In review", tone)))
    assert page.text == "In review"
    assert [tag for tag, _ in page.tags].count("svg") == 1
    assert page.tags[0] == ("span", {"class": f"badge tone-{tone}"})


def test_every_component_of_the_styleguide_is_free_of_inline_style_and_script() -> None:
    shown = [value for value in samples.everything().values() if isinstance(value, Component)]
    assert len(shown) == 20
    for component in shown:
        assert faults_of(str(component)) == []


def hostile_components() -> list[Component]:
    """One of each component whose text properties all hold markup."""
    entry = TimelineEntry(HOSTILE, HOSTILE, HOSTILE, MOMENT, reason=HOSTILE, body=HOSTILE)
    return [
        Badge(HOSTILE, "bad"),
        Button(HOSTILE, href=HOSTILE),
        Button(HOSTILE, name=HOSTILE, value=HOSTILE),
        Person(HOSTILE, HOSTILE),
        Number(HOSTILE, HOSTILE),
        Due(date(2026, 1, 1), HOSTILE),
        Facts([(HOSTILE, HOSTILE)]),
        Diff([Change(HOSTILE, HOSTILE, HOSTILE)]),
        Timeline([entry]),
        Lifecycle([Stage(HOSTILE, HOSTILE)], HOSTILE),
        Links([Related(HOSTILE, HOSTILE, HOSTILE, HOSTILE, number=True)]),
        Files([File(HOSTILE, HOSTILE, 1, HOSTILE)]),
        Figures([Figure(HOSTILE, HOSTILE, HOSTILE, href=HOSTILE)]),
        Checks([Check("bad", HOSTILE, HOSTILE)]),
        Tabs([Tab(HOSTILE, HOSTILE)], HOSTILE, HOSTILE),
        Menu(HOSTILE, [Option(HOSTILE, HOSTILE)], HOSTILE),
        Chip(HOSTILE, HOSTILE, options=[Option(HOSTILE, HOSTILE, chosen=True)]),
        Toolbar([], Search(HOSTILE, HOSTILE, HOSTILE, HOSTILE, [(HOSTILE, HOSTILE)])),
        Choices(HOSTILE, [Choice(HOSTILE, HOSTILE, HOSTILE)], HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        ErrorSummary(HOSTILE, [Fault(HOSTILE, HOSTILE)]),
        Tasks([Task(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)]),
        Steps([Button(HOSTILE)], [Blocked(HOSTILE, HOSTILE)], label=HOSTILE),
        Table([Head(HOSTILE, "lead", HOSTILE), Head(HOSTILE)], [Row([HOSTILE, HOSTILE], HOSTILE, HOSTILE)], HOSTILE),
    ]


@pytest.mark.parametrize("component", hostile_components(), ids=lambda each: each.tag())
def test_hostile_text_stays_text(component: Component) -> None:
    markup = str(component)
    assert faults_of(markup) == []
    assert "script" not in {tag for tag, _ in parse(markup).tags}
    assert escape(HOSTILE) in markup


def test_markup_that_is_remembered_is_never_given_for_text_that_reads_alike() -> None:
    trusted = Badge(SafeString(HOSTILE), "bad")
    assert str(trusted) != str(Badge(HOSTILE, "bad")) == str(Badge(escape(HOSTILE), "bad"))


def test_a_choice_is_markup_in_python_and_in_a_template() -> None:
    choice = Option("All studies", "/studies/", "study", tally=3)
    assert render("{{ choice }}", choice=choice) == choice.__html__() == str(choice)
    assert 'href="/studies/"' in str(choice)


def hostile(component: type[Component]) -> dict[str, object]:
    """Properties of a component: markup in every text, a plain value in what is mandatory besides."""
    plain = {"date": MOMENT.date(), "when": MOMENT, "time": MOMENT, "first": 1, "last": 2, "value": 1, "max": 2}
    known = {"tone": "bad", "kind": "", "icon": "info", "steps": [Stage(HOSTILE)]}
    texts = {f.name: HOSTILE for f in fields(component) if f.type in (str, object)}
    needed = [f.name for f in fields(component) if f.default is MISSING and f.name not in texts]
    values = {**texts, **{name: plain.get(name, []) for name in needed}, "control": HOSTILE, **known}
    return {name: value for name, value in values.items() if name in {f.name for f in fields(component)}}


@pytest.mark.parametrize("component", every_component()[1:], ids=lambda each: each.tag())
def test_hostile_text_in_every_text_property_stays_text(component: type[Component]) -> None:
    markup = str(component(**hostile(component)))
    assert faults_of(markup) == []
    assert "script" not in {tag for tag, _ in parse(markup).tags}


def test_a_table_of_80_rows_renders_without_a_single_template() -> None:
    heads = [Head(f"Column {n}", "lead" if n == 1 else "") for n in range(6)]
    rows = [[Badge("Draft", "neutral"), "Title", Due(MOMENT), "b", "c", Person("Ada")] for _ in range(80)]
    rendered: list[object] = []
    note = lambda **kwargs: rendered.append(kwargs["template"])  # noqa: E731
    template_rendered.connect(note)
    page = parse(str(Table(heads, rows, "Eighty rows")))
    template_rendered.disconnect(note)
    tags = [tag for tag, _ in page.tags]
    assert (tags.count("tr"), tags.count("td"), tags.count("th"), len(rendered)) == (81, 400, 86, 0)


def test_a_row_with_too_few_cells_is_refused() -> None:
    with pytest.raises(PropertyError, match="a row has 1 cells for 2 heads"):
        str(Table([Head("A"), Head("B")], [["only"]], "Rows"))


def test_the_current_stage_of_a_life_cycle_must_exist() -> None:
    with pytest.raises(PropertyError, match="current 'Gone' is none of Draft, Effective"):
        str(Lifecycle([Stage("Draft"), Stage("Effective")], "Gone"))


def test_moments_are_shown_in_the_readers_zone_with_utc_beside() -> None:
    with timezone.override("Europe/Berlin"):
        assert times.moment(MOMENT) == (
            '<time datetime="2026-11-17T23:05:00Z" title="17 Nov 2026, 23:05:00 UTC">18 Nov 2026, 00:05 +01:00</time>'
        )
        assert times.utc_beside(MOMENT) == "17 Nov 2026, 23:05:00 UTC"
        assert times.day(MOMENT) == '<time datetime="2026-11-18">18 Nov 2026</time>'
    with timezone.override("UTC"):
        assert times.utc_beside(MOMENT) == "23:05:00 UTC"


def test_moments_that_the_trail_froze_are_told_in_the_readers_zone() -> None:
    with timezone.override("Europe/Berlin"):
        drawn = str(Diff([Change("met", "", "2026-11-17 23:05:00 UTC"), Change("due", "2026-11-30", "2026-13-99")]))
    assert (
        f"<ins>{times.moment(MOMENT)}</ins>".replace("17 Nov 2026, 23:05 +00:00", "18 Nov 2026, 00:05 +01:00") in drawn
    )
    assert '<del><time datetime="2026-11-30">30 Nov 2026</time></del>' in drawn
    assert "<ins>2026-13-99</ins>" in drawn


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [(1096, "in 3 years", ""), (731, "in 2 years", ""), (364, "in 11 months", ""), (61, "in 2 months", ""),
     (60, "in 60 days", ""), (8, "in 8 days", ""), (2, "in 2 days", ""), (1, "due tomorrow", "warn"), (0, "due today", "warn"),
     (-1, "1 day late", "bad"), (-3, "3 days late", "bad")],
)  # fmt: skip
def test_a_due_date_carries_its_distance_and_the_lowest_true_tone(days: int, words: str, tone: str) -> None:
    markup = str(Due(today() + timedelta(days=days)))
    assert parse(markup).text.endswith(f", {words}")
    assert (f"tone-{tone}" in markup) is bool(tone)
    assert times.urgency(today() + timedelta(days=days), today()) == tone


class Ask(forms.Form):
    """A field of each kind the helper treats apart."""

    title = forms.CharField(label="Title", help_text="As on the cover.", max_length=5)
    kind = forms.ChoiceField(label="Kind", widget=forms.RadioSelect, choices=[("a", "First"), ("b", "Second")])
    sure = forms.BooleanField(label="I have read it")
    note = forms.CharField(label="Note", required=False)


def test_a_field_ties_hint_source_and_error_to_its_control() -> None:
    form = Ask({"title": "much too long"})
    markup = form_field(form["title"], source="21 CFR 11.10(e)")
    assert 'aria-describedby="id_title-hint id_title-source id_title-error"' in markup
    assert 'aria-invalid="true"' in markup
    assert "Asked because: 21 CFR 11.10(e)" in markup
    assert faults_of(markup) == []
    assert "(optional)" in form_field(form["note"])


def test_the_error_summary_links_to_every_control() -> None:
    form = Ask({"title": "much too long"})
    page = parse(error_summary_of(form))
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert links == ["#id_title", "#id_kind", "#id_sure"]
    markup = "".join(form_field(field) for field in form)
    for link in links:
        assert f'id="{link[1:]}"' in markup
    assert error_summary_of(Ask()) == ""


def test_what_was_typed_comes_back_escaped() -> None:
    form = Ask({"title": HOSTILE, "kind": "a", "sure": "on"})
    markup = form_field(form["title"])
    assert faults_of(markup) == []
    assert escape(HOSTILE) in markup


def test_the_styleguide_shows_every_component() -> None:
    page = parse(render_to_string("ui/styleguide.html", samples.everything()))
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert ids >= {"button", "steps", "badge", "table", "tasks", "timeline", "signature", "form", "wrong", "colours"}
    assert faults_of(page.source) == []


@pytest.mark.django_db
def test_days_are_counted_where_the_organization_counts_them(cast, monkeypatch):
    """At one o'clock in Berlin it is still the day before in New York, whoever reads it."""
    moment = datetime(2026, 11, 28, 0, 0, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    seen = []
    for organization in (cast.ours, cast.theirs):
        with scope(organization):
            seen.append("late" in Due(date(2026, 11, 27)).__html__())
    assert seen == [True, False]


def test_the_number_of_a_record_does_not_break_in_a_title():
    shown = Template("{% load ui %}{{ title|unbroken }}").render(Context({"title": "Close: SB-0001 <b> of NW-101"}))
    assert shown == 'Close: <span class="nowrap">SB-0001</span> &lt;b&gt; of <span class="nowrap">NW-101</span>'
