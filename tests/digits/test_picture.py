import itertools
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import Picture, PictureError, read_picture
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.paths import resources_folder

rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def digits():
    with np.load(resources_folder() / "mnist.npz") as archive:
        return archive["x_train"][:40]


def saved(image, kind="PNG", **options) -> bytes:
    """The content of a file with this picture, an array or a Pillow image."""
    file = BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(file, kind, **options)
    return file.getvalue()


def png(width: int, height: int, data: bytes) -> bytes:
    """A grey PNG file with any declared size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def seven(size=200, paper=255, ink=0) -> np.ndarray:
    """A seven on a mostly empty square, with its centre of mass far from a tie of the centring."""
    levels = np.full((size, size), paper, dtype=np.uint8)
    unit = size // 20
    levels[4 * unit : 6 * unit, 4 * unit : 14 * unit] = ink
    levels[4 * unit : 16 * unit, 12 * unit : 14 * unit] = ink
    return levels


EXPECTED = frame_of(Picture((seven() == 0).astype(float)))


def difference(picture: Picture) -> float:
    """Root mean square difference from the frame of the seven in pure ink."""
    return float(np.sqrt(np.mean((frame_of(picture) - EXPECTED) ** 2)))


# --- Picture ---


def test_an_mnist_image_is_a_frame(digits):
    picture = Picture.from_mnist(digits[0], 5)
    assert picture.framed and picture.label == 5 and not picture.is_blank
    assert picture.ink.dtype == np.float32
    assert np.array_equal(picture.ink, digits[0].astype(np.float32) / 255)
    assert np.array_equal(frame_of(picture), picture.ink)


def test_the_eraser_takes_the_pixels_on_its_way():
    picture = Picture(np.full((30, 40), 0.5, np.float32), 7, scale=2.0)
    left = picture.erased((10, 15), (30, 15), 3)
    y, x = np.mgrid[:30, :40] + 0.5
    distance = np.hypot(np.clip(x, 10, 30) - x, y - 15)
    assert np.array_equal(left.ink == 0, distance <= 3)
    assert (left.label, left.scale, left.erased_from) == (7, 2.0, picture)
    further = left.erased((-5, -5), (3, 3), 3)
    assert not further.ink[:4, :4].any() and further.ink[6:11].all()
    assert further.erased_from is picture


def test_where_there_is_no_ink_the_eraser_leaves_the_picture_as_it_is():
    ink = np.zeros((30, 40), np.float32)
    ink[10:20, 10:20] = 1
    picture = Picture(ink)
    for start, end in [((0, 5), (40, 5)), ((-90, -80), (-70, -80)), ((300, 300), (301, 300)), ((20, -50), (20, -40))]:
        assert picture.erased(start, end, 3) is picture
    assert picture.erased((15, 15), (15, 15), 30).is_blank


def test_ink_does_not_change():
    given = np.zeros((5, 5))
    picture = Picture(given)
    given[0, 0] = 1
    assert picture.is_blank
    with pytest.raises(ValueError, match="read-only"):
        picture.ink[0, 0] = 1


@pytest.mark.parametrize(
    ("ink", "framed"),
    [
        (np.zeros(5), False),
        (np.zeros((5, 5, 3)), False),
        (np.full((5, 5), 255.0), False),
        (np.full((5, 5), -0.1), False),
        (np.full((5, 5), np.nan), False),
        (np.zeros((20, 20)), True),
    ],
)
def test_ink_that_is_none_is_refused(ink, framed):
    with pytest.raises(PictureError):
        Picture(ink, framed=framed)


# --- supported files ---


@pytest.mark.parametrize("light_on_dark", [True, False])
@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
def test_an_mnist_frame_saved_as_a_file_becomes_the_same_frame(digits, kind, light_on_dark):
    for image in digits:
        picture = read_picture(saved(image if light_on_dark else 255 - image, kind))
        assert not picture.framed
        assert np.array_equal(frame_of(picture), image.astype(np.float32) / 255)


def test_a_file_is_read_like_its_contents(tmp_path):
    path = tmp_path / "a seven, ü.png"
    path.write_bytes(saved(seven()))
    assert np.array_equal(read_picture(path).ink, read_picture(path.read_bytes()).ink)


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (230, 20), (40, 200), (128, 0), (200, 160), (100, 130)])
@pytest.mark.parametrize(("kind", "options"), [("PNG", {}), ("JPEG", {"quality": 60}), ("WEBP", {"quality": 60})])
def test_ink_is_found_whichever_way_round(paper, ink, kind, options):
    assert difference(read_picture(saved(seven(paper=paper, ink=ink), kind, **options))) < 0.06


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize("hidden", [0, 255])
def test_ink_on_transparency_is_found(ink, hidden):
    inked = seven() == 0
    grey = np.where(inked, ink, hidden).astype(np.uint8)
    alpha = np.where(inked, 255, 0).astype(np.uint8)
    assert difference(read_picture(saved(np.stack([grey, grey, grey, alpha], axis=-1)))) < 1e-6
    assert difference(read_picture(saved(np.stack([grey, alpha], axis=-1)))) < 1e-6


def test_paper_with_transparent_corners_stays_paper():
    alpha = np.full((200, 200), 255, dtype=np.uint8)
    alpha[:10, :10] = alpha[-10:, -10:] = 0
    grey = np.where(alpha > 0, seven(), 0).astype(np.uint8)
    assert difference(read_picture(saved(np.stack([grey, alpha], axis=-1)))) < 1e-6


def test_a_transparent_colour_of_a_palette_is_background():
    image = Image.fromarray((seven() == 0).astype(np.uint8)).convert("P")
    image.putpalette([255, 0, 255, 0, 0, 0])
    for kind in ("PNG", "GIF"):
        assert difference(read_picture(saved(image, kind, transparency=0))) < 1e-6


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK"])
def test_kinds_of_pixels_are_understood(mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert difference(read_picture(saved(Image.fromarray(seven()).convert(mode), kind))) < 0.02


def test_16_bits_are_understood(digits):
    assert difference(read_picture(saved(seven().astype(np.uint16) * 257))) < 1e-6
    frame = frame_of(read_picture(saved(digits[0].astype(np.uint16) * 257)))
    assert np.abs(frame - digits[0] / 255).max() < 1e-6


def test_a_cmyk_jpeg_is_understood():
    assert difference(read_picture(saved(Image.fromarray(seven()).convert("CMYK"), "JPEG"))) < 0.06


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (3, 2), (6, 1), (8, 3)])
def test_a_cameras_rotation_is_undone(kind, orientation, turns):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.rot90(seven(), turns)
    for image in (Image.fromarray(stored), Image.fromarray(stored).convert("RGB")):
        assert difference(read_picture(saved(image, kind, exif=exif))) < 0.06


def test_noise_does_not_widen_the_box():
    levels = seven(400).astype(float) * 0.7 + 40 + rng.normal(0, 4, (400, 400))
    levels = np.clip(levels, 0, 255).astype(np.uint8)
    for contents in (saved(levels), saved(levels, "JPEG", quality=80)):
        assert difference(read_picture(contents)) < 0.06


@pytest.mark.slow
def test_a_large_photograph_is_shrunk():
    levels = np.kron(seven(200, 220, 30), np.ones((35, 35), dtype=np.uint8))  # 49 megapixels
    for contents in (saved(levels, "JPEG"), saved(levels, compress_level=1)):
        picture = read_picture(contents)
        assert max(picture.ink.shape) <= 1000
        assert difference(picture) < 0.06


@pytest.mark.parametrize("level", [0, 90, 255])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_one_shade_is_blank(level, kind):
    assert read_picture(saved(np.full((60, 80), level, dtype=np.uint8), kind)).is_blank


def test_nothing_but_noise_is_blank():
    noise = np.clip(rng.normal(200, 5, (300, 300)), 0, 255).astype(np.uint8)
    assert read_picture(saved(noise)).is_blank
    assert read_picture(saved(noise, "JPEG")).is_blank


def test_full_transparency_is_blank():
    assert read_picture(saved(np.zeros((50, 50, 4), dtype=np.uint8))).is_blank


# --- refused files ---


def bad_files():
    good, photo = saved(seven()), saved(seven(), "JPEG")
    broken = bytearray(good)
    broken[len(good) // 2] ^= 0xFF
    return {
        "empty.png": b"",
        "text.png": b"This is not a picture.",
        "one.png": saved(np.zeros((1, 1), dtype=np.uint8)),
        "thin.png": saved(np.zeros((300, 3), dtype=np.uint8)),
        "huge.png": png(65_000, 65_000, b"\0" * 1000),
        "large.png": png(10_001, 10_000, b"\0" * 1000),
        "cut.png": good[: len(good) // 2],
        "header.png": good[:20],
        "signature.png": good[:8],
        "broken.png": bytes(broken),
        "short.png": png(100, 100, b"\0" * 50),
        "no_zlib.png": png(100, 100, b"").replace(zlib.compress(b""), b"\xff" * len(zlib.compress(b""))),
        "cut.jpg": photo[: len(photo) // 2],
        "start.jpg": photo[:30],
        "cut.gif": saved(seven(), "GIF")[:40],
        "cut.bmp": saved(seven(), "BMP")[:60],
        "cut.tiff": saved(seven(), "TIFF")[:100],
        "cut.webp": saved(seven(), "WEBP")[:60],
        "postscript.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    }


@pytest.mark.parametrize(("name", "contents"), bad_files().items(), ids=bad_files())
def test_a_bad_file_is_refused_in_one_sentence_that_names_it(tmp_path, name, contents):
    path = tmp_path / name
    path.write_bytes(contents)
    with pytest.raises(PictureError) as caught:
        read_picture(path)
    message = str(caught.value)
    assert str(path) in message and message.endswith(".") and "\n" not in message
    with pytest.raises(PictureError, match="picture"):
        read_picture(contents)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("one.png", "1x1 pixels"),
        ("huge.png", "100 megapixels"),
        ("large.png", "100 megapixels"),
        ("empty.png", "empty"),
    ],
)
def test_the_refusal_says_what_is_wrong(name, words):
    with pytest.raises(PictureError, match=words):
        read_picture(bad_files()[name])


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(PictureError, match=r"nowhere\.png does not exist"):
        read_picture(tmp_path / "nowhere.png")
    with pytest.raises(PictureError, match="folder"):
        read_picture(tmp_path)
    with pytest.raises(PictureError):
        read_picture(tmp_path / ("long" * 200))


def test_any_damage_is_a_refusal_or_a_picture():
    contents = [saved(seven(60)), saved(seven(60), "JPEG"), saved(seven(60), "GIF"), saved(seven(60), "TIFF")]
    for original in contents:
        for _ in range(40):
            damaged = bytearray(original)
            for place in rng.integers(0, len(damaged), 3):
                damaged[place] = rng.integers(256)
            try:
                picture = read_picture(bytes(damaged))
            except PictureError:
                continue
            assert frame_of(picture).shape == (28, 28)


# --- cameras and scanners ---


@pytest.mark.slow
def test_50_megapixels_of_any_depth_are_read():
    for mode, kind, options in (
        ("RGBA", "PNG", {"compress_level": 1}),
        ("I;16", "TIFF", {}),
    ):
        large = Image.fromarray(seven(1000)).convert("I;16" if mode == "I;16" else mode)
        if mode == "I;16":
            large = Image.fromarray(seven(1000).astype(np.uint16) * 257)
        contents = saved(large.resize((7000, 7000), Image.Resampling.NEAREST), kind, **options)
        assert difference(read_picture(contents)) < 0.06


@pytest.mark.slow
def test_strips_give_what_the_whole_picture_gives(monkeypatch):
    levels = rng.integers(0, 256, (1217, 1100)).astype(np.uint8)
    levels[300:1000, 700:800] = 0
    alpha = np.full_like(levels, 255)
    alpha[:50] = 0
    for contents in (saved(levels), saved(np.stack([levels, alpha], axis=-1))):
        in_strips = read_picture(contents)
        monkeypatch.setattr("mnist_gui.digits.picture._STRIP_PIXELS", 10**9)
        whole = read_picture(contents)
        monkeypatch.setattr("mnist_gui.digits.picture._STRIP_PIXELS", 20_000)
        assert np.array_equal(read_picture(contents).ink, whole.ink)
        assert np.array_equal(in_strips.ink, whole.ink)


def test_of_an_animation_the_first_picture_is_read():
    first, second = Image.fromarray(seven()), Image.fromarray(np.zeros((200, 200), dtype=np.uint8))
    assert difference(read_picture(saved(first, "GIF", save_all=True, append_images=[second]))) < 0.02


def test_32_bit_levels_are_understood():
    assert difference(read_picture(saved(Image.fromarray(seven().astype(np.int32) * 257), "TIFF"))) < 0.02


@pytest.mark.parametrize("kind", [np.float32, np.int32])
@pytest.mark.parametrize(("background", "change"), [(0, 1), (0, -1), (-1, 3), (100_000, -50_000), (-100_000, -90_000)])
def test_pictures_of_32_bits_of_any_range_are_read(kind, background, change):
    levels = np.full((60, 60), background, kind)
    levels[10:50, 28:33] += kind(change)
    ink = read_picture(saved(levels, "TIFF")).ink
    assert ink[10:50, 28:33].min() > 0.99
    assert ink.sum() == pytest.approx(200)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("count", [1, 3600])
def test_a_picture_with_a_value_that_is_no_number_is_named(tmp_path, value, count):
    levels = np.ones((60, 60), np.float32)
    levels.ravel()[:count] = value
    path = tmp_path / "float.tiff"
    path.write_bytes(saved(levels, "TIFF"))
    with pytest.raises(PictureError) as refused:
        read_picture(path)
    assert str(refused.value) == f"{path} has values that are no finite numbers up to 1e+10; save it with 8 bits."


# --- what is around a digit, and how it was cut out ---


def colourful(paper, ink, size=200, kind="JPEG") -> bytes:
    mask = (seven(size) == 0)[..., None]
    return saved(np.where(mask, np.uint8(ink), np.uint8(paper)).astype(np.uint8), kind)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("thickness", [1, 2, 6])
def test_a_black_frame_around_the_picture_is_no_ink(kind, thickness):
    levels = seven()
    levels[:thickness] = levels[-thickness:] = 0
    levels[:, :thickness] = levels[:, -thickness:] = 0
    assert difference(read_picture(saved(levels, kind))) < 0.05


def test_a_panel_with_tools_beside_a_canvas_is_no_paper_in_a_shadow():
    screen = np.full((200, 260), 255, dtype=np.uint8)
    screen[:, 60:] = seven()
    screen[:, :60] = 190
    for top in range(10, 190, 40):
        screen[top : top + 20, 20:40] = 90
    assert np.array_equal(frame_of(read_picture(saved(screen))), frame_of(read_picture(saved(seven()))))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_dark_edge_of_a_scan_a_title_bar_and_a_box_are_no_ink(kind):
    edge, bar, box = seven(), seven(), np.pad(seven(), 30, constant_values=255)
    edge[:, :25] = 30
    bar[:24] = 60
    bar[8:14, 20:90:4] = 240
    box[12:15, 12:-12] = box[-15:-12, 12:-12] = 0
    box[12:-12, 12:15] = box[12:-12, -15:-12] = 0
    for levels in (edge, bar, box):
        assert difference(read_picture(saved(levels, kind))) < 0.05


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (200, 60)])
@pytest.mark.parametrize("side", [40, 200, 600])
@pytest.mark.slow
def test_a_digit_cut_out_tightly_is_read(digits, kind, paper, ink, side):
    for digit in digits[:10]:
        rows, columns = np.flatnonzero((digit > 100).any(1)), np.flatnonzero((digit > 100).any(0))
        cut = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        height, width = (round(length * side / max(cut.shape)) for length in cut.shape)
        large = np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.BICUBIC)) / 255
        picture = read_picture(saved((paper + large * (float(ink) - paper)).astype(np.uint8), kind))
        frame, expected = frame_of(picture), frame_of(Picture(np.clip(large, 0, 1)))
        # Where a soft edge ends may move the centre of mass by a pixel.
        moved = [np.roll(frame, by, (0, 1)).reshape(-1) for by in itertools.product((-1, 0, 1), repeat=2)]
        assert max(np.corrcoef(other, expected.reshape(-1))[0, 1] for other in moved) > 0.85


TURNS = np.linspace(0, 2 * np.pi, 60)
# Strokes and pen of digits that leave little paper, or not even a line of it, when they are cut out.
BOLD = {
    "one": ([[[0, 0], [2, 90]]], 16),
    "bold one": ([[[0, 0], [0, 90]]], 30),
    "eight with a speck": ([np.stack([26 * np.sin(2 * TURNS), 45 * np.cos(TURNS)], 1), [[60, 20], [62, 20]]], 16),
}


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (30, 220)])
@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize(("strokes", "pen"), BOLD.values(), ids=BOLD)
def test_a_bold_digit_is_read_where_hardly_any_paper_is_left(strokes, pen, size, paper, ink, kind):
    lowest, highest = np.min([np.min(stroke, 0) for stroke in strokes], 0), np.max(np.concatenate(strokes), 0)
    width, height = ((highest - lowest + 2 * pen) * size).astype(int)
    large = render_strokes(
        [(np.array(stroke) - lowest + pen) * size for stroke in strokes], pen * size, (height, width)
    )
    blurred = Image.fromarray((255 * large).astype(np.uint8)).filter(ImageFilter.GaussianBlur(3 * size))
    amount = np.asarray(blurred, dtype=np.float64) / 255
    rows, columns = np.flatnonzero((amount > 0.2).any(1)), np.flatnonzero((amount > 0.2).any(0))
    cut = amount[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    frame = frame_of(read_picture(saved((paper + cut * (float(ink) - paper)).astype(np.uint8), kind)))
    moved = [np.roll(frame, by, (0, 1)) for by in itertools.product((-1, 0, 1), repeat=2)]
    assert min(np.sqrt(np.mean((other - frame_of(Picture(cut))) ** 2)) for other in moved) < 0.12


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("paper", "ink"),
    [((30, 122, 30), (200, 20, 20)), ((250, 250, 120), (120, 170, 250)), ((255, 255, 255), (250, 230, 0))],
)
def test_ink_of_another_colour_than_the_paper_is_found_however_light(kind, paper, ink):
    """Red on green of the same lightness is one shade in grey."""
    assert difference(read_picture(colourful(paper, ink, kind=kind))) < 0.2


def test_a_small_jpeg_is_no_photo(digits):
    for digit in digits[:10]:
        for levels in (digit, 255 - digit):
            frame = frame_of(read_picture(saved(levels, "JPEG", quality=80)))
            assert np.sqrt(np.mean((frame - digit / 255) ** 2)) < 0.15
