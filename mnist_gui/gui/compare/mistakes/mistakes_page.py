"""The page "Mistakes": which digits are misread, as what, and by whom."""

from __future__ import annotations

from itertools import permutations
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mnist_gui.analysis import misclassifications
from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.analysis.misclassifications import Indices
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.compare.mistakes.digit_gallery import GalleryDigits
from mnist_gui.gui.compare.mistakes.mistakes_layout import MistakesLayout

MOST_FREQUENT = 6
SIDE_BY_SIDE = (-1, -1)
MOST_IN_PAIRS = 6  # compared_runs, of which each pair is offered: of more, only those with the one chosen


class Shown(NamedTuple):
    """Which digits the gallery shows.

    Attributes
    ----------
    what
        "any", "all", "one": wrong by any, by all, by exactly one; "run": wrong by the first; "pair": right by the
        first, wrong by the second; "unsure": right by all, the least sure first; "cell": of a true digit, read as
        another by the first, or by either where there is a second; "every": all digits.
    first, second
        Places of compared runs; -1 for none.
    cell
        True digit, and what it was read as.
    """

    what: str
    first: int = -1
    second: int = -1
    cell: tuple[int, int] = (-1, -1)


class MistakesPage(MistakesLayout):
    """Connects matrices and gallery.

    Signals
    -------
    digit_opened(digit: int)
        Its place in the judged data.
    """

    digit_opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: ComparisonResult | None = None
        self._cell: Shown | None = None
        self.arrangement.value_changed.connect(lambda _value: self._show_matrices())
        self.shown.value_changed.connect(lambda _value: self._show_digits())
        self.sort.value_changed.connect(lambda _value: self._show_digits())
        self.by.value_changed.connect(lambda _value: self._change_by())
        self.matrices.cell_chosen.connect(self._open_cell)
        self.confusions.chosen.connect(lambda true, read: self._open_cell(self.by.value, true, read))
        self.gallery.opened.connect(self.digit_opened)

    def set_result(self, result: ComparisonResult) -> None:
        """Show where the compared runs fail; what was looked at stays where they are the same."""
        same = self._result is not None and self._result.markers == result.markers
        kept = (self.arrangement.value, self.shown.value, self.by.value) if same else None
        self._cell = self._cell if same else None
        self._result = result
        names = [marker.name for marker in result.markers]
        arrangement, shown, by = kept or (SIDE_BY_SIDE, Shown("any"), len(names) - 1)
        self.by.set_choices(dict(enumerate(names)), by)
        self._offer_arrangements(arrangement)
        self.gallery.set_digits(
            GalleryDigits(
                result.images,
                result.comparison.data.labels,
                result.markers,
                np.stack([each.predicted for each in self._contenders]),
                np.stack([each.confidence for each in self._contenders]),
            )
        )
        self._offer_digits(shown)
        self._show_matrices()
        self._show_by()

    @property
    def _contenders(self) -> tuple[ComparedRun, ...]:
        return self._result.comparison.compared_runs if self._result is not None else ()

    # -- what is offered

    def _pairs(self) -> list[tuple[int, int]]:
        """Return the pairs that are offered, each in both orders."""
        count, by = len(self._contenders), self.by.value
        return [pair for pair in permutations(range(count), 2) if count <= MOST_IN_PAIRS or by in pair]

    def _offer_arrangements(self, chosen: tuple[int, int]) -> None:
        names = [each.title for each in self._contenders]
        differences = {(a, b): f"{names[a]} minus {names[b]}" for a, b in self._pairs() if a < b}
        self.arrangement.set_choices({SIDE_BY_SIDE: "Side by side", **differences}, chosen)
        self.arrangement.setVisible(len(differences) > 0)

    def _offer_digits(self, chosen: Shown) -> None:
        names = [each.title for each in self._contenders]
        choices: dict[Shown, str] = {}
        if self._cell is not None:
            choices[self._cell] = self._cell_title(self._cell)
        choices[Shown("any")] = "All mistakes"
        if len(names) > 1:
            choices[Shown("all")] = "Wrong by all"
            choices[Shown("one")] = "Wrong by one only"
            choices |= {Shown("run", place): f"Wrong by {name}" for place, name in enumerate(names)}
        for first, second in self._pairs():
            choices[Shown("pair", first, second)] = f"Right by {names[first]}, wrong by {names[second]}"
        choices[Shown("unsure")] = "Least sure but right"
        choices[Shown("every")] = "Every digit"
        self.shown.set_choices(choices, chosen)

    def _cell_title(self, shown: Shown) -> str:
        names = [each.title for each in self._contenders]
        whose = names[shown.first] + (f" or {names[shown.second]}" if shown.second >= 0 else "")
        return f"{shown.cell[0]} read as {shown.cell[1]} by {whose}"

    def _open_cell(self, place: int, true: int, read: int) -> None:
        first, second = (place, -1) if place >= 0 else self.arrangement.value
        self._cell = Shown("cell", first, second, (true, read))
        self._offer_digits(self._cell)
        self._show_digits()

    # -- what is shown

    def _show_matrices(self) -> None:
        if self._result is None:
            return
        markers, (first, second) = self._result.markers, self.arrangement.value
        if first < 0:
            matrices = [each.confusion_matrix for each in self._contenders]
            self.matrices.set_matrices(dict(zip(markers, matrices, strict=True)))
        else:
            counts = self._contenders[first].confusion_matrix - self._contenders[second].confusion_matrix
            self.matrices.set_difference(markers[first], markers[second], counts)
        self.order_focus()
        self._frame_cell()

    def _change_by(self) -> None:
        """Offer the pairs with another one, where not all are offered."""
        if len(self._contenders) > MOST_IN_PAIRS:
            self._offer_arrangements(self.arrangement.value)
            self._offer_digits(self.shown.value)
            self._show_matrices()
        self._show_by()

    def _show_by(self) -> None:
        """Show whose most frequent mistakes are offered, and whose answers order the digits."""
        if self._result is None:
            return
        by = self._contenders[self.by.value]
        found = misclassifications.confusions([by], MOST_FREQUENT)
        self.confusions.set_confusions([(each.true, each.read_as, each.count) for each in found])
        self.confusions.setVisible(bool(found))
        self.order_focus()
        self.frequent.setText("Most frequent:" if found else f"{by.title} misreads none of them.")
        self.frequent.setToolTip(f"The most frequent mistakes of {by.title}")
        self._show_digits()

    def _show_digits(self) -> None:
        shown: Shown | None = self.shown.value
        if self._result is None or shown is None:
            return
        found = self._found(shown)
        by, order = self._contenders[self.by.value], self.sort.value
        if order == "loss":
            found = misclassifications.sort_indices(found, [by], "loss")
        elif order != "order" and shown.what != "unsure":
            found = misclassifications.sort_indices(found, [by], "confidence")[:: -1 if order == "unsure" else 1]
        self.gallery.show_digits(found, f"{self.shown.currentText()}: there is no such digit.")
        self.count.setText(f"{len(found):,} digit{'' if len(found) == 1 else 's'}")
        self._frame_cell()

    def _found(self, shown: Shown) -> Indices:
        """Return the digits shown, in the data's order."""
        all_of_them = self._contenders
        match shown.what:
            case "all":
                return misclassifications.misread_by_all(all_of_them)
            case "one":
                return misclassifications.misread_by_one(all_of_them)
            case "run":
                return misclassifications.misread_by(all_of_them[shown.first])
            case "pair":
                return misclassifications.misread_by_second_only(all_of_them[shown.first], all_of_them[shown.second])
            case "unsure":
                return misclassifications.least_confident_right(all_of_them)
            case "cell":
                runs = [all_of_them[index] for index in (shown.first, shown.second) if index >= 0]
                in_cells = [misclassifications.indices_in_cell(run, *shown.cell) for run in runs]
                return np.unique(np.concatenate(in_cells))
            case "every":
                return np.arange(len(all_of_them[0].labels))
        return misclassifications.misread_by_any(all_of_them)

    def _frame_cell(self) -> None:
        """Frame the cell whose digits are shown."""
        shown: Shown | None = self.shown.value
        is_cell = shown is not None and shown.what == "cell"
        first, _ = self.arrangement.value or SIDE_BY_SIDE
        place = shown.first if shown is not None and is_cell and first < 0 else -1
        self.matrices.set_chosen(place, shown.cell if shown is not None and is_cell else None)
