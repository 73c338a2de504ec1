"""Protocol deviations, specifications and freezes for machines."""

from quality_events.api import event_api_urls
from quality_events.deviations.api.deviations import DeviationViewSet
from quality_events.deviations.api.freezes import FreezeViewSet
from quality_events.deviations.api.specifications import SpecificationViewSet

urlpatterns = [
    *event_api_urls("deviations", "deviation", DeviationViewSet),
    *event_api_urls("deviation-specifications", "specification", SpecificationViewSet),
    *event_api_urls("classification-freezes", "freeze", FreezeViewSet),
]
