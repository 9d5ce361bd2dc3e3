"""A picture file or an MNIST image -> ink on nothing, or a clear refusal."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.photo_cleanup import is_photo, photo_ink

# Formats whose readers in Pillow run no other program and need no other file.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
MIN_SIDE = 4
MAX_PIXELS = 100_000_000
# A larger picture is shrunk to at most so many pixels a side: a frame has 28.
_WORKING_SIDE = 1000
# Of a large picture so many pixels are converted at a time.
_STRIP_PIXELS = 4_000_000
# Ink that reaches this part of what is possible is not stretched: it was meant so.
_FULL_CONTRAST = 0.9
# In a picture with noise, ink weaker than this part of the strongest, or than so many standard deviations of
# the background, is none; and if the strongest is weaker than this part of white, there is none at all.
_FAINTEST_OF_PEAK = 0.15
_FAINTEST_OF_NOISE = 6.0
_FAINTEST_PEAK = 0.06


class PictureError(ValueError):
    """A picture cannot be used; the message is one sentence that names it."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of a digit as an amount of ink, whatever its colours were.

    Attributes
    ----------
    ink
        (H, W) float32 in [0, 1], 1 where there is ink; a read-only copy of what was given.
    label
        The digit that it is known to be, or None.
    framed
        True if the ink already is a frame as a model expects it, (28, 28), and must not be framed again.

    Raises
    ------
    PictureError
        The ink is of another shape, or not all of it from 0 to 1.
    """

    ink: NDArray[np.float32]
    label: int | None = None
    framed: bool = False

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
        """True if there is no ink at all."""
        return not self.ink.any()

    @classmethod
    def from_mnist(cls, image: NDArray[np.uint8], label: int | None = None) -> Picture:
        """Return an MNIST image, (28, 28) from 0 to 255, as the frame that it is, divided by 255."""
        return cls(image.astype(np.float32) / np.float32(255), None if label is None else int(label), framed=True)


def read_picture(source: Path | bytes) -> Picture:
    """Return the ink of a picture file.

    The background is the median of the picture's border; ink is what is darker or what is lighter, whichever
    goes farther. Where the border is uneven, the picture is a photo, and its light, ruled lines and specks are
    taken away. Transparency, 16 bits, palettes, CMYK and a camera's rotation are understood. Of an
    animation the first picture is read. A picture of one shade, or with nothing above its noise, is blank.

    Parameters
    ----------
    source
        The file, or its contents. PNG, JPEG, GIF, BMP, TIFF or WebP.

    Raises
    ------
    PictureError
        The file is missing, no picture, damaged, smaller than 4 pixels a side or larger than 100 megapixels.
    """
    name = "The picture" if isinstance(source, bytes) else str(source)
    # Pillow warns of large pictures, which are refused or shrunk here, and of oddities in metadata.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _refuse_unreadable(source, name)
            with _opened(source) as image:
                _refuse_size(image.size, name)
                image.verify()  # a PNG's checksums, which decoding does not look at
            with _opened(source) as image:
                lossy = image.format in ("JPEG", "MPO", "WEBP")  # MPO is the JPEG of phones that add a second picture
                levels, top = _grey_levels(image)
        except PictureError:
            raise
        except Image.DecompressionBombError:
            raise _too_large(name) from None
        except UnidentifiedImageError:
            raise PictureError(f"{name} is not a picture of a known kind ({', '.join(FORMATS)}).") from None
        except Exception as error:  # damaged files make Pillow raise a dozen kinds
            raise PictureError(f"{name} could not be read ({error}); it may be damaged.") from error
    return Picture(_ink(levels, top, lossy))


def _opened(source: Path | bytes) -> Image.Image:
    """Return the picture with its header read."""
    return Image.open(BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS)


def _refuse_unreadable(source: Path | bytes, name: str) -> None:
    """Raise PictureError for what is not even a file with something in it."""
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


def _refuse_size(size: tuple[int, int], name: str) -> None:
    """Raise PictureError for a width and height that no digit fits in, or that memory may not fit."""
    width, height = size
    if min(size) < MIN_SIDE:
        raise PictureError(f"{name} has {width}x{height} pixels; below {MIN_SIDE} a side none can hold a digit.")
    if width * height > MAX_PIXELS:
        raise _too_large(name)


def _too_large(name: str) -> PictureError:
    return PictureError(f"{name} has more than {MAX_PIXELS // 10**6} megapixels; make it smaller.")


def _grey_levels(image: Image.Image) -> tuple[NDArray[np.float32], float]:
    """Return the picture as (H, W) grey levels, upright and not too large, and the level of white."""
    image.draft("L", (_WORKING_SIDE, _WORKING_SIDE))  # has a JPEG decoded at down to an eighth of its size
    factor = max(1, -(-max(image.size) // _WORKING_SIDE))
    top = 255.0
    if image.mode.startswith("I") or image.mode == "F":
        grey = _reduced(image, factor, lambda strip: strip.convert("F"))
        top = 65535.0 if image.mode.startswith("I") else max(1.0, float(image.getextrema()[1]))  # type: ignore[arg-type]
    elif image.has_transparency_data:
        grey = _opaque(image, factor)
    else:
        grey = _reduced(image, factor, lambda strip: strip.convert("L"))
    # Some of the conversions lose the camera's rotation, so that it is asked of the picture as it was read.
    grey.getexif()[0x0112] = image.getexif().get(0x0112, 1)
    return np.asarray(ImageOps.exif_transpose(grey), dtype=np.float32), top


def _reduced(image: Image.Image, factor: int, grey: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Return a picture made grey and then shrunk by a whole factor, strip by strip, lest there be a large copy."""
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
    """Return a picture with transparency in grey and shrunk, its transparent parts filled with what is background.

    That is the border's shade if the border is opaque; else white under dark ink, black under light ink.
    """
    shades, weights = (
        np.asarray(_reduced(image, factor, channel), dtype=np.float64)
        for channel in (lambda strip: strip.convert("RGBA").convert("L"), _alpha)
    )
    weights /= 255
    opaque_border = _border(shades)[_border(weights) > 0.5]
    if 2 * len(opaque_border) > len(_border(shades)):
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


def _border(levels: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the outermost pixels."""
    return np.concatenate([levels[0], levels[-1], levels[1:-1, 0], levels[1:-1, -1]])


def _ink(levels: NDArray[np.float32], top: float, lossy: bool) -> NDArray[np.float32]:
    """Return the ink, in [0, 1], at each pixel of (H, W) grey levels from 0 (black) to `top` (white).

    A picture without noise is taken literally, so that an MNIST frame saved as a PNG comes back exactly.
    """
    background = float(np.median(_border(levels)))
    darker, lighter = background - float(levels.min()), float(levels.max()) - background
    distance = np.maximum(background - levels if darker >= lighter else levels - background, 0)
    peak, possible = max(darker, lighter), (background if darker >= lighter else top - background)
    if peak == 0:
        return np.zeros_like(levels)
    if not lossy and (levels == background).mean() > 0.5:
        distance /= possible if peak >= _FULL_CONTRAST * possible else peak
        return np.asarray(np.minimum(distance, 1))
    if is_photo(levels, top):
        return photo_ink(levels, top)
    # The median deviation of the border, times this, is the standard deviation of normal noise.
    noise = 1.4826 * float(np.median(np.abs(_border(levels) - background)))
    floor = max(_FAINTEST_OF_PEAK * peak, _FAINTEST_OF_NOISE * noise)
    if peak <= max(floor, _FAINTEST_PEAK * top):
        return np.zeros_like(levels)
    return np.asarray(np.clip((distance - floor) / (peak - floor), 0, 1))
