"""How the numbers under ``src/mentionwatch/judge/data`` were made, and how good they are. Not shipped in the wheel."""
