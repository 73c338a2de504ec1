"""The manifestation of an electronic signature on paper (21 CFR 11.50): who, what it means, when, how, over what."""

from dataclasses import dataclass
from datetime import datetime

from cqms.reports.moments import both_words, utc_words


@dataclass(frozen=True)
class SignatureBlock:
    """One signature as it is printed."""

    name: str
    """The printed name."""
    meaning: str
    """A full sentence."""
    at: datetime
    """An aware moment."""
    zone: str
    """IANA name of the signer's zone at that moment."""
    method: str
    """How the signer was recognized, in words."""
    digest: str
    """Hexadecimal SHA-256 of what was signed."""
    role: str = ""
    receipt: str = ""
    """Hexadecimal hash under which the signature is sealed in the ledger."""
    sealed_at: datetime | None = None
    """When the first checkpoint that covers it was signed; None for the seconds until then."""
    sealed_size: int = 0
    """How many entries that checkpoint covers."""

    @property
    def signer(self) -> str:
        """The printed name, with the role it was signed in."""
        return f"{self.name}, {self.role}" if self.role else self.name

    @property
    def when(self) -> str:
        """UTC and local time with zone."""
        return both_words(self.at, self.zone)

    @property
    def sealed(self) -> str:
        """Since when it is sealed."""
        if self.sealed_at is None:
            return "Not sealed yet when this page was made: that takes seconds."
        return f"Sealed {utc_words(self.sealed_at)}, among the first {self.sealed_size:,} entries of the trail."


def grouped(digest: str) -> str:
    """A hash in groups of four, which an eye can compare and a line can break."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))
