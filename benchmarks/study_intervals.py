"""Claim: the intervals and the power of a study hold what they promise, over other seeds and other test digits.

Simulates studies of two networks with a known truth: most digits are read by every run, a few are hard for all, the
networks differ in what is hard for them, and seeds differ. Prints in how many of 100 studies the 95 % interval of
`compare_means` holds the true difference, beside Welch's test of the error rates, which takes the digits as given; and
how often a difference is told apart beside what `power_of` promises. Targets: 93 to 97, and 5 points.

    python benchmarks/study_intervals.py [--studies N]
"""

from __future__ import annotations

import math

import numpy as np
from common import environment, parser
from numpy.typing import NDArray
from scipy.special import expit

from mnist_gui.analysis.seed_statistics import compare_means, power_of
from mnist_gui.metrics import Interval, VariancePart, welch

DIGITS = 10_000
SEEDS = (2, 3, 5, 10)
# Spread between seeds and between networks, in logits; the error rates are about 0.8 and 0.7 %.
WORLDS = ((0.0, 0.5), (0.15, 0.5), (0.3, 0.5), (0.15, 2.0))
DIFFICULTY = 5.0
OFFSETS = (-13.6, -13.9)


def main() -> None:
    """Print the table."""
    options = parser(__doc__)
    options.add_argument("--studies", type=int, default=1_000, metavar="N", help="simulated studies of each kind")
    studies = options.parse_args().studies
    print(environment())
    print(f"\n{'seeds':>5}{'between seeds':>15}{'networks':>10}{'interval':>10}{'Welch':>8}{'told':>7}{'promised':>10}")
    for seeds in SEEDS:
        for seed_spread, network_spread in WORLDS:
            _simulate(seeds, seed_spread, network_spread, studies)
    print(f"\nStandard error of a share of {studies} studies: {100 * math.sqrt(0.05 * 0.95 / studies):.1f} points")


def _simulate(seeds: int, seed_spread: float, network_spread: float, studies: int) -> None:
    rng = np.random.default_rng(0)
    spread = math.sqrt(DIFFICULTY**2 + seed_spread**2 + network_spread**2)
    first, second = (_mean_error_rate(offset, spread) for offset in OFFSETS)
    true = first - second
    held = welch_held = told = 0
    variances, digits = np.zeros(2), 0.0
    for _ in range(studies):
        shared = DIFFICULTY * rng.normal(size=DIGITS)
        groups = [_errors(rng, offset + shared, seeds, seed_spread, network_spread) for offset in OFFSETS]
        found = compare_means(*groups)
        held += _holds(found.interval, true)
        rates = [group.mean(axis=1) for group in groups]
        welch_held += _holds(welch(rates[0].tolist(), rates[1].tolist()).interval, true)
        told += found.p < 0.05
        variances += [rate.var(ddof=1) / studies for rate in rates]
        means = groups[0].mean(axis=0) - groups[1].mean(axis=0)
        both = sum(float(group.var(axis=0, ddof=1).mean()) / seeds for group in groups)
        digits += (float(means.var(ddof=1)) - both) / DIGITS / studies
    promised = power_of(true, variances.tolist(), VariancePart(max(digits, 0.0), DIGITS - 1), seeds)
    shares = [100 * count / studies for count in (held, welch_held, told)]
    print(
        f"{seeds:>5}{seed_spread:>15}{network_spread:>10}{shares[0]:>10.1f}{shares[1]:>8.1f}{shares[2]:>7.1f}"
        f"{100 * promised:>10.1f}",
        flush=True,
    )


def _errors(
    rng: np.random.Generator, logits: NDArray[np.float64], seeds: int, seed_spread: float, network_spread: float
) -> NDArray[np.bool_]:
    own = logits + network_spread * rng.normal(size=DIGITS)
    rates = expit(own + seed_spread * rng.normal(size=(seeds, 1)))
    return np.asarray(rng.random((seeds, DIGITS)) < rates)


def _mean_error_rate(offset: float, spread: float) -> float:
    """Return the mean over a normal distribution of logits, by Gauss-Hermite quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(199)
    return float((weights * expit(offset + spread * points)).sum() / weights.sum())


def _holds(interval: Interval, value: float) -> bool:
    return interval.low <= value <= interval.high


if __name__ == "__main__":
    main()
