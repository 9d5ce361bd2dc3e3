"""The four drawers together, as the Draw tab uses them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.framing_controller import FramingController
from mnist_gui.gui.draw.panels.my_digits_controller import MyDigitsController
from mnist_gui.gui.draw.panels.panel_controller import PanelController
from mnist_gui.gui.draw.panels.stress_controller import StressController
from mnist_gui.gui.draw.panels.why_controller import WhyController
from mnist_gui.gui.draw.prediction_thread import PredictionResult, PredictionThread
from mnist_gui.gui.fine_tuning_service import FineTuningService


class PanelSet(QObject):
    """Puts the panels into the view, and tells each what was answered.

    Parameters
    ----------
    view
        With the drawer, and the cards whose bars choose the digit that is explained.
    worker, explainer
        The threads that know.
    my_digits
        Of the person.
    fine_tuning
        Fine-tunes models on them.

    Attributes
    ----------
    my_digits
        What keeps a digit, and takes that back.

    Signals
    -------
    stressed(answer: EnsemblePrediction | None, how: str)
        As of `StressController`.
    """

    stressed = Signal(object, str)

    def __init__(
        self,
        view: DrawLayout,
        worker: PredictionThread,
        explainer: ExplanationThread,
        my_digits: UserDigitStore,
        fine_tuning: FineTuningService,
    ) -> None:
        super().__init__(view)
        self._view = view
        self._why = WhyController(explainer, self)
        stress = StressController(worker, explainer, self)
        self.my_digits = MyDigitsController(my_digits, fine_tuning, self)
        self._studies: dict[str, PanelController] = {}
        for name, study in (
            ("why", self._why),
            ("framing", FramingController(worker, lambda: view.canvas.pen_width, self)),
            ("stress", stress),
            ("my_digits", self.my_digits),
        ):
            self._studies[name] = study
            view.add_panel(name, study.make_panel)
        view.panel_dock.opened_changed.connect(self._opened)
        self._why.chosen_changed.connect(self._chosen)
        stress.stressed.connect(self.stressed)
        for card in view.cards.values():
            card.bar_clicked.connect(self._explain)

    def follow(self, answered: PredictionResult | None, *, pen_is_down: bool = False) -> None:
        """Look at another answer; None where there is none."""
        for study in self._studies.values():
            # What takes a while would be begun anew at every move of the pen.
            if (study.follows_pen or not pen_is_down) and (answered is None or study.answered is not answered):
                study.follow(answered)

    def shut_down(self) -> None:
        """Close what has a window of its own."""
        self._why.shut_down()

    def _opened(self, name: str) -> None:
        for each, study in self._studies.items():
            study.set_open(each == name)

    def _explain(self, digit: int) -> None:
        self._view.panel_dock.open("why")
        self._why.choose(digit)

    def _chosen(self, digit: int | None) -> None:
        for card in self._view.cards.values():
            card.set_chosen(digit)
