"""Screens for a person at a terminal, and the only room that knows Textual (the extra ``tui``)."""
