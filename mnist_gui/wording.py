"""Words for figures: the same in the window, on the command line and in the report."""


def percent(probability: float) -> str:
    """Return a probability as a percentage that never claims certainty: neither "100 %" nor "0 %".

    Parameters
    ----------
    probability
        In [0, 1].
    """
    if probability > 0.999:
        return ">99.9\u00a0%"
    if probability < 0.001:
        return "<0.1\u00a0%"
    decimals = 1 if probability >= 0.995 or probability < 0.0095 else 0
    return f"{probability * 100:.{decimals}f}\u00a0%"
