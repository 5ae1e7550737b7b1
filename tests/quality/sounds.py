"""Sound for networks that listen: made here, from a seed, and kept as tensors (.npy)."""
import os

import numpy as np


def note(dice, rate, count):
    """One tone of an instrument: overtones that fade, and a vibrato."""
    pitch = 440 * 2 ** ((dice.integers(36, 85) - 69) / 12)
    start, length = dice.integers(0, count // 2), dice.integers(count // 8, count)
    t = np.arange(min(length, count - start)) / rate
    phase = 2 * np.pi * pitch * t + dice.uniform(0, 3) * np.sin(2 * np.pi * 5 * t) / 5
    tone = sum(dice.uniform(0.2, 1) / k * np.sin(k * phase)
               for k in range(1, dice.integers(3, 12)) if k * pitch < rate / 2)
    sound = np.zeros(count)
    sound[start:start + len(t)] = tone * np.exp(-t * dice.uniform(0.3, 6)) * np.minimum(t * 100, 1)
    return sound


def music(dice, rate, count):
    sound = sum(note(dice, rate, count) for _ in range(dice.integers(1, 8)))
    sound = sound / (np.abs(sound).max() + 1e-9) * dice.uniform(0.1, 0.9)
    return sound + dice.normal(0, 10 ** dice.uniform(-4, -2), count)


def syllable(dice, rate, count, pitch):
    """Pulses of the voice, or breath, through three resonances."""
    t = np.arange(count) / rate
    glide = pitch * (1 + dice.uniform(-0.2, 0.2) * t / t[-1])
    voiced = np.maximum(np.cos(2 * np.pi * np.cumsum(glide) / rate), 0) ** 8
    source = voiced if dice.random() < 0.8 else dice.normal(0, 0.3, count)
    spectrum, bins = np.fft.rfft(source), np.fft.rfftfreq(count, 1 / rate)
    shape = sum(1 / (1 + ((bins - centre) / 90) ** 2) / k for k, centre in enumerate(
        (dice.uniform(250, 900), dice.uniform(900, 2500), dice.uniform(2300, 3500)), 1))
    return np.fft.irfft(spectrum * shape, count) * np.hanning(count)


def speech(dice, rate, count):
    """Syllables with pauses, in noise of any strength."""
    sound, at, pitch = np.zeros(count), 0, dice.uniform(90, 250)
    while at < count - rate // 2:
        length = int(rate * dice.uniform(0.1, 0.35))
        sound[at:at + length] += syllable(dice, rate, length, pitch)
        at += int(length * dice.choice([0.8, 1, 3], p=[0.6, 0.3, 0.1]))
    sound = sound / (np.abs(sound).max() + 1e-9) * dice.uniform(0.2, 0.9)
    return sound + dice.normal(0, 10 ** dice.uniform(-4, -1), count)


def make(kind, rate, shape, folder, count):
    """`count` files of "music" or "speech"; returns their paths."""
    paths = [os.path.join(folder, f"{i:04d}.npy") for i in range(count)]
    if not os.path.exists(paths[-1]):
        os.makedirs(folder, exist_ok=True)
        dice = np.random.default_rng(list((kind + os.path.basename(folder)).encode()))
        for path in paths:
            sound = {"music": music, "speech": speech}[kind](dice, rate, int(np.prod(shape)))
            np.save(path, sound.astype(np.float32).reshape(shape))
    return paths
