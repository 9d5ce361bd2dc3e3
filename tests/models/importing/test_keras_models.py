"""Keras models in all their formats answer as Keras does, and what they expect is found."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from mnist_gui.models.importing import child_process
from mnist_gui.models.importing.conventions import Convention, Layout, prepare, probabilities
from tests.models.importing.keras_models import HABITS, made, tried_frames


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Keras, for old formats and NumPy
@pytest.mark.parametrize("name", HABITS)
def test_file_answers_as_keras_and_its_convention_is_found(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    habit = HABITS[name]
    model, content = made(habit)
    frames, labels = tried_frames()
    header, onnx_model = child_process.read_and_try(content, frames, labels, lambda done: None)
    found = Convention.from_json(header["convention"])
    assert found == habit.convention
    assert header["accuracy"] > 0.6
    layout = Layout.of([side or 28 for side in model.input_shape[1:]])
    inputs = prepare(frames[:50], habit.convention, layout)
    rows = np.asarray(model(inputs, training=False))
    # Keras' own two ways differ by rounding, on some processors by more than that: sigmoids of large sums.
    rounding = np.abs(model.predict(inputs, verbose=0) - rows).max()
    expected = probabilities(rows, habit.convention.answers)[:, habit.convention.order]
    session = onnxruntime.InferenceSession(onnx_model, providers=["CPUExecutionProvider"])
    (answered,) = session.run(None, {"frames": frames[:50]})
    np.testing.assert_allclose(answered, expected, atol=1e-4 + rounding)
    _, again = child_process.change_and_try(onnx_model, frames, labels, lambda done: None, found)
    assert again == onnx_model, "its network is found again where the user changes what it expects"
