"""The options of `mnist-gui study` for several machines."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from mnist_gui.cli.console import Console, OutputError

if TYPE_CHECKING:
    from mnist_gui.digits.dataset import Dataset
    from mnist_gui.models.training.training_control import TrainingControl
    from mnist_gui.models.training.training_events import Event
    from mnist_gui.studies.plan import PlannedRun
    from mnist_gui.studies.study import Study

# Options, and the arguments of `distributed.Security`.
_TLS = {"tls_ca_file": "tls_ca_file", "tls_cert": "tls_client_cert", "tls_key": "tls_client_key"}


def add_cluster_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("several machines")
    group.add_argument(
        "--scheduler", metavar="ADDRESS", help="train on the workers of a Dask scheduler, tls://HOST:PORT or tcp://..."
    )
    group.add_argument(
        "--insecure", action="store_true", help="allow tcp:// to another machine, which anyone on its network can abuse"
    )
    for name, what in (("ca-file", "authority"), ("cert", "certificate"), ("key", "key")):
        group.add_argument(f"--tls-{name}", metavar="FILE", help=f"{what} for tls://, as of `dask scheduler`")


def check_cluster_options(arguments: argparse.Namespace) -> None:
    """Raise `StudyError` if the address of the scheduler cannot be used."""
    from mnist_gui.studies.cluster import check_address

    if arguments.scheduler is not None:
        check_address(arguments.scheduler, insecure=arguments.insecure)


def train_study_on_cluster(
    chosen: Study,
    dataset: Dataset,
    arguments: argparse.Namespace,
    console: Console,
    begin: Callable[[PlannedRun, list[PlannedRun]], None],
    control: TrainingControl,
    pause: Callable[[], None],
) -> str:
    """Train what remains of a study on a cluster, and print its events; return how that ended."""
    from mnist_gui.cli.training_output import print_event_line
    from mnist_gui.models.training.training_events import TrainingEnded
    from mnist_gui.studies.cluster import ClusterAddress, train_on_cluster

    tls = {name: getattr(arguments, option) for option, name in _TLS.items() if getattr(arguments, option) is not None}

    def report(event: Event) -> None:
        # The epochs of several runs come in turn.
        name = "" if isinstance(event, TrainingEnded) else f"{event.run}: "
        try:
            if console.as_json:
                console.print_json(event.to_json())
            else:
                print_event_line(event, lambda line: console.print_line(name + line))
        except (OSError, OutputError):  # it is met again when the result is printed; the epochs must not be lost
            pause()

    where = ClusterAddress(arguments.scheduler, tls)
    return train_on_cluster(
        chosen, dataset, where, report=report, begin=begin, say=console.print_error, control=control
    )
