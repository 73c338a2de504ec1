"""Fishbone and whys as drawings: for a desk and for a phone, where every word stays inside."""

import re
from xml.etree import ElementTree as ET

import pytest

from cqms.charts.drawing import SVG
from quality_events.capas.drawing import fishbone, upright, whys
from quality_events.capas.models import Bone, Cause, Weight

PROBLEM = "Temperature logs of the pharmacy are missing for three weekends of the summer"
CAUSES = [
    Cause(pk=1, text="The log is kept on one sheet of paper " * 3, bone=Bone.MATERIAL, weight=Weight.CONTRIBUTORY),
    Cause(pk=2, text="Nobody checks the log", bone=Bone.PROCESS, weight=Weight.ROOT),
    *(Cause(pk=at, text=f"Why number {at}", bone=Bone.PEOPLE, weight=Weight.WHY, parent_id=at - 1)
      for at in range(3, 9)),
]  # fmt: skip
LETTER = 7.2  # pixels: the broadest on average


def drawn(drawing):
    root = ET.fromstring(drawing.svg)
    lines = [(float(each.get("x")), float(each.get("y")), each.text) for each in root.iter(f"{{{SVG}}}text")]
    _, _, wide, high = (float(each) for each in root.get("viewBox").split())
    return lines, wide, high


@pytest.mark.parametrize(
    "drawing", [upright(PROBLEM, CAUSES), whys(PROBLEM, CAUSES, narrow=True)], ids=["fishbone", "whys"]
)
def test_a_drawing_for_a_phone_says_everything_inside_its_width(drawing):
    lines, wide, high = drawn(drawing)
    assert wide == 320
    assert [text for left, _, text in lines if left + len(text) * LETTER > wide] == []
    assert max(top for _, top, _ in lines) < high
    told = re.sub(r"\W+", " ", " ".join(text for _, _, text in lines))
    assert [each.text for each in CAUSES if re.sub(r"\W+", " ", each.text.strip()) not in told] == []


def test_nothing_is_drawn_of_no_causes():
    assert [fishbone(PROBLEM, []), upright(PROBLEM, []), whys(PROBLEM, []), whys(PROBLEM, [], narrow=True)] == [
        None
    ] * 4
