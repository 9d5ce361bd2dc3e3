"""What the run history says of a run."""

from __future__ import annotations

from mnist_gui.gui.train.history.run_loader import load_runs


def test_imported_run_is_named_as_such_and_offers_no_training(store):
    store.create_imported("mine", {"file": "net.h5"}, None, {"model.onnx": b"network"})
    (loaded,) = load_runs(store, {})
    row = loaded.row
    assert (row.name, row.model, row.status) == ("mine", 0, "imported")
    assert row.can_export, "its ONNX model"
    assert not (row.can_resume or row.active or row.reason)
