"""Filling a database made for it: many organizations, people and records, by COPY, for measuring at scale.

Each app contributes its part, registered like its part of the demo world: `contributions.register(order, build)`.
"""
