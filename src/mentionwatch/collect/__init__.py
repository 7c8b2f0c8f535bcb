"""Collecting: the one place that asks sources, parses what they send, and keeps it.

``scan`` polls what is due; ``streams`` listens to servers that push. Both match, keep and judge the same way.
"""
