import random
import threading

import numpy as np
import pytest

from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.recipes import FAST
from mnist_gui.models.training.network_state import compile_network, random_state


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_seed_gives_the_same_network_whatever_other_threads_draw():
    """As the threads of a worker of Dask do."""
    stop = threading.Event()

    def draw():
        while not stop.is_set():
            random.random()

    alone = compile_network(ARCHITECTURES[1], FAST, 1)
    drawing = threading.Thread(target=draw)
    drawing.start()
    try:
        beside = compile_network(ARCHITECTURES[1], FAST, 1)
    finally:
        stop.set()
        drawing.join()
    assert all(map(np.array_equal, alone.get_weights(), beside.get_weights()))
    assert random_state(alone) == random_state(beside)
