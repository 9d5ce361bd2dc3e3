"""The preview of the augmentation: what it shows, and when it moves."""

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from mnist_gui.gui.train.recipe.augmentation_preview import AugmentationPreview


@pytest.fixture
def digits(tiny_dataset) -> tuple[np.ndarray, np.ndarray]:
    train = tiny_dataset.train
    return train.images[:20].astype(np.float32) / 255, train.labels[:20]


@pytest.fixture
def preview(qtbot):
    window = QWidget()
    preview = AugmentationPreview()
    QVBoxLayout(window).addWidget(preview)
    preview.findChild(QTimer).setInterval(20)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(preview.isActiveWindow)
    yield preview  # not returned: the window would go
    window.close()


def caption(preview: AugmentationPreview) -> str:
    return preview.findChild(QLabel, "altered_caption").text()


def test_before_there_are_digits_it_keeps_their_place(preview):
    assert "once the data is loaded" in caption(preview)
    assert preview.frames is None and not preview.findChild(QTimer).isActive()
    mosaic = preview.findChild(QWidget, "altered_digits")
    assert mosaic.height() >= 4 * 2 * 28


def test_at_strength_0_the_frames_stay_as_they_are(preview, digits):
    preview.set_digits(*digits)
    assert np.array_equal(preview.frames, digits[0][:16])
    assert "stay as they are" in caption(preview)
    assert not preview.findChild(QTimer).isActive()


def test_altered_digits_are_altered_again_and_again(preview, digits, qtbot):
    preview.set_digits(*digits)
    preview.set_strength(1.0)
    seen = [preview.frames]
    assert seen[0].shape == (16, 28, 28) and not np.array_equal(seen[0], digits[0][:16])
    for _ in range(2):
        qtbot.waitUntil(lambda: not np.array_equal(preview.frames, seen[-1]))
        seen.append(preview.frames)
    preview.set_strength(0.0)
    assert np.array_equal(preview.frames, digits[0][:16])


def test_it_rests_while_it_is_hidden(preview, digits, qtbot):
    timer = preview.findChild(QTimer)
    preview.set_digits(*digits)
    preview.set_strength(1.0)
    assert timer.isActive()
    preview.hide()
    assert not timer.isActive()
    preview.show()
    assert timer.isActive()
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: not timer.isActive())
    preview.window().activateWindow()
    qtbot.waitUntil(timer.isActive)


def test_it_is_white_on_black_in_either_theme_and_fills_its_width(preview, digits):
    preview.set_digits(*digits)
    mosaic = preview.findChild(QWidget, "altered_digits")
    for window in ("#ffffff", "#101010"):
        palette = QPalette(preview.palette())
        palette.setColor(QPalette.ColorRole.Window, QColor(window))
        preview.setPalette(palette)
        picture = mosaic.grab().toImage()
        side = (mosaic.width() - 12) // 4
        bar = round(5 * side / 28)  # label 0: rows 4 and 5, columns 4 to 23
        assert picture.pixelColor(round(side / 2), bar).lightness() > 200
        assert picture.pixelColor(round(side / 2), round(side / 2)).lightness() < 20
        last = picture.pixelColor(round(3.5 * side) + 12, round(3 * side + 15 * side / 28) + 12)  # a 5: rows 14, 15
        assert last.lightness() > 200


def test_it_says_what_it_shows(preview, digits):
    preview.set_digits(*digits)
    preview.set_strength(0.5)
    mosaic = preview.findChild(QWidget, "altered_digits")
    assert mosaic.accessibleName() == "Altered digits"
    assert mosaic.accessibleDescription().startswith("0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5; strength 0.5.")


def test_digits_of_another_shape_are_refused_in_a_sentence(preview):
    with pytest.raises(ValueError, match=r"shape \(3, 27, 28\).*give frames of shape \(N, 28, 28\)"):
        preview.set_digits(np.zeros((3, 27, 28), np.float32), np.zeros(3, np.uint8))
