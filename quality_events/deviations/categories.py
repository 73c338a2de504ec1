"""The categories of deviations as lines of text: what a specification holds, and the set it starts from.

A line reads `consent / Missing signature: important, safety`: the group, what deviates, and how it is judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

GROUPS = {
    "consent": "Consent",
    "eligibility": "Eligibility",
    "product": "Investigational product",
    "procedure": "Study procedure",
    "window": "Visit window",
    "safety": "Safety reporting",
    "medication": "Prohibited medication",
    "blinding": "Blinding",
    "data": "Data",
    "site": "Site",
}
_JUDGED = {"important": True, "not important": False}
_SAFETY = "safety"
_LONGEST = 120


@dataclass(frozen=True)
class Category:
    """What may deviate, whether it is important unless somebody says why not, and whether it concerns safety."""

    group: str
    name: str
    important: bool
    safety: bool = False

    @property
    def key(self) -> str:
        """How a deviation names it."""
        return f"{self.group} / {self.name}"

    @property
    def line(self) -> str:
        """As it stands in a specification."""
        safety = ", safety" if self.safety else ""
        return f"{self.key}: {'important' if self.important else 'not important'}{safety}"


def read(text: str) -> list[Category]:
    """The categories of a text, a line each. Raises ValueError that says which line is wrong and how it should read."""
    found: dict[str, Category] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        category = _category(line.strip(), number)
        if category.key.casefold() in found:
            raise ValueError(f"Line {number} stands there twice.")
        found[category.key.casefold()] = category
    if not found:
        raise ValueError("Name at least one category.")
    return list(found.values())


def write(categories: Sequence[Category]) -> str:
    """The categories as a text that `read` understands."""
    return "\n".join(each.line for each in categories)


def _category(line: str, number: int) -> Category:
    head, colon, judged = line.rpartition(":")
    group, slash, name = head.partition("/")
    words = [word.strip().lower() for word in judged.split(",")]
    known = group.strip().lower() in GROUPS and words[0] in _JUDGED and words[1:] in ([], [_SAFETY])
    if not (colon and slash and name.strip() and known and len(name.strip()) <= _LONGEST):
        raise ValueError(
            f"Line {number} should read “group / what deviates: important” (or “not important”, and “, safety”), the"
            f" group being one of {', '.join(GROUPS)}."
        )
    return Category(group.strip().lower(), name.strip(), _JUDGED[words[0]], safety=len(words) > 1)


_C = Category
START = (
    _C("consent", "No valid consent before the first procedure", important=True, safety=True),
    _C("consent", "Superseded version of the form signed", important=True),
    _C("consent", "Signature or date incomplete", important=False),
    _C("eligibility", "Inclusion criterion not met", important=True, safety=True),
    _C("eligibility", "Exclusion criterion met", important=True, safety=True),
    _C("eligibility", "Went on although a withdrawal criterion was met", important=True, safety=True),
    _C("product", "Wrong product or kit given", important=True, safety=True),
    _C("product", "Wrong dose, route or schedule", important=True, safety=True),
    _C("product", "Dose missed", important=False),
    _C("product", "Stored outside its conditions and given", important=True, safety=True),
    _C("procedure", "Assessment of the primary endpoint not done", important=True),
    _C("procedure", "Safety assessment not done", important=True, safety=True),
    _C("procedure", "Other assessment not done", important=False),
    _C("procedure", "Sample not taken, lost or spoiled", important=False),
    _C("window", "Visit missed", important=False),
    _C("window", "Visit outside its window", important=False),
    _C("window", "Endpoint assessed outside its window", important=True),
    _C("safety", "Serious event reported late or not at all", important=True, safety=True),
    _C("safety", "Pregnancy not reported in time", important=True, safety=True),
    _C("medication", "Prohibited medicine, vaccine or device used", important=True, safety=True),
    _C("blinding", "Treatment became known to somebody blinded", important=True),
    _C("data", "Source data missing or altered without trace", important=True),
    _C("data", "Entry late", important=False),
    _C("site", "Task done by somebody not delegated or trained", important=True),
    _C("site", "Equipment not calibrated or maintained", important=False),
)
"""What a new specification starts from; each study changes it before its first participant."""
