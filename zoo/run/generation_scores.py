"""What generated pictures are worth, beside real ones and beside noise with the right brightness.

All scores are of pictures made from the latents of seed 0, at least 2,000 and at most 10,000 of them:

    pixel_frechet_distance: Fréchet distance to a split in the 64 principal directions of the training pictures' pixels
        (values in 0..1); needs no classifier, so every data set has it
    frechet_distance: the same in the features before the last layer of the judge, a classifier of the zoo
    .._of_training: the distance of as many training pictures to the split; no generator can be asked to come nearer
    nearest_ratio: median distance of a generated picture to the nearest training picture, divided by that of the
        split's own pictures, in the principal directions; far below 1 the generator copies, far above 1 its pictures
        are like none
    modes, smallest_share: classes that at least a fifth of an even share of the pictures show, and the share of the
        rarest class, as the judge sees them

Source: see `zoo.run.frechet`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.spec import Data
from zoo.layers.picture_generator import PictureGenerator
from zoo.layers.preprocessing import picture_range
from zoo.run.frechet import Cloud, frechet_distance, nearest
from zoo.run.judge import Judge, load_judge

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

SEED = 0
FEWEST, MOST = 2_000, 10_000  # pictures generated
DIRECTIONS = 64
COMPARED_WITH_ALL = 2_000  # pictures whose nearest training picture is looked for
STORED = 200  # pictures
GOLDEN = 8  # latents, whose pictures a publication is compared by
STRIPS, STEPS = 4, 10  # of the interpolation
COMPARED = 14  # pictures shown beside their nearest training pictures


@dataclass(frozen=True)
class Examination:
    """What a finished run says of its pictures.

    Attributes:
        arrays: What the figures need; the content of predictions.npz.
        metrics: Scores by split.
        baseline: Name of the trivial baseline, and its scores by split.
    """

    arrays: dict[str, np.ndarray]
    metrics: dict[str, dict[str, float]]
    baseline: dict[str, Any]


class Gallery:
    """The real pictures of a data set, and what they are measured in.

    Args:
        data: The data; directions are learned from the training split alone.
        judge: A classifier, or None.
    """

    def __init__(self, data: Data, judge: Judge | None) -> None:
        self.data, self.judge = data, judge
        self.size = min(MOST, max(FEWEST, len(data.test)))

    @cached_property
    def directions(self) -> PCA:
        """Principal directions of the training pictures."""
        from sklearn.decomposition import PCA

        rows = self.pixels(self.data.train.features[:MOST])
        count = min(DIRECTIONS, *rows.shape)
        return PCA(count, svd_solver="randomized", random_state=0).fit(rows)

    def pixels(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures as rows of float32 (n, pixels) in 0..1."""
        low, high = picture_range(self.data.spec)
        return ((pictures.reshape(len(pictures), -1) - np.float32(low)) / np.float32(high - low)).astype(np.float32)

    @property
    def spaces(self) -> tuple[str, ...]:
        """What distances are measured in."""
        return ("pixel",) if self.judge is None else ("pixel", "judge")

    def see(self, pictures: np.ndarray) -> Seen:
        """Pictures as points of every space."""
        points = {"pixel": self.directions.transform(self.pixels(pictures)).astype(np.float64)}
        classes = None
        if self.judge is not None:
            points["judge"], classes = self.judge.look(pictures)
        return Seen(points, classes)

    @cached_property
    def training(self) -> Seen:
        """As many training pictures as are generated, or all."""
        return self.see(self.data.train.features[: self.size])

    def split(self, name: str) -> Seen:
        """The pictures of a split, at most as many as are generated at most."""
        if name == "train":
            return self.training
        return self.see(self.data.splits[name].features[:MOST])

    @cached_property
    def all_training(self) -> np.ndarray:
        """All training pictures in the principal directions."""
        return np.asarray(self.directions.transform(self.pixels(self.data.train.features)), np.float64)

    def how_near(self, seen: Seen) -> float:
        """Median distance of pictures to the nearest training picture."""
        points = seen.points["pixel"][:COMPARED_WITH_ALL]
        return float(np.median(nearest(points, self.all_training)[0]))


@dataclass(frozen=True)
class Seen:
    """Pictures as points: by space float64 (n, d), and the judge's classes int64 (n,)."""

    points: dict[str, np.ndarray]
    classes: np.ndarray | None

    @cached_property
    def clouds(self) -> dict[str, Cloud]:
        """Mean and covariance, by space."""
        return {space: Cloud.of(points) for space, points in self.points.items()}


def examine(model: PictureGenerator, data: Data, splits: Sequence[str]) -> Examination:
    """Score what a model generates, and keep what the figures show.

    Args:
        model: A trained generator, alone or with its discriminator.
        data: Real pictures.
        splits: Names of the splits that the pictures are compared with.
    """
    gallery = Gallery(data, None if model.judge is None else load_judge(model.judge))
    latents = model.latents(gallery.size, SEED)
    pictures = model.generate(latents)
    generated, noise = gallery.see(pictures), gallery.see(noise_like(data.train.features, gallery.size, data))
    real = {name: gallery.split(name) for name in splits}
    metrics = {name: scores(gallery, generated, real[name], name) for name in splits}
    baseline = {name: scores(gallery, noise, real[name], name) for name in splits}
    arrays = {
        "golden_inputs": latents[:GOLDEN],
        "samples": pictures[:STORED],
        **_compared(gallery, pictures),
        **_between(model, latents),
    }
    last = real[splits[-1]]
    if generated.classes is not None and last.classes is not None:
        arrays |= {"mode_shares": _shares(gallery, generated), "mode_shares_real": _shares(gallery, last)}
    return Examination(arrays, metrics, {"name": "independent_pixels", **baseline})


def noise_scores(data: Data, judge: str | None, split: str) -> dict[str, float]:
    """The scores of the trivial baseline on a split: of pictures whose pixels know nothing of one another."""
    gallery = Gallery(data, None if judge is None else load_judge(judge))
    noise = gallery.see(noise_like(data.train.features, gallery.size, data))
    return scores(gallery, noise, gallery.split(split), split)


def scores(gallery: Gallery, generated: Seen, real: Seen, name: str) -> dict[str, float]:
    """All scores of pictures beside a split; see the module."""
    found: dict[str, float] = {}
    for space in reversed(gallery.spaces):
        key = "frechet_distance" if space == "judge" else "pixel_frechet_distance"
        found[key] = frechet_distance(generated.clouds[space], real.clouds[space])
        if name != "train":
            found[f"{key}_of_training"] = frechet_distance(gallery.training.clouds[space], real.clouds[space])
    if name != "train":
        found["nearest_ratio"] = gallery.how_near(generated) / max(gallery.how_near(real), 1e-12)
    if generated.classes is not None:
        shares = _shares(gallery, generated)
        found["modes"] = float(np.count_nonzero(shares >= 0.2 / len(shares)))
        found["smallest_share"] = float(shares.min())
    return found


def noise_like(features: np.ndarray, count: int, data: Data) -> np.ndarray:
    """Pictures of which each pixel is drawn by itself, with the mean and the deviation that it has in training."""
    low, high = picture_range(data.spec)
    mean, deviation = features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64)
    drawn = mean + deviation * np.random.default_rng(SEED).standard_normal((count, *data.spec.shape))
    values = drawn.clip(low, high)
    whole = np.issubdtype(np.dtype(data.spec.dtype), np.integer)
    return (np.rint(values) if whole else values).astype(data.spec.dtype)


def _shares(gallery: Gallery, seen: Seen) -> np.ndarray:
    assert gallery.judge is not None
    assert seen.classes is not None
    counts = np.bincount(seen.classes, minlength=gallery.judge.data_spec.num_classes or 0)
    return counts / counts.sum()


def _compared(gallery: Gallery, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Some generated pictures and the training picture nearest to each, pixel by pixel."""
    shown = pictures[:COMPARED]
    _, rows = nearest(gallery.pixels(shown), gallery.pixels(gallery.data.train.features))
    return {"nearest_generated": shown, "nearest_training": gallery.data.train.features[rows]}


def _between(model: PictureGenerator, latents: np.ndarray) -> dict[str, np.ndarray]:
    """Pictures on the way from one latent to another: (strips, steps, height, width, channels)."""
    ends = latents[: 2 * STRIPS].astype(np.float64).reshape(STRIPS, 2, -1)
    ways = np.concatenate([spherical(first, last, STEPS) for first, last in ends]).astype(np.float32)
    classes = None
    if model.settings.conditional:
        classes = (np.arange(STRIPS) % (model.data_spec.num_classes or 1)).repeat(STEPS)
    pictures = model.generate(ways, classes)
    return {"interpolation": pictures.reshape(STRIPS, STEPS, *pictures.shape[1:])}


def spherical(first: np.ndarray, last: np.ndarray, steps: int) -> np.ndarray:
    """Points (steps, d) on the arc from one point to another, about as far from 0 as normal latents lie.

    Source: White 2016, Sampling generative networks, arXiv:1609.04468, section 2.1.
    """
    cosine = np.dot(first, last) / (np.linalg.norm(first) * np.linalg.norm(last))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    parts = np.linspace(0.0, 1.0, steps)[:, None]
    if np.sin(angle) < 1e-6:
        return (1.0 - parts) * first + parts * last
    return (np.sin((1.0 - parts) * angle) * first + np.sin(parts * angle) * last) / np.sin(angle)
