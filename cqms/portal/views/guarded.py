"""Pages behind one policy."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from cqms.access.policies import Policy
from cqms.audit.refusals import Denied
from cqms.portal.policies import may_administer
from cqms.ui.views import Page
from cqms.ui.views.page import refused


class Guarded(Page):
    """A page that answers 403 with the sentence of `policy` before anything else."""

    policy: Policy

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        sentence = self.policy.why_not(request.user)
        if sentence:
            return refused(request, Denied(sentence))
        return super().dispatch(request, *args, **kwargs)


class ForAdministrators(Guarded):
    """A page about members and roles."""

    policy = may_administer
    rail = "administration"
