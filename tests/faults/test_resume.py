"""A run that was paused repeatedly learns the same as one that was not, with any recipe."""

import pytest

from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import training_events
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.weights import read_weights
from mnist_gui.runs.record import MODEL_FILE
from mnist_gui.runs.run import Run
from tests.faults.faulty import MARKS, Log, check_whole, create, go_on

pytestmark = MARKS

RECIPES = {
    "all of fast": Recipe(
        "test",
        frames=96,
        epochs=2,
        batch_size=32,
        optimizer="adam",
        learning_rate=0.0005,
        schedule="one-cycle",
        augmentation=1.0,
        held_out=64,
        patience=5,
    ),
    "momentum": Recipe("test", frames=96, epochs=2, batch_size=32, optimizer="sgd", learning_rate=0.001, held_out=64),
}


@pytest.mark.parametrize("kind", RECIPES)
def test_paused_after_every_epoch_equals_unbroken(store, tiny_dataset, kind):
    recipe = RECIPES[kind]
    unbroken = create(store, tiny_dataset, recipe)
    train(unbroken, tiny_dataset, report=Log(), control=TrainingControl())

    broken = create(store, tiny_dataset, recipe)
    for epoch in range(1, recipe.epochs):
        control = TrainingControl()
        log = Log(training_events.EpochEnded, lambda event, control=control: control.interrupt())
        train(store.get(broken.name), tiny_dataset, report=log, control=control)
        assert (log.end.status, log.end.epoch) == ("paused", epoch)
        check_whole(store.get(broken.name))
    train(store.get(broken.name), tiny_dataset, report=Log(), control=TrainingControl())

    one, other = store.get(unbroken.name), store.get(broken.name)
    assert (other.status, other.record.best) == ("completed", one.record.best)
    for figures, again in zip(one.history(), other.history(), strict=True):
        # On several threads sums are taken in changing order; on one they agree bit for bit (see test_kill.py).
        assert again.loss == pytest.approx(figures.loss, rel=1e-3)
        assert again.val_loss == pytest.approx(figures.val_loss, rel=1e-3)
    for first, second in zip(read_weights(one), read_weights(other), strict=True):
        assert second == pytest.approx(first, abs=1e-3)


class PowerCutError(BaseException):
    """No code of the program runs after it."""


def test_cut_off_while_it_is_exported_again_it_names_only_what_is_there(store, tiny_dataset, monkeypatch):
    run, control = create(store, tiny_dataset), TrainingControl()
    train(run, tiny_dataset, report=Log(training_events.EpochEnded, lambda event: control.interrupt()), control=control)
    assert store.get(run.name).has_model
    write_file = Run.write_file

    def cut(self, name, write):
        entry = write_file(self, name, write)
        if name == MODEL_FILE:
            raise PowerCutError
        return entry

    with monkeypatch.context() as patch:
        patch.setattr(Run, "write_file", cut)
        with pytest.raises(PowerCutError):
            train(store.get(run.name), tiny_dataset, report=Log(), control=TrainingControl())
    assert store.get(run.name).status == "interrupted"
    check_whole(store.get(run.name))
    assert go_on(store, run, tiny_dataset).has_model
