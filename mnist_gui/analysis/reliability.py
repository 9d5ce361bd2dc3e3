"""How far confidence can be trusted, and what refusing the least sure answers would bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.metrics import CoverageCurve, ReliabilityBins, coverage_curve, reliability_bins

BINS = 15  # as in Guo et al. 2017


@dataclass(frozen=True, eq=False)
class Reliability:
    """A compared run's reliability diagram.

    Attributes
    ----------
    title, model
        As of the `ComparedRun`.
    bins
        Of the confidence that the Draw tab shows: calibrated where the run held frames out.
    raw
        Of the confidence as the network gives it; the same where nothing is calibrated.
    is_calibrated
        Whether the two differ.
    """

    title: str
    model: int
    bins: ReliabilityBins
    raw: ReliabilityBins
    is_calibrated: bool

    @property
    def sentence(self) -> str:
        """Return what the diagram shows, in words."""
        confidence = float((self.bins.counts * np.nan_to_num(self.bins.confidence)).sum() / self.bins.counts.sum())
        accuracy = float((self.bins.counts * np.nan_to_num(self.bins.accuracy)).sum() / self.bins.counts.sum())
        how = "less sure than right" if confidence < accuracy else "surer than right"
        before = f", {100 * self.raw.error:.2f} before calibration" if self.is_calibrated else ", not calibrated"
        return (
            f"{self.title}: on average {100 * confidence:.2f} % sure and {100 * accuracy:.2f} % right, so {how}. "
            f"Expected calibration error: {100 * self.bins.error:.2f} points{before}."
        )


def reliability(compared_run: ComparedRun) -> Reliability:
    """Return the reliability diagram of a compared run."""
    labels = compared_run.labels
    return Reliability(
        compared_run.title,
        compared_run.model,
        reliability_bins(compared_run.probabilities, labels, BINS),
        reliability_bins(compared_run.raw, labels, BINS),
        compared_run.is_calibrated,
    )


def coverage(compared_run: ComparedRun) -> CoverageCurve:
    """Return accuracy against the share that is answered, when the least sure are refused."""
    return coverage_curve(compared_run.probabilities, compared_run.labels)


def coverage_sentence(compared_run: ComparedRun, refused: float = 0.01) -> str:
    """Return what refusing a share of the answers, the least sure ones, would bring, in words."""
    curve = coverage(compared_run)
    place = int(np.searchsorted(curve.coverage, 1 - refused - 1e-12))
    left = float(curve.coverage[place])
    count = len(compared_run.labels)
    wrong = round((1 - float(curve.accuracy[place])) * left * count)
    return (
        f"{compared_run.title}: refusing the {100 * (1 - left):.2g} % of which it is least sure leaves "
        f"{wrong:,} of its {compared_run.errors:,} errors."
        if left < 1
        else f"{compared_run.title}: its answers are all equally sure, so none can be refused before the others."
    )
