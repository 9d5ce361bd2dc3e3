"""Connected components, compared with SciPy's."""

import numpy as np
import pytest
from scipy import ndimage

from mnist_gui.digits.connected_components import find_components, find_pixel_runs


@pytest.mark.parametrize("density", [0.0, 0.1, 0.3, 0.45, 0.6, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (30, 50)])
def test_components_sizes_and_extents_are_those_of_scipy(shape, density):
    mask = np.random.default_rng(0).random(shape) < density
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    found = find_components(mask)
    assert len(np.unique(np.stack([labels[mask], found.labels[mask]]), axis=1).T) == count == len(found.sizes) - 1
    assert not found.labels[~mask].any()
    assert found.sizes.tolist() == np.bincount(found.labels.reshape(-1), minlength=count + 1).tolist()
    boxes = ndimage.find_objects(found.labels)
    sides = [max(rows.stop - rows.start, columns.stop - columns.start) for rows, columns in boxes]
    assert found.extents.tolist() == [0, *sides]


def test_runs_are_those_of_each_row():
    mask = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [0, 1, 1, 1]], dtype=bool)
    assert [values.tolist() for values in find_pixel_runs(mask)] == [[0, 0, 2], [0, 3, 1], [2, 4, 4]]
