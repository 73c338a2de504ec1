"""Strings that break careless software. Our own list, by what they break."""

HOSTILE: dict[str, str] = {
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

REFUSED: dict[str, str] = {"null character": "a\x00b", "lone surrogate": "a\ud800b"}
"""What no database takes: refused with words, never a failure of ours."""
