"""Feeds: bytes → document → entries → items. ``loader`` is the way in; ``full_reader`` alone imports feedparser."""
