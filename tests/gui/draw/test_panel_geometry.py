"""No panel of the Draw tab is cut or overlaps at usual and at small sizes of the window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from mnist_gui.analysis.fine_tuning_effect import effect_sentence
from mnist_gui.analysis.occlusion import DeletionScore
from mnist_gui.analysis.smallest_change import SmallestChange
from mnist_gui.app import Dependencies, make_window
from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui import theme
from mnist_gui.gui.draw.fine_tuning.writing_prompt import WritingStep
from mnist_gui.gui.draw.panels.stress_panel import OFFERED
from mnist_gui.gui.draw.panels.why_column import WhyColumn
from mnist_gui.gui.fine_tuning_service import UNDO, FineTuningOutcome
from mnist_gui.gui.main_window import DRAW
from mnist_gui.gui.settings import Settings
from tests.fakes import FakePredictor, FakeTraining
from tests.fine_tuning_effects import effect_of
from tests.gui.cut_widgets import cut_buttons, faults

pytestmark = pytest.mark.slow

# The last is 1440x900 at a scale factor of 2.
SIZES = [(1024, 700), (1240, 700), (1440, 900), (720, 450)]
USUAL_SIZES = [(1024, 700), (1240, 700), (1364, 705), (1440, 900), (2560, 1440)]
EFFECT = effect_of(range(10), before=[7] * 10, after=range(10), held_out=3)
LONG = effect_sentence(EFFECT)


@pytest.fixture(params=["light", "dark"])
def window(request, qtbot, store, make_run, tiny_dataset, tmp_path):
    for model in (1, 2, 3):
        store.activate(make_run(model).name)
    dependencies = Dependencies(
        store,
        Settings(tmp_path / "settings"),
        lambda: FakePredictor((7, 7, 1)),
        lambda: tiny_dataset,
        FakeTraining(),
        my_digits=tmp_path / "my.jsonl",
        cache=tmp_path / "cache",
        shipped_studies=tmp_path / "no studies",
    )
    dependencies.settings.theme = request.param
    window = make_window(dependencies)
    window.show()
    window.tabs.setCurrentIndex(DRAW)
    yield window
    window.end()
    window.deleteLater()
    theme.apply(QApplication.instance(), "light")


@pytest.fixture(params=SIZES)
def draw(request, qtbot, window):
    """The Draw tab with a predicted digit."""
    window.resize(*request.param)
    draw = window.draw_tab
    draw.show_content(Drawing(([(300, 300), (500, 300), (400, 700)],)), "MNIST test digit 1234")
    qtbot.waitUntil(lambda: draw.frame is not None)
    _settle(qtbot)
    assert (window.width(), window.height()) == request.param
    return draw


def _settle(qtbot) -> None:
    for _ in range(4):
        QApplication.processEvents()
        qtbot.wait(10)


def _open(qtbot, draw, name: str) -> QWidget:
    draw.view.panel_dock.open(name)
    _settle(qtbot)
    return draw.view.panel_dock._pages[name].widget()


def _check(qtbot, draw) -> None:
    _settle(qtbot)
    window = draw.window()
    found = faults(window) + (cut_buttons(window) if window.width() >= 1024 else [])
    assert "\n".join(found) == ""


def _check_changes(qtbot, draw, why) -> None:
    frame, changed = np.zeros((28, 28), np.float32), np.zeros((28, 28), np.float32)
    frame[5:23, 12:15] = changed[11:23, 4:15] = 1
    digits = {1: 7, 2: 7, 3: 1}
    change = SmallestChange(frame, changed, 7, 3)
    assert change.added_share > 1
    why.change_button.click()
    _check(qtbot, draw)
    for target, changes in (
        (None, {1: change, 2: change, 3: None}),
        (7, dict.fromkeys((1, 2, 3))),
    ):
        why.set_changes(changes, frame, digits, target)
        _check(qtbot, draw)
    why._show_busy()
    _check(qtbot, draw)
    why.change_button.click()


def test_no_panel_is_cut(qtbot, draw):
    _check(qtbot, draw)

    why = _open(qtbot, draw, "why")
    evidence = np.zeros((28, 28), np.float32)
    evidence[4:8, 4:8] = 1
    why.set_maps({1: evidence, 2: -evidence, 3: evidence}, np.abs(evidence), {1: 7, 2: 7, 3: 1})
    _check(qtbot, draw)
    why.set_scores(dict.fromkeys((1, 2, 3), DeletionScore(0.9999, (0.995, 25.0))))
    _check(qtbot, draw)
    why._show_busy()
    _check(qtbot, draw)
    _check_changes(qtbot, draw, why)

    framing = _open(qtbot, draw, "framing")
    qtbot.waitUntil(lambda: framing.unframed.isVisible() and len(framing.unframed.lines) == 3)
    _check(qtbot, draw)

    stress = _open(qtbot, draw, "stress")
    for name in OFFERED:
        stress.findChild(QWidget, f"stress_{name}").click()
        stress.set_curves(np.arange(3.0), {model: np.full((3, 10), 0.1) for model in (1, 2, 3)}, 7)
        _check(qtbot, draw)


def test_my_digits_and_the_pages_of_teaching_are_not_cut(qtbot, draw):
    for index in range(40):
        draw._my_digits.add(Drawing(([(300 + index, 300), (500, 300), (400, 700)],)), index % 10)
    panel = _open(qtbot, draw, "my_digits")
    qtbot.waitUntil(lambda: not draw._my_digits._framing_timer.isActive())
    _check(qtbot, draw)
    before = panel._list.geometry(), panel.size()
    draw._my_digits.offer_model_choice()
    assert panel.choice.isVisible()
    _check(qtbot, draw)
    panel.show_outcomes()
    for models in ((1,), (1, 2, 3)):
        panel.outcomes.set_outcomes(
            {model: FineTuningOutcome(model, f"Model {model}", "run", LONG) for model in models}, ""
        )
        panel.outcomes.set_progress(0.4, 3_700, can_stop=True)
        _check(qtbot, draw)
        panel.outcomes.set_progress(None)
        panel.outcomes.set_outcomes(
            {
                model: FineTuningOutcome(model, f"Model {model}", "run", LONG, is_done=True, effect=EFFECT)
                for model in models
            },
            UNDO,
        )
        assert panel.outcomes.findChild(QWidget, "misread_digits").isVisible()
        _check(qtbot, draw)
        if draw.window().width() >= 1024:  # all of a result is seen at once
            assert draw.view.panel_dock._pages["my_digits"].verticalScrollBar().maximum() == 0
    panel.findChild(QWidget, "close_lesson").click()
    _settle(qtbot)
    assert (panel._list.geometry(), panel.size()) == before


def test_the_writing_session_is_not_cut_and_moves_neither_canvas_nor_cards(qtbot, draw):
    view = draw.view
    view.canvas.clear()
    _settle(qtbot)
    parts = (view.canvas, *view.cards.values(), view.panel_dock)
    before = [part.geometry() for part in parts]
    draw._writing_session.start()
    _settle(qtbot)
    assert view.writing_prompt.isVisible()
    _check(qtbot, draw)
    view.writing_prompt.ask(WritingStep(8, 2, 3, 4), 9)
    _settle(qtbot)
    _check(qtbot, draw)
    assert [part.geometry() for part in parts] == before
    view.writing_prompt.findChild(QWidget, "guide_stop").click()
    _settle(qtbot)
    assert [part.geometry() for part in parts] == before


@pytest.mark.parametrize("text_scale", [1.0, 1.15, 1.3, 1.5])
def test_why_is_seen_whole_below_three_cards_with_its_sentences_under_the_pictures(qtbot, window, text_scale):
    view = window.draw_tab.view
    view.panel_dock.open("why")
    window._settings.text_scale = text_scale
    window.apply_theme()
    why = view.panel_dock._pages["why"].widget()
    for size in USUAL_SIZES:
        window.resize(*size)
        _show_scores(why, (1, 2, 3))
        _settle(qtbot)
        assert (window.width(), window.height()) == size
        assert view.panel_dock._pages["why"].verticalScrollBar().maximum() == 0, size
        assert view._scroll_column.verticalScrollBar().maximum() == 0, size
        _check_at_a_usual_size(view, why, size)


@pytest.mark.parametrize(("text_scale", "most"), [(1.0, 0), (1.15, 0), (1.3, 30), (1.5, 120)])
def test_six_cards_and_why_scroll_little_and_their_buttons_are_whole(qtbot, window, store, make_run, text_scale, most):
    names = [make_run(model, seed=1).name for model in (1, 2, 3)]
    store.set_answering([*names, *(place.run.name for place in store.places())])
    view = window.draw_tab.view
    window.draw_tab.reload_runs()
    view.panel_dock.open("why")
    window._settings.text_scale = text_scale
    window.apply_theme()
    why = view.panel_dock._pages["why"].widget()
    assert len(view.cards) == 6
    for place, card in view.cards.items():
        card.set_run(f"model-{place}-best", "Trained 12 rounds on 60,000 digits")
    for size in USUAL_SIZES:
        window.resize(*size)
        _show_scores(why, range(1, 7))
        _settle(qtbot)
        assert view._scroll_column.verticalScrollBar().maximum() <= most, size
        _check_at_a_usual_size(view, why, size)


def _show_scores(why, places) -> None:
    evidence = np.zeros((28, 28), np.float32)
    evidence[4:8, 4:8] = 1
    why.set_maps(dict.fromkeys(places, evidence), evidence, dict.fromkeys(places, 7))
    why.set_scores(dict.fromkeys(places, DeletionScore(0.312, (0.88, 0.95, 0.999))))


def _check_at_a_usual_size(view, why, size) -> None:
    """Check what a user sees without scrolling: the buttons of Why, runs with whole figures, no strip, the captions."""
    for button in (why.change_button, why.network_button):
        assert button.visibleRegion().boundingRect() == button.rect(), (size, button.text())
    for card in view.cards.values():
        text = card.run_button.text()
        assert "…" not in text or not any(sign.isdigit() for sign in text), (size, text)
        needed = card.run_button.fontMetrics().horizontalAdvance(text)
        assert needed < card.run_button.width(), (size, text)
    assert view._left.width() - view.canvas.width() <= 40, size
    for column in why.findChildren(WhyColumn):
        assert column._summary.y() >= column._picture.geometry().bottom(), size
        assert column._summary.text(), size
