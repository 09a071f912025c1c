"""The families that forecast among other things pass the conformance suite as forecasters."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import build
from zoo.check import conformance

HEAD = 'summary = "sines"\ndataset = "sine_mix"\ntask = "forecasting"\n'
DATA = "[data]\nvalues = 300\nlag = 25\nhorizon = 20\n"
RECIPES = {
    "mlp": 'family = "mlp"\n' + DATA + '[hyperparameters]\nunits = [16]\nactivation = "tanh"\ndropout = 0.0\n'
    "ensemble = 2\ninput_noise = 0.02\n[training]\nlearning_rate = 1e-2\n",
    "mlp_lbfgs": 'family = "mlp"\n' + DATA + '[hyperparameters]\nunits = [8]\nactivation = "tanh"\ndropout = 0.0\n'
    'ensemble = 2\n[training]\nepochs = 60\noptimizer = "lbfgs"\n',
    "rbf": 'family = "rbf"\n' + DATA + '[hyperparameters]\nplacement = "every"\nridge = 1e-6\n',
    "rbf_gradient": 'family = "rbf"\n' + DATA + '[hyperparameters]\ncentres = 40\noutput = "gradient"\n'
    "[training]\nlearning_rate = 3e-2\n",
    "rnn_ensemble": 'family = "rnn"\n' + DATA + '[hyperparameters]\ncell = "simple"\nunits = [8, 8]\nensemble = 2\n'
    "forced_steps = 5\ninput_noise = 0.02\ndropout = 0.1\n[training]\nlearning_rate = 1e-2\n",
    "rnn_lbfgs": 'family = "rnn"\n' + DATA + '[hyperparameters]\ncell = "simple"\nunits = [6]\nl2 = 1e-5\n'
    'ensemble = 2\n[training]\nepochs = 60\noptimizer = "lbfgs"\n',
}
SLOW = ("mlp", "mlp_lbfgs", "rbf_gradient", "rnn_ensemble", "rnn_lbfgs")
CASES = [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in RECIPES]


@pytest.mark.parametrize("name", CASES)
def test_a_forecaster_conforms(name: str, tmp_path: Path) -> None:
    recipe = tmp_path / f"{name}.toml"
    recipe.write_text(HEAD + RECIPES[name])
    cases = conformance(str(recipe), build(with_plugins=False))
    for case in cases:
        case()
    cases[0].suite.close()
