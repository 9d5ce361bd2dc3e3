"""The test digits that a filter likes most."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.analysis.network_favourites import COUNT, Favourite
from mnist_gui.analysis.network_sum import Place, patch_of
from mnist_gui.gui.draw.network.network_source import FavouriteDigits
from mnist_gui.gui.draw.network.patch_frame import draw_patch
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.form_controls import heading, keep_size_when_hidden, muted, push_button, reserve_height
from mnist_gui.gui.widgets.gray_image import gray_image
from mnist_gui.models.inspection.network_layers import NetworkLayer

QUESTION = "What would this {} like most?"
FOUND = "The {} of {:,} test digits that excite it most, and where"
_GAP = 6


class FavouritesPanel(QWidget):
    """Question, button, progress, and ten digits with the patch that excites the filter.

    Signals
    -------
    search_requested()
    """

    search_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("network_favourites")
        self._known: FavouriteDigits | None = None
        self._place: Place | None = None
        self._is_unit = False
        self._title = heading()
        self._digits = FavouriteRow()
        self._words = muted(name="network_favourites_words")
        self._button = push_button("Search the test digits", "network_search")
        self._button.setToolTip("Takes a minute or more, once for each run. You can go on meanwhile.")
        self._progress = QProgressBar(textVisible=False, maximum=1000)
        self._progress.setObjectName("network_progress")
        self._button.clicked.connect(self.search_requested)
        keep_size_when_hidden(self._progress)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self._digits)
        layout.addWidget(self._progress)
        layout.addWidget(self._words)
        layout.addWidget(self._button)
        layout.addStretch(1)
        self.set_known(None)

    def set_picture_height(self, height: int) -> None:
        """Give the digits this height in pixels."""
        self._digits.setFixedHeight(height)

    def set_known(self, known: FavouriteDigits | None) -> None:
        """Show what is known of a run's favourites so far; None if that is not known yet."""
        self._known = known
        self._render()

    def set_searching(self, searching: bool) -> None:
        """Show that a search is under way."""
        self._progress.setVisible(searching)
        self._render()

    def set_place(self, place: Place | None, *, is_unit: bool = False) -> None:
        """Show the favourites of the filter or unit of a value."""
        self._is_unit = is_unit
        if (place and (place.layer, place.index)) != (self._place and (self._place.layer, self._place.index)):
            self._place = place
            self._render()

    def set_problem(self, sentence: str) -> None:
        """Show why there is nothing."""
        self._words.setText(sentence)

    def _render(self) -> None:
        known, place, searching = self._known, self._place, not self._progress.isHidden()
        favourites = known.favourites if known is not None else None
        self._progress.setValue(round(1000 * known.fraction) if known is not None else 0)
        is_unknown = known is not None and favourites is None and not searching
        self._button.setVisible(is_unknown)
        self._words.setVisible(not is_unknown)
        found = favourites.of(place) if favourites is not None and place is not None else ()
        layers = favourites.layers if favourites is not None else ()
        layer = layers[place.layer] if place is not None and place.layer < len(layers) else None
        self._title.setText(QUESTION.format("unit" if self._is_unit else "filter"))
        self._digits.set_favourites(found, known, layer)
        self._words.setText(self._sentence(found, searching))

    def _sentence(self, found: tuple[Favourite, ...], searching: bool) -> str:
        known, place = self._known, self._place
        if known is None:
            return "Preparing…"
        count = len(known.digits)
        if searching:
            return f"{round(known.fraction * count):,} of {count:,} test digits searched…"
        favourites = known.favourites
        if place is not None and favourites is not None and place.layer == len(favourites.layers):
            return "Filters and units have favourites; an answer has none."
        if not found:
            return "Nothing: no test digit excites it."
        return FOUND.format(len(found), count)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        reserve_height(self._title, QUESTION.format("filter"), self.width())
        reserve_height(self._words, FOUND.format(COUNT, 10_000), self.width())


class FavouriteRow(QWidget):
    """Digits in one or two rows."""

    def __init__(self) -> None:
        super().__init__()
        self._pictures: list[tuple[QImage, Favourite]] = []
        self._layer: NetworkLayer | None = None
        self._shown: tuple[object, ...] = ()
        self.setObjectName("network_favourite_digits")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def digits(self) -> list[int]:
        """Indices of the test digits."""
        return [favourite.digit for _, favourite in self._pictures]

    def set_favourites(
        self, favourites: tuple[Favourite, ...], known: FavouriteDigits | None, layer: NetworkLayer | None
    ) -> None:
        """Show these digits of an evaluation set, and what of them a filter of a layer likes."""
        if self._shown == (favourites, layer):
            return
        self._shown, self._layer = (favourites, layer), layer
        self._pictures = []
        if known is not None and favourites:
            for favourite in favourites:
                frame = known.digits.frames(slice(favourite.digit, favourite.digit + 1))[0]
                # Qt takes ten times longer to enlarge gray levels than colors.
                picture = gray_image(frame).convertToFormat(QImage.Format.Format_RGB32)
                self._pictures.append((picture, favourite))
        labels = [str(known.digits.labels[favourite.digit]) for favourite in favourites] if known is not None else []
        self.setAccessibleName("Favourite digits: " + ", ".join(labels) if labels else "No favourite digits")
        self.update()

    def _grid(self) -> tuple[int, int]:
        """Return the side of a digit in pixels and their number in a row, so that they are as large as possible."""
        return max(
            (min(self.height() // rows, self.width() // columns) - _GAP, columns)
            for rows, columns in ((1, COUNT), (2, COUNT // 2))
        )

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        return QSize(COUNT // 2 * (2 * self.fontMetrics().height() + _GAP), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        side, columns = self._grid()
        with QPainter(self) as painter:
            for number in range(COUNT):
                row, column = divmod(number, columns)
                area = QRect(column * (side + _GAP), row * (side + _GAP), side, side)
                if number >= len(self._pictures):
                    painter.fillRect(area, QColor(colors_of(self).grid))
                    continue
                picture, favourite = self._pictures[number]
                painter.drawImage(area, picture)
                if self._layer is not None and self._layer.fields is not None:
                    draw_patch(painter, QRectF(area), patch_of(self._layer, favourite.place))
