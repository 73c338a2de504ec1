"""Base classes of the four page shapes; the sign-in shape is `layouts/auth.html` alone.

    ListPage    a filtered, sorted, paged table, its saved views, and its files
    DetailPage  a record: its head, steps, life cycle and timeline
    FormPage    an input form that loses nothing: 422 with a summary, 409 with both versions
    StepPage    one step of a workflow as a page, and the same as a dialog where scripts run

A view loads, asks its form, calls a service and answers. It decides nothing: rules live in policies and services.
"""

from cqms.ui.views.detail import DetailPage
from cqms.ui.views.form import FormPage
from cqms.ui.views.list_parts import Column, Filter
from cqms.ui.views.listing import ListPage
from cqms.ui.views.page import Page
from cqms.ui.views.step import StepPage

__all__ = ["Column", "DetailPage", "Filter", "FormPage", "ListPage", "Page", "StepPage"]
