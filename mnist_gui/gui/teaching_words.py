"""What teaching changed, in words. No Qt, and apart from the Train tab's words: those bring its plots with them."""

from __future__ import annotations

from mnist_gui.analysis.forgetting import TeachingEffect


def effect_words(effect: TeachingEffect) -> str:
    """Return what teaching changed: "your digits 7 → 10 of 10 right · MNIST test 99.33 → 99.27 %"."""
    own = effect.own
    if own is not None:
        words = f"your digits kept for judging {own.before} → {own.after} of {own.count} right"
    else:
        taught = effect.taught
        words = f"the {taught.count} digits it was taught {taught.before} → {taught.after} right, none kept for judging"
    before, after = (100 * right / effect.mnist.count for right in (effect.mnist.before, effect.mnist.after))
    return f"{words} · MNIST test {before:.2f} → {after:.2f}\u00a0%"
