"""One look for the whole program."""

from itertools import combinations

import numpy as np
import pytest

from mnist_gui.gui import theme


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_another_theme_or_text_size_keeps_the_style(qapp, choice):
    """Qt deletes a style that is replaced, with every widget still using it: now and then that crashed."""
    theme.apply(qapp, "light")
    qapp.style().setProperty("seen", True)
    theme.apply(qapp, choice, 1.25)
    assert qapp.style().property("seen")
    theme.apply(qapp, "light")


# Machado, Oliveira and Fernandes (2009), severity 1.0: normal sight, and protan, deutan and tritan dichromats.
SIGHTS = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
LEAST_DIFFERENCE = 20  # in CIELAB; below 10, small marks are taken for each other
LEAST_CONTRAST = 3  # WCAG 2.2, 1.4.11


def linear(color):
    values = np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def cielab(color, sight):
    xyz = XYZ @ np.clip(np.array(SIGHTS[sight]) @ linear(color), 0, 1) / XYZ.sum(axis=1)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("colors", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_the_marks_differ_from_each_other_and_from_text_for_every_sight(colors, sight):
    seen = {color: cielab(color, sight) for color in (*colors.marks, colors.text)}
    assert len(seen) == 7
    for first, second in combinations(seen, 2):
        assert np.linalg.norm(seen[first] - seen[second]) > LEAST_DIFFERENCE, (first, second)


@pytest.mark.parametrize("colors", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_the_marks_stand_out_from_cards(colors):
    surface = XYZ[1] @ linear(colors.surface)
    for color in colors.marks:
        darker, lighter = sorted((surface, XYZ[1] @ linear(color)))
        assert (lighter + 0.05) / (darker + 0.05) >= LEAST_CONTRAST, color
