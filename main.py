"""LevDesk's one command: `python3 main.py` sets up what is missing and starts.

Must parse on any Python 3, however old, to be able to say which one it needs.
"""

import sys

OLDEST_PYTHON = (3, 11)


def wrong_python() -> str:
    """What to tell a person whose Python is too old, "" when it will do."""
    if sys.version_info >= OLDEST_PYTHON:
        return ""
    wanted = ".".join(str(part) for part in OLDEST_PYTHON)
    found = ".".join(str(part) for part in sys.version_info[:3])
    return (
        "levdesk: LevDesk needs Python "
        + wanted
        + " or newer; this is Python "
        + found
        + " ("
        + sys.executable
        + ").\n"
        "  Install a newer Python and start again with it, for example: python" + wanted + " main.py\n"
    )


def run() -> int:
    """Start the program, or say in plain words why it cannot start; returns the exit code."""
    refusal = wrong_python()
    if refusal:
        sys.stderr.write(refusal)
        return 1
    from levdesk.app import first_run

    try:
        return first_run.start(__file__, sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("\nlevdesk: Stopped.\n  Start again with the same command to go on.\n")
        return 130


if __name__ == "__main__":
    sys.exit(run())
