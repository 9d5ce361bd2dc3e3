import json

import pytest

from mnist_gui.analysis.latency import cached_latency, measure_latency

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


def test_where_nothing_can_be_kept_it_is_measured_all_the_same(make_run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert measure_latency(make_run(1), tmp_path / "file") > 0
