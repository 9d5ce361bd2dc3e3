import json
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_gui.digits.drawing import Drawing, DrawingError, parse_drawing, strokes_touched

coordinates = st.floats(-1e6, 1e6)
points = st.lists(st.tuples(coordinates, coordinates), max_size=8)
drawings = st.builds(
    lambda strokes, label: Drawing(tuple(map(np.array, strokes)), label),
    st.lists(points, max_size=4),
    st.none() | st.integers(0, 9),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["strokes", "label", "x"]), inner, max_size=3)
    ),
    max_leaves=20,
)


def seven() -> Drawing:
    return Drawing((np.array([[0, 0], [10, 0], [4, 20]]), np.array([[2.5, 10], [8, 10]])), 7)


@settings(deadline=None, max_examples=80)
@given(drawings)
def test_json_gives_an_equal_drawing_back(drawing):
    assert parse_drawing(json.dumps(drawing.to_json())) == drawing


def test_json_is_written_compactly():
    assert json.dumps(seven().to_json()) == (
        '{"strokes": [[[0, 0], [10, 0], [4, 20]], [[2.5, 10], [8, 10]]], "label": 7}'
    )
    assert Drawing().to_json() == {"strokes": []}


@settings(deadline=None, max_examples=150)
@given(json_values | st.fixed_dictionaries({"strokes": json_values, "label": json_values}))
@pytest.mark.slow
def test_any_json_is_a_drawing_or_a_drawing_error(value):
    try:
        Drawing.from_json(value)
    except DrawingError as error:
        assert str(error).endswith(".")


@settings(deadline=None, max_examples=80)
@given(st.text())
@pytest.mark.slow
def test_any_text_is_a_drawing_or_a_drawing_error(text):
    with suppress(DrawingError):
        parse_drawing(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "7",
        "null",
        "[[[0, 0]]]",
        "{}",
        '{"label": 3}',
        '{"strokes": null}',
        '{"strokes": "abc"}',
        '{"strokes": {}}',
        '{"strokes": [7]}',
        '{"strokes": [[7]]}',
        '{"strokes": [[[1]]]}',
        '{"strokes": [[[1, 2, 3]]]}',
        '{"strokes": [[[]]]}',
        '{"strokes": [["ab"]]}',
        '{"strokes": [[["1", "2"]]]}',
        '{"strokes": [[[true, 2]]]}',
        '{"strokes": [[[null, 2]]]}',
        '{"strokes": [[[NaN, 2]]]}',
        '{"strokes": [[[1, Infinity]]]}',
        '{"strokes": [], "note": -Infinity}',
        '{"strokes": [[[1e999, 2]]]}',
        '{"strokes": [[[1000001, 2]]]}',
        '{"strokes": [[[-1e6, 1.0000001e6]]]}',
        '{"strokes": [[[' + "9" * 3000 + ", 2]]]}",
        '{"strokes": [[[' + "9" * 9000 + ", 2]]]}",
        '{"strokes": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"strokes": [], "label": 10}',
        '{"strokes": [], "label": -1}',
        '{"strokes": [], "label": true}',
        '{"strokes": [], "label": "7"}',
        '{"strokes": [], "label": 7.0}',
        '{"strokes": [], "label": ' + "9" * 3000 + "}",
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_drawing_is_refused_in_one_short_sentence(text):
    with pytest.raises(DrawingError) as caught:
        parse_drawing(text)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 250


@pytest.mark.parametrize(
    "text", ['{"strokes": []}', '{"strokes": [[], []], "label": null}', '{"strokes": [], "other": [{}]}']
)
def test_no_points_are_a_blank_drawing(text):
    drawing = parse_drawing(text)
    assert drawing.is_blank
    assert drawing.point_count == 0
    assert drawing.label is None
    with pytest.raises(DrawingError):
        drawing.bounds()


@pytest.mark.parametrize(
    "stroke",
    [
        np.zeros((3, 3)),
        np.zeros(4),
        np.zeros((2, 0)),
        np.array([["1", "2"]]),
        np.array([[True, False]]),
        np.array([[np.nan, 0]]),
        np.array([[0, -np.inf]]),
        np.array([[1e6 + 1, 0]]),
        np.array([[np.iinfo(np.int64).min, 0]]),
        [[1, 2], [3]],
        [[10**400, 0]],
    ],
    ids=str,
)
def test_a_stroke_of_something_else_is_refused(stroke):
    with pytest.raises(DrawingError):
        Drawing((stroke,))


def test_a_read_only_array_is_checked_like_any_other():
    stroke = np.array([[np.nan, 0.0]])
    stroke.setflags(write=False)
    with pytest.raises(DrawingError):
        Drawing((stroke,))


def test_a_drawing_does_not_change():
    stroke = np.array([[1.0, 2.0], [3.0, 4.0]])
    drawing = Drawing((stroke,))
    stroke[0] = 9
    assert drawing.strokes[0].tolist() == [[1, 2], [3, 4]]
    with pytest.raises(ValueError, match="read-only"):
        drawing.strokes[0][0] = 9
    with pytest.raises(AttributeError):
        drawing.label = 3


def test_changes_give_new_drawings():
    drawing = seven()
    longer = drawing.with_stroke([[5, 5]])
    assert (drawing.point_count, longer.point_count, longer.label) == (5, 6, 7)
    assert longer.without_strokes([2]) == drawing
    assert longer.without_strokes([0, 1, 99]).strokes[0].tolist() == [[5, 5]]
    assert drawing.with_label(None).label is None
    assert drawing.with_label(np.uint8(4)).label == 4
    assert drawing.with_label(1) != drawing
    assert drawing != "7"


def test_bounds_are_those_of_all_points():
    assert seven().bounds() == (0, 0, 10, 20)


def test_the_eraser_touches_what_is_within_its_radius():
    drawing = seven().with_stroke([[50, 50]])
    assert strokes_touched(drawing, (5, -1), 0.9) == ()
    assert strokes_touched(drawing, (5, -1), 1) == (0,)
    assert strokes_touched(drawing, (12, 10), 4) == (1,)
    assert strokes_touched(drawing, (8, 9), 4) == (0, 1)
    assert strokes_touched(drawing, (53, 54), 5) == (2,)
    assert strokes_touched(Drawing(), (0, 0), 100) == ()


@settings(deadline=None, max_examples=60)
@given(points.filter(bool), st.tuples(coordinates, coordinates))
def test_the_eraser_measures_the_distance_to_the_line(stroke, point):
    drawing = Drawing((np.array(stroke),))
    line = np.array(stroke, dtype=float)
    # The nearest of many places along the line is not nearer than the line, nor much farther.
    places = np.concatenate([np.linspace(a, b, 400) for a, b in pairwise(line)] or [line])
    nearest = np.hypot(*(places - point).T).min()
    step = np.hypot(*np.diff(line, axis=0).T).max(initial=0) / 399
    assert strokes_touched(drawing, point, nearest * (1 + 1e-9) + 1e-9) == (0,)
    if nearest - step > 0:
        assert strokes_touched(drawing, point, (nearest - step) * (1 - 1e-9) - 1e-6) == ()
