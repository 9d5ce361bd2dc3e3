"""SVG elements and plots: palettes, and marks of runs that do not rely on colour."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape

from mnist_gui.wording import plain_lines

Point = tuple[float, float]


@dataclass(frozen=True)
class Palette:
    """The colours of a figure.

    Attributes
    ----------
    surface
        Behind the figure, and inside hollow markers.
    text, muted
        Text, and text of less importance.
    grid
        Lines of a grid.
    marks
        Marks 1 to 6, of runs that answer in the window by their place.
    """

    surface: str
    text: str
    muted: str
    grid: str
    marks: tuple[str, ...]

    def mark(self, mark: int) -> str:
        """Return the colour of mark 1 to 6, or that of the text for several runs together, 0."""
        return self.marks[mark - 1] if mark else self.text


# The window's colours; a test compares them with `mnist_gui.gui.theme`.
LIGHT = Palette(
    "#ffffff", "#1b1f27", "#5a6270", "#e7eaef", ("#0072B2", "#D55E00", "#B35A86", "#503C00", "#647850", "#0000A0")
)
DARK = Palette(
    "#1f2228", "#eceef2", "#a3abb8", "#2c3038", ("#56B4E9", "#D55E00", "#CC79A7", "#C8B478", "#3C7850", "#7850DC")
)
# For a page whose style sheet defines these variables for light and dark.
_PAGE_MARKS = tuple(f"var(--m{mark})" for mark in range(1, 7))
PAGE = Palette("var(--surface)", "var(--text)", "var(--muted)", "var(--grid)", _PAGE_MARKS)

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
FONT_SIZE, SMALL_FONT_SIZE = 12.0, 11.0  # pixels


def format_number(value: float) -> str:
    """Return a coordinate with at most two decimals and no trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def shorten(text: str, length: int = 34) -> str:
    """Return a text of at most `length` characters; the middle is left out, as names of runs differ at their ends."""
    if len(text) <= length:
        return text
    tail = length // 2
    return f"{text[: length - tail - 1]}…{text[-tail:]}"


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """Return an element; underscores in the names of attributes become hyphens."""
    text = "".join(
        f' {key.replace("_", "-")}="{escape(format_number(value) if isinstance(value, int | float) else value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{text}>{content}</{name}>" if content else f"<{name}{text}/>"


def text_element(
    x: float, y: float, text: str, color: str, *, anchor: str = "start", size: float = FONT_SIZE, weight: str = "normal"
) -> str:
    """Return a text whose baseline starts, has its middle, or ends at (x, y); see SVG's ``text-anchor``."""
    return element("text", escape(text), x=x, y=y, fill=color, font_size=size, text_anchor=anchor, font_weight=weight)


def line(start: Point, end: Point, color: str, width: float = 1, dash: str = "none") -> str:
    """Return a straight line."""
    return element(
        "line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=color, stroke_width=width,
        stroke_dasharray=dash,
    )  # fmt: skip


def path(points: Sequence[Point], color: str, width: float = 1.6, dash: str = "none") -> str:
    """Return a line through points; empty for fewer than two."""
    if len(points) < 2:
        return ""
    course = " ".join(
        f"{'L' if index else 'M'}{format_number(x)} {format_number(y)}" for index, (x, y) in enumerate(points)
    )
    return element(
        "path", d=course, fill="none", stroke=color, stroke_width=width, stroke_dasharray=dash, stroke_linejoin="round"
    )


def marker(mark: int, x: float, y: float, color: str, radius: float = 4.5, *, hollow: str = "") -> str:
    """Return a mark: circle, square, triangle, star, plus, triangle that points down; a diamond for several runs, 0.

    Parameters
    ----------
    hollow
        Colour of the inside of a mark that is only outlined.
    """
    style: dict[str, str | float] = {"fill": hollow or color, "stroke": color, "stroke_width": 1.4}
    if mark == 1:
        return element("circle", cx=x, cy=y, r=radius, **style)
    if mark == 2:
        side = 1.75 * radius
        return element("rect", x=x - side / 2, y=y - side / 2, width=side, height=side, **style)
    reach = 1.2 * radius
    corners = [(x + reach * right, y + reach * down) for right, down in _CORNERS[mark]]
    points = " ".join(f"{format_number(corner_x)},{format_number(corner_y)}" for corner_x, corner_y in corners)
    return element("polygon", points=points, **style)


_ARM = 0.35  # half the width of the plus's arms
# Corners of the marks that are polygons, for a reach of 1; y points down.
_CORNERS: dict[int, list[Point]] = {
    0: [(0, -1), (1, 0), (0, 1), (-1, 0)],
    3: [(0, -1), (1, 0.8), (-1, 0.8)],
    4: [
        (radius * math.sin(index * math.pi / 5), -radius * math.cos(index * math.pi / 5))
        for index, radius in enumerate((1.1, 0.5) * 5)
    ],
    5: [
        (sign * right, sign * down)
        for sign in (1, -1)
        for right, down in ((-_ARM, -1), (_ARM, -1), (_ARM, -_ARM), (1, -_ARM), (1, _ARM), (_ARM, _ARM))
    ],
    6: [(0, 1), (1, -0.8), (-1, -0.8)],
}


def document(width: float, height: float, content: Sequence[str], title: str, palette: Palette) -> str:
    """Return a whole figure, with a title for screen readers; one that is not for a page has a background."""
    background = [] if palette is PAGE else [element("rect", width=width, height=height, fill=palette.surface)]
    return element(
        "svg", plain_lines("".join([element("title", escape(title)), *background, *content])),
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {format_number(width)} {format_number(height)}",
        width=width, height=height, role="img", font_family=FONT,
    )  # fmt: skip


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about `count` round values from low to high, 1, 2 or 5 times a power of ten apart."""
    if not high > low:
        return [low]
    rough = (high - low) / count
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


@dataclass
class Plot:
    """An area with two axes.

    Attributes
    ----------
    left, top, width, height
        The area in the figure, in pixels, without the labels around it.
    x_range, y_range
        The least and the largest value shown.
    log
        Whether the y axis is logarithmic; its values are then above 0.
    content
        The SVG elements drawn so far.
    """

    left: float
    top: float
    width: float
    height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    palette: Palette
    log: bool = False
    content: list[str] = field(default_factory=list)

    def to_pixels(self, x: float, y: float) -> Point:
        """Return the position of values in the figure; values beyond a range are moved to its end."""
        (left, right), (low, high) = self.x_range, self.y_range
        if self.log:
            y, low, high = (math.log(max(value, 1e-12)) for value in (y, low, high))
        x_fraction = (min(max(x, left), right) - left) / ((right - left) or 1)
        y_fraction = (min(max(y, low), high) - low) / ((high - low) or 1)
        return self.left + x_fraction * self.width, self.top + (1 - y_fraction) * self.height

    def grid(
        self, x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]], title: str, x_title: str = ""
    ) -> None:
        """Draw grid lines with their labels, a title above the plot, and one below the x axis."""
        muted, bottom = self.palette.muted, self.top + self.height
        for value, label in y_ticks:
            _, y = self.to_pixels(self.x_range[0], value)
            self.content.append(line((self.left, y), (self.left + self.width, y), self.palette.grid))
            self.content.append(text_element(self.left - 6, y + 4, label, muted, anchor="end", size=SMALL_FONT_SIZE))
        for value, label in x_ticks:
            x, _ = self.to_pixels(value, self.y_range[0])
            self.content.append(line((x, self.top), (x, bottom), self.palette.grid))
            self.content.append(text_element(x, bottom + 15, label, muted, anchor="middle", size=SMALL_FONT_SIZE))
        if title:
            self.content.append(text_element(self.left, self.top - 9, title, self.palette.text, weight="600"))
        if x_title:
            middle = self.left + self.width / 2
            self.content.append(
                text_element(middle, bottom + 31, x_title, muted, anchor="middle", size=SMALL_FONT_SIZE)
            )

    def curve(self, points: Sequence[Point], color: str, width: float = 1.6, dash: str = "none") -> None:
        """Draw a line through values."""
        self.content.append(path([self.to_pixels(x, y) for x, y in points], color, width, dash))

    def marker(self, mark: int, x: float, y: float, color: str, radius: float = 4.5, *, hollow: str = "") -> None:
        """Draw a mark at a value."""
        self.content.append(marker(mark, *self.to_pixels(x, y), color, radius, hollow=hollow))

    @contextmanager
    def group(self, **attributes: str | float) -> Iterator[None]:
        """Give what is drawn inside common attributes, such as an opacity."""
        start = len(self.content)
        yield
        self.content[start:] = [element("g", "".join(self.content[start:]), **attributes)]

    def error_bar(self, x: float, low: float, high: float, color: str, offset: float = 0.0) -> None:
        """Draw an interval of y from low to high, moved right by `offset` pixels."""
        (x_pixel, bottom), (_, top) = self.to_pixels(x, low), self.to_pixels(x, high)
        self.content.append(line((x_pixel + offset, bottom), (x_pixel + offset, top), color, 1.4))
