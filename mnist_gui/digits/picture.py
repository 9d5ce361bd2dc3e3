"""Reads picture files and extracts their ink."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.grey_levels import border, corner_levels, noise_deviation, otsu_threshold
from mnist_gui.digits.photo_cleanup import in_two_shades, is_photo, photo_ink
from mnist_gui.digits.printed_marks import area_of_sheet, area_within_bands, printed_boxes, without_shadows
from mnist_gui.digits.reading_steps import ReadingStep, StepRecorder
from mnist_gui.digits.stroke_raster import render_strokes

# Formats that Pillow reads without other programs or files.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
MIN_SIDE = 4
MAX_PIXELS = 100_000_000
MAX_BYTES = 8 * MAX_PIXELS  # four channels of 16 bits, not compressed
_WORKING_SIDE = 1000  # pixels; larger pictures are reduced to it
_MAX_LEVEL = 1e10  # of a picture of 32 bits or in floating point
_STRIP_PIXELS = 4_000_000  # converted at a time, in a large picture
# Ink with at least this share of the possible contrast is not stretched.
_FULL_CONTRAST = 0.9
# Minimum ink in a picture with noise: relative to the strongest, in standard deviations of the background, and for the
# strongest, relative to white.
_MIN_OF_PEAK = 0.15
_MIN_OF_NOISE = 6.0
_MIN_PEAK = 0.06
_MAX_OF_TIGHT = 0.3  # maximum of these minima for a digit that is cut out tightly, relative to the strongest ink
# Minimum distance of two shades, in standard deviations of each; 2.7 for the halves of normal noise.
_TWO_SHADES = 3.0
# Minimum difference from the paper, of white, of a pixel in a frame, an edge or a bar.
_OTHER_SHADE = 0.2
# Minimum share of the picture that is darker, and that is lighter, from which on the corners decide which one is paper.
_BALANCED = 0.3
_NARROW = 2.2  # height, relative to the width, above which a picture holds nothing but a 1 if it is cut out tightly
# Paper at the sides of such a 1: share of the pixels that are near the most frequent level, relative to all contrast.
_NEAR_MODE = 0.1
_MIN_OF_SIDES = 0.4
# Ink is sought by colour if the strongest differences, a share of the pixels, are larger in colour than in lightness.
_STRONGEST = 0.003
_COLOURFUL = 1.5
_SMOOTHING = np.ones(9)  # levels of a histogram
_TINY = 64  # pixels; smaller pictures are no photos, whatever compression did to their borders


class PictureError(ValueError):
    """The picture cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Picture of a digit as an amount of ink, independent of its colours.

    Attributes
    ----------
    ink
        (H, W) float32 in [0, 1], 1 being ink; a read-only copy.
    label
        Digit from 0 to 9, or None if unknown.
    framed
        Whether the ink already is a (28, 28) frame and must not be framed again.
    scale
        Pixels of the upright file for each pixel of the ink.
    offset
        Columns and rows of ink that were cut off on the left and above.
    steps
        Steps from the file to the ink, beginning with the file; empty for ink that was not read from a file.
    erased_from
        The picture before the first use of the eraser; None if it was not used.

    Raises
    ------
    PictureError
        The ink has another shape, or values outside of [0, 1].
    """

    ink: NDArray[np.float32]
    label: int | None = None
    framed: bool = False
    scale: float = 1.0
    offset: tuple[int, int] = (0, 0)
    steps: tuple[ReadingStep, ...] = ()
    erased_from: Picture | None = None

    def __post_init__(self) -> None:
        ink = np.array(self.ink, dtype=np.float32)
        if ink.ndim != 2 or (self.framed and ink.shape != (FRAME_SIDE, FRAME_SIDE)):
            expected = f"{FRAME_SIDE} rows of {FRAME_SIDE}" if self.framed else "rows of numbers"
            raise PictureError(f"A picture's ink has the shape {ink.shape}; give {expected}.")
        if not ((ink >= 0) & (ink <= 1)).all():
            raise PictureError("A picture's ink has numbers that are not from 0 to 1; divide it by its maximum.")
        ink.setflags(write=False)
        object.__setattr__(self, "ink", ink)

    @property
    def is_blank(self) -> bool:
        """Whether there is no ink."""
        return not self.ink.any()

    def erased(self, start: tuple[float, float], end: tuple[float, float], radius: float) -> Picture:
        """Return this picture without the ink of pixels whose centres are at most a radius away from a line.

        Parameters
        ----------
        start, end
            Ends of the line, x and y each, in pixels from the upper left corner; the same for a point.
        radius
            In pixels, at least 0.5.

        Returns
        -------
        Picture
            This one if there is no ink.
        """
        line = np.array([start, end]) - 0.5  # integers are centres of pixels
        left, top = np.maximum(np.floor(line.min(axis=0) - radius), 0).astype(int)
        right, bottom = np.maximum(np.ceil(line.max(axis=0) + radius) + 1, 0).astype(int)
        ink = self.ink.copy()
        window = ink[top:bottom, left:right]
        if not window.any():
            return self
        # Coverage by a pen is one half at its edge.
        is_erased = render_strokes([line - (left, top)], 2 * radius, window.shape) >= 0.5
        if not window[is_erased].any():
            return self
        window[is_erased] = 0
        return replace(self, ink=ink, erased_from=self.erased_from or self)

    @classmethod
    def from_mnist(cls, image: NDArray[np.uint8], label: int | None = None) -> Picture:
        """Return a picture of an MNIST image, (28, 28) from 0 to 255, which is a frame already."""
        return cls(image.astype(np.float32) / np.float32(255), None if label is None else int(label), framed=True)


def read_picture(source: Path | bytes) -> Picture:
    """Return the ink of a picture file.

    The background is the most frequent shade; ink is darker or lighter than it, whichever differs more, or has another
    colour. Frames, dark edges and bars along the sides are cut off. If the background is uneven, the picture is a
    photo: uneven light, ruled lines, printed boxes and specks are removed. Transparency, 16 bits, palettes, CMYK and
    the rotation of cameras are supported; of an animation the first frame is read. A picture of one shade, or with
    nothing above its noise, is blank.

    Parameters
    ----------
    source
        Path or contents of a PNG, JPEG, GIF, BMP, TIFF or WebP file.

    Raises
    ------
    PictureError
        The file is missing, no picture, damaged, smaller than 4 pixels per side or larger than 100 megapixels.
    """
    name = "The picture" if isinstance(source, bytes) else str(source)
    recorder = StepRecorder()
    # Pillow warns of large pictures, which are refused or reduced here, and of unusual metadata.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _refuse_unreadable(source, name)
            with _opened(source) as image:
                _refuse_size(image.size, name)
                image.verify()  # checks the checksums of PNG, which decoding ignores
            with _opened(source) as image:
                lossy = image.format in ("JPEG", "MPO", "WEBP")  # MPO: JPEG with a second picture, from phones
                longest = max(image.size)
                levels, top = _grey_levels(image, recorder)
            if not (np.abs(levels) <= _MAX_LEVEL).all():  # includes NaN
                raise PictureError(
                    f"{name} has values that are no finite numbers up to {_MAX_LEVEL:g}; save it with 8 bits."
                )
        except PictureError:
            raise
        except MemoryError:
            raise PictureError(f"{name} needs more memory than is free; make it smaller.") from None
        except Image.DecompressionBombError:
            raise _too_large(name) from None
        except UnidentifiedImageError:
            raise PictureError(f"{name} is not a picture of a known kind ({', '.join(FORMATS)}).") from None
        except Exception as error:  # damaged files make Pillow raise many types
            if isinstance(error, OSError) and error.errno:  # of the system, not of Pillow
                raise PictureError(f"{name} cannot be read: {error.strerror}.") from error
            raise PictureError(f"{name} could not be read ({error}); it may be damaged.") from error
    background = _background(levels)
    area, is_whole = area_within_bands(np.abs(levels - background) > _OTHER_SHADE * top), True
    if lossy or not _is_without_noise(levels, background):
        sheet = area_of_sheet(levels)
        is_whole = levels[sheet.slices].shape == levels.shape
        area = without_shadows(area, levels) if is_whole else sheet
        background = background if is_whole else _background(levels[sheet.slices])
    if levels[area.slices].shape != levels.shape:
        recorder.add_levels("edges", levels[area.slices], top)
    ink = _ink(levels[area.slices], background, top, lossy, recorder, may_be_tight=is_whole)
    scale = longest / max(levels.shape)
    return Picture(ink, scale=scale, offset=(area.left, area.top), steps=tuple(recorder.steps))


def _opened(source: Path | bytes) -> Image.Image:
    """Open the picture and read its header."""
    return Image.open(BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS)


def _refuse_unreadable(source: Path | bytes, name: str) -> None:
    """Raise PictureError if the source is not a file with content."""
    if isinstance(source, bytes):
        size = len(source)
    elif source.is_dir():
        raise PictureError(f"{name} is a folder; choose a picture in it.")
    elif not source.is_file():
        raise PictureError(f"{name} does not exist or is not a file.")
    else:
        size = source.stat().st_size
    if size == 0:
        raise PictureError(f"{name} is empty.")
    if size > MAX_BYTES:
        raise PictureError(f"{name} has more than {MAX_BYTES // 10**6} MB; make it smaller.")


def _refuse_size(size: tuple[int, int], name: str) -> None:
    """Raise PictureError if the picture is too small for a digit or too large for the memory."""
    width, height = size
    if min(size) < MIN_SIDE:
        raise PictureError(f"{name} has {width}x{height} pixels; a digit needs at least {MIN_SIDE} per side.")
    if width * height > MAX_PIXELS:
        raise _too_large(name)


def _too_large(name: str) -> PictureError:
    return PictureError(f"{name} has more than {MAX_PIXELS // 10**6} megapixels; make it smaller.")


def _grey_levels(image: Image.Image, recorder: StepRecorder) -> tuple[NDArray[np.float32], float]:
    """Return the upright, reduced picture as (H, W) grey levels, and the level of white."""
    image.draft("RGB", (_WORKING_SIDE, _WORKING_SIDE))  # decodes a JPEG at down to an eighth of its size
    factor = max(1, -(-max(image.size) // _WORKING_SIDE))
    top = 255.0
    colours: Image.Image | None = None
    if image.mode.startswith("I") or image.mode == "F":
        grey = _reduced(image, factor, lambda strip: strip.convert("F"))
        # 16 bits or floating point from 0 to 1, unless there are higher values.
        top = max(65535.0 if image.mode.startswith("I") else 1.0, float(image.getextrema()[1]))  # type: ignore[arg-type]
    elif image.has_transparency_data:
        grey = _opaque(image, factor)
    elif image.mode in ("1", "L"):
        grey = _reduced(image, factor, lambda strip: strip.convert("L"))
    else:
        colours = _reduced(image, factor, lambda strip: strip.convert("RGB"))
        grey = _without_colour(colours)
    levels = np.asarray(_upright(grey, image), dtype=np.float32)
    lowest = min(float(levels.min()), 0.0)  # 32 bits and floating point may be negative
    levels, top = levels - lowest, top - lowest
    if colours is None:
        recorder.add_levels("picture", levels, top)
    else:
        recorder.add("picture", _upright(colours, image))
        if grey.mode == "F":  # not converted by Pillow
            recorder.add_levels("colour", levels, top)
    return levels, top


def _upright(image: Image.Image, original: Image.Image) -> Image.Image:
    """Return an image turned as the camera noted in the original, since some conversions lose the note."""
    image.getexif()[0x0112] = original.getexif().get(0x0112, 1)
    return ImageOps.exif_transpose(image)


def _without_colour(picture: Image.Image) -> Image.Image:
    """Return an RGB picture in grey, in which ink differs from the paper even if it is as light."""
    grey = picture.convert("L")
    levels = np.asarray(picture, dtype=np.float32)
    paper = np.array([_mode(levels[..., channel]) for channel in range(3)], dtype=np.float32)
    difference = paper - levels
    lightness = difference.mean(axis=2)
    colourful = np.linalg.norm(difference - lightness[..., None], axis=2)
    count = max(1, round(_STRONGEST * colourful.size))
    strongest = np.partition(colourful.reshape(-1), -count)[-count:].mean()
    if strongest <= _COLOURFUL * np.partition(np.abs(lightness).reshape(-1), -count)[-count:].mean():
        return grey
    weights = np.where(colourful > strongest / 2, colourful, 0)
    direction = (difference * weights[..., None]).sum(axis=(0, 1))
    amount = difference @ (direction / np.linalg.norm(direction))
    return Image.fromarray(np.clip(_mode(np.asarray(grey, dtype=np.float32)) - amount, 0, 255).astype(np.float32))


def _mode(levels: NDArray[np.float32]) -> float:
    """Return the most frequent level; of levels with noise, the middle of the most frequent ones."""
    rounded = np.clip(np.rint(levels), 0, None).astype(np.intp).reshape(-1)
    if rounded.max() > 255:  # 16 bits: no level need occur twice
        rounded //= 256
        return float(np.median(levels.reshape(-1)[rounded == np.bincount(rounded).argmax()]))
    count = np.bincount(rounded, minlength=256)
    if 2 * count.max() > rounded.size:
        return float(count.argmax())
    return float(np.convolve(count, _SMOOTHING, mode="same").argmax())


def _reduced(image: Image.Image, factor: int, grey: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Convert a picture to grey and reduce it by an integer factor, strip by strip to save memory."""
    width, height = image.size
    rows = max(1, _STRIP_PIXELS // (width * factor)) * factor
    strips = [
        grey(image.crop((0, top, width, min(top + rows, height)))).reduce(factor) for top in range(0, height, rows)
    ]
    whole = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    for number, strip in enumerate(strips):
        whole.paste(strip, (0, number * rows // factor))
    return whole


def _opaque(image: Image.Image, factor: int) -> Image.Image:
    """Return a picture with transparency, grey and reduced, on an opaque background.

    The background has the shade of the border if that is opaque; otherwise it is white for dark ink, black for light.
    """
    shades, weights = (
        np.asarray(_reduced(image, factor, channel), dtype=np.float64)
        for channel in (lambda strip: strip.convert("RGBA").convert("L"), _alpha)
    )
    weights /= 255
    opaque_border = border(shades)[border(weights) > 0.5]
    if 2 * len(opaque_border) > len(border(shades)):
        fill = int(np.median(opaque_border))
    else:
        fill = 255 if (shades * weights).sum() < 127.5 * weights.sum() else 0

    def filled(strip: Image.Image) -> Image.Image:
        background = Image.new("L", strip.size, fill)
        background.paste(strip.convert("RGBA").convert("L"), mask=_alpha(strip))
        return background

    return _reduced(image, factor, filled)


def _alpha(image: Image.Image) -> Image.Image:
    return image.convert("RGBA").getchannel("A")


def _ink(
    levels: NDArray[np.float32],
    background: float,
    top: float,
    lossy: bool,
    recorder: StepRecorder,
    may_be_tight: bool = True,
) -> NDArray[np.float32]:
    """Return the ink, in [0, 1], of (H, W) grey levels from 0 (black) to `top` (white).

    A digit may be cut out tightly, unless the picture is a sheet that was found on a desk.

    A picture without noise is read exactly, so that an MNIST frame saved as PNG is restored.
    """
    if min(levels.shape) < MIN_SIDE:
        return np.zeros_like(levels)
    darker, lighter = background - float(levels.min()), float(levels.max()) - background
    distance = background - levels if darker >= lighter else levels - background
    peak, possible = max(darker, lighter), (background if darker >= lighter else top - background)
    if peak == 0:
        return np.zeros_like(levels)
    if not lossy and _is_without_noise(levels, background):
        distance = np.maximum(distance, 0)
        distance /= possible if peak >= _FULL_CONTRAST * possible else peak
        return _without_boxes(np.asarray(np.minimum(distance, 1)), recorder)
    is_tiny = max(levels.shape) <= _TINY
    is_tight = may_be_tight and in_two_shades(distance, peak, top)
    if not is_tiny and not is_tight and is_photo(levels, top, lighter > darker):
        return photo_ink(levels, top, lighter > darker, recorder)
    # In a tiny picture, most pixels may belong to the soft edge of a stroke.
    noise = 0.0 if is_tiny else _paper_noise(levels, background)
    floor = max(_MIN_OF_PEAK * peak, _MIN_OF_NOISE * noise)
    if is_tight:  # the little paper may be the soft edge of the stroke
        floor = min(floor, _MAX_OF_TIGHT * peak)
    if peak <= max(floor, _MIN_PEAK * top):
        return np.zeros_like(levels)
    return _without_boxes(np.asarray(np.clip((distance - floor) / (peak - floor), 0, 1)), recorder)


def _is_without_noise(levels: NDArray[np.float32], background: float) -> bool:
    return bool((levels == background).mean() > 0.5)


def _background(levels: NDArray[np.float32]) -> float:
    """Return the level of the paper: the most frequent one, unless bold ink may cover half of the picture or more."""
    is_light = levels > otsu_threshold(levels)
    height, width = levels.shape
    if height > _NARROW * width and is_light.any():  # a 1 that is cut out tightly fills the picture but for its sides
        side = max(1, width // 8)
        paper = is_light[:, :side].sum() + is_light[:, -side:].sum() >= 2 * side * is_light[:, side:-side].mean(1).sum()
        sides = levels[is_light == paper]
        mode = _mode(sides)
        if (np.abs(sides - mode) < _NEAR_MODE * np.ptp(levels)).mean() > _MIN_OF_SIDES:
            return mode
        return float(np.percentile(sides, 90 if paper else 10, method="nearest"))  # most are the soft edge of the 1
    if min(is_light.mean(), 1 - is_light.mean()) > _BALANCED:
        paper = np.median(corner_levels(is_light.astype(np.float32))) >= 0.5
        return _mode(levels[is_light == paper])
    return _mode(levels[is_light == (is_light.mean() > 0.5)])  # the ink may be more even than paper in a shadow


def _paper_noise(levels: NDArray[np.float32], background: float) -> float:
    """Return the standard deviation of the noise of the paper: of the whole picture if it has no two shades."""
    is_light = levels > otsu_threshold(levels)
    is_paper = is_light == (background > otsu_threshold(levels))
    paper, ink = levels[is_paper], levels[~is_paper]
    if ink.size and abs(float(paper.mean() - ink.mean())) > _TWO_SHADES * max(float(paper.std()), float(ink.std())):
        levels = paper
    return noise_deviation(levels - background)


def _without_boxes(ink: NDArray[np.float32], recorder: StepRecorder) -> NDArray[np.float32]:
    if max(ink.shape) <= FRAME_SIDE:
        return ink
    boxes = printed_boxes(ink > _MIN_OF_PEAK)
    if not boxes.any():
        return ink
    ink = np.where(boxes, np.float32(0), ink)
    recorder.add_levels("boxes", 1 - ink, 1.0)
    return ink
