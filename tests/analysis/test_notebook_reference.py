import csv

from mnist_gui.analysis.notebook_reference import notebook_history, notebook_metrics
from mnist_gui.paths import resources_folder


def test_the_notebooks_closing_table_is_the_notebooks():
    rows = [notebook_metrics(model) for model in (1, 2, 3)]
    assert [row.train_accuracy for row in rows] == [0.9907, 0.9949, 0.9938]
    assert [row.test_accuracy for row in rows] == [0.9914, 0.9931, 0.9935]
    assert [row.train_loss for row in rows] == [0.0319, 0.0153, 0.0200]
    assert [row.test_loss for row in rows] == [0.0255, 0.0214, 0.0239]


def test_all_36_epochs_are_there():
    with (resources_folder() / "notebook_history.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 36
    assert [[row.epoch for row in notebook_history()[model]] for model in (1, 2, 3)] == [list(range(1, 13))] * 3
