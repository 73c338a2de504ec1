"""Help: what each area is for, and how its work goes."""

from django.http import HttpRequest, HttpResponse

from cqms.ui import guide
from cqms.ui.views import Page


class Help(Page):
    """The texts of every area that the reader may use, one below the other."""

    title = "Help"
    rail = guide.KEY
    template_name = "portal/help.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        return self.answer(topics=guide.texts(request))
