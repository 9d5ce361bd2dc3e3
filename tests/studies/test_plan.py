import json

import pytest

from mnist_gui.digits.own_data import OwnData
from mnist_gui.models.recipes import FAST
from mnist_gui.studies.plan import PlanError, StudyPlan, parse_all_varied, parse_varied
from mnist_gui.studies.progress import seconds_of_a_seed


def plan(**changes):
    values = {"name": "rates", "models": (1, 3), "recipe": FAST, "vary": {}, "seeds": (1, 2)}
    return StudyPlan(**{**values, **changes})


def test_every_combination_is_a_run_and_every_group_is_seen_before_the_second_seed():
    found = plan(vary={"learning_rate": (0.001, 0.002)}).runs()
    assert [(run.seed, run.group.title) for run in found[:5]] == [
        (1, "Model 1, learning rate 0.001"),
        (1, "Model 1, learning rate 0.002"),
        (1, "Model 3, learning rate 0.001"),
        (1, "Model 3, learning rate 0.002"),
        (2, "Model 1, learning rate 0.001"),
    ]
    assert len(found) == 8
    assert found[1].group.recipe.learning_rate == 0.002


def test_a_field_with_one_value_belongs_to_all_groups_and_not_to_their_names():
    found = plan(vary={"epochs": (1,), "frames": (1_000, 2_000)}, models=(1,))
    assert [group.title for group in found.groups()] == ["Model 1, frames 1,000", "Model 1, frames 2,000"]
    assert {group.recipe.epochs for group in found.groups()} == {1}
    assert found.training_text == "fast with epochs 1"


def test_a_plan_is_read_as_it_was_written():
    written = plan(vary={"frames": (1_000, 6_000), "optimizer": ("adam", "sgd")})
    assert StudyPlan.from_json(written.to_json()) == written
    own = plan(models=(), layers=("conv 3 8, pool 2, dense 16",))
    assert StudyPlan.from_json(own.to_json()) == own


def test_the_work_of_a_study_on_own_data_is_that_of_its_frames(tiny_dataset):
    few = plan().on(OwnData(tiny_dataset, held_out=480))
    assert few.runs()[0].group.recipe.held_out == 480
    assert StudyPlan.from_json(few.to_json()) == few
    assert seconds_of_a_seed(few) < seconds_of_a_seed(plan()) / 20


def test_own_layers_are_trained_beside_the_models_or_alone():
    beside = plan(layers=("conv 3 8,pool 2", "dense 16"))
    titles = ["Model 1", "Model 3", "Own (conv 3 8, pool 2)", "Own (dense 16)"]
    assert [group.title for group in beside.groups()] == titles
    assert beside.size == 8
    assert [group.workload().seconds > 0 for group in beside.groups()] == [True] * 4
    assert beside.extends(plan())
    assert not plan().extends(beside)
    assert [group.model for group in plan(models=(), layers=("dense 16",)).groups()] == [0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "../outside"}, "cannot be the name"),
        ({"name": ".hidden"}, "cannot be the name"),
        ({"name": "con"}, "cannot be the name"),
        ({"name": ""}, "cannot be the name"),
        ({"models": (4,)}, "no model 4"),
        ({"models": (True,)}, "no model True"),
        ({"models": ()}, "no model; give at least one"),
        ({"seeds": (1, 1)}, "given twice"),
        ({"layers": ("dense 16", "dense  16")}, "given twice"),
        ({"layers": ("conv 99 1",)}, "conv 99 1"),
        ({"seeds": (-1,)}, "Seed is -1"),
        ({"vary": {"learning_rate": (0.0,)}}, "Learning rate is 0.0"),
        ({"vary": {"colour": (1,)}}, "'colour' cannot be varied"),
        ({"vary": {"schedule": ("zigzag",)}}, "'zigzag'; give one of"),
        ({"vary": {"held_out": (0,), "patience": (3,)}}, "Patience is 3"),
        ({"seeds": tuple(range(501))}, "would have 1,002 runs"),
    ],
)
def test_a_plan_that_cannot_be_trained_is_refused_with_a_sentence(changes, message):
    with pytest.raises(PlanError, match=message):
        plan(**changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values: values.pop("seeds"), "entries must be"),
        (lambda values: values.update(schema=9), "schema version 9"),
        (lambda values: values.update(models="all"), "models is 'all'; expected a list"),
        (lambda values: values.update(seeds=[[1]]), "lists of numbers or words"),
        (lambda values: values.update(vary={"learning_rate": None}), "lists of numbers or words"),
        (lambda values: values["recipe"].update(epochs="two"), "Epochs is 'two'"),
        (lambda values: values["recipe"].update(kernel=3), "not those of this version"),
        (lambda values: values["recipe"].update(name=None), "name of a recipe is None"),
        (lambda values: values["recipe"].update(name=["fast"]), r"name of a recipe is \['fast'\]"),
        (lambda values: values["recipe"].update(optimizer="x" * 5000), "Optimizer is 'x+"),
        (lambda values: values.update(models=["x" * 5000]), "no model x+;"),
        (lambda values: values.update(seeds=[10**400]), "Seed is 10+; give"),
        (lambda values: values["vary"].update(learning_rate=[float("nan")]), "Learning rate is nan"),
        (lambda values: values.update(layers="dense 16"), "layers is 'dense 16'; expected a list"),
        (lambda values: values.update(title=7), "title is 7"),
        (lambda values: values.update(data="MNIST"), "data is 'MNIST'; expected an object"),
        (lambda values: values.update(data={"name": "x", "checksum": "y", "frames": -1}), "frames of its data are -1"),
    ],
)
def test_a_plan_changed_by_hand_is_refused_with_a_sentence(change, message):
    values = json.loads(plan().to_json())
    change(values)
    with pytest.raises(PlanError, match=message) as raised:
        StudyPlan.from_json(json.dumps(values))
    assert len(str(raised.value)) < 300, "a sentence, whatever stands in the file"


def test_values_of_a_field_that_is_given_twice_add_up():
    assert parse_all_varied(["frames=1000", "epochs=1", "frames=2000,3000"]) == {
        "frames": (1000, 2000, 3000),
        "epochs": (1,),
    }


def test_a_plan_is_extended_by_seeds_models_and_values_only():
    first = plan(vary={"learning_rate": (0.001, 0.002)})
    assert plan(vary={"learning_rate": (0.001, 0.002, 0.004)}, seeds=(1, 2, 3), models=(1, 2, 3)).extends(first)
    assert not plan(vary={"learning_rate": (0.001,)}).extends(first)
    assert not plan(vary={"learning_rate": (0.001, 0.002)}, seeds=(1,)).extends(first)
    assert not plan(vary={"epochs": (1, 2)}).extends(first)


def test_a_varied_field_is_read_from_a_text():
    assert parse_varied("learning-rate=0.001,2e-3") == ("learning_rate", (0.001, 0.002))
    assert parse_varied("frames=1000, 6000") == ("frames", (1000, 6000))
    assert parse_varied("optimizer=adam,sgd") == ("optimizer", ("adam", "sgd"))
    for text in ("learning_rate", "seed=1,2", "colour=red", "frames=many"):
        with pytest.raises(PlanError):
            parse_varied(text)
