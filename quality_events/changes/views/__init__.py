"""Pages of changes: the whole record, and the parts that belong to it."""

from quality_events.changes.views.whole import Detail, Edit, List, New, Step

__all__ = ["Detail", "Edit", "List", "New", "Step"]
