"""The beginning of administration: what can be decided here, as far as the reader may."""

from django.http import HttpRequest, HttpResponse

from cqms.administration.chapters import chapters_for
from cqms.administration.policies import may_see_administration
from cqms.portal.views.guarded import Guarded


class Overview(Guarded):
    """Every page of administration this reader may use, in groups."""

    policy = may_see_administration
    title = "Administration"
    rail = "administration"
    template_name = "administration/overview.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self.answer(chapters=chapters_for(request.user))
