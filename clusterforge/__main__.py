"""``python -m clusterforge``, and the command ``clusterforge``."""

import os
import sys


def command() -> int:
    """Run the command line and return its exit status; Ctrl-C counts while it is being imported, too."""
    # OpenMP reads it when it is loaded. Threads that wait for others spin otherwise, which takes a third
    # more of the processors, and on a busy machine the time that the others need.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from clusterforge.cli.main import main

        return main()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(command())
