"""The query language: text to tree, tree to predicate, tree to each platform's own query (pure)."""
