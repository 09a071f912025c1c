"""The plain form of `benchmarks/tune.py`: KerasTuner's RandomSearch as its guide has it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import keras
import keras_tuner

from benchmarks.tune import OWN, PLAIN, SPACES, TRIALS
from registry import default
from zoo.recipe import bind, parse_overrides, read_recipe
from zoo.run.adapt import adapt
from zoo.run.preparation import load_data
from zoo.tune.oracles import decoded, hyperparameters
from zoo.tune.space import changed, is_range, space_of


class Plain(keras_tuner.HyperModel):  # type: ignore[misc]
    """Builds and fits a network of the family over the arrays of the data set."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.registry = default()
        changes = parse_overrides(SPACES[name])
        fixed = {key: value for key, value in changes.items() if not is_range(value)} | parse_overrides(
            PLAIN + OWN[name]
        )
        self.recipe = read_recipe(self.registry, name, fixed)
        self.data = load_data(self.registry, bind(self.registry, self.recipe))
        ranges = {key: value for key, value in changes.items() if is_range(value)}
        self.space = space_of(self.registry, self.recipe, ranges, only=True)

    def build(self, hp: Any) -> keras.Model:
        bound = changed(self.registry, self.recipe, decoded(self.space, hp.values))
        model: keras.Model = bound.family.builder.load()(bound.hyperparameters, self.data.spec)
        adapt(model, self.data.train)
        model.compile(
            optimizer=keras.optimizers.Adam(bound.recipe.training.learning_rate),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
        return model

    def fit(self, hp: Any, model: keras.Model, *args: Any, **kwargs: Any) -> Any:
        settings = decoded(self.space, hp.values)
        return model.fit(*args, batch_size=settings["training.batch_size"], **kwargs)


def main(name: str, seed: int, place: Path) -> None:
    """Search, and leave the best objective in `best.json`."""
    plain = Plain(name)
    tuner = keras_tuner.RandomSearch(
        plain,
        objective="val_accuracy",
        max_trials=TRIALS,
        seed=seed + 1,  # as `zoo tune` hands its seed on
        hyperparameters=hyperparameters(plain.space),
        directory=str(place),
        project_name="plain",
    )
    data, epochs = plain.data, plain.recipe.training.epochs
    tuner.search(
        data.train.features,
        data.train.targets,
        validation_data=(data.validation.features, data.validation.targets),
        epochs=epochs,
        verbose=0,
    )
    best = tuner.oracle.get_best_trials()[0]
    (place / "best.json").write_text(json.dumps(best.score), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
