"""The context processor of the frame."""

from django.http import HttpRequest

from cqms.ui.frame import Frame


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Give every template `frame`; its parts are computed when a template asks."""
    return {"frame": Frame(request)}
