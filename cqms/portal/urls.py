"""Pages of the platform inside an organization."""

app_name = "portal"

urlpatterns = []
