"""What the contracts know of quality events: a module for each type, put together here.

A module of a type holds PAGES, API (rows as in `pages.py`), INPUTS, PLACES (forms), REQUESTS (of the API), SEARCHED
(lists), POSSIBLE (its workflows) and DONE, `values()` (what stands in the holes), and `in_state(world, label)`.
"""

from tests.contracts.events import (
    breaches,
    capas,
    changes,
    complaints,
    deviations,
    intake,
    issues,
    links,
    process_deviations,
)

TYPES = (intake, issues, deviations, breaches, complaints, process_deviations, capas, changes, links)
