"""The README tells the truth: its tables are compared with the code."""

import re
from pathlib import Path

from cqms.portal.management.commands.events import rows

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table_after(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, each cell without its backticks."""
    below = README.split(heading, 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE).group().splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]


def test_the_readme_stays_short_enough_to_be_read():
    assert len(README.splitlines()) <= 250


def test_the_table_of_facts_is_what_the_code_says():
    told = {(fact, reacts) for fact, reacts in table_after("### Facts and who reacts")}
    assert told == set(rows()), "Run `bin/manage events` and bring the README's table in line."


def test_every_variable_of_the_settings_is_in_the_configuration_table():
    settings = (ROOT / "cqms" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"""environ(?:\.get)?[\[(]["']([A-Z_]+)["']""", settings))
    told = {row[0] for row in table_after("## Configuration")}
    assert read - told == set(), "Name the variable in the README's configuration table."


def test_every_file_and_command_the_readme_names_exists():
    names = set(re.findall(r"`((?:bin|cqms|tests|studies|documents)/[A-Za-z_./]+)`", README))
    assert [name for name in sorted(names) if not (ROOT / name).exists()] == []


def test_every_picture_of_the_readme_is_in_the_repository():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert [name for name in pictures if not (ROOT / name).is_file()] == []
