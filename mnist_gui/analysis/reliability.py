"""Reliability of confidence, and accuracy when the least confident predictions are rejected."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

import numpy as np

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.metrics import CoverageCurve, ReliabilityBins, coverage_curve, reliability_bins
from mnist_gui.wording import accuracy_percent, percent, percent_number, percentage_points

BINS = 15  # as in Guo et al. 2017
FEW = 20  # digits: a point of fewer of them says little


@dataclass(frozen=True, eq=False)
class Reliability:
    """The reliability diagram of a compared run.

    Attributes
    ----------
    title, model
        As of the `ComparedRun`.
    bins
        Of the probabilities that the Draw tab shows: calibrated ones for a run, the mean of raw ones for an ensemble.
    raw
        Of the uncalibrated ones; equal to `bins` for a run without calibration, and for an ensemble.
    is_calibrated
        Whether the run is calibrated.
    is_together
        Whether it is that of an ensemble.
    """

    title: str
    model: int
    bins: ReliabilityBins
    raw: ReliabilityBins
    is_calibrated: bool
    is_together: bool = False

    @property
    def sentence(self) -> str:
        """Mean confidence, accuracy and expected calibration error in words."""
        confidence, accuracy = (
            float((self.bins.counts * np.nan_to_num(means)).sum() / self.bins.counts.sum())
            for means in (self.bins.confidence, self.bins.accuracy)
        )
        how = "less sure than right" if confidence < accuracy else "surer than right"
        before = f", {percentage_points(self.raw.error)} before calibration" if self.is_calibrated else ""
        if not self.is_calibrated and not self.is_together:
            before = ", not calibrated"
        return (
            f"{self.title}: on average {percent_number(confidence, certain=False)} % sure and "
            f"{accuracy_percent(accuracy)} right, so {how}. "
            f"Expected calibration error: {percentage_points(self.bins.error)} points{before}."
        )


def mark_scale(count: int) -> float:
    """Return the size of a mark that stands for this many digits: 0.6 for one, 1.8 for 10,000."""
    return 0.6 + 0.3 * log10(count)


def reliability(compared_run: ComparedRun) -> Reliability:
    """Return the reliability diagram of a compared run."""
    bins, raw = (
        reliability_bins(probabilities, compared_run.labels, BINS)
        for probabilities in (compared_run.probabilities, compared_run.raw)
    )
    return Reliability(
        compared_run.title, compared_run.model, bins, raw, compared_run.is_calibrated, bool(compared_run.members)
    )


def coverage(compared_run: ComparedRun) -> CoverageCurve:
    """Return the accuracy against the fraction of digits answered, the least confident predictions refused first."""
    return coverage_curve(compared_run.probabilities, compared_run.labels)


def coverage_sentence(compared_run: ComparedRun, refused: float = 0.01) -> str:
    """Return in words how many errors remain when a fraction of the predictions, the least confident, is refused."""
    curve = coverage(compared_run)
    index = int(np.searchsorted(curve.coverage, 1 - refused - 1e-12))
    answered = float(curve.coverage[index])
    if answered >= 1:
        return f"{compared_run.title}: its answers are all equally sure, so none can be refused before the others."
    errors = round((1 - float(curve.accuracy[index])) * answered * len(compared_run.labels))
    return (
        f"{compared_run.title}: refusing the {percent(1 - answered)} of which it is least sure leaves "
        f"{errors:,} of its {compared_run.errors:,} errors."
    )
