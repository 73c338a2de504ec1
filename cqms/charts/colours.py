"""The colours a chart may name. In a specification a value stands for each token."""

NAMES = (
    "text", "muted", "border", "border-strong", "accent", "surface",
    "neutral-mark", "progress-mark", "good-mark", "warn-mark", "bad-mark",
)  # fmt: skip
_FIRST = 0xFE0100

STAND_INS = {name: f"#{_FIRST + at:06x}" for at, name in enumerate(NAMES)}
"""By token the colour that stands for it while the chart is drawn."""

TOKENS = {value: name for name, value in STAND_INS.items()}


def colour(name: str) -> str:
    """What a specification writes for a token. Raises KeyError for one that charts do not use."""
    return STAND_INS[name]


def tone(name: str) -> str:
    """What a specification writes for one of the five tones. Raises KeyError for another word."""
    return STAND_INS[f"{name}-mark"]
