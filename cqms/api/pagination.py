"""Keyset pages: page 1,000 costs what page 1 costs."""

from rest_framework.pagination import CursorPagination


class Keyset(CursorPagination):
    """Newest first by id; `next` and `previous` are addresses to follow as they are."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "size"
    max_page_size = 200
