"""The API."""

app_name = "api"

urlpatterns = []
