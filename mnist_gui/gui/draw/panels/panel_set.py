"""The controllers of the four panels, as the Draw tab uses them."""

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
    """Adds the panels to the layout and passes prediction results on to their controllers.

    Parameters
    ----------
    layout
        Has the panel dock, and the cards whose bars select the digit to explain.
    prediction_thread, explanation_thread
        Compute what the panels show.
    digits
        The user's digits.
    fine_tuning
        Fine-tunes models on them.

    Attributes
    ----------
    my_digits
        The controller of the My digits panel.

    Signals
    -------
    stressed(prediction: EnsemblePrediction | None, corruption: str)
        As of `StressController`.
    """

    stressed = Signal(object, str)

    def __init__(
        self,
        layout: DrawLayout,
        prediction_thread: PredictionThread,
        explanation_thread: ExplanationThread,
        digits: UserDigitStore,
        fine_tuning: FineTuningService,
    ) -> None:
        super().__init__(layout)
        self._layout = layout
        self._why = WhyController(explanation_thread, self)
        stress = StressController(prediction_thread, explanation_thread, self)
        self.my_digits = MyDigitsController(digits, fine_tuning, self)
        self._controllers: dict[str, PanelController] = {
            "why": self._why,
            "framing": FramingController(prediction_thread, lambda: layout.canvas.pen_width, self),
            "stress": stress,
            "my_digits": self.my_digits,
        }
        for name, controller in self._controllers.items():
            layout.add_panel(name, controller.make_panel)
        layout.panel_dock.opened_changed.connect(self._on_opened_changed)
        self._why.digit_selected.connect(self._on_digit_selected)
        stress.stressed.connect(self.stressed)
        for card in layout.cards.values():
            card.bar_clicked.connect(self._explain)

    def set_result(self, result: PredictionResult | None, *, pen_is_down: bool = False) -> None:
        """Use another result; None where there is none. While the pen is down, slow panels keep the previous one."""
        for controller in self._controllers.values():
            is_current = result is not None and controller.result is result
            if not is_current and (controller.updates_while_drawing or not pen_is_down):
                controller.set_result(result)

    def shut_down(self) -> None:
        """Close the panels' windows."""
        self._why.shut_down()

    def _on_opened_changed(self, opened: str) -> None:
        for name, controller in self._controllers.items():
            controller.set_open(name == opened)

    def _explain(self, digit: int) -> None:
        self._layout.panel_dock.open("why")
        self._why.toggle_digit(digit)

    def _on_digit_selected(self, digit: int | None) -> None:
        for card in self._layout.cards.values():
            card.set_chosen(digit)
