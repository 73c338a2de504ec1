"""For whatever watches over the processes: alive, and ready to work."""

from dataclasses import asdict

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from cqms.portal.health import checks


@login_not_required
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything the portal needs is there, else 503; each check in words."""
    found = checks()
    is_ready = all(check.ok for check in found if check.fatal)
    body = {"ready": is_ready, "checks": [asdict(check) for check in found]}
    return JsonResponse(body, status=200 if is_ready else 503)
