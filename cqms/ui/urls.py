from django.urls import path

from cqms.ui import styleguide

urlpatterns = [
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
