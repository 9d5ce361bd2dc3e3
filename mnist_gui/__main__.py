"""`python -m mnist_gui` is `mnist-gui`."""

import sys

from mnist_gui.cli.main import main

sys.exit(main())
