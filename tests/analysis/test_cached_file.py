"""Files of the cache: whatever happened to one, it is returned as it was written, or not at all."""

import pytest

from mnist_gui.analysis import cached_file
from mnist_gui.analysis.cached_file import read_cached, write_cached

CONTENT = bytes(range(256))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "new folder" / "key.cached"
    write_cached(path, CONTENT)
    return path


def test_it_reads_back(path):
    assert read_cached(path) == CONTENT


@pytest.mark.parametrize("index", [0, 31, 32, -1])
def test_a_flipped_bit_in_checksum_or_content_is_noticed(path, index):
    stored = bytearray(path.read_bytes())
    stored[index] ^= 1
    path.write_bytes(stored)
    assert read_cached(path) is None


@pytest.mark.parametrize("size", [0, 31, 100])
def test_a_truncated_file_is_not_used(path, size):
    path.write_bytes(path.read_bytes()[:size])
    assert read_cached(path) is None


def test_the_file_of_another_key_is_not_used(path):
    assert read_cached(path.rename(path.with_name("other.cached"))) is None


def test_a_file_that_is_missing_or_too_large_is_not_used(path, monkeypatch):
    assert read_cached(path.with_name("missing")) is None
    monkeypatch.setattr(cached_file, "MAX_BYTES", 100)
    assert read_cached(path) is None


def test_a_cache_that_cannot_be_written_is_ignored(path):
    write_cached(path / "below a file", CONTENT)
    assert read_cached(path) == CONTENT
