"""The table of OWASP ASVS requirements tells the truth: what it names exists, and no requirement is missing."""

import ast
import csv
import os
import re
from pathlib import Path

import pytest
from django.conf import settings

from cqms.instance.entry import ROOT

TABLE = Path(__file__).with_name("asvs.md")
CHAPTERS = {"V6", "V7", "V8", "V9", "V10", "V14"}
COUNTS = {"V6": 35, "V7": 18, "V8": 7, "V9": 7, "V10": 29, "V14": 9}
_ROW = re.compile(r"^\| (V\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
_SAMPLE = Path(os.environ.get("CQMS_SAMPLES", "")) / "asvs" / "asvs_5.0.0_en.csv"


def rows() -> list[tuple[str, str, str, str]]:
    return _ROW.findall(TABLE.read_text(encoding="utf-8"))


def is_there(name: str) -> bool:
    """Whether a file, or a test in it, exists."""
    file, _, test = name.partition("::")
    path = ROOT / file
    if not path.exists() or not test:
        return path.exists()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_row_names_what_shows_it_or_says_why_not():
    silent = [
        number
        for number, _, _, shown in rows()
        if not ("`" in shown or shown.startswith(("this page", "Not applicable: ", "Open: ")))
    ]
    assert silent == []


def test_every_test_and_file_that_is_named_exists():
    named = [name for *_, shown in rows() for name in re.findall(r"`((?:tests|cqms)/[^`]+)`", shown)]
    assert len(named) > 60
    assert sorted({name for name in named if not is_there(name)}) == []


def test_a_row_names_the_very_test_and_not_a_file_full_of_them():
    named = [name for *_, shown in rows() for name in re.findall(r"`(tests/[^`]+)`", shown)]
    assert [name for name in named if "::test_" not in name] == []


def test_every_setting_that_is_named_exists():
    named = {name for *_, shown in rows() for name in re.findall(r"setting `([A-Z_]+)`", shown)}
    assert [name for name in sorted(named) if not hasattr(settings, name)] == []


def test_no_number_stands_twice_and_every_chapter_has_its_rows():
    numbers = [number for number, *_ in rows()]
    assert len(numbers) == len(set(numbers))
    counted = {chapter: len([each for each in numbers if each.startswith(f"{chapter}.")]) for chapter in COUNTS}
    assert counted == COUNTS


def test_every_requirement_of_the_standard_has_its_row():
    if not _SAMPLE.is_file():
        pytest.skip("the standard's table is not at hand: CQMS_SAMPLES names no folder with asvs/asvs_5.0.0_en.csv")
    with _SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        wanted = {
            (row["req_id"], row["L"])
            for row in csv.DictReader(file)
            if row["chapter_id"] in CHAPTERS and row["L"] != "3"
        }
    assert {(number, level) for number, level, *_ in rows()} == wanted


def test_the_words_are_ours():
    if not _SAMPLE.is_file():
        pytest.skip("the standard's table is not at hand: CQMS_SAMPLES names no folder with asvs/asvs_5.0.0_en.csv")
    with _SAMPLE.open(encoding="utf-8-sig", newline="") as file:
        theirs = " ".join(row["req_description"].lower() for row in csv.DictReader(file))
    assert [words for _, _, words, _ in rows() if len(words) > 40 and words.strip().lower() in theirs] == []
