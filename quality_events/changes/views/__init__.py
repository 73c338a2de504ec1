"""Pages of changes: the whole record, and the parts that belong to it."""

from quality_events.changes.views.whole import Detail, Edit, File, Files, Link, List, New, Report, Step, Unlink

__all__ = ["Detail", "Edit", "File", "Files", "Link", "List", "New", "Report", "Step", "Unlink"]
