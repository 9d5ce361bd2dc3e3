"""ONNX models as exporters write them answer as before, for any number of frames, and what they expect is found."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from mnist_gui.models.importing import child_process
from mnist_gui.models.importing.conventions import Convention, Layout, prepare, probabilities
from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.importing.onnx_file import batch_of, graph_input, input_shape
from tests.models.importing.keras_models import tried_frames
from tests.models.importing.onnx_models import FLATTEN, MODELS, exported, numbers


@pytest.mark.parametrize("name", MODELS)
def test_model_answers_as_before_and_its_convention_is_found(name):
    make, convention = MODELS[name]
    content = make()
    frames, labels = tried_frames()
    header, wrapped = child_process.read_and_try(content, frames, labels, lambda done: None)
    assert Convention.from_json(header["convention"]) == convention
    assert header["network"] is None and header["accuracy"] > 0.7
    model = onnx.load_model_from_string(content)
    inputs = prepare(frames[:20], convention, Layout.of(input_shape(model)))
    dtype = helper.tensor_dtype_to_np_dtype(graph_input(model).type.tensor_type.elem_type)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    step = batch_of(model) or 20
    rows = [session.run(None, {"x": inputs[i : i + step].astype(dtype)})[0] for i in range(0, 20, step)]
    (answered,) = onnxruntime.InferenceSession(wrapped, providers=["CPUExecutionProvider"]).run(
        None, {"frames": frames[:20]}
    )
    # Bytes are cut off where the program gives fractions.
    tolerance = 0.02 if dtype == np.uint8 else 1e-4
    np.testing.assert_allclose(answered, probabilities(np.concatenate(rows), convention.answers), atol=tolerance)


def test_model_that_mixes_frames_is_refused_with_what_to_do():
    # The mean over the first dimension differs where that holds other frames, too.
    nodes = (
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[0], keepdims=1),
        helper.make_node("Sub", ["x", "mean"], ["centred"]),
        helper.make_node("Reshape", ["centred", "target"], ["flat"]),
    )
    content = exported(2, *nodes, constants=(numbers("target", [2, 784]),))
    with pytest.raises(ModelFileError, match=r"exactly 2 frames at once.*dynamic_axes"):
        child_process.read_and_try(content, *tried_frames(), lambda done: None)


@pytest.mark.parametrize("is_in_training", [True, False])
def test_model_that_answers_by_the_other_frames_is_refused(is_in_training):
    kinds = {"ones": np.ones(784, np.float32), "zeros": np.zeros(784, np.float32), "three": np.float32(3)}
    names = ["ones", "zeros", "zeros", "ones"]
    nodes = (
        [helper.make_node("BatchNormalization", ["all", *names], ["flat", "mean", "variance"], training_mode=1)]
        if is_in_training
        else [
            helper.make_node("ReduceMean", ["all"], ["mean"], axes=[0], keepdims=1),
            helper.make_node("Mul", ["mean", "three"], ["more"]),
            helper.make_node("Add", ["all", "more"], ["flat"]),
        ]
    )
    constants = [numpy_helper.from_array(np.asarray(value), name) for name, value in kinds.items()]
    content = exported("N", helper.make_node("Flatten", ["x"], ["all"], axis=1), *nodes, constants=constants)
    with pytest.raises(ModelFileError, match=r"by which other frames it is asked with.*model\.eval\(\)"):
        child_process.read_and_try(content, *tried_frames(), lambda done: None)


@pytest.mark.parametrize("batch", [100, 1_000])
def test_model_of_a_fixed_number_of_frames_is_used(batch):
    header, _ = child_process.read_and_try(exported(batch, FLATTEN), *tried_frames(), lambda done: None)
    assert header["accuracy"] > 0.7


def test_model_with_other_outputs_is_refused():
    nodes = [helper.make_node("Flatten", ["x"], ["y"], axis=1)]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 28, 28])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 784])],
    )
    content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    with pytest.raises(ModelFileError, match="returns 784 numbers for a frame; expected ten"):
        child_process.read_and_try(content, *tried_frames(), lambda done: None)
