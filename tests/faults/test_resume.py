"""A run that was paused again and again learns what an unbroken one learns, whatever the recipe does."""

import numpy as np
import pytest
from faulty import QUIET, Log, check_whole, create

from mnist_gui.models import events
from mnist_gui.models.control import Control
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import train
from mnist_gui.runs.record import WEIGHTS_FILE

pytestmark = [pytest.mark.filterwarnings(warning) for warning in QUIET]

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
    ),
    "momentum": Recipe("test", frames=96, epochs=2, batch_size=32, optimizer="sgd", learning_rate=0.001, held_out=64),
}


@pytest.mark.parametrize("kind", RECIPES)
def test_paused_after_every_epoch_equals_unbroken(store, tiny_dataset, kind):
    recipe = RECIPES[kind]
    unbroken = create(store, tiny_dataset, recipe)
    train(unbroken, tiny_dataset, report=Log(), control=Control())

    broken = create(store, tiny_dataset, recipe)
    for epoch in range(1, recipe.epochs):
        control = Control()
        log = Log(events.EpochEnded, lambda event, control=control: control.leave())
        train(store.get(broken.name), tiny_dataset, report=log, control=control)
        assert (log.end.status, log.end.epoch) == ("paused", epoch)
        check_whole(store.get(broken.name))
    train(store.get(broken.name), tiny_dataset, report=Log(), control=Control())

    one, other = store.get(unbroken.name), store.get(broken.name)
    assert (other.status, other.record.best) == ("completed", one.record.best)
    for figures, again in zip(one.history(), other.history(), strict=True):
        # On several threads sums are taken in changing order; on one they agree bit for bit (see test_kill.py).
        assert again.loss == pytest.approx(figures.loss, rel=1e-3)
        assert again.val_loss == pytest.approx(figures.val_loss, rel=1e-3)
    with np.load(one.folder / WEIGHTS_FILE) as first, np.load(other.folder / WEIGHTS_FILE) as second:
        for name in first.files:
            assert second[name] == pytest.approx(first[name], abs=1e-3)
