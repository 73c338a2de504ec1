"""Quality events: issues, deviations, serious breaches, complaints, changes and CAPAs, one inner package each.

How a type is built. An inner package is a Django app of its own (its label, tables and migrations), named in
INSTALLED_APPS; `quality_events.issues` is the worked example. It holds

    models         `class Thing(QualityEvent)`, or `EventRecord` where nothing occurred; `state_field`, `signed_fields`
    workflow       `Workflow("things.thing", …)`: the process as a table of steps
    services       the steps that do more than the table; all else comes from `quality_events.services`
    forms          what is typed: `EventForm`, and a form for each step that asks for something
    presentation   facts and sections of its page, in words
    views, api     subclasses of those here: list, new, page, edit, step
    urls           `event_urls(views)`
    registrations  one `EventType(…)`: addresses, search, Inbox, times, links and the page of all events follow
    demo           its part of the demo world, by calling services

and a line in `cqms/urls.py` for its pages and its API, one in the import contracts of `pyproject.toml`, and its part
of the world of the tests (`tests/world/events.py`, `tests/contracts/events.py`).

Types stand on each other in one order, kept by an import contract: capas, breaches, then complaints, changes and
process deviations, then deviations, issues, intake, and what is shared below all. A lower type that needs a higher
one announces a fact of `quality_events.events`. Any record is tied to any other by an `EventLink` with a reason, shown
on both pages.
"""
