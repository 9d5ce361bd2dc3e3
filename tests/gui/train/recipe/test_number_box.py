"""Any text typed into a number box: taken as it is or refused, never changed.

``MNIST_GUI_EXAMPLES=100000 pytest tests/gui/train/recipe/test_number_box.py`` tries more texts.
"""

import os
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnist_gui.gui.train.recipe.number_box import NumberBox, number_text
from mnist_gui.models.recipes import NUMBER_FIELDS, RecipeError

EXAMPLES = int(os.environ.get("MNIST_GUI_EXAMPLES", "400"))
FIELDS = st.sampled_from(sorted(NUMBER_FIELDS))
NUMERALS = st.from_regex(r"[+-]?[0-9]{0,6}[.,]?[0-9]{0,6}([eE][+-]?[0-9]{1,3})?", fullmatch=True)
TEXTS = st.one_of(NUMERALS, st.text("0123456789.,eE+- _'", max_size=12), st.text(max_size=12))
many = settings(max_examples=EXAMPLES, deadline=None)


def meaning(text: str, field: str) -> int | float:
    """Return the number that a text means, by another way than the program's."""
    exact = Fraction(text.strip().replace(",", "."))
    return int(exact) if NUMBER_FIELDS[field].is_integer and exact.denominator == 1 else float(exact)


@many
@given(FIELDS, TEXTS)
def test_a_text_is_read_as_it_stands_or_refused(field, text):
    number = NUMBER_FIELDS[field]
    try:
        value = number.parse(text)
    except RecipeError as error:
        assert str(error).lower().startswith(f"{number.name} is ")
    else:
        assert value == meaning(text, field)
        assert type(value) is (int if number.is_integer else float)
        assert number.parse(number_text(value)) == value, "what the box then shows means the same"


@many
@given(st.floats(1e-300, 999_999), st.sampled_from([repr, "{:.17e}".format, "{:.17G}".format]), st.booleans())
def test_every_learning_rate_is_understood(value, form, comma):
    text = form(value).replace(".", "," if comma else ".")
    assert NUMBER_FIELDS["learning_rate"].parse(text) == value


@pytest.mark.slow
def test_typed_texts_stay_as_they_are(qtbot):
    boxes = {name: NumberBox(number) for name, number in NUMBER_FIELDS.items()}
    for box in boxes.values():
        qtbot.addWidget(box)

    @settings(max_examples=EXAMPLES // 4, deadline=None, suppress_health_check=list(HealthCheck))
    @given(FIELDS, st.one_of(NUMERALS, st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)))
    def type_text(field, text):
        box = boxes[field]
        box.lineEdit().clear()
        qtbot.keyClicks(box, text)
        assert box.text() == text
        box.editingFinished.emit()  # as when the focus leaves
        if box.error:
            assert box.text() == text, "what is refused stays to be mended"
        elif text.strip():
            assert box.value() == meaning(text, field) == meaning(box.text(), field)

    type_text()


@pytest.mark.parametrize("text", ["1,000", "12,345", "-1,000", " 1,000 "])
@pytest.mark.parametrize("field", ["learning_rate", "epochs"])
def test_a_separator_of_thousands_is_refused_with_both_readings(field, text):
    with pytest.raises(RecipeError, match=r"which may mean .* or .*; write it without a separator"):
        NUMBER_FIELDS[field].parse(text)


def test_a_point_is_a_decimal_point_where_decimals_are_expected():
    assert NUMBER_FIELDS["learning_rate"].parse("1.000") == 1
    with pytest.raises(RecipeError, match="may mean"):
        NUMBER_FIELDS["epochs"].parse("1.000")
