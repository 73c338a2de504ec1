"""Text that has broken forms, pages, databases, spreadsheets and documents before: our own list, the only one."""

KEPT: dict[str, str] = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x="',
    "closing": "</title></textarea></script><img src=x onerror=alert(1)>",
    "template": "{{ 7*7 }}{% now 'Y' %}${7*7}#{7*7}",
    "format": "%s %d %n {0} {name!r} {{}}",
    "sql": "'; DROP TABLE documents_document; --",
    "like": "100%_\\%",
    "backslashes": "C:\\temp\\new\\\\server",
    "path": "../../../../etc/passwd",
    "header": "Subject\r\nBcc: everybody@example.com",
    "formula": '=HYPERLINK("https://example.com","x")',
    "command": "$(touch /tmp/x); `id` | cat && rm -rf /",
    "right to left": "abc \u202e cba fdp.exe",
    "arabic": "مرحبا بالعالم",
    "combining": "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏿",
    "zero width": "SOP\u200b-\u200d0001\ufeff",
    "astral": "𝕳𝖊𝖑𝖑𝖔 𐍈 𠜎",
    "turkish": "İıŞş ß ẞ ǅ",
    "spaces": "\u00a0\u2003\u3000wide\u2028lines\u2029",
    "quotes": "‘’“”«»‹›'\"`´",
    "number": "-0 1e309 NaN Infinity 0x41 ١٢٣",
    "null words": "null undefined None true",
    "xml": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
    "markdown": "# [x](javascript:alert(1)) ![y](data:text/html,z) <b>",
    "long word": "W" * 240,
}
"""By what they break; whoever types one finds it exactly as it was typed."""

REFUSED: dict[str, str] = {"null character": "null byte \x00 inside", "lone surrogate": "half \ud83d surrogate"}
"""What no database takes: refused with words, never a failure of ours."""

HOSTILE = (
    KEPT["script"],
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE studies_study; --",
    "\\' OR 1=1 --",
    "{{ 7|add:7 }}{% load ui %}",
    "${7*7} #{7*7} %(x)s %s %n {0}",
    "=cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd",
    KEPT["path"],
    "C:\\con\\aux nul",
    "null", "None", "undefined", "NaN", "true", "-0", "1e999", "0x10",
    "Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich",
    "Ωμέγα 三匹の猫 قطة كبيرة חתול घर 🫀👩🏽‍🔬",
    "\u202eesrever \u2066isolated\u2069 zero\u200bwidth\ufeffmark",
    "e\u0301 against é, ﬁ against fi, ａ against a",
    "Z̸̡̛͓̳a̶̢͎l̴̡̛g̷̨o̸",
    "line one\r\nline two\tand tab",
    "vertical\x0btab form\x0cfeed bell\x07 escape\x1b[31m",
    REFUSED["null character"],
    "\u2028line\u2029paragraph",
    "-- \u00a0\u2003 spaces of all widths \u3000",
    "x" * 10_000,
    "ß" * 251,
    " ",
    "",
    "javascript:alert(1)",
    "<!--", "]]>", "</textarea><h1>out", "&lt;b&gt; &amp;amp; &#0;",
)  # fmt: skip
"""For what takes or refuses any text; some of them blank, some too long for every field."""

UNPAIRED = REFUSED["lone surrogate"]
"""Only JSON can carry it: no form encodes it."""

DAYS = ("0001-01-01", "9999-12-31", "2026-02-30", "31.12.2026", "2026-12-31T24:00")
"""Where a day is asked for: the first and the last a calendar has, and what is none."""
