"""Search: one index over every record, limited to what the reader may see.

Not built yet; it stands between reports and ui, and each app will register the kinds of record it lets be found.
"""
