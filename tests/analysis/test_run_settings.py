from dataclasses import replace

from mnist_gui.analysis.run_settings import SETTINGS, UNKNOWN, differing_settings
from mnist_gui.models.layer_chain import chain_architecture, parse_chain
from mnist_gui.models.recipes import FAST, FINE_TUNING, NOTEBOOK
from mnist_gui.models.training.new_run import create_run


def add(store, recipe, seed=1, **record):
    data = {"name": "MNIST", "checksum": "c65580678af93f1e", "frames": 55_000}
    data["validation"] = {"source": "held out" if recipe.held_out else "test", "frames": recipe.held_out or 10_000}
    return store.create(2, recipe.to_json(), seed, data, **record)


def texts(run):
    return {setting.title: setting.text(run) for setting in SETTINGS}


def test_a_run_tells_all_that_it_was_trained_with(store):
    found = texts(add(store, FAST, environment={"keras": "3.15.1", "device": "CPU, 2 cores"}))
    assert found == found | {
        "Network": "Model 2",
        "Recipe": "fast",
        "Seed": "1",
        "Training frames": "55,000",
        "Held-out frames": "5,000",
        "Optimizer": "Adam",
        "Learning rate": "0.002",
        "Beta 2": f"{FAST.beta_2:g}",
        "Rho": UNKNOWN,  # not of this optimizer
        "Schedule": "One cycle",
        "Machine": "CPU, 2 cores",
        "Versions": "Keras 3.15.1",
    }
    notebook = texts(add(store, NOTEBOOK))
    assert (notebook["Rho"], notebook["Beta 2"], notebook["Held-out frames"]) == ("0.95", UNKNOWN, "0")


def test_a_record_of_an_earlier_version_had_the_defaults(store):
    values = NOTEBOOK.to_json()
    for name in ("optimizer", "schedule", "augmentation", "patience"):
        del values[name]
    run = store.create(2, values, 1, {"name": "MNIST", "checksum": "c"})
    found = texts(run)
    assert found == found | {"Optimizer": "Adadelta", "Rho": "0.95", "Schedule": "Constant", "Patience": "0"}


def test_only_what_differs_is_told_of_two_runs(store):
    first, second = add(store, FAST), add(store, replace(FAST, learning_rate=0.01), seed=2)
    assert [setting.title for setting in differing_settings([first, second])] == ["Seed", "Learning rate"]
    assert differing_settings([first, first]) == []


def test_networks_of_own_layers_are_told_by_their_layers(store):
    data = {"name": "MNIST", "checksum": "c", "frames": 55_000}
    runs = [
        create_run(store, chain_architecture(parse_chain(text)), FAST, 1, data)
        for text in ("conv 3 8, pool 2", "dense 16")
    ]
    (setting,) = differing_settings(runs)
    assert (setting.title, *map(setting.text, runs)) == ("Network", "Own (conv 3 8, pool 2)", "Own (dense 16)")


def test_a_taught_run_tells_which_layers_learned(store):
    run = add(store, FINE_TUNING, parent="model-2-best", trainable="dense")
    found = texts(run)
    assert found == found | {"Trained layers": "dense", "Copies of a digit": "8", "Fine-tuned from": "model-2-best"}


def test_an_imported_network_has_no_settings(store):
    run = store.create_imported("mine", {"file": "a.onnx", "sha256": "0" * 64, "format": "onnx"}, None, {})
    found = texts(run)
    assert {
        found[title] for title in ("Network", "Recipe", "Optimizer", "Training frames", "Trained layers", "Machine")
    } == {UNKNOWN}
