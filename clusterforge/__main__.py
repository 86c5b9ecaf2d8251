"""``python -m clusterforge``, and the command ``clusterforge``."""

import sys


def command() -> int:
    """Run the command line and return its exit status; Ctrl-C counts while it is being imported, too."""
    try:
        from clusterforge.cli.main import main

        return main()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(command())
