"""The main window: three tabs and menus."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QMessageBox, QTabWidget, QVBoxLayout, QWidget

from mnist_gui import __version__
from mnist_gui.digits.content import Content
from mnist_gui.digits.picture import Picture
from mnist_gui.gui import theme
from mnist_gui.gui.background import shut_down_all
from mnist_gui.gui.canvas_file import CanvasFile
from mnist_gui.gui.closing import FinishingWindow, pause_question
from mnist_gui.gui.draw.draw_tab import DrawTab
from mnist_gui.gui.model_adder import ModelAdding
from mnist_gui.gui.presentation_mode import PresentationMode
from mnist_gui.gui.runs_watcher import RunsWatcher
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.shortcuts import shortcuts_html
from mnist_gui.gui.tour import Tour
from mnist_gui.gui.tour_steps import tour_steps
from mnist_gui.gui.widgets.form_controls import muted
from mnist_gui.gui.widgets.scroll_column import scrolled
from mnist_gui.gui.widgets.text_growth import TextGrowth

if TYPE_CHECKING:
    from mnist_gui.gui.compare.compare_tab import CompareTab
    from mnist_gui.gui.train.train_tab import TrainTab

DRAW, TRAIN, COMPARE = range(3)
DEFAULT_SIZE = QSize(1240, 700)
WINDOW_FRAME = QSize(8, 40)  # typical size of borders and title bar
SHUT_DOWN_MS = 20_000
AUTOSAVE_MS = 2_000


class MainWindow(QMainWindow):
    """The window with its tabs. Train and Compare are made when first shown: launching does not wait for them.

    Parameters
    ----------
    settings
        Read at the start, written when the window closes.
    draw_tab
        The first tab.
    make_train_tab, make_compare_tab
        Return the other tabs; called at most once.
    runs_watcher
        Reports what other processes do with the runs.
    autosave_ms
        Delay from a change of the canvas until it is written to the settings.

    Attributes
    ----------
    has_ended
        Whether the window was closed, by whatever means.
    threads_have_ended
        Whether all threads ended in time once the window was closed. Destroying a running one aborts the program.

    Signals
    -------
    closed()
        The window has ended, and everything is on the disk.
    """

    closed = Signal()

    def __init__(
        self,
        settings: Settings,
        draw_tab: DrawTab,
        make_train_tab: Callable[[], TrainTab],
        make_compare_tab: Callable[[], CompareTab],
        runs_watcher: RunsWatcher,
        autosave_ms: int = AUTOSAVE_MS,
    ) -> None:
        super().__init__()
        self.setWindowTitle("MNIST GUI")
        self._settings = settings
        self._make_train_tab = make_train_tab
        self._make_compare_tab = make_compare_tab
        self._runs_watcher = runs_watcher
        self.draw_tab = draw_tab
        self.train_tab: TrainTab | None = None
        self.compare_tab: CompareTab | None = None
        self.has_ended, self.threads_have_ended = False, True
        self._pause_question: QMessageBox | None = None
        self._finishing_window: FinishingWindow | None = None
        self._model_adding: ModelAdding | None = None

        app = QApplication.instance()
        assert isinstance(app, QApplication)
        # Before the tabs are made, which would keep another font, and before their widgets are measured with it.
        theme.apply(app, settings.theme, settings.text_scale)
        self._text_growth = TextGrowth(self)
        # Presses while the window is busy change the size only once.
        self._text_size_timer = QTimer(self, singleShot=True, interval=0)
        self._text_size_timer.timeout.connect(self.apply_theme)
        self.tabs = QTabWidget()
        self._presentation = PresentationMode(self, self.tabs, draw_tab)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAcceptDrops(True)  # nothing is dropped there, but
        self.tabs.tabBar().setChangeCurrentOnDrag(True)  # a file that is held over "Draw" opens it
        self.tabs.setAccessibleName("Draw, Train, Compare")
        self.tabs.addTab(draw_tab, "Draw")
        self._pages: dict[int, QVBoxLayout] = {}  # of the tabs that are made later
        for index, name in ((TRAIN, "Train"), (COMPARE, "Compare")):
            page = QWidget()
            self._pages[index] = QVBoxLayout(page)
            self._pages[index].setContentsMargins(0, 0, 0, 0)
            self.tabs.addTab(page, name)
        self.tabs.currentChanged.connect(self._on_current_changed)
        self.setCentralWidget(self.tabs)
        # Beside the tabs, where it takes no room from what is below them.
        self._training_note = muted("A model is training; see Train", "training_note")
        self._training_note.setWordWrap(False)
        self._training_note.set_margins(0, 0, 16, 0)
        self._training_note.hide()
        self.tabs.setCornerWidget(self._training_note)

        steps = tour_steps(
            (DRAW, TRAIN, COMPARE),
            draw_tab.view,
            lambda: [self._load_train_tab().view.panel],
            lambda: [self.compare_tab.page_tabs] if self.compare_tab else [],
        )
        self._tour = Tour(self, self.tabs, steps)
        self._add_menus()
        self._presentation.changed.connect(self._on_presentation_changed)
        draw_tab.runs_changed.connect(self._refresh_runs)
        runs_watcher.active_changed.connect(draw_tab.reload_runs)
        runs_watcher.statuses_changed.connect(self._refresh_comparison)
        runs_watcher.changed.connect(self._refresh_history)
        runs_watcher.start()
        if settings.geometry is None or not self.restoreGeometry(settings.geometry):
            self.resize(DEFAULT_SIZE)
        self._fit_on_screen()
        self._canvas_file = CanvasFile(settings.folder)
        draw_tab.restore(*self._canvas_file.open())
        panels = draw_tab.view.panel_dock
        if settings.panel_is_open:
            panels.open("why")
        panels.opened_changed.connect(self._on_panel_changed)
        self._autosave = QTimer(self, singleShot=True, interval=autosave_ms)
        self._autosave.timeout.connect(self._on_autosave_due)
        draw_tab.view.canvas.content_changed.connect(self._on_content_changed)
        self.tabs.setCurrentIndex(settings.tab)

    def use_run(self, run: str) -> None:
        """Let a run answer, and show the Draw tab."""
        self.draw_tab.use_run(run)
        self.tabs.setCurrentIndex(DRAW)

    def set_model_adding(self, adding: ModelAdding) -> None:
        """Let models be added from files: by the menu, by "Who answers", and by dropping them on the window."""
        self._model_adding = adding
        self._file_menu.insertAction(self._file_menu.actions()[-1], adding.action)
        adding.watch(self.draw_tab)
        self.draw_tab.answering_menu.file_requested.connect(adding.ask_for_file)
        self.draw_tab.answering_menu.expectation_requested.connect(adding.show_expectation)
        adding.use_requested.connect(self.use_run)
        adding.runs_changed.connect(self.update_marks)

    def update_marks(self) -> None:
        """Show the runs again: others answer, or one was added or changed."""
        self._refresh_comparison()
        if self.train_tab is not None:
            self.train_tab.view.plot.update_marks()
            self.train_tab.view.history.refresh()

    def resume_run(self, run: str) -> None:
        """Train a run in the Train tab, which is made if needed; the current tab stays."""
        self._load_train_tab().resume_run(run)

    def stop_runs(self, runs: tuple[str, ...]) -> None:
        """Stop runs that were given to `resume_run`."""
        if self.train_tab is not None:
            self.train_tab.stop_runs(runs)

    def _fit_on_screen(self) -> None:
        """Shrink to the screen, which may be smaller than the one of the remembered geometry."""
        available = self.screen().availableGeometry().size()
        if not (self.isMaximized() or self.isFullScreen()):
            self.resize(self.size().boundedTo(available - WINDOW_FRAME))

    # -- tabs

    def _on_current_changed(self, index: int) -> None:
        if index == TRAIN and self.train_tab is None:
            self._load_train_tab().take_focus()
        elif index == COMPARE and self.compare_tab is None:
            self.compare_tab = self._make_compare_tab()
            self.compare_tab.digit_opened.connect(self._show_in_draw)
            self.compare_tab.runs_changed.connect(self.draw_tab.refresh_runs)
            self.compare_tab.runs_changed.connect(self._refresh_history)
            self.compare_tab.study_requested.connect(lambda name: self._load_train_tab().studies.train(name))
            self.compare_tab.pause_requested.connect(self._pause_training)
            self.compare_tab.study_setup_requested.connect(self._set_up_study)
            if self.train_tab is not None:
                self.compare_tab.set_trained_study(self.train_tab.studies.current)
            self._pages[COMPARE].addWidget(self.compare_tab)
            self.compare_tab.show()
            self.compare_tab.take_focus()
        elif index == DRAW:
            self.draw_tab.take_focus()
        # It edits the drawing; so do its keys, which would otherwise work in the other tabs too.
        self._edit_menu.menuAction().setEnabled(index == DRAW)
        self._update_training_note()

    def _load_train_tab(self) -> TrainTab:
        """Return the Train tab, made if needed."""
        if self.train_tab is not None:
            return self.train_tab
        tab = self.train_tab = self._make_train_tab()
        tab.use_requested.connect(self.use_run)
        tab.runs_changed.connect(self._refresh_runs)
        tab.active_runs_changed.connect(self.draw_tab.reload_runs)
        tab.training_changed.connect(self._on_training_changed)
        tab.study_changed.connect(self._on_study_changed)
        if (adding := self._model_adding) is not None:
            tab.view.history.expectation_requested.connect(adding.show_expectation)
        tab.compare_requested.connect(lambda folders: self._open_compare_tab().compare_runs(folders))
        tab.studies.study_shown.connect(lambda name: self._open_compare_tab().show_study(name))
        self.draw_tab.frame_changed.connect(tab.set_frame)
        tab.set_frame(self.draw_tab.frame)
        area = scrolled(tab)
        self._pages[TRAIN].addWidget(area)
        area.show()
        return tab

    def _show_in_draw(self, content: Picture, name: str) -> None:
        self.draw_tab.show_content(content, name)
        self.tabs.setCurrentIndex(DRAW)

    def _pause_training(self) -> None:
        if self.train_tab is not None:
            self.train_tab.pause_training()

    def _set_up_study(self) -> None:
        self.tabs.setCurrentIndex(TRAIN)
        self._load_train_tab().view.panel.set_up_study()

    def _on_study_changed(self, name: str) -> None:
        if self.compare_tab is not None:
            self.compare_tab.set_trained_study(name)

    def _open_compare_tab(self) -> CompareTab:
        self.tabs.setCurrentIndex(COMPARE)
        assert self.compare_tab is not None  # made when it is shown
        return self.compare_tab

    def _refresh_runs(self) -> None:
        self.draw_tab.refresh_runs()
        self._refresh_comparison()

    def _refresh_comparison(self) -> None:
        if self.compare_tab is not None:
            self.compare_tab.refresh()

    def _refresh_history(self) -> None:
        if self.train_tab is not None:
            self.train_tab.view.history.refresh()

    def _update_training_note(self) -> None:
        """Show it in the other tabs while a model is training."""
        is_training = self.train_tab is not None and self.train_tab.is_training
        is_elsewhere = self.tabs.currentIndex() != TRAIN and not self._presentation.is_active
        self._training_note.setVisible(is_training and is_elsewhere)

    def _on_presentation_changed(self) -> None:
        self._tour.end()
        self._text_growth.set_enabled(not self._presentation.is_active)
        self.apply_theme()
        self._update_training_note()

    # -- menus

    def _add_menus(self) -> None:
        draw = self.draw_tab.view.draw_actions
        file_menu = self._file_menu = self.menuBar().addMenu("&File")
        file_menu.addActions([draw.open, draw.save, draw.save_prediction])
        for action in file_menu.actions():
            action.triggered.connect(lambda: self.tabs.setCurrentIndex(DRAW))
        file_menu.addSeparator()
        self._add_action(file_menu, "&Quit", self.close, "Ctrl+Q")
        self._edit_menu = self.menuBar().addMenu("&Edit")
        self._edit_menu.addActions([draw.undo, draw.redo])
        self._edit_menu.addSeparator()
        self._edit_menu.addActions([draw.copy, draw.copy_text, draw.copy_prediction, draw.paste])
        self._edit_menu.addSeparator()
        self._edit_menu.addAction(draw.clear)
        self._add_view_menu()
        help_menu = self.menuBar().addMenu("&Help")
        self._add_action(help_menu, "&Tour", self._tour.start)
        self._add_action(help_menu, "&Keys", self._show_shortcuts, "F1", "?")
        self._add_action(help_menu, "&Words", self._show_glossary)
        self._add_action(help_menu, "&About", self._show_about)

    def _add_view_menu(self) -> None:
        view = self.menuBar().addMenu("&View")
        draw = self.draw_tab.view.draw_actions
        for index, name in enumerate(("&Draw", "&Train", "&Compare")):
            self._add_action(view, name, partial(self.tabs.setCurrentIndex, index), f"Ctrl+{index + 1}")
        view.addSeparator()
        view.addAction(draw.network)
        draw.network.triggered.connect(lambda: self.tabs.setCurrentIndex(DRAW))
        view.addAction(self._presentation.action)
        view.addAction(draw.suggestions)
        draw.suggestions.setChecked(self._settings.shows_suggestions)
        draw.suggestions.toggled.connect(partial(setattr, self._settings, "shows_suggestions"))
        themes = view.addMenu("T&heme")
        group = QActionGroup(self)
        choices: tuple[tuple[theme.ThemeChoice, str], ...] = (
            ("system", "As the &system"),
            ("light", "&Light"),
            ("dark", "&Dark"),
        )
        for choice, name in choices:
            action = self._add_action(themes, name, partial(self._choose_theme, choice))
            action.setCheckable(True)
            action.setChecked(self._settings.theme == choice)
            group.addAction(action)
        view.addSeparator()
        self._add_action(view, "&Larger text", partial(self._change_text_scale, 1), "Ctrl++", "Ctrl+=")
        self._add_action(view, "S&maller text", partial(self._change_text_scale, -1), "Ctrl+-")
        self._add_action(view, "&Usual text", partial(self._change_text_scale, 0), "Ctrl+0")

    def _add_action(
        self, menu: QMenu, text: str, slot: Callable[[], object], *shortcuts: str | QKeySequence
    ) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(shortcut) for shortcut in shortcuts])
        action.triggered.connect(lambda _checked: slot())
        menu.addAction(action)
        self.addAction(action)  # its keys work while the menu is hidden, too
        return action

    def _on_panel_changed(self, opened: str) -> None:
        self._settings.panel_is_open = bool(opened)

    def _choose_theme(self, choice: theme.ThemeChoice) -> None:
        self._settings.theme = choice
        self.apply_theme()

    def _change_text_scale(self, step: int) -> None:
        """Select a larger or smaller scale; 0 selects the default."""
        scales = theme.TEXT_SCALES
        index = scales.index(self._settings.text_scale) + step
        self._settings.text_scale = scales[max(0, min(index, len(scales) - 1))] if step else 1.0
        self._text_size_timer.start()

    def apply_theme(self) -> None:
        """Apply the theme and text size of the settings, enlarged in presentation mode."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.apply(app, self._settings.theme, self._settings.text_scale * self._presentation.text_factor)

    def _show_shortcuts(self) -> None:
        self._show_box("Keys", shortcuts_html())

    def _show_glossary(self) -> None:
        from mnist_gui.gui.glossary_dialog import GlossaryDialog

        GlossaryDialog(self).open()

    def _show_about(self) -> None:
        self._show_box(
            "About MNIST GUI",
            f"<p><b>MNIST GUI {__version__}</b></p><p>Three convolutional networks, drawn to, trained and compared. "
            "MNIST: Yann LeCun and Corinna Cortes, CC BY-SA 3.0.</p>",
        )

    def _show_box(self, title: str, text: str) -> None:
        """Show a text in a box that does not block."""
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text, QMessageBox.StandardButton.Ok, self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    # -- saving

    def _on_content_changed(self, _content: Content) -> None:
        if not self._autosave.isActive():
            self._autosave.start()

    def _on_autosave_due(self) -> None:
        if self.draw_tab.view.canvas.is_drawing:
            self._autosave.start()  # a slow disk must not delay the pen
        else:
            self._save_content()

    def _save_content(self) -> None:
        self._canvas_file.write(self.draw_tab.content_to_keep)

    def _save_and_hide(self) -> None:
        """Write everything that the next window restores, and hide all windows: ending the threads may take seconds."""
        self._autosave.stop()
        self._save_content()
        self._settings.geometry = self._presentation.geometry
        self._settings.tab = self._presentation.tab
        self._settings.flush()
        for widget in (*self.findChildren(QWidget), self):
            if widget.isWindow():  # dialogs, menus and the view of a network too
                widget.hide()

    # -- closing: the question, the wait for the current batch, the end

    def end(self, deadline: QDeadlineTimer | None = None) -> None:
        """Close without a question: write everything, pause a training and end the threads.

        No event is handled meanwhile. Any further call does nothing.

        Parameters
        ----------
        deadline
            Until which the threads are waited for; `SHUT_DOWN_MS` by default.
        """
        if self.has_ended:
            return
        self.has_ended = True
        if deadline is None:
            deadline = QDeadlineTimer(SHUT_DOWN_MS)
        try:
            if self._finishing_window is None:
                self._save_and_hide()
            else:
                self._finishing_window.dismiss()
        finally:
            workers = (self._runs_watcher, self._model_adding, self.train_tab, self.compare_tab, self.draw_tab)
            self.threads_have_ended = shut_down_all((worker for worker in workers if worker is not None), deadline)
            self._canvas_file.close()
            self.closed.emit()

    def _end_now(self) -> None:
        self.end(QDeadlineTimer(0))

    def _ask_to_pause(self, tab: TrainTab) -> None:
        if self._pause_question is None:
            self._pause_question = pause_question(
                self, is_paused=tab.is_paused, waiting_count=tab.waiting_count, stores_queue=tab.stores_queue
            )
            self._pause_question.accepted.connect(self._pause_and_end)
            self._pause_question.finished.connect(self._on_question_finished)
            self._pause_question.open()
        self._pause_question.raise_()

    def _on_question_finished(self) -> None:
        self._pause_question = None

    def _pause_and_end(self) -> None:
        """Hide the window, and end once the training has finished its batch."""
        if self.train_tab is None or not self.train_tab.is_training:
            self.end()
            return
        self._save_and_hide()
        self._finishing_window = FinishingWindow()
        self._finishing_window.end_requested.connect(self._end_now)
        self.train_tab.pause_training()

    def _on_training_changed(self, is_training: bool) -> None:
        self._update_training_note()
        if not is_training and self._finishing_window is not None:
            self.end()
        elif not is_training and self._pause_question is not None:
            self._pause_question.reject()  # what it says is no longer true

    # -- Qt

    def closeEvent(self, event: QCloseEvent) -> None:
        """Never block here: any number of further requests may come from anywhere."""
        tab = self.train_tab
        if self._finishing_window is None:
            if tab is not None and tab.is_training and not self.has_ended:
                self._ask_to_pause(tab)
            else:
                self.end()
        event.setAccepted(self.has_ended)
