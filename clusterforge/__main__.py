"""``python -m clusterforge``."""

import sys

from clusterforge.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
