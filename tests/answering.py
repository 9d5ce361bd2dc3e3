"""Which run answers, for tests."""

from __future__ import annotations

from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore


def answering_run(store: RunStore, model: int) -> Run | None:
    """Return the first run of a model that answers; None if none does."""
    return next((run for run in store.answering() if run.model == model), None)
