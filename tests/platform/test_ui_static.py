"""Styles and scripts: joined in order, light, and legible in both themes."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from cqms.ui import joined

CSS = Path(settings.BASE_DIR) / "static" / "css"
TOKEN = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(")
TONES = ("neutral", "progress", "good", "warn", "bad")
READ_ON = {
    "text": ("canvas", "surface", "sunken", "hover", "accent-soft", "mark", *[f"{tone}-bg" for tone in TONES]),
    "muted": ("canvas", "surface", "sunken", "hover", "neutral-bg", "progress-bg", "good-bg", "warn-bg", "bad-bg"),
    "accent": ("canvas", "surface", "sunken", "accent-soft"),
    **{f"{tone}-fg": ("surface", "canvas", "hover", f"{tone}-bg") for tone in TONES},
}
PAIRS = [(ink, ground) for ink, grounds in READ_ON.items() for ground in grounds]


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def tokens(theme: str) -> dict[str, str]:
    found = TOKEN.findall((CSS / "tokens.css").read_text())
    return {name: light if theme == "light" else dark for name, light, dark in found}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_ink_is_legible_on_every_ground_it_stands_on(theme: str) -> None:
    colours = tokens(theme)
    too_faint = {pair: contrast(*(colours[name] for name in pair)) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in too_faint.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_primary_button_and_the_lines_of_controls_are_seen(theme: str) -> None:
    colours = tokens(theme)
    assert contrast("#ffffff", colours["accent-solid"]) >= 4.5
    assert contrast("#ffffff", colours["accent-solid-hover"]) >= 4.5
    for line in ("border-strong", "focus", "bad-mark"):
        assert contrast(colours[line], colours["surface"]) >= 3


def test_the_stylesheet_is_its_parts_in_the_order_of_the_index() -> None:
    index = (CSS / "index.css").read_text()
    names = re.findall(r'url\("([^"]+)"\)', index)
    assert sorted(names) == sorted(
        str(path.relative_to(CSS))
        for path in CSS.rglob("*.css")
        if path.name != "index.css" and path.parent.name != "alone"
    )
    served = Path(finders.find("css/portal.css")).read_text()
    places = [served.index((CSS / name).read_text()) for name in names]
    assert places == sorted(places)
    assert served.index("@layer tokens, base, layout, components, utilities;") < places[0]
    assert "@import" not in served
    assert len(served.encode()) < 45_000


def test_the_script_is_all_behaviours_each_in_its_own_block() -> None:
    served = Path(finders.find("js/portal.js")).read_text()
    for path in (CSS.parent / "js" / "behaviours").glob("*.js"):
        assert f"{{\n{path.read_text()}}}\n" in served
    assert len(served.encode()) < 8_000


def test_print_gets_the_light_value_of_every_token() -> None:
    text = joined.light_tokens()
    assert "light-dark(" not in text
    assert "--canvas: #f7f8f9;" in text
    assert "--scrim: rgb(16 22 32 / .42);" in text


def test_a_changed_part_is_served_at_once(tmp_path: Path, settings: object) -> None:
    settings.BASE_DIR = tmp_path
    (tmp_path / "static" / "css").mkdir(parents=True)
    (tmp_path / "static" / "css" / "index.css").write_text('@import url("one.css");\n')
    (tmp_path / "static" / "css" / "one.css").write_text("a {}")
    assert joined.join("css/portal.css").read_text() == "a {}"
    (tmp_path / "static" / "css" / "one.css").write_text("b {}")
    assert joined.join("css/portal.css").read_text() == "b {}"
    assert [path.name for path in joined.join("css/portal.css").parent.iterdir()] == ["portal.css"]


def test_colours_stand_in_the_tokens_alone() -> None:
    elsewhere = {
        str(path.relative_to(CSS)): COLOUR.findall(path.read_text())
        for path in CSS.rglob("*.css")
        if path.name != "tokens.css"
    }
    assert {name: found for name, found in elsewhere.items() if found} == {}
