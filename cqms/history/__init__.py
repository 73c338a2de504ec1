"""History: every tracked row keeps each of its states, and each state names the action that made it.

No tables of its own. `action` says who is acting and why; `models` holds the base of all history tables.
"""
