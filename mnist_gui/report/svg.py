"""Plain SVG: colours for a page or a picture, marks that need no colour to be told apart, and a frame to plot in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

Point = tuple[float, float]


@dataclass(frozen=True)
class Palette:
    """The colours of a figure.

    Attributes
    ----------
    surface, text, muted, grid
        Behind it; words; words that matter less; lines.
    models
        Models 1, 2 and 3; several together have the text's colour.
    """

    surface: str
    text: str
    muted: str
    grid: str
    models: tuple[str, str, str]

    def model(self, number: int) -> str:
        """Return the colour of model 1, 2 or 3; 0, several together, has the text's."""
        return self.models[number - 1] if number else self.text


# The window's own, see WINDOW's colours in `mnist_gui.gui.theme`; a test holds them together.
LIGHT = Palette("#ffffff", "#1b1f27", "#5a6270", "#e7eaef", ("#0072B2", "#D55E00", "#B35A86"))
DARK = Palette("#1f2228", "#eceef2", "#a3abb8", "#2c3038", ("#56B4E9", "#D55E00", "#CC79A7"))
# For a page whose style sheet says what they are, in light and in dark.
PAGE = Palette("var(--surface)", "var(--text)", "var(--muted)", "var(--grid)", ("var(--m1)", "var(--m2)", "var(--m3)"))

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
SIZE = 12.0  # of words, in pixels


def number(value: float) -> str:
    """Return a coordinate, short."""
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def shortened(text: str, most: int = 34) -> str:
    """Return a text of at most so many signs, its middle left out: runs' names differ at their ends."""
    if len(text) <= most:
        return text
    tail = most // 2
    return f"{text[: most - tail - 1]}…{text[-tail:]}"


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """Return an element; a trailing or inner underscore of an attribute's name is a hyphen."""
    said = "".join(
        f' {key.strip("_").replace("_", "-")}="{escape(number(value) if isinstance(value, int | float) else value)}"'
        for key, value in attributes.items()
    )
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"


def words(
    x: float, y: float, said: str, color: str, *, anchor: str = "start", size: float = SIZE, weight: str = "normal"
) -> str:
    """Return words whose baseline begins, has its middle, or ends at a place."""
    return element("text", escape(said), x=x, y=y, fill=color, font_size=size, text_anchor=anchor, font_weight=weight)


def line(first: Point, second: Point, color: str, width: float = 1, dash: str = "none") -> str:
    """Return a straight line."""
    return element(
        "line", x1=first[0], y1=first[1], x2=second[0], y2=second[1], stroke=color, stroke_width=width,
        stroke_dasharray=dash,
    )  # fmt: skip


def path(points: Sequence[Point], color: str, width: float = 1.6, dash: str = "none") -> str:
    """Return a line through points; nothing where there are fewer than two."""
    if len(points) < 2:
        return ""
    course = " ".join(f"{'M' if place == 0 else 'L'}{number(x)} {number(y)}" for place, (x, y) in enumerate(points))
    return element(
        "path", d=course, fill="none", stroke=color, stroke_width=width, stroke_dasharray=dash, stroke_linejoin="round"
    )


def marker(model: int, x: float, y: float, color: str, radius: float = 4.5, *, hollow: str = "") -> str:
    """Return a model's mark: circle, square, triangle; a diamond for several together.

    Parameters
    ----------
    hollow
        The colour inside where only its outline is wanted.
    """
    style: dict[str, str | float] = {"fill": hollow or color, "stroke": color, "stroke_width": 1.4}
    if model == 1:
        return element("circle", cx=x, cy=y, r=radius, **style)
    if model == 2:
        side = 1.75 * radius
        return element("rect", x=x - side / 2, y=y - side / 2, width=side, height=side, **style)
    far = 1.2 * radius
    corners = (
        [(x, y - far), (x + far, y + 0.8 * far), (x - far, y + 0.8 * far)]
        if model == 3
        else [(x, y - far), (x + far, y), (x, y + far), (x - far, y)]
    )
    return element("polygon", points=" ".join(f"{number(a)},{number(b)}" for a, b in corners), **style)


def picture(width: float, height: float, content: Sequence[str], title: str, *, surface: str = "") -> str:
    """Return a whole figure that tells screen readers its title.

    Parameters
    ----------
    surface
        What it is painted on; nothing where the page behind it shows.
    """
    ground = [element("rect", width=width, height=height, fill=surface)] if surface else []
    return element(
        "svg", "".join([element("title", escape(title)), *ground, *content]),
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {number(width)} {number(height)}", width=width,
        height=height, role="img", font_family=FONT,
    )  # fmt: skip


def steps(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers from low to high: 1, 2 or 5 times a power of ten apart, at most so many and one more."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10 ** math.floor(math.log10(rough))
    apart = next(each * power for each in (1, 2, 5, 10) if each * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / apart - 1e-9), math.floor(high / apart + 1e-9)
    return [place * apart for place in range(first, last + 1)]


@dataclass
class Plot:
    """A frame to plot in.

    Attributes
    ----------
    left, top, width, height
        In the figure, in pixels, without the words around it.
    across, up
        The least and the largest value that it shows, rightwards and upwards.
    log
        Whether values upwards are logarithmic; then all are above 0.
    """

    left: float
    top: float
    width: float
    height: float
    across: tuple[float, float]
    up: tuple[float, float]
    palette: Palette
    log: bool = False
    content: list[str] = field(default_factory=list)

    def place(self, x: float, y: float) -> Point:
        """Return where values lie in the figure; those beyond an end lie at it."""
        (left, right), (low, high) = self.across, self.up
        if self.log:
            y, low, high = (math.log(max(each, 1e-12)) for each in (y, low, high))
        part_x = (min(max(x, left), right) - left) / ((right - left) or 1)
        part_y = (min(max(y, low), high) - low) / ((high - low) or 1)
        return self.left + part_x * self.width, self.top + (1 - part_y) * self.height

    def grid(
        self, across: Sequence[tuple[float, str]], up: Sequence[tuple[float, str]], title: str, below: str = ""
    ) -> None:
        """Draw lines and the words at them, a title above and what the values across are below."""
        muted, bottom = self.palette.muted, self.top + self.height
        for value, said in up:
            _, y = self.place(self.across[0], value)
            self.content.append(line((self.left, y), (self.left + self.width, y), self.palette.grid))
            self.content.append(words(self.left - 6, y + 4, said, muted, anchor="end", size=11))
        for value, said in across:
            x, _ = self.place(value, self.up[0])
            self.content.append(line((x, self.top), (x, bottom), self.palette.grid))
            self.content.append(words(x, bottom + 15, said, muted, anchor="middle", size=11))
        if title:
            self.content.append(words(self.left, self.top - 9, title, self.palette.text, weight="600"))
        if below:
            middle = self.left + self.width / 2
            self.content.append(words(middle, bottom + 31, below, muted, anchor="middle", size=11))

    def curve(self, points: Sequence[Point], color: str, width: float = 1.6, dash: str = "none") -> None:
        """Draw a line through values."""
        self.content.append(path([self.place(x, y) for x, y in points], color, width, dash))

    def mark(self, model: int, x: float, y: float, color: str, radius: float = 4.5, *, hollow: str = "") -> None:
        """Draw a model's mark at a value."""
        self.content.append(marker(model, *self.place(x, y), color, radius, hollow=hollow))

    def upright(self, x: float, low: float, high: float, color: str, moved: float = 0.0) -> None:
        """Draw an interval from low to high, moved right by so many pixels."""
        (place, bottom), (_, top) = self.place(x, low), self.place(x, high)
        self.content.append(line((place + moved, bottom), (place + moved, top), color, 1.4))
