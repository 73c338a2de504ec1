"""Keyset pages: page 1,000 costs what page 1 costs."""

from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

_LARGEST_ID = 2**63


class Keyset(CursorPagination):
    """Newest first by id; `next` and `previous` are addresses to follow as they are."""

    ordering = "-id"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "size"
    page_size_query_description = "Rows on a page, 1 to 200."
    cursor_query_description = "The edge of a page, as `next` and `previous` name it."

    def get_page_size(self, request: Request) -> int:
        """The size that was asked for. Raises ValidationError for anything but 1 to 200."""
        wanted = request.query_params.get("size", str(self.page_size))
        if not (wanted.isdecimal() and wanted.isascii() and 1 <= int(wanted[:9]) <= self.max_page_size):
            raise ValidationError({"size": [f"Ask for 1 to {self.max_page_size} rows."]})
        return int(wanted)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The edge that one of our own addresses names. Raises ValidationError for any other."""
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            raise _unknown() from None
        if cursor and cursor.position is not None and not _is_id(cursor.position):
            raise _unknown()
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The parameters with the limits of the size."""
        parameters = super().get_schema_operation_parameters(view)
        parameters[-1]["schema"] |= {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return parameters

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The shape of a page: all three parts are always there."""
        page = super().get_paginated_response_schema(schema)
        return {**page, "required": ["next", "previous", "results"]}


def _is_id(text: str) -> bool:
    return text.isdecimal() and text.isascii() and int(text[:20]) < _LARGEST_ID


def _unknown() -> ValidationError:
    return ValidationError({"cursor": ["Follow `next` and `previous` as they are."]})
