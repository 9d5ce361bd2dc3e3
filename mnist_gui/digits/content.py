"""Type of the content of a canvas or an input file: a drawing or a picture."""

from __future__ import annotations

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture

Content = Drawing | Picture
