"""From a Vega-Lite specification to SVG, drawn once for each specification.

The engine is loaded when the first chart is drawn: it takes half a second and 100 MB, which a process that draws
nothing does not pay. It fetches nothing: data stand inside the specification.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree as ET

from django.utils.safestring import SafeString, mark_safe

from cqms.charts.colours import TOKENS

Spec = dict[str, Any]

SVG = "http://www.w3.org/2000/svg"
PLACE = "https://chart.invalid"
"""Before every address in a specification: the engine takes whole addresses only."""
KEPT = 256
"""How many drawings a process keeps, some 10 kB each. They stay in its memory: they hold what an organization knows."""
_VEGA_LITE = "5.21"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_USE = re.compile(r'class="((?:fill|line)-[a-z-]+(?: line-[a-z-]+)?)"')
_NO_XML = re.compile("[^\t\n\r\x20-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DROPPED = ("role", "pointer-events", "stroke-miterlimit", "class", "font-family", "version")


@dataclass(frozen=True)
class Drawing:
    """A drawn chart. `svg` names its colours by classes: `fill-accent`, `line-muted`."""

    svg: str

    def on_page(self) -> SafeString:
        """The SVG for a page: style sheets give the colours, marks are links."""
        return mark_safe(self.svg)  # noqa: S308  the engine escapes data; elements and attributes were gone through

    def on_paper(self, values: Mapping[str, str]) -> SafeString:
        """The SVG for paper: colours from `values` by token, no links. Raises KeyError for a lacking one."""
        words = re.sub(r"</?a\b[^>]*>", "", self.svg)
        return mark_safe(_USE.sub(lambda use: _filled(use.group(1), values), words))  # noqa: S308  as above


def address(path: str) -> str:
    """What a specification writes for a path of the portal; blank for a mark without records."""
    return f"{PLACE}{path}" if path else ""


def draw(spec: Spec, words: str) -> Drawing:
    """The drawing of a specification; `words` say in a sentence what it shows to who cannot see it."""
    return Drawing(_drawn(json.dumps(_drawable(spec), sort_keys=True, ensure_ascii=False), _drawable(words)))


def _drawable(value: Any) -> Any:
    """The same without characters that the engine cannot read: it ends the whole process where it meets some."""
    if isinstance(value, str):
        return _NO_XML.sub(" ", value)
    if isinstance(value, Mapping):
        return {_drawable(key): _drawable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_drawable(each) for each in value]
    return value


@lru_cache(maxsize=KEPT)
def _drawn(spec: str, words: str) -> str:
    return _cleaned(_engine_svg(json.loads(spec)), words)


def _engine_svg(spec: Spec) -> str:
    import vl_convert  # noqa: PLC0415 – see the module's docstring

    found: str = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[])
    return found


def _cleaned(svg: str, words: str) -> str:
    """Without what the engine says for screen readers of its own accord, in our colours, with our words."""
    root = ET.fromstring(svg)  # noqa: S314  drawn by our own engine
    for parent in list(root.iter()):
        for child in list(parent):
            if child.get("class") in ("background", "foreground"):
                parent.remove(child)
    for element in root.iter():
        _clean(element)
    for link in root.iter(f"{{{SVG}}}a"):
        _name(link)
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    root.set("role", "group" if next(root.iter(f"{{{SVG}}}a"), None) is not None else "img")
    root.set("aria-label", words)
    return _written(root)


def _written(root: ET.Element) -> str:
    """The drawing as HTML knows it: no prefix before a name, whatever prefix other code registered for SVG."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
    root.set("xmlns", SVG)
    return ET.tostring(root, encoding="unicode")


def _clean(element: ET.Element) -> None:
    label = element.get("aria-label")
    for name in list(element.attrib):
        if name in _DROPPED or name.startswith("aria-"):
            del element.attrib[name]
    classes = " ".join(_classes(element))
    if classes:
        element.set("class", classes)
    if label and element.tag.endswith("}path"):
        ET.SubElement(element, f"{{{SVG}}}title").text = label


def _classes(element: ET.Element) -> Iterator[str]:
    for attribute, kind in (("fill", "fill"), ("stroke", "line")):
        token = TOKENS.get(element.get(attribute, ""))
        if token:
            del element.attrib[attribute]
            yield f"{kind}-{token}"


def _name(link: ET.Element) -> None:
    """A link into the portal that says what it leads to."""
    target = link.attrib.pop(_XLINK, "")
    link.set("href", target.removeprefix(PLACE))
    title = next(link.iter(f"{{{SVG}}}title"), None)
    if title is not None and title.text:
        link.set("aria-label", title.text)


def _filled(classes: str, values: Mapping[str, str]) -> str:
    written = []
    for each in classes.split():
        kind, token = each.split("-", 1)
        written.append(f'{"fill" if kind == "fill" else "stroke"}="{values[token]}"')
    return " ".join(written)
