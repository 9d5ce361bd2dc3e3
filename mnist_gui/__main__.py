"""`python -m mnist_gui` is `mnist-gui`."""

import os
import sys

try:
    from mnist_gui.cli.interrupts import exit_at_interrupt
except KeyboardInterrupt:  # what handles it is being imported
    os._exit(130)

CHILD_MODULES = ("mnist_gui.models.importing.child_process", "mnist_gui.models.inference.model_trial")


def run() -> int:
    """Run the program with the arguments of the process; return its exit status."""
    exit_at_interrupt()
    if getattr(sys, "frozen", False) and sys.argv[1:2] == ["-m"] and sys.argv[2:3] and sys.argv[2] in CHILD_MODULES:
        # A frozen program has no interpreter that could run one of its modules in a process of its own.
        import runpy

        sys.argv = sys.argv[2:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return 0
    # On small arrays and a busy machine, several BLAS threads are slower than one: they wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from mnist_gui.cli.main import main  # takes a while to import

    return main()


if __name__ == "__main__":
    sys.exit(run())
