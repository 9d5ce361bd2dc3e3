"""Recipes as text: the command restores the recipe, and the script trains like the program."""

import ast
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

from mnist_gui.cli import commands, main
from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.models.architectures import ARCHITECTURES, build
from mnist_gui.models.keras_script import as_command, as_keras_code, as_study_command
from mnist_gui.models.recipes import BEST, FAST, NOTEBOOK, QUICK, Recipe, RecipeError
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.network_state import compile_network
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.weights import read_weights

WITH_SGD = FAST.with_changes(optimizer="sgd", schedule="constant", augmentation=0.5, augmentation_decay=0.8, patience=2)
RECIPES = {"quick": QUICK, "fast": FAST, "best": BEST, "notebook": NOTEBOOK, "fast with SGD": WITH_SGD}


@pytest.mark.parametrize(
    "recipe",
    [
        *RECIPES.values(),
        NOTEBOOK.with_changes(optimizer="adam", learning_rate=1.0, epochs=1, batch_size=7, frames=100),
        NOTEBOOK.with_changes(learning_rate=0.1 + 0.2, rho=0.9, held_out=10, patience=3, schedule="one-cycle"),
        FAST.with_changes(optimizer="adadelta", learning_rate=0.002, augmentation=0.0, held_out=0),
    ],
)
@pytest.mark.parametrize("seed", [0, 7])
def test_a_command_gives_the_recipe_back(recipe, seed):
    lines = as_command(recipe, (1, 3), seed).splitlines()
    assert len(lines) == 2
    for model, line in zip((1, 3), lines, strict=True):
        program, *words = shlex.split(line)
        arguments = main._parser().parse_args(words)
        assert (program, arguments.model, arguments.seed or 0) == ("mnist-gui", model, seed)
        assert commands.recipe_of(arguments) == recipe


def test_a_command_says_only_what_differs():
    assert as_command(FAST, (2,), 0) == "mnist-gui train --model 2 --recipe fast"
    changed = as_command(FAST.with_changes(epochs=5, learning_rate=0.001), (2,), 4)
    assert changed == "mnist-gui train --model 2 --recipe fast --epochs 5 --learning-rate 0.001 --seed 4"


def test_what_no_command_says_is_refused():
    with pytest.raises(RecipeError, match="'mine'"):
        as_command(Recipe("mine", frames=None, epochs=1), (1,), 0)
    with pytest.raises(RecipeError, match="all frames"):
        as_command(Recipe("quick", frames=None, epochs=3, held_out=2_000), (1,), 0)


@pytest.mark.parametrize("name", RECIPES)
def test_the_script_is_python_that_needs_keras_and_numpy_alone(name):
    code = as_keras_code(RECIPES[name], list(ARCHITECTURES.values()), 5)
    compile(code, name, "exec")
    assert max(map(len, code.splitlines())) <= 120
    tree = ast.parse(code)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    needed = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names
    assert needed <= {"keras", "numpy"}
    assert ("augment(" in code) == (RECIPES[name].augmentation > 0)
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert {"model_1", "model_2", "model_3"} <= set(defined)
    assert len(defined) == len(set(defined)), "everything stands once"


@pytest.mark.parametrize("steps", [1, 4, 100])
def test_the_scripts_learning_rates_are_the_recipes(steps):
    tree = ast.parse(as_keras_code(FAST, [ARCHITECTURES[1]], 0))
    (one_cycle,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    one_cycle.bases = []
    parts = {"WARMUP": 0.2, "LEARNING_RATE": FAST.learning_rate}
    exec(compile(ast.Module([one_cycle], []), "one cycle", "exec"), parts)
    schedule = parts["OneCycle"](steps)
    rates = [schedule.learning_rate_at(step) for step in range(steps)]
    assert rates == pytest.approx([FAST.learning_rate_at(step, steps) for step in range(steps)])


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning")
@pytest.mark.slow
def test_the_scripts_optimizers_are_the_programs():
    import keras

    for recipe in RECIPES.values():
        code = as_keras_code(recipe, [ARCHITECTURES[1]], 0)
        expression = re.search(r"optimizer=(.*),$", code, re.MULTILINE).group(1)
        optimizer = eval(expression, {"keras": keras, "LEARNING_RATE": recipe.learning_rate})
        program = compile_network(ARCHITECTURES[1], recipe, 0).optimizer
        assert type(optimizer) is type(program)
        assert {**optimizer.get_config(), "name": ""} == {**program.get_config(), "name": ""}


@pytest.fixture
def misleading_dataset(tiny_dataset):
    """Training frames that are easy to learn, but the last 200, held out, have the label of the next digit."""
    labels = tiny_dataset.train.labels.copy()
    labels[-200:] = (labels[-200:] + 1) % 10
    return Dataset("misleading bars", Split(tiny_dataset.train.images, labels), tiny_dataset.test, "misleading")


@pytest.mark.parametrize("patience", [0, 2])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning")
@pytest.mark.slow
def test_the_script_trains_as_the_program_does_without_it(store, misleading_dataset, tmp_path, patience):
    recipe = BEST.with_changes(
        epochs=2, frames=480, held_out=200, batch_size=64, learning_rate=0.0002, patience=patience
    )
    train_split, test_split = misleading_dataset.train, misleading_dataset.test
    np.savez(
        tmp_path / "mnist.npz",
        x_train=train_split.images, y_train=train_split.labels, x_test=test_split.images, y_test=test_split.labels,
    )  # fmt: skip
    (tmp_path / "script.py").write_text(as_keras_code(recipe, [ARCHITECTURES[1]], 5), encoding="utf-8")
    # Isolated: neither this folder nor PYTHONPATH lets it find the program's own modules.
    done = subprocess.run(
        [sys.executable, "-I", "script.py", "mnist.npz"], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"model_1: test loss [\d.]+, test accuracy [\d.]+%", done.stdout)
    messages = [
        dict(re.findall(r"(\w+): ([\d.]+(?:e-\d+)?)", line)) for line in done.stdout.splitlines() if "val_loss" in line
    ]

    run = store.create(1, recipe.to_json(), 5, describe_data(recipe, misleading_dataset))
    run = train(run, misleading_dataset, report=lambda event: None, control=TrainingControl())
    first, last = history = run.history()
    assert last.val_loss > first.val_loss, "which epoch is kept can be seen"
    assert run.record.exported == (1 if patience else 2)
    for figures, words in zip(history, messages, strict=True):
        assert float(words["loss"]) == pytest.approx(figures.loss, rel=2e-3)
        assert float(words["val_loss"]) == pytest.approx(figures.val_loss, rel=2e-3)
    model = build(ARCHITECTURES[1])
    model.load_weights(tmp_path / "model_1.keras")
    for scripts, programs in zip(model.get_weights(), read_weights(run), strict=True):
        # A run keeps its kernels in half precision. Equal here; elsewhere rounding may differ a little. The other epoch
        # is ten times as far away at least.
        kept = scripts if scripts.ndim == 1 else scripts.astype(np.float16)
        assert np.abs(kept - programs).mean() < 1e-5


def test_a_study_is_a_line_that_the_command_line_reads():
    recipe = FAST.with_changes(epochs=3, learning_rate=0.01)
    command = as_study_command("models 1+2 fast changed", recipe, (1, 2), 5)
    assert command == (
        'mnist-gui study "models 1+2 fast changed" --model 1 2 --recipe fast --seeds 5 --vary epochs=3 '
        "--vary learning_rate=0.01"
    )
    parsed = main._parser().parse_args(shlex.split(command)[1:])
    assert (parsed.name, parsed.models, parsed.seeds) == ("models 1+2 fast changed", [1, 2], 5)
