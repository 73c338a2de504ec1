from django.urls import path

from cqms.ui import styleguide

app_name = "ui"
urlpatterns = [
    path("", styleguide.styleguide, name="styleguide"),
]
