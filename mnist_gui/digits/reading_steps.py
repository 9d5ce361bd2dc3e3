"""Steps from a picture file to its ink, as small pictures that show what each step did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# In their order: the picture itself, in grey that shows ink by its colour, without bands along its sides, in even
# light, without printed boxes, without ruled lines, without punched holes.
StepName = Literal["picture", "edges", "colour", "light", "boxes", "rulings", "holes"]
MAX_SIDE = 160  # pixels


@dataclass(frozen=True, eq=False)
class ReadingStep:
    """What a step made of the picture.

    Attributes
    ----------
    name
        The step.
    image
        (H, W) or (H, W, 3) uint8, at most `MAX_SIDE` pixels along each side.
    """

    name: StepName
    image: NDArray[np.uint8]


class StepRecorder:
    """Collects the steps of one picture.

    Attributes
    ----------
    steps
        Those that were added; the first one is the picture itself.
    """

    def __init__(self) -> None:
        self.steps: list[ReadingStep] = []

    def add(self, name: StepName, image: Image.Image) -> None:
        """Add a step with the image that it made."""
        small = image if image.mode in ("L", "RGB") else image.convert("L")
        small = small.reduce(max(1, -(-max(small.size) // MAX_SIDE)))
        self.steps.append(ReadingStep(name, np.array(small)))

    def add_levels(self, name: StepName, levels: NDArray[np.floating], top: float) -> None:
        """Add a step that made grey levels from 0 to `top`, (H, W)."""
        self.add(name, Image.fromarray(np.clip(levels * (255 / top), 0, 255).astype(np.uint8)))

    def add_mask(self, name: StepName, inked: NDArray[np.bool_]) -> None:
        """Add a step that found ink, a (H, W) mask."""
        self.add(name, Image.fromarray(np.where(inked, 0, 255).astype(np.uint8)))
