"""``python -m restrike_lab.hub``: run a hub as a process of its own."""

import sys

from restrike_lab.hub.process import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
