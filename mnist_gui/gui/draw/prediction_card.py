"""A card for a run that answers: the predicted digit, the ten probabilities, and the run."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from mnist_gui.gui.answerers import Answerer, narrow_title
from mnist_gui.gui.draw.probability_bars import INSET, NOT_CALIBRATED, ProbabilityBars
from mnist_gui.gui.widgets.fitted_label import FittingLabel, scaled_font
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, set_own_style
from mnist_gui.gui.widgets.model_marker import ModelMarker
from mnist_gui.gui.widgets.plain_text import PlainLabel, menu_text, tool_tip
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.inference.predictor import Prediction
from mnist_gui.runs.run_names import run_title
from mnist_gui.wording import percent, plain_text

_LONGEST_SUMMARY = max((architecture.summary for architecture in ARCHITECTURES.values()), key=len)
_UNBOUNDED = 10_000
_MARGIN, _COMPACT_MARGIN = 14, 7  # pixels, at the sides, around what is inset
_TOP, _COMPACT_TOP, _BOTTOM, _COMPACT_BOTTOM = 12, 6, 8, 2
_BORDER, _SPACING, _BUTTON_GAP = 1, 2, 4
_BUTTON_PADDING = 24  # pixels left and right of the text of the run
_FIGURE = re.compile(r"\W*\d")  # the first one of a text, with what separates it
_TITLE_SCALES = (1.0, 0.9, 0.8)  # of the text size, for long titles
_NOT_CALIBRATED_TOOLTIP = (
    "How sure it says it is, not how often it is right: this run held no frames back by which that could be fitted, "
    "as those of the notebook do not."
)


class PredictionCard(QFrame):
    """Shows the prediction of one run; without one, a dash and empty bars.

    Parameters
    ----------
    place
        Place of the run among those that answer, from 1, whose mark the card has.

    Attributes
    ----------
    bars
        The painted prediction.
    run_button
        Shows the run's name and opens the menu of runs.

    Signals
    -------
    run_menu_requested()
        The user pressed the run's name, to choose another.
    bar_clicked(digit: int)
        The user chose a digit's bar, by mouse or keyboard.
    """

    run_menu_requested = Signal()
    bar_clicked = Signal(int)

    def __init__(self, place: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setObjectName(f"card_{place}")
        self._answerer: Answerer | None = None
        self._title = ""
        self._max_height, self._least_height = _UNBOUNDED, 0
        self._compact = self._presenting = self._low = False
        self.bars = ProbabilityBars(place)
        self.bars.bar_clicked.connect(self.bar_clicked)
        self._heading = _Heading()
        self._summary = PlainLabel()
        self._summary.setProperty("muted", True)
        self._summary.setWordWrap(True)
        self._summary.set_margins(INSET, 0, INSET, 0)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.run_button = _RunButton()
        self.run_button.clicked.connect(self.run_menu_requested)

        header = self._header = QHBoxLayout()
        header.setSpacing(8)
        header.setContentsMargins(INSET, 0, INSET, 0)
        header.addWidget(ModelMarker(place), 0, Qt.AlignmentFlag.AlignVCenter)
        header.addWidget(self._heading, 1)
        layout = self._card_layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN - INSET, _TOP, _MARGIN - INSET, _BOTTOM)
        layout.setSpacing(_SPACING)
        layout.addLayout(header)
        layout.addWidget(self._summary)
        layout.addWidget(self.bars, 1)
        layout.addSpacing(_BUTTON_GAP)
        layout.addWidget(self.run_button)
        self.set_status("Loading…")

    def set_answerer(self, answerer: Answerer) -> None:
        """Show which run answers; `set_run` and `set_prediction` show the rest."""
        if answerer == self._answerer:
            return
        self._answerer, self._title = answerer, answerer.title
        self._summary.setText(answerer.summary)
        self._summary.setToolTip(tool_tip(answerer.explanation))
        self._heading.set_text(answerer.title)
        self._heading.set_tip("\n".join(filter(None, (answerer.summary, answerer.explanation))))
        self.bars.setAccessibleName(f"Bars of {answerer.title}")
        self.run_button.set_answerer(answerer)
        self._update_texts()

    @property
    def prediction(self) -> Prediction | None:
        """The shown prediction."""
        return self.bars.prediction

    @property
    def status(self) -> str:
        """Text shown if there is no prediction."""
        return self.bars.status

    def set_prediction(self, prediction: Prediction | None) -> None:
        """Show a prediction; None shows the status instead."""
        if prediction is not self.prediction:
            self.bars.set_prediction(prediction)
            self._update_texts()

    def set_status(self, text: str) -> None:
        """Set the reason why there is no prediction: "Loading…", "No run: train one"; empty for a blank canvas."""
        if text != self.status:
            self.bars.set_status(text)
            self._update_texts()

    def set_run(self, name: str, training: str = "", title: str = "") -> None:
        """Show the run; an empty name if there is none.

        Parameters
        ----------
        training
            How it was trained, shown instead of the name of a run that came with the program; empty for another.
        title
            What the run is called; empty for its name.
        """
        self.run_button.set_run(name, training, title)

    @property
    def spacious_width(self) -> int:
        """Width in pixels from which on a card need not be compact."""
        return self.bars.spacious_width + 2 * (_MARGIN - INSET + _BORDER)

    def set_compact(self, compact: bool) -> None:
        """Leave out what a small window has no room for; the summary is then the title's tooltip."""
        self._compact = compact
        self._show_summary()
        side = (_COMPACT_MARGIN if compact else _MARGIN) - INSET
        top, bottom = (_COMPACT_TOP, _COMPACT_BOTTOM) if compact else (_TOP, _BOTTOM)
        self._card_layout.setContentsMargins(side, top, side, bottom)

    def set_presenting(self, presenting: bool) -> None:
        """Show only the name, the digit and the bars, for the last row of a class."""
        self._presenting = presenting
        self._show_summary()
        self.run_button.setHidden(presenting)
        self.bars.set_presenting(presenting)

    def set_low(self, low: bool) -> None:
        """Put the button of the run, without its text, beside the title, and make the digit smaller."""
        if low != self._low:
            self._low = low
            self.bars.set_low(low)
            (self._card_layout if low else self._header).removeWidget(self.run_button)
            (self._header if low else self._card_layout).addWidget(self.run_button)
            self.run_button.set_short(low)

    @property
    def least_height(self) -> int:
        """Least height in pixels at the present width."""
        layout = self._card_layout  # without a wrapped text it has no height for a width
        return max(layout.totalMinimumHeightForWidth(self.width()), layout.totalMinimumSize().height())

    @property
    def lying_height(self) -> int:
        """Height in pixels from which on the bars lie below each other."""
        layout = self._card_layout
        has_wrapped_text = layout.hasHeightForWidth()
        height = layout.totalHeightForWidth(self.width()) if has_wrapped_text else layout.totalSizeHint().height()
        return height - self.bars.sizeHint().height() + self.bars.lying_height

    def limit_height(self, height: int, at_least: int = 0) -> None:
        """Set the maximum height, but no less than the content needs and no more than the bars can fill.

        Parameters
        ----------
        at_least
            Of the maximum height, in pixels: cards in a row are equally high.
        """
        self._max_height, self._least_height = height, at_least
        self._fit()

    def _show_summary(self) -> None:
        self._summary.setHidden(self._compact or self._presenting)

    def _fit(self) -> None:
        margins = self._card_layout.contentsMargins()
        width = self.contentsRect().width() - margins.left() - margins.right() - 2 * INSET
        area = QRect(0, 0, width - 1, _UNBOUNDED)  # a label wraps a text that fits to the pixel
        # Enough for the longest summary, which keeps the bars of all cards aligned.
        wrapped = self._summary.fontMetrics().boundingRect(area, Qt.TextFlag.TextWordWrap, _LONGEST_SUMMARY)
        self._summary.setMinimumHeight(wrapped.height())
        spacious = round(self.sizeHint().height() * 1.35)
        self.setMaximumHeight(max(min(self._max_height, spacious), self.least_height, self._least_height))

    def _update_texts(self) -> None:
        if self.prediction is not None:
            text = f"{self.prediction.digit}, {percent(self.prediction.confidence)}"
            if not self.prediction.calibrated:
                text += f", {NOT_CALIBRATED}"
        else:
            text = self.status or "no answer yet"
        self.setAccessibleName(f"{self._title}: {text}")
        is_calibrated = self.prediction is None or self.prediction.calibrated
        tooltip = "" if is_calibrated else tool_tip(_NOT_CALIBRATED_TOOLTIP)
        if tooltip != self.bars.toolTip():  # mostly unchanged from move to move of the pen
            self.bars.setToolTip(tooltip)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Return the current height, and the width of the compact card, which the current one may not be."""
        width = self.bars.minimumSizeHint().width() + 2 * (_COMPACT_MARGIN - INSET + _BORDER)
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class _Heading(FittingLabel):
    """A title in one line, smaller, shorter and at last elided if necessary; the tooltip has all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = self._tip = ""
        self.setProperty("heading", True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        self._whole = text
        self._fit()

    def set_tip(self, tip: str) -> None:
        self._tip = tip
        self._fit()

    def _fit(self) -> None:
        usual = self._usual_font
        fonts = [scaled_font(usual, scale) for scale in _TITLE_SCALES]
        candidates = [(text, font) for text in (self._whole, narrow_title(self._whole)) for font in fonts]
        fitting = ((text, font) for text, font in candidates if self._elided(text, font) == text)
        text, font = next(fitting, candidates[-1])
        # In a style sheet: if the program has one, a font that was set is lost when that changes.
        set_own_style(self, "" if font == usual else f"font-size: {font.pointSizeF():.2f}pt;")
        self.setText(self._elided(text, font))
        self.setToolTip(tool_tip("\n".join((self._whole, self._tip)) if self.text() != self._whole else self._tip))

    def _elided(self, text: str, font: QFont) -> str:
        return QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, self.width())

    @property
    def _usual_font(self) -> QFont:
        font = QFont(self.font())
        parent = self.parentWidget()
        if parent is not None:
            font.setPointSizeF(parent.font().pointSizeF())
        return font

    # -- Qt

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._usual_font)
        return QSize(metrics.horizontalAdvance(self._whole), metrics.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())


class _RunButton(QToolButton):
    """Button with the run's name or how it was trained, in fewer words where necessary; opens the menu of runs."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("flat", True)
        self.setObjectName("run_button")
        # The text follows the width, not the width the text.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._title = ""
        self._model = 0
        self._is_short = False
        self._run: tuple[str, str, str] | None = None  # name, title, how it was trained
        self.set_run("", "")

    def set_answerer(self, answerer: Answerer) -> None:
        """Set the title of the card and the model, which the button need not repeat."""
        self._title, self._model = answerer.title, answerer.model
        if self._run is not None:
            name, title, training = self._run
            self._run = None
            self.set_run(name, training, title)

    def set_run(self, name: str, training: str, title: str = "") -> None:
        """Show a run; an empty name if there is none."""
        run = name, title or run_title(name), training
        if self._run == run:  # most moves of the pen
            return
        self._run = run
        name, title = plain_text(name), plain_text(run[1])
        origin = ", which came with the program" if training else ""
        self.setToolTip(
            tool_tip(f"Answered by run {name}{origin}. Press to choose another.") if name else "Choose a run"
        )
        self.setAccessibleName(f"Run of {self._title}: {training or title or 'none'}")
        self._fit()

    def set_short(self, short: bool) -> None:
        """Show a mark alone, as wide as it needs; the tooltip has the run."""
        self._is_short = short
        self.setSizePolicy(QSizePolicy.Policy.Fixed if short else QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(TARGET_HEIGHT if short else _UNBOUNDED)
        self._fit()

    def _fit(self) -> None:
        """Show the first text that is whole; tooltip and menu say more. No figure is elided: it would be another."""
        texts = self._texts()
        shortest = self._elided(texts[-1].removesuffix("…"))
        text = next((text for text in texts if self._elided(text) == text), shortest)
        self.setText("▾" if self._is_short else f"{text} ▾")

    def _texts(self) -> list[str]:
        """Return what may stand on the button, from all words to the fewest."""
        _, title, training = self._run or ("", "", "")
        short = menu_text(title).removeprefix(f"model-{self._model}-") or "no run"
        texts = [short]
        if training:
            rounds = training.partition(" on ")[0]
            texts = [training, training.removeprefix("Trained "), rounds, rounds.removeprefix("Trained "), short]
        words = _FIGURE.split(short, maxsplit=1)[0]
        return [*texts, f"{words}…"] if words and words != short else texts

    def _elided(self, text: str) -> str:
        metrics = self.fontMetrics()
        width = self.width() - metrics.horizontalAdvance(" ▾") - _BUTTON_PADDING
        return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, width)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
