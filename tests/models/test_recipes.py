import json

import pytest

from mnist_gui.models.recipes import NOTEBOOK, QUICK, RECIPES, Recipe, RecipeError


def test_the_notebook_recipe_is_the_notebooks():
    assert (NOTEBOOK.epochs, NOTEBOOK.batch_size, NOTEBOOK.frames) == (12, 128, None)
    assert (NOTEBOOK.learning_rate, NOTEBOOK.rho, NOTEBOOK.validation) == (1.0, 0.95, "test")


def test_quick_holds_training_frames_out():
    assert (QUICK.frames, QUICK.epochs, QUICK.held_out, QUICK.validation) == (6_000, 3, 2_000, "held out")


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_recipe_survives_json(name):
    assert Recipe.from_json(json.loads(json.dumps(RECIPES[name].to_json()))) == RECIPES[name]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": -1}, "batch size is -1"),
        ({"frames": 0}, "frames is 0"),
        ({"epochs": 1.5}, "epochs is 1.5"),
        ({"epochs": True}, "epochs is True"),
        ({"learning_rate": 0.0}, "learning rate is 0.0"),
        ({"learning_rate": float("nan")}, "learning rate is nan"),
        ({"rho": 1.0}, "rho is 1.0"),
        ({"held_out": -5}, "held out is -5"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(change, words):
    with pytest.raises(RecipeError, match=words):
        QUICK.changed(**change)


def test_an_entry_of_another_version_is_named():
    with pytest.raises(RecipeError, match="warp"):
        Recipe.from_json({**QUICK.to_json(), "warp": 9})
