"""How the numbers in ``src/mentionwatch/analysis/data`` were made and how good they are. Not shipped in the wheel."""
