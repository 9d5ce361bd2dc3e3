"""Preload of a Dask worker: trains with a fake, and has the fault that the environment names."""

import errno
import os
from dataclasses import replace

from mnist_gui.models.training import trainer
from mnist_gui.studies import cluster_worker
from tests.fakes import FakeTraining


def dask_setup(worker):
    trainer.train = FakeTraining(batch_seconds=float(os.environ.get("FAKE_BATCH_SECONDS", "0")))
    match os.environ.get("FAKE_FAULT"):
        case "version":
            cluster_worker.__version__ = "0.0.1"
        case "mnist":
            mnist = cluster_worker._mnist()
            cluster_worker._mnist = lambda: replace(mnist, checksum="another")
        case "disk":
            cluster_worker.unpack_new = _full_disk
        case "training":
            trainer.train = FakeTraining(fails="no memory")


def _full_disk(*_arguments):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
