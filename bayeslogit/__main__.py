"""``python -m bayeslogit`` is the command ``bayeslogit``."""

import sys

from bayeslogit.cli import main

if __name__ == "__main__":
    sys.exit(main())
