"""What users do in the recipe panel, and what they read there."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QRadioButton, QScrollArea, QToolButton

from mnist_gui.gui.train.recipe.recipe_panel import RecipePanel


def start_button(panel: RecipePanel) -> QPushButton:
    return panel.findChild(QPushButton, "start")


def open_advanced(panel: RecipePanel) -> None:
    panel.findChild(QToolButton, "open_advanced").click()


def choose(panel: RecipePanel, recipe: str) -> None:
    panel.findChild(QRadioButton, recipe).click()


def sentence(panel: RecipePanel, recipe: str) -> str:
    return panel.findChild(QLabel, f"{recipe}_sentence").text()


def shows(panel: RecipePanel, words: str) -> bool:
    return any(label.isVisible() and words in label.text() for label in panel.findChildren(QLabel))


def scroll_area(panel: RecipePanel) -> QScrollArea:
    return panel.findChild(QScrollArea)


def tick(panel: RecipePanel, model: int) -> None:
    panel.findChild(QCheckBox, f"model_{model}").click()
