"""The window: three tabs, menus, a status bar; no logic."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QMessageBox, QTabWidget, QVBoxLayout, QWidget

from mnist_gui import __version__
from mnist_gui.digits.picture import Picture
from mnist_gui.gui import theme
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.gui.presentation_mode import PresentationMode
from mnist_gui.gui.settings import Settings

if TYPE_CHECKING:
    from mnist_gui.gui.compare.compare_tab import CompareTab
    from mnist_gui.gui.train.train_tab import TrainTab

DRAW, TRAIN, COMPARE = range(3)
USUAL_SIZE = QSize(1240, 700)
# What a title bar and borders usually take, in pixels.
FRAME_OF_WINDOW = QSize(8, 40)
KEYS = (
    ("Ctrl+1, Ctrl+2, Ctrl+3", "Draw, Train, Compare"),
    ("P, E", "pen, eraser (on the canvas)"),
    ("R", "random test digit (on the canvas)"),
    ("W, F, S, M", "Why, Framing, Stress, My digits (on the canvas)"),
    ("0 to 9", "it was this digit: keep it in My digits (on the canvas)"),
    ("Ctrl+Z, Ctrl+Shift+Z", "undo, redo"),
    ("Del", "clear the canvas"),
    ("Esc", "give up the stroke under way"),
    ("Ctrl+O, Ctrl+S", "open, save a drawing or picture"),
    ("Ctrl+C, Ctrl+V", "copy it (on the canvas), paste one"),
    ("Ctrl+Shift+C", "copy the answer as an image"),
    ("Ctrl+Enter, Ctrl+.", "start and stop training (in Train)"),
    ("Arrows, Enter", "go to a cell or a digit and open it; in the table, sort (in Compare)"),
    ("Ctrl++, Ctrl+-, Ctrl+0", "larger, smaller, usual text"),
    ("F11", "present to a class; Esc ends it"),
    ("F1 or ?", "these keys"),
)


class MainWindow(QMainWindow):
    """Holds the tabs. Train and Compare are made when they are first shown: launching does not wait for them.

    Parameters
    ----------
    settings
        What to remember.
    draw_tab
        Shown at once.
    make_train_tab, make_compare_tab
        Called at most once each.

    Signals
    -------
    closed()
        The window has been closed and nothing trains any more.
    """

    closed = Signal()

    def __init__(
        self,
        settings: Settings,
        draw_tab: DrawTab,
        make_train_tab: Callable[[], TrainTab],
        make_compare_tab: Callable[[], CompareTab],
    ) -> None:
        super().__init__()
        self.setWindowTitle("MNIST GUI")
        self._settings = settings
        self._enlargement = 1.0  # of the text, while presenting
        # Before any widget of a tab is polished: they are measured with the fonts they will have.
        self.apply_theme()
        self._make_train_tab = make_train_tab
        self._make_compare_tab = make_compare_tab
        self.draw_tab = draw_tab
        self.train_tab: TrainTab | None = None
        self.compare_tab: CompareTab | None = None

        self.tabs = QTabWidget()
        self._presentation = PresentationMode(self, self.tabs, draw_tab)
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName("Draw, Train, Compare")
        self.tabs.addTab(draw_tab, "Draw")
        self._places = {TRAIN: _Place(), COMPARE: _Place()}
        self.tabs.addTab(self._places[TRAIN], "Train")
        self.tabs.addTab(self._places[COMPARE], "Compare")
        self.tabs.currentChanged.connect(self._show_tab)
        self.setCentralWidget(self.tabs)
        self._training_note = QLabel("A model is training; see Train")
        self.statusBar().addPermanentWidget(self._training_note)
        self.statusBar().hide()

        self._add_menus()
        self._presentation.changed.connect(self._presentation_changed)
        draw_tab.runs_changed.connect(self._refresh_runs)
        if settings.geometry is None or not self.restoreGeometry(settings.geometry):
            self.resize(USUAL_SIZE)
        self._fit_on_screen()
        draw_tab.restore(settings.content)
        self.tabs.setCurrentIndex(settings.tab)

    def use_run(self, model: int, run: str) -> None:
        """Let a run answer for its model, and show it at work."""
        self.draw_tab.use_run(model, run)
        self.tabs.setCurrentIndex(DRAW)

    def resume_run(self, run: str) -> None:
        """Train a run in the Train tab, which is made if needed; the current tab stays."""
        self._made_train_tab().resume_run(run)

    def _fit_on_screen(self) -> None:
        """Be no larger than the screen has room for: it may be another one today."""
        room = self.screen().availableGeometry()
        if not (self.isMaximized() or self.isFullScreen()):
            self.resize(self.size().boundedTo(room.size() - FRAME_OF_WINDOW))

    # -- tabs

    def _show_tab(self, index: int) -> None:
        if index == TRAIN:
            first = self.train_tab is None
            tab = self._made_train_tab()
            if first:
                tab.take_focus()
        elif index == COMPARE and self.compare_tab is None:
            self.compare_tab = self._make_compare_tab()
            self.compare_tab.digit_opened.connect(self._draw_digit)
            self._places[COMPARE].fill(self.compare_tab)
            self.compare_tab.take_focus()
        elif index == DRAW:
            # Its keys are the canvas'.
            self.draw_tab.take_focus()
        self._show_training_note()

    def _made_train_tab(self) -> TrainTab:
        """Return the Train tab, made if it is not there yet."""
        if self.train_tab is not None:
            return self.train_tab
        tab = self.train_tab = self._make_train_tab()
        tab.use_requested.connect(self.use_run)
        tab.runs_changed.connect(self._refresh_runs)
        tab.answering_changed.connect(self.draw_tab.reload_runs)
        tab.training_changed.connect(lambda _trains: self._show_training_note())
        self.draw_tab.frame_changed.connect(tab.set_frame)
        tab.set_frame(self.draw_tab.frame)
        self._places[TRAIN].fill(tab)
        return tab

    def _draw_digit(self, content: Picture, name: str) -> None:
        """Look at a digit with all that the Draw tab has; Compare stays as it is."""
        self.draw_tab.show_content(content, name)
        self.tabs.setCurrentIndex(DRAW)

    def _refresh_runs(self) -> None:
        self.draw_tab.refresh_runs()
        if self.compare_tab is not None:
            self.compare_tab.refresh()

    def _show_training_note(self) -> None:
        """Say in the other tabs that something goes on in Train."""
        trains = self.train_tab is not None and self.train_tab.is_training
        elsewhere = self.tabs.currentIndex() != TRAIN and not self._presentation.is_on
        self.statusBar().setVisible(trains and elsewhere)

    def _presentation_changed(self) -> None:
        self._enlargement = self._presentation.enlargement
        self.apply_theme()
        self._show_training_note()

    # -- menus

    def _add_menus(self) -> None:
        file_menu = self.menuBar().addMenu("&File")
        draw = self.draw_tab.view.draw_actions
        opening = (draw.open, draw.paste)
        taking = (draw.save, draw.copy, draw.save_prediction, draw.copy_prediction)
        for action in (*opening, *taking):
            file_menu.addAction(action)
            # What they bring lands in the Draw tab.
            action.triggered.connect(lambda: self.tabs.setCurrentIndex(DRAW))
        file_menu.addSeparator()
        self._add(file_menu, "&Quit", QKeySequence(QKeySequence.StandardKey.Quit), self.close)

        view = self.menuBar().addMenu("&View")
        for index, name in enumerate(("&Draw", "&Train", "&Compare")):
            self._add(view, name, f"Ctrl+{index + 1}", lambda _=False, i=index: self.tabs.setCurrentIndex(i))
        view.addSeparator()
        view.addAction(self._presentation.action)
        themes = view.addMenu("T&heme")
        group = QActionGroup(self)
        choices: tuple[tuple[theme.ThemeChoice, str], ...] = (
            ("system", "As the &system"),
            ("light", "&Light"),
            ("dark", "&Dark"),
        )
        for choice, name in choices:
            action = self._add(themes, name, "", lambda _=False, c=choice: self._choose_theme(c))
            action.setCheckable(True)
            action.setChecked(self._settings.theme == choice)
            group.addAction(action)
        view.addSeparator()
        self._add(view, "&Larger text", "Ctrl++", lambda: self._change_text(1)).setShortcuts(
            [QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")]
        )
        self._add(view, "S&maller text", "Ctrl+-", lambda: self._change_text(-1))
        self._add(view, "&Usual text", "Ctrl+0", lambda: self._change_text(0))

        help_menu = self.menuBar().addMenu("&Help")
        self._add(help_menu, "&Keys", "F1", self._show_keys).setShortcuts([QKeySequence("F1"), QKeySequence("?")])
        self._add(help_menu, "&About", "", self._show_about)

    def _add(self, menu: QWidget, name: str, keys: str | QKeySequence, slot: Callable[..., object]) -> QAction:
        action = QAction(name, self)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(slot)
        menu.addAction(action)
        return action

    def _choose_theme(self, choice: theme.ThemeChoice) -> None:
        self._settings.theme = choice
        self.apply_theme()

    def _change_text(self, step: int) -> None:
        scales = theme.TEXT_SCALES
        place = scales.index(self._settings.text_scale) + step
        self._settings.text_scale = scales[max(0, min(place, len(scales) - 1))] if step else 1.0
        self.apply_theme()

    def _remember(self) -> None:
        self._settings.geometry = self._presentation.geometry
        self._settings.tab = self._presentation.tab
        self._settings.content = self.draw_tab.content
        self._settings.flush()

    def _may_pause(self, tab: TrainTab) -> bool:
        """Ask whether the training, behind which others may wait, may be cut."""
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        paused = self.train_tab is not None and self.train_tab.is_held
        box.setText("A training is paused." if paused else "A model is training.")
        box.setWindowTitle("Close while training?")
        sentence = "Whole epochs are kept; the present one would be trained again. The Train tab offers to go on."
        if tab.waiting:
            what = f"{tab.waiting} {'trainings wait' if tab.waiting > 1 else 'training waits'} in it."
            sentence += f" The queue is {'kept too' if tab.keeps_queue else 'not kept'}: {what}"
        box.setInformativeText(sentence)
        pause = box.addButton("Pause and close", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton("Stay" if paused else "Keep training", QMessageBox.ButtonRole.RejectRole))
        box.exec()
        return box.clickedButton() is pause

    def apply_theme(self) -> None:
        """Give the program the remembered theme and text size, larger while presenting.

        Called again when the desktop's theme changes.
        """
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, self._settings.theme, self._settings.text_scale * self._enlargement)

    def _show_keys(self) -> None:
        # A line each: wrapped, large text would be higher than a small screen.
        rows = "".join(f"<tr><td><b>{keys}</b>&nbsp;&nbsp;</td><td>{what}</td></tr>" for keys, what in KEYS)
        QMessageBox.information(self, "Keys", f"<table cellpadding='4' style='white-space: nowrap'>{rows}</table>")

    def _show_about(self) -> None:
        QMessageBox.about(
            self,
            "About MNIST GUI",
            f"<p><b>MNIST GUI {__version__}</b></p><p>Three convolutional networks, drawn to, trained and compared. "
            "MNIST: Yann LeCun and Corinna Cortes, CC BY-SA 3.0.</p>",
        )

    # -- Qt

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask where a training would be cut; keep what the window should remember."""
        if self.train_tab is not None and self.train_tab.is_training and not self._may_pause(self.train_tab):
            event.ignore()
            return
        self._remember()
        # The threads may need some seconds; nobody should have to look at a window that no longer answers.
        self.hide()
        if self.train_tab is not None and not self.train_tab.shut_down():
            # It hangs in a call that cannot be cut. What counts is on disk, and destroying its thread would abort.
            os._exit(0)
        if self.compare_tab is not None:
            self.compare_tab.shut_down()
        self.draw_tab.shut_down()
        super().closeEvent(event)
        self.closed.emit()


class _Place(QWidget):
    """An empty tab that is filled once."""

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)

    def fill(self, tab: QWidget) -> None:
        layout = self.layout()
        assert layout is not None
        layout.addWidget(tab)
        tab.show()
