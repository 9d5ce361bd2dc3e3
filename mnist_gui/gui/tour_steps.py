"""What the tour of the window says, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.tour import TourStep


def tour_steps(
    tabs: Sequence[int],
    view: DrawLayout,
    find_recipes: Callable[[], Sequence[QWidget]],
    find_pages: Callable[[], Sequence[QWidget]],
) -> tuple[TourStep, ...]:
    """Return the steps of the tour.

    Parameters
    ----------
    tabs
        Indices of the tabs Draw, Train and Compare.
    view
        Widgets of the Draw tab.
    find_recipes, find_pages
        Return the widgets to highlight in Train and in Compare; called when the tab is open.
    """
    draw, train, compare = tabs
    return (
        TourStep(draw, "Draw a digit here. The models answer while you draw.", lambda: [view.canvas]),
        TourStep(
            draw,
            "Each model has a card: the digit that it reads, and how likely it finds each of the ten. "
            "The line above is the answer of all together. “Who answers” chooses other models.",
            lambda: [view.verdict_bar, *view.cards.values()],
        ),
        TourStep(
            draw,
            "The models see no more than this: your ink, shrunk and centred like the digits they learned from.",
            lambda: [view.frame_view],
        ),
        TourStep(
            draw,
            "Look closer: Why shows which ink speaks for an answer, Stress when a model gives up. My digits keeps "
            "what you label, and teaches the models your hand.",
            lambda: [view.panel_dock],
        ),
        TourStep(
            train,
            "Train models of your own: choose, press Start, and watch them learn. You can draw meanwhile.",
            find_recipes,
        ),
        TourStep(
            compare,
            "Which model is better, and is that more than chance? Here are the answers, and the digits that each "
            "model misreads.",
            find_pages,
        ),
    )
