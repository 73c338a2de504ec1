"""What every component is: a frozen dataclass whose fields are its properties.

`templates/components/<name>.html` holds the markup. A field without a default is mandatory. An unknown property, a
missing one and a mandatory one that arrives blank are errors that name it, in Python and in a template alike. A
component may stand wherever text may: in a table cell, in a list of facts, or as `{{ variable }}` in a template.
"""

from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import ClassVar

from django.template.loader import render_to_string
from django.utils.safestring import SafeString


class PropertyError(ValueError):
    """A component was given less than it needs; the message names component and property."""


@cache
def mandatory(component: "type[Component]") -> tuple[str, ...]:
    """The names of the properties a component cannot do without."""
    return tuple(
        field.name for field in fields(component) if field.default is MISSING and field.default_factory is MISSING
    )


@dataclass(frozen=True)
class Component:
    """Base of all components."""

    tag_name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Refuse a mandatory property that is blank."""
        for field in mandatory(type(self)):  # type: ignore[arg-type]
            if getattr(self, field) in ("", None):
                raise PropertyError(f"{self.tag()}: property '{field}' is mandatory and blank")

    @classmethod
    def tag(cls) -> str:
        """The name of the template tag and of the template."""
        return cls.tag_name or cls.__name__.lower()

    def context(self) -> dict[str, object]:
        """What the template sees: the properties by name."""
        return dict(self.__dict__)

    def __html__(self) -> SafeString:
        """The component as markup."""
        return render_to_string(f"components/{self.tag()}.html", self.context())

    def __str__(self) -> str:
        return self.__html__()
