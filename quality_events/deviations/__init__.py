"""Protocol deviations, the specification of a study by which they are judged, and the freeze before unblinding (B2)."""
