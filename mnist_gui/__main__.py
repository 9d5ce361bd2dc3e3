"""`python -m mnist_gui` is `mnist-gui`."""

import sys

from mnist_gui.cli.interrupts import exit_at_interrupt


def run() -> int:
    """Run the program with the arguments of the process; return its exit status."""
    exit_at_interrupt()
    from mnist_gui.cli.main import main  # takes a while to import

    return main()


if __name__ == "__main__":
    sys.exit(run())
