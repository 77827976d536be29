"""`python -m levdesk`: the same as the `levdesk` command."""

from __future__ import annotations

import sys

from levdesk.app.main import main

if __name__ == "__main__":
    sys.exit(main())
