"""Window that shows a model's whole network at work, from the frame to the answer, while the user draws."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTabBar, QVBoxLayout, QWidget

from mnist_gui.analysis.network_sum import Place, strongest_place, value_sum
from mnist_gui.gui.answerers import NO_RUNS, Answerer, narrow_title
from mnist_gui.gui.draw.network.favourites_panel import FavouritesPanel
from mnist_gui.gui.draw.network.network_columns import NetworkColumns
from mnist_gui.gui.draw.network.network_thread import NetworkState
from mnist_gui.gui.draw.network.network_words import NOTHING_YET, TITLE, answer_words, introduction
from mnist_gui.gui.draw.network.sum_panel import SumPanel
from mnist_gui.gui.widgets.form_controls import heading, keep_size_when_hidden, muted, push_button, reserve_height
from mnist_gui.gui.widgets.plain_text import menu_text, tool_tip
from mnist_gui.gui.widgets.scroll_column import Column, scrolled
from mnist_gui.gui.widgets.text_growth import TextGrowth
from mnist_gui.models.inspection.network import ALL_ON, Off
from mnist_gui.wording import plain_text

SIZE, MIN_SIZE = QSize(1000, 720), QSize(640, 480)
WINDOW_FRAME = QSize(8, 40)  # typical size of borders and title bar
_USUAL_LINE = 17  # pixels; with larger text, the window is larger too
_PICTURE_SHARE = 0.16  # of the window's height, for the pictures below the layers
_INTRODUCED_LINES = 36  # in a window of less height, the layers need the room of introduction and captions
_MARGIN = 12
_WIDEST_ANSWER = "7 · >99.9 %"


class NetworkWindow(QWidget):
    """The network of one run; the chosen value and what is off stay while the drawing changes.

    Attributes
    ----------
    columns, sum_panel, favourites
        The layers, the arithmetic of the chosen value, and the digits that its filter likes most.

    Signals
    -------
    place_changed(place: int)
        The user chose another of those who answer, whose state is to be set.
    off_changed()
        The user switched filters; the state with these off is to be set.
    """

    place_changed = Signal(int)
    off_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("network_window")
        self._state: NetworkState | None = None
        self._place: Place | None = None
        self._off = ALL_ON
        self._model_bar = QTabBar()
        self._answer = heading(name="network_answer")
        self._all_on = push_button("All on", "network_all_on")
        self._introduction = muted(name="network_introduction")
        self._empty = muted(NOTHING_YET, "network_empty")
        self.columns, self.sum_panel, self.favourites = NetworkColumns(), SumPanel(), FavouritesPanel()
        self._answerers: Sequence[Answerer] = ()
        TextGrowth(self)
        self._add_widgets()
        self.set_answerers(NO_RUNS)
        self._model_bar.currentChanged.connect(self._on_model_chosen)
        self._all_on.clicked.connect(lambda: self._set_off(ALL_ON))
        self.columns.pointed.connect(self._set_place)
        self.columns.toggled.connect(self._on_toggled)
        self.show_nothing("")
        self.resize(MIN_SIZE)
        self.setMinimumSize(MIN_SIZE)
        self.grow_with_text()
        for keys in ("Esc", "Ctrl+W"):
            QShortcut(QKeySequence(keys), self, self.close)

    @property
    def answerer(self) -> Answerer:
        """The chosen one of those who answer."""
        return self._answerers[self._model_bar.currentIndex()]

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Offer these; the chosen run stays, or else the place."""
        if tuple(answerers) == tuple(self._answerers):
            return
        before = self.answerer if self._answerers else None
        self._answerers = answerers
        runs = [answerer.run for answerer in answerers]
        chosen = runs.index(before.run) if before is not None and before.run in runs else self._model_bar.currentIndex()
        with QSignalBlocker(self._model_bar):  # place_changed is for the user's choice
            while self._model_bar.count() > len(answerers):
                self._model_bar.removeTab(self._model_bar.count() - 1)
            for index, answerer in enumerate(answerers):
                if index == self._model_bar.count():
                    self._model_bar.addTab("")
                self._model_bar.setTabToolTip(index, tool_tip(answerer.title))
            self._model_bar.setCurrentIndex(max(min(chosen, len(answerers) - 1), 0))
        if before is not None and self.answerer != before:
            self._off, self._place = ALL_ON, None  # filters of different networks have nothing in common
            self._state = None
        self._set_titles(self.run)
        self._fit_tabs()

    @property
    def off(self) -> Off:
        """The filters that the user switched off."""
        return self._off

    @property
    def run(self) -> str:
        """Name of the run whose network is shown; empty if none is."""
        return self._state.network.run if self._state is not None else ""

    def grow_with_text(self) -> None:
        """Become as large as usual, and larger with larger text, as far as the screen allows; never smaller."""
        room = self.screen().availableGeometry()
        size = SIZE * max(self.fontMetrics().height() / _USUAL_LINE, 1.0)
        size = size.boundedTo(room.size() - WINDOW_FRAME).expandedTo(self.size())
        if size != self.size() and not self.isMaximized():
            self.resize(size)
            if self.isVisible():
                last = QPoint(room.right() - size.width(), room.bottom() - size.height())
                x, y = min(self.x(), last.x()), min(self.y(), last.y())
                self.move(max(x, room.left()), max(y, room.top()))

    def show_nothing(self, run: str, sentence: str = NOTHING_YET) -> None:
        """Show a sentence instead of the network of a run."""
        self._state = None
        self._set_titles(run)
        self._empty.setText(sentence)
        self._show_network(False)
        self._answer.clear()

    def set_state(self, state: NetworkState) -> None:
        """Show a network at work."""
        self._state = state
        self._set_titles(state.network.run)
        self.columns.set_state(state, self.answerer.place)
        self._show_network(True)
        self._answer.setText(answer_words(state))
        # At first the strongest, so that no part of the window is empty.
        self._set_place(self._place or self.columns.strongest())

    def _set_titles(self, run: str) -> None:
        name = self.answerer.title
        network = self._state.network if self._state is not None else None
        text = introduction(name, network)
        if text != self._introduction.text():
            self._introduction.setText(text)
            self._arrange()
        title = " · ".join(dict.fromkeys(filter(None, (TITLE, name, plain_text(run)))))
        if title != self.windowTitle():
            self.setWindowTitle(title)
        self._all_on.setVisible(self._off.count > 0)

    def _show_network(self, shown: bool) -> None:
        self._empty.setVisible(not shown)
        self._body.setVisible(shown)

    # -- the user

    def _on_model_chosen(self, tab: int) -> None:
        self._off, self._place = ALL_ON, None  # filters of different models have nothing in common
        self.place_changed.emit(tab + 1)

    def _on_toggled(self, number: int, index: int) -> None:
        if self._state is None:
            return
        layer = self._state.network.layers[number]
        if layer.kind != "answer":
            self._set_off(self._off.toggled(layer, index))

    def _set_off(self, off: Off) -> None:
        self._off = off
        self._all_on.setVisible(off.count > 0)
        self.off_changed.emit()

    def _set_place(self, place: Place) -> None:
        state = self._state
        if state is None:
            return
        layers = state.network.layers
        if place.layer >= len(layers) or place.index >= layers[place.layer].count:  # of another model
            place = self.columns.strongest()
        layer = layers[place.layer]
        if layer.has_maps and (place.row >= layer.shape[0] or place.column >= layer.shape[1]):
            place = strongest_place(layer, state.whole.values(layer), place.layer, place.index)
        self._place = place
        self.columns.set_place(place)
        self.favourites.set_place(place, is_unit=not layer.has_maps)
        is_off = place.index in self._off.of(layer)
        # What a filter that is off would hand on; its inputs are those of the present.
        found = value_sum(layer, state.current, place)
        self.sum_panel.show_sum(layer, self.columns.words[place.layer], found, is_off=is_off)
        self.columns.describe(place.layer, self.sum_panel.text)

    # -- widgets

    def _arrange(self) -> None:
        """Give every part the room that it needs at this size and with this font."""
        self._fit_tabs()
        line = self.fontMetrics().height()
        is_compact = self.height() < _INTRODUCED_LINES * line
        self._introduction.setHidden(is_compact)
        self.columns.set_compact(is_compact)
        height = round(min(max(_PICTURE_SHARE * self.height(), 5 * line), 9 * line))
        reserve_height(self._introduction, self._introduction.text(), self.width() - 2 * _MARGIN)
        least = self.columns.minimumSizeHint().height() + self._scroll.horizontalScrollBar().sizeHint().height()
        self._scroll.setMinimumHeight(least)
        for panel in (self.sum_panel, self.favourites):
            panel.set_picture_height(height)

    def _fit_tabs(self) -> None:
        """Write "1 best" for "Model 1 best" where there is no room for all titles."""
        room = self.width() - 2 * _MARGIN - self._answer.fontMetrics().horizontalAdvance(_WIDEST_ANSWER)
        room -= self._all_on.sizeHint().width() + 2 * self._top.spacing()
        titles = [answerer.title for answerer in self._answerers]
        for texts in (titles, [narrow_title(title) for title in titles]):
            for index, text in enumerate(texts):
                self._model_bar.setTabText(index, menu_text(text))
            if self._model_bar.sizeHint().width() <= room:
                break

    def _add_widgets(self) -> None:
        self._model_bar.setObjectName("network_models")
        self._model_bar.setAccessibleName("Model")
        self._model_bar.setUsesScrollButtons(False)
        self._model_bar.setElideMode(Qt.TextElideMode.ElideMiddle)
        self._model_bar.setExpanding(False)
        self._all_on.setToolTip("Switch all filters on again")
        keep_size_when_hidden(self._all_on)
        self._answer.setWordWrap(False)
        self._answer.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        top = self._top = QHBoxLayout()
        top.addWidget(self._model_bar)
        top.addWidget(self._answer, 1)
        top.addWidget(self._all_on)
        self._scroll = scrolled(self.columns)
        self._details = QFrame()
        self._details.setProperty("card", True)
        details = QHBoxLayout(self._details)
        details.setContentsMargins(_MARGIN, 8, _MARGIN, 8)
        details.setSpacing(2 * _MARGIN)
        details.addWidget(self.sum_panel, 3)
        details.addWidget(self.favourites, 2)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        body = QWidget()
        inner = Column(body)
        inner.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self._introduction, 0), (self._scroll, 1), (self._details, 0)):
            inner.addWidget(widget, stretch)
        self._body = scrolled(body)  # in a small window with large text
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        for column in (inner, layout):
            column.setSpacing(8)
        layout.addLayout(top)
        layout.addWidget(self._empty, 1)
        layout.addWidget(self._body, 1)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.grow_with_text()
            self._arrange()
