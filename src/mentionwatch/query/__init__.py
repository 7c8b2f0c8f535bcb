"""The query language: text to tree, tree to predicate, tree to search terms (pure).

``parse.parse`` reads, ``write.format`` writes, ``check.check`` doubts, ``evaluate.compile`` makes a query ready to
judge items, ``asks.search_terms`` says what platforms are asked for. None is loaded before it is used: a configuration
without queries costs nothing.
"""
