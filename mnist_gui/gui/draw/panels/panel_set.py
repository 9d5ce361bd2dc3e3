"""The controllers of the four panels and of the view of a network, as the Draw tab uses them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDeadlineTimer, QObject, Signal
from PySide6.QtWidgets import QWidget

from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.answerers import NO_RUNS, Answerer
from mnist_gui.gui.background import shut_down_all
from mnist_gui.gui.draw.draw_layout import DrawLayout
from mnist_gui.gui.draw.network.network_source import NetworkSource
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.gui.draw.panels.my_digits_controller import MyDigitsController
from mnist_gui.gui.draw.panels.panel_controller import DRAW_FIRST, PanelController
from mnist_gui.gui.draw.prediction_thread import PredictionResult, PredictionThread
from mnist_gui.gui.fine_tuning_service import FineTuningService

if TYPE_CHECKING:
    from mnist_gui.gui.draw.network.network_controller import NetworkController
    from mnist_gui.gui.draw.panels.why_controller import WhyController


class PanelSet(QObject):
    """Adds the panels to the layout and passes prediction results on to their controllers.

    Panels and controllers are made when first opened: launching does not wait for their modules.

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
    networks
        Opens the networks of runs.

    Attributes
    ----------
    my_digits
        The controller of the My digits panel.

    Signals
    -------
    stressed(prediction: EnsemblePrediction | None, corruption: str, frame: NDArray[np.float32] | None)
        As of `StressController`.
    """

    stressed = Signal(object, str, object)

    def __init__(
        self,
        layout: DrawLayout,
        prediction_thread: PredictionThread,
        explanation_thread: ExplanationThread,
        digits: UserDigitStore,
        fine_tuning: FineTuningService,
        networks: NetworkSource,
    ) -> None:
        super().__init__(layout)
        self._layout = layout
        self._prediction_thread, self._explanation_thread = prediction_thread, explanation_thread
        self._result: PredictionResult | None = None
        self._reason = DRAW_FIRST
        self._answerers: Sequence[Answerer] = NO_RUNS
        self._why: WhyController | None = None
        self.my_digits = MyDigitsController(digits, fine_tuning, self)
        self._networks = networks
        self._network: NetworkController | None = None
        self._controllers: dict[str, PanelController] = {"my_digits": self.my_digits}
        layout.add_panel("why", self._make_why)
        layout.add_panel("framing", self._make_framing)
        layout.add_panel("stress", self._make_stress)
        layout.add_panel("my_digits", self.my_digits.make_panel)
        layout.panel_dock.opened_changed.connect(self._on_opened_changed)
        layout.panel_dock.plain_changed.connect(self._on_plain_changed)
        layout.card_grid.bar_clicked.connect(self._explain)

    def set_result(
        self, result: PredictionResult | None, reason: str = DRAW_FIRST, *, pen_is_down: bool = False
    ) -> None:
        """Use another result, or none for this reason. While the pen is down, slow panels keep the previous one."""
        self._result, self._reason = result, reason
        for controller in self._controllers.values():
            is_current = result is not None and controller.result is result and not controller.is_outdated
            is_slow = pen_is_down and result is not None and not controller.updates_while_drawing
            if not is_current and not is_slow:
                controller.set_result(result, reason)

    def set_frame(self, frame: NDArray[np.float32]) -> None:
        """Let the view of a network follow the (28, 28) frame of a drawing, whose result comes later."""
        if self._network is not None:
            self._network.set_frame(frame)

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Show these runs in the panels."""
        self._answerers = answerers
        for controller in self._controllers.values():
            controller.set_answerers(answerers)

    def set_outdated(self) -> None:
        """Record that the content has changed, and that another result follows."""
        for controller in self._controllers.values():
            controller.set_outdated()

    def open_network(self) -> None:
        """Open the view of a whole model."""
        from mnist_gui.gui.draw.network.network_controller import NetworkController

        if self._network is None:
            self._network = NetworkController(self._networks, self._layout)
            self._controllers["network"] = self._network
            self._network.set_answerers(self._answerers)
            self._network.set_result(self._result, self._reason)
        self._network.open_window()

    def reload(self) -> None:
        """Use the runs that answer, which are others."""
        if self._network is not None:
            self._network.reload()

    def shut_down(self, deadline: QDeadlineTimer) -> bool:
        """Close the panels' windows and end their threads; return whether these ended in time."""
        workers = (self.my_digits, *((self._network,) if self._network is not None else ()))
        return shut_down_all(workers, deadline)

    # -- panels made when first opened

    def _make_why(self) -> QWidget:
        from mnist_gui.gui.draw.panels.why_controller import WhyController

        self._why = WhyController(self._explanation_thread, self)
        self._why.digit_selected.connect(self._on_digit_selected)
        self._why.panel.network_requested.connect(self.open_network)
        self._why.panel.set_plain(self._layout.panel_dock.is_plain)
        return self._add("why", self._why, self._why.panel)

    def _make_framing(self) -> QWidget:
        from mnist_gui.gui.draw.panels.framing_controller import FramingController

        framing = FramingController(self._prediction_thread, lambda: self._layout.canvas.pen_width, self)
        return self._add("framing", framing, framing.panel)

    def _make_stress(self) -> QWidget:
        from mnist_gui.gui.draw.panels.stress_controller import StressController

        stress = StressController(self._prediction_thread, self._explanation_thread, self)
        stress.stressed.connect(self.stressed)
        return self._add("stress", stress, stress.panel)

    def _add(self, name: str, controller: PanelController, panel: QWidget) -> QWidget:
        self._controllers[name] = controller
        controller.set_answerers(self._answerers)
        controller.set_result(self._result, self._reason)
        return panel

    # -- signals

    def _on_opened_changed(self, opened: str) -> None:
        for name, controller in self._controllers.items():
            controller.set_open(name == opened)

    def _on_plain_changed(self, plain: bool) -> None:
        if self._why is not None:
            self._why.panel.set_plain(plain)

    def _explain(self, digit: int) -> None:
        self._layout.panel_dock.open("why")
        assert self._why is not None
        self._why.toggle_digit(digit)

    def _on_digit_selected(self, digit: int | None) -> None:
        for card in self._layout.cards.values():
            card.bars.set_chosen(digit)
