"""Charts: from numbers to SVG that follows the theme, leads to the records, and prints."""

import re
from xml.etree import ElementTree as ET

import pytest

from cqms.charts import kinds
from cqms.charts.colours import NAMES, STAND_INS
from cqms.charts.drawing import PLACE, SVG, Drawing, draw
from cqms.charts.intervals import Interval, count_limits, funnel_limits, poisson_rate, rate_ratio, wilson_share
from cqms.reports.palette import tokens
from cqms.reports.rendering import Sheet, render_pdf
from tests.platform.strings import HOSTILE, UNPAIRED

MARKS = [
    kinds.Mark("Jan", 3, "3 in January", "/o/northwind/?month=1", "Minor"),
    kinds.Mark("Feb", 9, "9 in February", "/o/northwind/?month=2", "Major", "bad"),
]
TONES = {"Minor": "neutral", "Major": "bad"}
LIMITS = Interval(4, 1, 8)
SPECS = {
    "stacked bars": kinds.stacked_bars(MARKS, across="month", up="events", order=["Jan", "Feb"], tones=TONES),
    "control chart": kinds.control_chart(MARKS, LIMITS, across="month", up="events"),
    "pareto": kinds.pareto(MARKS, across="", up="events"),
    "funnel": kinds.funnel(
        [kinds.Point("01", 20, 0.3, "site 01", "/o/northwind/?site=01"), kinds.Point("02", 5, 1, "site 02", "/o/x/")],
        [(each, funnel_limits(0.4, each), funnel_limits(0.4, each, 3.09)) for each in (1, 10, 20)],
        across="participants", up="events per participant",
    ),
    "comparison": kinds.comparison(
        [kinds.Span("before", Interval(0.5, 0.3, 0.8), "before", "/o/a/"), kinds.Span("after", LIMITS, "after", "/o/b/")],
        up="rate", target=0.2,
    ),
}  # fmt: skip
WORDS = "What it shows & why <so>"


@pytest.mark.parametrize("name", list(SPECS))
def test_every_kind_is_drawn_with_tokens_alone_and_links_into_the_portal(name):
    svg = draw(SPECS[name], WORDS).on_page()
    root = ET.fromstring(svg)
    links = list(root.iter(f"{{{SVG}}}a"))
    assert root.get("role") == "group"
    assert root.get("aria-label") == WORDS
    assert len(links) == 2
    assert all(each.get("href").startswith("/o/") and each.get("aria-label") for each in links)
    assert re.findall(r'(?:fill|stroke)="(?!none|transparent)[^"]*"', svg) == []
    assert re.findall(r"style=|<script|xlink|javascript|vega", svg) == []
    assert len(svg) < 22_000
    assert set(re.findall(r'"(?:fill|line)-([a-z-]+)"', svg)) <= set(NAMES)


@pytest.mark.parametrize("name", list(SPECS))
def test_every_kind_is_drawn_again_as_narrow_as_a_phone(name):
    wide, narrow = (
        ET.fromstring(each) for each in (draw(SPECS[name], WORDS).on_page(), kinds.small(SPECS[name], WORDS))
    )
    across = [float(each.get("viewBox").split()[2]) for each in (wide, narrow)]
    assert across[0] > 640
    assert 230 < across[1] < 340
    assert [len(list(each.iter(f"{{{SVG}}}a"))) for each in (wide, narrow)] == [2, 2]


def test_names_without_room_beside_each_other_stand_upright_on_a_phone_and_none_on_another():
    marks = [kinds.Mark(f"Category number {each}", each, f"{each}") for each in range(20)]
    narrow = kinds.small(kinds.pareto(marks, across="", up="events"), WORDS)
    turned = re.findall(r"rotate\((?:-90|270)\)[^>]*>Cat", narrow)
    assert 5 <= len(turned) <= 20
    assert re.findall(r"rotate\((?:-30|330)\)", narrow) == []


@pytest.mark.parametrize("name", list(SPECS))
def test_every_kind_prints_in_the_light_colours_without_links(name):
    paper = draw(SPECS[name], WORDS).on_paper(tokens())
    assert "<a " not in paper
    assert 'class="' not in paper
    assert tokens()["muted"] in paper
    assert render_pdf(paper, Sheet("Chart")).startswith(b"%PDF")


def test_a_drawing_is_no_other_where_somebody_gave_svg_a_prefix(monkeypatch):
    monkeypatch.setattr(ET, "_namespace_map", {**ET._namespace_map, SVG: "svg"})  # as the library of QR codes does
    spec = kinds.pareto([kinds.Mark("Of a prefix", 1, "one")], across="", up="here")
    assert draw(spec, WORDS).svg.startswith("<svg ")


def test_hostile_words_stay_words():
    for text in (*HOSTILE, UNPAIRED, "datum.x'); alert(1)", '"><script>alert(1)</script>'):
        mark = kinds.Mark(text, 3, text, "/o/a/")
        svg = draw(kinds.control_chart([mark], None, across=text, up=text), "Words").on_page()
        tags = {element.tag.removeprefix(f"{{{SVG}}}") for element in ET.fromstring(svg).iter()}
        assert tags <= {"svg", "g", "path", "line", "text", "title", "a", "tspan"}


def test_an_equal_specification_is_drawn_once(monkeypatch):
    drawn = []
    monkeypatch.setattr("cqms.charts.drawing._engine_svg", lambda _: drawn.append(1) or f'<svg xmlns="{SVG}"/>')
    spec = kinds.pareto([kinds.Mark("Once only", 1, "one")], across="", up="only here")
    assert [draw(spec, WORDS), draw(spec, WORDS)] == [Drawing(draw(spec, WORDS).svg)] * 2
    assert drawn == [1]
    draw(spec, "Other words")
    assert drawn == [1, 1]


def test_stand_ins_differ_and_addresses_leave_no_trace():
    assert len(set(STAND_INS.values())) == len(NAMES)
    assert PLACE not in draw(SPECS["pareto"], WORDS).svg


@pytest.mark.parametrize(
    ("count", "exposure", "lower", "upper"),
    [(0, 1, 0, 3.689), (1, 1, 0.025, 5.572), (10, 1, 4.795, 18.390), (10, 4, 1.199, 4.598), (100, 1, 81.364, 121.627)],
)
def test_the_interval_of_a_rate_is_the_exact_one(count, exposure, lower, upper):
    found = poisson_rate(count, exposure)
    assert (round(found.lower, 3), round(found.upper, 3)) == (lower, upper)
    assert found.value == count / exposure


@pytest.mark.parametrize(
    ("count", "total", "lower", "upper"), [(0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1)]
)
def test_the_interval_of_a_share_is_wilsons(count, total, lower, upper):
    found = wilson_share(count, total)
    assert (round(found.lower, 4), round(found.upper, 4)) == (lower, upper)


def test_a_ratio_compares_two_rates():
    found = rate_ratio((20, 10), (5, 10))
    assert found.value == 0.25
    assert 0.09 < found.lower < 0.11
    assert 0.62 < found.upper < 0.68
    assert rate_ratio((0, 10), (5, 10)) is None
    assert rate_ratio((10, 10), (0, 5)).value == 0


def test_limits_hold_what_chance_moves():
    assert count_limits([4, 4, 4, 4]) == Interval(4, 0, 10)
    assert count_limits([100]) == Interval(100, 70, 130)
    assert funnel_limits(0.25, 100).lower == pytest.approx(0.152, abs=1e-3)
    for wrong in (lambda: poisson_rate(1, 0), lambda: wilson_share(2, 1), lambda: count_limits([])):
        with pytest.raises(ValueError, match=r"\w"):
            wrong()
