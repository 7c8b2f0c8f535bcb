"""Value to text; one file a format, each a function ``render(digest) -> str``."""
