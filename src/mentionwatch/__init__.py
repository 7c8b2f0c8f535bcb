"""Brand-mention monitor: collect what was said, match and judge it, tell of it.

Three verbs around one database; see ``docs/house.md`` for the rooms and who may know whom.
"""
