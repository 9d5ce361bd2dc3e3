"""A stop takes effect within two batches, in training and in validation, from any thread."""

import threading

import pytest

from mnist_gui.models import architectures
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from tests.faults.faulty import MARKS, RECIPE, Log, create

pytestmark = MARKS


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch"])
@pytest.mark.parametrize("request_end", [TrainingControl.stop, TrainingControl.interrupt])
def test_at_most_two_batches_begin_after_it(store, tiny_dataset, monkeypatch, method, request_end):
    control = TrainingControl()
    begun_after = []
    build = architectures.build

    def watched(work, stops):
        calls = iter(range(1000))

        def on_batch(*arguments, **options):
            if control.is_interrupted:
                begun_after.append(method)
            if stops and next(calls) == 1:  # in the middle of a batch, from outside
                requester = threading.Thread(target=request_end, args=(control,))
                requester.start()
                requester.join()
            return work(*arguments, **options)

        return on_batch

    def build_watched(architecture):
        model = build(architecture)
        for name in ("train_on_batch", "test_on_batch"):
            setattr(model, name, watched(getattr(model, name), name == method))
        return model

    monkeypatch.setattr(architectures, "build", build_watched)
    run, log = create(store, tiny_dataset, RECIPE.with_changes(frames=320, held_out=320)), Log()
    train(run, tiny_dataset, report=log, control=control)
    assert log.end.status == ("stopped" if request_end is TrainingControl.stop else "paused")
    assert log.end.epoch == 0
    assert len(begun_after) <= 2
