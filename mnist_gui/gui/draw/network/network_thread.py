"""Computes the activations of a network in a thread, while the pen moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.gui.background import Check, RequestThread
from mnist_gui.models.inspection.network import Activations, Network, Off

Frame = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NetworkState:
    """A network at work.

    Attributes
    ----------
    network
        The network.
    whole
        Activations with all filters on.
    off
        Filters that are off.
    current
        Activations with these off; `whole` if there are none.
    """

    network: Network
    whole: Activations
    off: Off
    current: Activations


class NetworkThread(RequestThread):
    """Computes states of networks; of the requests that come meanwhile, only the latest is computed next.

    Parameters
    ----------
    open_network
        Returns the network of the run of that name; called in the thread.

    Signals
    -------
    computed(state: NetworkState)
    """

    computed = Signal(object)
    follows_pen = True

    def __init__(self, open_network: Callable[[str], Network], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_network = open_network
        # Used in the thread only.
        self._networks: dict[str, Network] = {}
        self._whole: tuple[Network, Activations] | None = None

    def compute(self, run: str, frame: Frame, off: Off) -> None:
        """Request the state of a run's network for a (28, 28) frame in [0, 1]."""
        self._request("The network", lambda check: self._compute(run, frame, off, check), self.computed.emit)

    # -- in the thread

    def _forget(self) -> None:
        self._networks, self._whole = {}, None

    def _compute(self, run: str, frame: Frame, off: Off, check: Check) -> tuple[NetworkState]:
        if run not in self._networks:
            self._networks[run] = self._open_network(run)
            check()
        network = self._networks[run]
        if self._whole is None or self._whole[0] is not network or self._whole[1].frame is not frame:
            self._whole = network, network.activations(frame)
            check()
        whole = self._whole[1]
        return (NetworkState(network, whole, off, network.without(whole, off)),)
