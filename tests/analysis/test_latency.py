import json

import pytest

from mnist_gui.analysis import latency
from mnist_gui.analysis.latency import cached_latency, forget_latencies, is_training, measure_latencies, measure_latency

pytestmark = pytest.mark.usefixtures("counting")


def test_it_is_measured_once_and_kept(make_run, counting, tmp_path):
    run = make_run(1)
    assert cached_latency(run, tmp_path) is None
    measured = measure_latency(run, tmp_path)
    assert measured > 0
    asked = counting.asked
    assert cached_latency(run, tmp_path) == measured
    assert counting.asked == asked


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"milliseconds": "soon"}), json.dumps({"milliseconds": -1})])
def test_a_torn_or_strange_file_counts_as_none(make_run, tmp_path, content):
    run = make_run(1)
    measure_latency(run, tmp_path)
    (kept,) = (tmp_path / "answer-times").iterdir()
    kept.write_text(content)
    assert cached_latency(run, tmp_path) is None


def test_no_flipped_bit_of_a_cached_time_is_shown(make_run, tmp_path):
    run = make_run(1)
    measure_latency(run, tmp_path)
    (kept,) = (tmp_path / "answer-times").iterdir()
    content = kept.read_bytes()
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        kept.write_bytes(flipped)
        assert cached_latency(run, tmp_path) is None, bit


def test_where_nothing_can_be_kept_it_is_measured_all_the_same(make_run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert measure_latency(make_run(1), tmp_path / "file") > 0


def test_a_model_is_measured_once_and_models_take_turns(make_run, counting, tmp_path):
    first, same, other = make_run(1), make_run(1), make_run(2)
    turns = []
    measured = measure_latencies([first, same, other], tmp_path, progress=lambda run: turns.append(run.model) or True)
    assert set(measured) == {"model-1", "model-2"}
    assert turns[2:6] == [1, 2, 1, 2]
    assert cached_latency(first, tmp_path) == cached_latency(same, tmp_path) == measured["model-1"]
    forget_latencies(tmp_path)
    assert cached_latency(first, tmp_path) is None


def test_the_least_of_several_rounds_counts(make_run, tmp_path, monkeypatch):
    found = iter([9.0, 7.6, 30.6, 7.5, 8.0, 7.9])
    monkeypatch.setattr(latency, "_median_milliseconds", lambda network, frame: next(found))
    assert measure_latency(make_run(1), tmp_path) == 7.5


def test_what_was_measured_beside_a_training_is_discarded(make_run, store, tmp_path):
    run, trained = make_run(1), make_run(2, status="running")
    assert not is_training(store)
    calls = []

    def progress(run):
        calls.append(run)
        return len(calls) < 8 or not is_training(store)

    with trained.locked():
        assert is_training(store)
        assert measure_latencies([run], tmp_path, progress=progress) == {}
    assert cached_latency(run, tmp_path) is None


def test_frequent_questions_read_the_runs_once_a_second(store, make_run, monkeypatch):
    run, seconds, readings = make_run(1), [0.0], []
    entries = store.entries
    monkeypatch.setattr(store, "entries", lambda: readings.append(1) or entries())
    check = latency.training_check(store, lambda: seconds[0])
    assert not check()
    run.commit(status="running")
    with run.locked():
        seconds[0] = 0.9
        assert not check()
        assert len(readings) == 1
        seconds[0] = 1.0
        assert check()
        assert check()
        assert len(readings) == 2
