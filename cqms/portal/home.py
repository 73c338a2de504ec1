"""What Home shows besides tasks and news: apps above register figures and panels, so that Home imports nobody.

An app registers in its `apps.py`: `home.register_figures(figures, order=20)`, where `figures(request)` answers the
figures this reader may see, each with a link to the records behind it; `home.register_panel(panel, order=20)` alike,
where None shows nothing, and `home.register_action(button)` what people begin with there.
"""

from collections.abc import Callable, Sequence

from django.http import HttpRequest

from cqms.ui.atoms import Button
from cqms.ui.component import Component
from cqms.ui.items import Figure

Figures = Callable[[HttpRequest], Sequence[Figure]]
Panel = Callable[[HttpRequest], Component | None]
Action = Callable[[HttpRequest], Button | None]

_figures: dict[Figures, int] = {}
_panels: dict[Panel, int] = {}
_actions: list[Action] = []


def register_figures(build: Figures, *, order: int = 100) -> None:
    """Add figures to every Home; the same builder again moves to the new order."""
    _figures[build] = order


def register_panel(build: Panel, *, order: int = 100) -> None:
    """Add a panel below the figures of every Home."""
    _panels[build] = order


def register_action(build: Action) -> None:
    """Add a button beside the greeting of every Home; None shows none."""
    if build not in _actions:
        _actions.append(build)


def figures_for(request: HttpRequest) -> list[Figure]:
    """The figures of this reader, lowest order first."""
    return [figure for build in sorted(_figures, key=_figures.__getitem__) for figure in build(request)]


def panels_for(request: HttpRequest) -> list[Component]:
    """The panels of this reader, lowest order first."""
    built = (build(request) for build in sorted(_panels, key=_panels.__getitem__))
    return [panel for panel in built if panel is not None]


def actions_for(request: HttpRequest) -> list[Button]:
    """The buttons of this reader."""
    built = (build(request) for build in _actions)
    return [button for button in built if button is not None]
