import json
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_gui.digits.drawing import Drawing, DrawingError, parse_drawing

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
        '{"strokes": [' + "[[1, 2]], " * 2_000 + "[[3, 4]]]}",
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
    assert drawing.with_label(None).label is None
    assert drawing.with_label(np.uint8(4)).label == 4
    assert drawing.with_label(1) != drawing
    assert drawing != "7"


def test_bounds_are_those_of_all_points():
    assert seven().bounds() == (0, 0, 10, 20)


def erased(drawing, start, end, radius):
    return [stroke.tolist() for stroke in drawing.erased(start, end, radius).strokes]


def test_the_eraser_cuts_a_stroke_where_it_passed():
    line = Drawing((np.array([[0, 0], [50, 0], [100, 0]]),), 1)
    assert erased(line, (30, -20), (30, 20), 5) == [[[0, 0], [25, 0]], [[35, 0], [50, 0], [100, 0]]]
    assert erased(line, (60, 0), (60, 0), 20) == [[[0, 0], [40, 0]], [[80, 0], [100, 0]]]
    assert erased(line, (40, 0), (90, 0), 5) == [[[0, 0], [35, 0]], [[95, 0], [100, 0]]]
    assert erased(line, (30, 3), (70, 3), 5) == [[[0, 0], [26, 0]], [[74, 0], [100, 0]]]
    assert erased(line, (0, 0), (20, 0), 5) == [[[25, 0], [50, 0], [100, 0]]]
    assert erased(line, (-10, 0), (110, 0), 5) == []
    assert line.erased((30, -20), (30, 20), 5).label == 1


def test_the_eraser_takes_dots_and_leaves_strokes_beside_it_alone():
    drawing = seven().with_stroke([[50, 50]])
    left = drawing.erased((40, 50), (60, 50), 3)
    assert left == seven()
    assert all(kept is stroke for kept, stroke in zip(left.strokes, drawing.strokes, strict=False))
    assert drawing.erased((40, 54), (60, 54), 3) is drawing
    assert drawing.erased((100, 0), (100, 0), 3) is drawing
    assert erased(drawing, (3, 10), (5, 10), 1)[1:] == [[[6, 10], [8, 10]], [[50, 50]]]
    assert Drawing().erased((0, 0), (1, 1), 100) == Drawing()


on_canvas = st.tuples(st.floats(0, 1000), st.floats(0, 1000))


@settings(deadline=None, max_examples=100)
@given(st.lists(on_canvas, min_size=1, max_size=8), on_canvas, on_canvas, st.floats(1, 300))
def test_what_the_eraser_leaves_is_what_is_not_near_it(stroke, start, end, radius):
    def distances(places):
        along, offset = np.subtract(end, start), places - start
        fraction = np.clip(offset @ along / max(along @ along, 1e-300), 0, 1)
        return np.hypot(*(offset - fraction[:, None] * along).T)

    def densely(lines):
        return np.concatenate(
            [np.linspace(a, b, 200) for line in lines for a, b in pairwise([*line, line[-1]])] or [np.empty((0, 2))]
        )

    drawing = Drawing((np.array(stroke),))
    once = drawing.erased(start, end, radius)
    places, left = densely(drawing.strokes), densely(once.strokes)
    assert distances(left).min(initial=radius) >= radius - 1e-2
    for place in places[distances(places) > radius + 1e-2]:
        assert len(left) and np.hypot(*(left - place).T).min() <= 1000 * 2**0.5 / 199
    assert once.erased(start, end, radius) is once


@settings(deadline=None, max_examples=60)
@given(st.lists(on_canvas, min_size=2, max_size=5), st.integers(1, 40), st.floats(5, 100))
def test_an_eraser_that_goes_on_leaves_no_crumbs_behind(path, steps, radius):
    way = np.concatenate([np.linspace(a, b, steps + 1) for a, b in pairwise(path)])
    drawing = Drawing((np.array([[0, 500], [250, 500], [1000, 500]]), np.array([[500, 0], [500, 1000]])))
    for start, end in pairwise(way.tolist()):
        drawing = drawing.erased(start, end, radius)
    for point in np.concatenate(drawing.strokes) if drawing.strokes else ():
        assert np.hypot(*(way - point).T).min() > radius - 1e-3
    assert all(np.ptp(stroke, axis=0).any() for stroke in drawing.strokes)
