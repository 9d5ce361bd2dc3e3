"""`python -m mnist_gui` is `mnist-gui`."""

import os
import sys

try:
    from mnist_gui.cli.interrupts import exit_at_interrupt
except KeyboardInterrupt:  # what handles it is being imported
    os._exit(130)


def run() -> int:
    """Run the program with the arguments of the process; return its exit status."""
    exit_at_interrupt()
    # On small arrays and a busy machine, several BLAS threads are slower than one: they wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from mnist_gui.cli.main import main  # takes a while to import

    return main()


if __name__ == "__main__":
    sys.exit(run())
