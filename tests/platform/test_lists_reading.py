"""CSV files that people bring: what is read, and what each wrong file or line is told."""

import io

import pytest
from django.core.exceptions import ValidationError

from cqms.lists.files import Sheet, write_csv
from cqms.lists.reading import Line, each_line, read_csv


def read(text: str | bytes, columns=("name", "age"), **more) -> list[Line]:
    return read_csv(io.BytesIO(text if isinstance(text, bytes) else text.encode()), columns, **more)


@pytest.mark.parametrize(
    "text",
    ["name,age\nAda,36\n\nBo,2\n", "\ufeffname,age\r\nAda,36\r\n\r\nBo,2", " Age ;NAME;x\n36; Ada ;\n;;\n2;Bo;!\n"],
)
def test_lines_carry_the_number_they_have_in_the_file(text):
    assert [(line.number, line["name"], line["age"], line["none"]) for line in read(text)] == [
        (2, "Ada", "36", ""),
        (4, "Bo", "2", ""),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name\nAda\n", "The first line lacks age."),
        ("name,age,name\nAda,1,Bo\n", "The first line names name twice."),
        ("name,age\n ,\n", "The file holds no rows below its first line."),
        ("", "The first line lacks name, age."),
        ('name,age\n"Ada,3\n', "This is no CSV file: unexpected end of data."),
        (b"\xff\xfe", "This is not a text file in UTF-8. Save it as CSV UTF-8 and choose it again."),
        ("name,age\nA\0da,3\n", "This is not a text file in UTF-8. Save it as CSV UTF-8 and choose it again."),
        ("name,age\nAda,3\nBo,2\nCy,1\n", "The file holds 3 rows; 2 can be taken at once. Divide it."),
    ],
)
def test_what_is_no_such_file_is_told_why(text, sentence):
    with pytest.raises(ValidationError) as refusal:
        read(text, most=2)
    assert refusal.value.messages == [sentence]


def test_every_wrong_line_is_named_the_first_twenty_in_full():
    lines = read("name,age\n" + "".join(f"P{number},x\n" for number in range(23)))
    with pytest.raises(ValidationError) as refusal:
        each_line(lines, lambda line: int(line["age"]))
    assert refusal.value.messages[0] == "Line 2: invalid literal for int() with base 10: 'x'"
    assert (len(refusal.value.messages), refusal.value.messages[-1]) == (21, "And 3 more lines.")


def test_what_our_own_export_made_harmless_comes_back_as_it_was():
    target = io.BytesIO()
    write_csv(Sheet("People", ["name", "age"], [["=Ada", 36], ["'quoted'", 2], ["-", 1]]), target)
    assert [line["name"] for line in read(target.getvalue())] == ["=Ada", "'quoted'", "-"]
