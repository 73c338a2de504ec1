"""Pages of studies."""

app_name = "studies"

urlpatterns = []
