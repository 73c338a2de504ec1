"""Template filters for paper: `{% load paper %}`."""

from django import template

from cqms.reports.glyphs import lines, visible
from cqms.reports.manifestations import grouped

register = template.Library()
register.filter("visible", lambda value: visible(str(value)))
register.filter("lines", lambda value: lines(str(value)))
register.filter("grouped", grouped)
