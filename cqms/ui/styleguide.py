"""The styleguide: open to everybody, because it holds no record."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cqms.ui import samples


@login_not_required
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every tone and state."""
    return render(request, "ui/styleguide.html", samples.everything())
