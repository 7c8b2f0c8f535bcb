"""The command line: arguments in, text and exit status out."""


def main() -> int:
    """Run the command line and give the exit status."""
    return 0
