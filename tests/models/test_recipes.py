import json
from itertools import pairwise

import pytest

from mnist_gui.models.recipes import FAST, NOTEBOOK, QUICK, RECIPES, Recipe, RecipeError


def test_the_notebook_recipe_is_the_notebooks():
    assert (NOTEBOOK.epochs, NOTEBOOK.batch_size, NOTEBOOK.frames) == (12, 128, None)
    assert (NOTEBOOK.learning_rate, NOTEBOOK.rho, NOTEBOOK.validation) == (1.0, 0.95, "test")
    assert (NOTEBOOK.optimizer, NOTEBOOK.schedule, NOTEBOOK.augmentation) == ("adadelta", "constant", 0)


def test_fast_holds_frames_out_and_needs_a_third_of_the_notebooks_work_at_most():
    assert FAST.held_out == 5_000 and FAST.epochs <= 4


def test_nothing_may_be_chosen_by_the_test_frames():
    with pytest.raises(RecipeError, match="test frames, which must not choose"):
        NOTEBOOK.with_changes(patience=2)
    assert QUICK.with_changes(patience=2).patience == 2


def test_another_optimizer_brings_its_usual_learning_rate_unless_one_is_given():
    assert NOTEBOOK.with_changes(optimizer="adam").learning_rate == 0.002
    assert NOTEBOOK.with_changes(optimizer="adam", learning_rate=0.1).learning_rate == 0.1
    assert FAST.with_changes(epochs=2).learning_rate == FAST.learning_rate


def test_an_optimizer_gets_its_own_options_and_those_of_the_recipe():
    recipe = NOTEBOOK.with_changes(rho=0.8)
    assert recipe.optimizer_options == {"rho": 0.8}
    assert recipe.with_changes(optimizer="sgd").optimizer_options == {"momentum": 0.9}
    assert recipe.with_changes(optimizer="adam", beta_2=0.99).optimizer_options == {"beta_2": 0.99}


def test_changes_are_listed_by_field():
    assert FAST.changes == {}
    assert FAST.with_changes(epochs=2, optimizer="sgd").changes == {
        "epochs": 2,
        "optimizer": "sgd",
        "learning_rate": 0.05,
    }


def test_one_cycle_rises_over_a_fifth_of_the_steps_then_falls_to_nearly_nothing():
    rates = [FAST.learning_rate_at(step, 100) for step in range(100)]
    assert max(rates) == rates[19] == FAST.learning_rate
    assert all(later > earlier for earlier, later in pairwise(rates[:20]))
    assert all(later < earlier for earlier, later in pairwise(rates[19:]))
    assert 0 < rates[-1] < 0.02 * FAST.learning_rate
    assert all(0 < FAST.learning_rate_at(step, 3) <= FAST.learning_rate for step in range(3))
    assert FAST.learning_rate_at(0, 1) == FAST.learning_rate


def test_a_recipe_that_an_earlier_version_wrote_still_reads():
    old = {"name": "notebook", "frames": None, "epochs": 12, "batch_size": 128, "learning_rate": 1.0, "rho": 0.95}
    assert Recipe.from_json({**old, "held_out": 0}) == NOTEBOOK


def test_quick_holds_training_frames_out():
    assert (QUICK.frames, QUICK.epochs, QUICK.held_out, QUICK.validation) == (6_000, 3, 2_000, "held out")


def test_augmentation_weakens_by_its_decay():
    recipe = FAST.with_changes(augmentation=1.2, augmentation_decay=0.8)
    assert [recipe.augmentation_at(step, 4) for step in range(4)] == pytest.approx([1.2, 0.96, 0.72, 0.48])
    assert NOTEBOOK.with_changes(augmentation=1.0).augmentation_at(3, 4) == 1.0


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_recipe_survives_json(name):
    assert Recipe.from_json(json.loads(json.dumps(RECIPES[name].to_json()))) == RECIPES[name]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 0}, "Epochs is 0"),
        ({"batch_size": -1}, "Batch size is -1"),
        ({"frames": 0}, "Frames is 0"),
        ({"epochs": 1.5}, "Epochs is 1.5"),
        ({"epochs": True}, "Epochs is True"),
        ({"learning_rate": 0.0}, "Learning rate is 0.0"),
        ({"learning_rate": float("nan")}, "Learning rate is nan"),
        ({"learning_rate": 1e6}, "Learning rate is 1000000.0; give a number above 0 and below 1,000,000 "),
        ({"rho": 1.0}, "Rho is 1.0"),
        ({"held_out": -5}, "Held out is -5"),
        ({"optimizer": "magic"}, "Optimizer is 'magic'; give one of adadelta, adam, sgd"),
        ({"schedule": "wavy"}, "Schedule is 'wavy'"),
        ({"augmentation": -0.1}, "Augmentation is -0.1"),
        ({"augmentation": float("nan")}, "Augmentation is nan"),
        ({"augmentation_decay": 1.1}, "Augmentation decay is 1.1"),
        ({"patience": -1}, "Patience is -1"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(change, words):
    with pytest.raises(RecipeError, match=words):
        QUICK.with_changes(**change)


def test_an_entry_of_another_version_is_named():
    with pytest.raises(RecipeError, match="warp"):
        Recipe.from_json({**QUICK.to_json(), "warp": 9})
