"""Text that has broken forms, pages, databases and spreadsheets before; our own list."""

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE studies_study; --",
    "\\' OR 1=1 --",
    "{{ 7|add:7 }}{% load ui %}",
    "${7*7} #{7*7} %(x)s %s %n {0}",
    "=cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd",
    "../../../../etc/passwd",
    "C:\\con\\aux nul",
    "null", "None", "undefined", "NaN", "true", "-0", "1e999", "0x10",
    "Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich",
    "Ωμέγα 三匹の猫 قطة كبيرة חתול घर 🫀👩🏽‍🔬",
    "\u202eesrever \u2066isolated\u2069 zero\u200bwidth\ufeffmark",
    "e\u0301 against é, ﬁ against fi, ａ against a",
    "Z̸̡̛͓̳a̶̢͎l̴̡̛g̷̨o̸",
    "line one\r\nline two\tand tab",
    "vertical\x0btab form\x0cfeed bell\x07 escape\x1b[31m",
    "null byte \x00 inside",
    "\u2028line\u2029paragraph",
    "-- \u00a0\u2003 spaces of all widths \u3000",
    "x" * 10_000,
    "ß" * 251,
    " ",
    "",
    "javascript:alert(1)",
    "<!--", "]]>", "</textarea><h1>out", "&lt;b&gt; &amp;amp; &#0;",
)  # fmt: skip

UNPAIRED = "half \ud83d surrogate"
"""Only JSON can carry it: no form encodes it."""

DAYS = ("0001-01-01", "9999-12-31", "2026-02-30", "31.12.2026", "2026-12-31T24:00")
"""Where a day is asked for: the first and the last a calendar has, and what is none."""
