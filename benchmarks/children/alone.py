"""Runs a script that sees NumPy, Pillow and ONNX Runtime, but neither this program nor its other libraries.

    python -I alone.py SCRIPT ARGUMENTS...

-I hides the current folder and PYTHONPATH.
"""

import runpy
import sys

HIDDEN = frozenset(
    [
        "mnist_gui",
        "tensorflow",
        "keras",
        "scipy",
        "onnx",
        "h5py",
        "PySide6",
        "pyqtgraph",
        "torch",
        "filelock",
        "platformdirs",
        "rich",
    ]
)


class _Hide:
    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse what is hidden; others are found as usual."""
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, _Hide())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
