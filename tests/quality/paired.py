"""Of two models timed in turns: how their times compare, and how surely."""
import numpy as np

SAMPLES = 2000


def ratio(own, other):
    """Median of own / other within a turn, and its 95 % interval, by bootstrap."""
    ratios = np.array(own) / np.array(other)
    dice = np.random.default_rng(0)
    medians = np.median(dice.choice(ratios, (SAMPLES, len(ratios))), 1)
    low, high = np.percentile(medians, (2.5, 97.5))
    return float(np.median(ratios)), float(low), float(high)
