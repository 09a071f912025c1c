"""What generated pictures are worth: distances against their formulas, noise, copies and classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import sqrtm

from registry import build
from zoo.data.catalogue import load
from zoo.data.spec import Data
from zoo.run.frechet import Cloud, frechet_distance, nearest
from zoo.run.generation_scores import Gallery, noise_like, scores, spherical
from zoo.run.judge import load_judge


@pytest.fixture(scope="module")
def digits() -> Data:
    return load(build(with_plugins=False), "digits", {}).for_task("picture_generation")


@pytest.fixture(scope="module")
def gallery(digits: Data) -> Gallery:
    return Gallery(digits, load_judge("cnn/digits"))


def cloud(seed: int, scale: float = 1.0) -> Cloud:
    rng = np.random.default_rng(seed)
    return Cloud.of(scale * rng.normal(size=(60, 5)) @ rng.normal(size=(5, 5)) + rng.normal(size=5))


def test_the_distance_is_that_of_the_formula_with_a_matrix_root() -> None:
    one, two = cloud(0), cloud(1, scale=2.0)
    root = np.real(sqrtm(one.covariance @ two.covariance))
    expected = np.square(one.mean - two.mean).sum() + np.trace(one.covariance + two.covariance - 2 * root)
    assert frechet_distance(one, two) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(one, two) == pytest.approx(frechet_distance(two, one), rel=1e-9)
    assert frechet_distance(one, one) == pytest.approx(0.0, abs=1e-9)


def test_points_in_a_plane_have_a_distance_too() -> None:
    flat = np.random.default_rng(0).normal(size=(3, 10))  # fewer points than directions
    assert frechet_distance(Cloud.of(flat), Cloud.of(flat + 1.0)) == pytest.approx(10.0, rel=1e-6)


def test_the_nearest_point_is_found() -> None:
    distances, rows = nearest(np.array([[0.0, 0.0], [9.0, 1.0]]), np.array([[9.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    assert rows.tolist() == [2, 0]
    assert distances.tolist() == pytest.approx([1.0, 1.0])


def test_noise_has_the_brightness_of_the_pictures_and_nothing_else(digits: Data) -> None:
    noise = noise_like(digits.train.features, 2000, digits)
    assert (noise.dtype, noise.shape) == ("uint8", (2000, 8, 8, 1))
    means = digits.train.features.mean(axis=0)
    # values are cut off at 0 and 16
    assert np.abs(noise.mean(axis=0) - means).max() < 1.5
    pixels = noise.reshape(2000, -1)[:, 18:23].astype(float)  # of the third row, none of them always dark
    assert np.abs(np.corrcoef(pixels, rowvar=False) - np.eye(5)).max() < 0.1
    assert np.array_equal(noise, noise_like(digits.train.features, 2000, digits))


def test_training_pictures_score_as_near_as_pictures_can(gallery: Gallery) -> None:
    found = scores(gallery, gallery.training, gallery.split("test"), "test")
    assert found["frechet_distance"] == found["frechet_distance_of_training"]
    assert found["pixel_frechet_distance"] == found["pixel_frechet_distance_of_training"]
    assert found["modes"] == 10
    assert found["smallest_share"] > 0.08
    assert found["nearest_ratio"] < 0.01  # they are copies


def test_noise_and_a_single_digit_score_worse(gallery: Gallery, digits: Data) -> None:
    real = gallery.split("test")
    copies = scores(gallery, gallery.training, real, "test")
    ones = digits.train.features[digits.train.targets == 1]
    collapsed = scores(gallery, gallery.see(ones), real, "test")
    noise = scores(gallery, gallery.see(noise_like(digits.train.features, 500, digits)), real, "test")
    for worse in (collapsed, noise):
        assert worse["frechet_distance"] > 5 * copies["frechet_distance"]
        assert worse["pixel_frechet_distance"] > 5 * copies["pixel_frechet_distance"]
    assert (collapsed["modes"], collapsed["smallest_share"]) == (1, 0.0)
    assert noise["nearest_ratio"] > 1.5


def test_without_a_judge_there_are_distances_of_pixels_alone(digits: Data) -> None:
    nobody = Gallery(replace(digits, spec=replace(digits.spec, classes=None)), None)
    found = scores(nobody, nobody.training, nobody.split("validation"), "validation")
    assert found.keys() == {"pixel_frechet_distance", "pixel_frechet_distance_of_training", "nearest_ratio"}


def test_the_way_between_latents_keeps_their_length() -> None:
    first, last = np.random.default_rng(0).normal(size=(2, 50))
    last *= np.linalg.norm(first) / np.linalg.norm(last)
    way = spherical(first, last, 5)
    assert np.allclose(way[0], first)
    assert np.allclose(way[-1], last)
    assert np.allclose(np.linalg.norm(way, axis=1), np.linalg.norm(first))
    assert np.allclose(spherical(first, first, 3), first)
