"""Which deviations that were judged not important quality assurance looks at again (B2 of the SOPs).

Anybody who knows seed, number and share can draw again: the first eight bytes of SHA-256 over "seed:number", read as a
fraction of their range, lie below the share. The seed is chosen when the deviation is closed, so nobody foresees it.
"""

import hashlib
import secrets
from dataclasses import dataclass

SHARE = "deviations.sample"
"""By which the settings say how many of a hundred are drawn."""

DRAWN, NOT_DRAWN = "draw", "pass over"
"""The acts by which the trail tells a draw."""
_RANGE, _HUNDRED = 2**64, 100


@dataclass(frozen=True)
class Draw:
    """One draw: `share` is of a hundred."""

    seed: str
    number: str
    share: int

    @property
    def drawn(self) -> bool:
        """Whether quality assurance looks at it again."""
        digest = hashlib.sha256(f"{self.seed}:{self.number}".encode()).digest()
        return int.from_bytes(digest[:8]) * _HUNDRED < self.share * _RANGE

    @property
    def verb(self) -> str:
        """The act that the trail tells."""
        return DRAWN if self.drawn else NOT_DRAWN

    @property
    def sentence(self) -> str:
        """What the trail tells, with all that is needed to draw again."""
        said = "was drawn" if self.drawn else "was not drawn"
        return f"{said} for the sample of quality assurance: seed {self.seed}, {self.share} of 100"


def new_seed() -> str:
    """A seed that nobody can foresee: 16 hexadecimal digits."""
    return secrets.token_hex(8)
