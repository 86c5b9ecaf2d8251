"""``python -m clusterforge``, and the command ``clusterforge``."""

import atexit
import os
import sys
from contextlib import suppress


def command() -> int:
    """Run the command line and return its exit status; Ctrl-C counts while it is being imported, too.

    The process ends when all that others have registered for its end is done (what is registered first comes
    last): a thread of a library, pyarrow's say, that lets go of a Python object while modules are taken
    down would abort it.
    """
    status = 1

    @atexit.register
    def end() -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)

    # OpenMP reads it when it is loaded. Threads that wait for others spin otherwise, which takes a third
    # more of the processors, and on a busy machine the time that the others need.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from clusterforge.cli.main import main

        status = main()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        status = 130
    return status


if __name__ == "__main__":
    sys.exit(command())
