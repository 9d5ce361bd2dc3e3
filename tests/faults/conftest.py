"""A completed run exists beside every run that meets a fault."""

from __future__ import annotations

import logging

import pytest

from tests.faults.faulty import contents, create_earlier


@pytest.fixture(autouse=True)
def _quiet():
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@pytest.fixture(autouse=True)
def _earlier_run_stays_as_it_is(store, tiny_dataset):
    earlier = create_earlier(store, tiny_dataset)
    before = contents(earlier)
    yield
    assert contents(earlier) == before
