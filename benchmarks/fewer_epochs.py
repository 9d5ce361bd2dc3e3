"""Claim: the recipe "fast" reaches the notebook's final test accuracy with at most a third of its arithmetic.

For each model and seed, uses the fast run in the folder of runs, or a shipped one, or trains it (hours; an interrupted
training is resumed by the next call). The peer is the notebook: its printed figures after 12 epochs of 60,000 frames,
and the shipped notebook run, trained by the same code. The networks are the same, so the ratio of trained frames is the
ratio of arithmetic.

The recipe was chosen on the last 5,000 training frames. The test frames are first used here, by the exported models.

    python benchmarks/fewer_epochs.py [--runs DIR] [--no-training] [--fast MODEL:SEED ...]
"""

from __future__ import annotations

from pathlib import Path

from common import environment, parser

from mnist_gui.analysis.notebook_reference import notebook_history, notebook_metrics
from mnist_gui.analysis.prediction_cache import predict_test_set
from mnist_gui.digits.dataset import Dataset, load_mnist
from mnist_gui.metrics import accuracy
from mnist_gui.models.recipes import FAST, NOTEBOOK, Recipe
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.paths import cache_folder, resources_folder, user_runs_folder
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

RUNS = ("1:1", "1:2", "2:1", "3:1")
NOTEBOOK_FRAMES = 60_000
TARGET_EPOCHS = 4


def main() -> None:
    options = parser(__doc__)
    options.add_argument(
        "--runs", type=Path, default=None, metavar="DIR", help="folder of runs, instead of the default one"
    )
    options.add_argument("--no-training", action="store_true", help="skip runs that have not been trained")
    options.add_argument("--fast", nargs="+", default=RUNS, metavar="MODEL:SEED", help=f"default: {' '.join(RUNS)}")
    arguments = options.parse_args()
    store = RunStore(arguments.runs or user_runs_folder(), resources_folder() / "runs")
    dataset = load_mnist()

    print(environment())
    print(
        f"\n{'':<26}{'epochs':>8}{'frames an epoch':>17}{'of the notebook':>17}{'test accuracy':>15}{'- notebook':>12}"
    )
    reached = []
    for model, seed in (map(int, pair.split(":")) for pair in arguments.fast):
        run = _fast_run(store, dataset, model, seed, may_train=not arguments.no_training)
        if run is not None:
            reached.append(_evaluate(f"model {model}, fast, seed {seed}", run, dataset))
    for model, history in notebook_history().items():
        figures = notebook_metrics(model)
        assert figures.test_accuracy is not None
        _line(f"model {model}, the notebook", len(history), NOTEBOOK_FRAMES, figures.test_accuracy, model)
        shipped = next((run for run in store.runs() if run.shipped and _is(run, NOTEBOOK, model)), None)
        if shipped is not None:
            _evaluate(f"model {model}, the same here", shipped, dataset)
    print(
        f"\ntarget: at most {TARGET_EPOCHS} epochs of {NOTEBOOK_FRAMES:,} frames, a third of the notebook's, and no "
        f"less accuracy; reached by {sum(reached)} of {len(reached)} fast runs"
    )


def _is(run: Run, recipe: Recipe, model: int) -> bool:
    return run.status == "completed" and run.has_model and run.model == model and _recipe_of(run) == recipe


def _recipe_of(run: Run) -> Recipe:
    # Compared as recipes, because an older record may lack a field that has a default.
    return Recipe.from_json(run.record.recipe)


def _fast_run(store: RunStore, dataset: Dataset, model: int, seed: int, *, may_train: bool) -> Run | None:
    """Return the fast run of a model and seed; train it if needed."""
    alike = [run for run in store.runs() if run.model == model and run.record.seed == seed and _recipe_of(run) == FAST]
    run = next((run for run in alike if run.status == "completed" and run.has_model), None)
    if run is not None or not may_train:
        return run
    unfinished = ("paused", "interrupted", "stopped")
    run = next((run for run in alike if not run.shipped and run.status in unfinished), None)
    run = run or store.create(model, FAST.to_json(), seed, describe_data(FAST, dataset))
    print(f"  (training {run.name})", flush=True)
    return train(run, dataset, report=lambda event: None, control=TrainingControl())


def _evaluate(title: str, run: Run, dataset: Dataset) -> bool:
    """Print the line of a run; return whether it reaches the target."""
    probabilities = predict_test_set(run, dataset, cache_folder())
    assert probabilities is not None
    reached = accuracy(probabilities, dataset.test.labels)
    return _line(title, run.record.epochs, run.record.data["frames"], reached, run.model)


def _line(title: str, epochs: int, frames: int, reached: float, model: int) -> bool:
    aim = notebook_metrics(model).test_accuracy
    assert aim is not None
    ratio = epochs * frames / (len(notebook_history()[model]) * NOTEBOOK_FRAMES)
    print(f"{title:<26}{epochs:>8}{frames:>17,}{ratio:>17.3f}{reached:>15.2%}{100 * (reached - aim):>+12.2f}")
    return epochs * frames <= TARGET_EPOCHS * NOTEBOOK_FRAMES and reached >= aim - 1e-9


if __name__ == "__main__":
    main()
