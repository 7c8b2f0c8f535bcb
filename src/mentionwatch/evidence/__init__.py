"""Evidence: what was said, archived so that a later change can be shown.

An entry names its parts (the text as we have it, the page as it answered, a screenshot) by SHA-256, and every entry
that stood last when it was made. So the hash of one entry proves that nothing before it was changed, removed or
inserted since. Entries form a graph, not a line: two databases can be merged. What is not proved: that our clock was
right, and that nobody rewrote *everything*; for that, a hash has to be kept elsewhere (docs/evidence.md).
"""
