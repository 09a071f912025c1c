"""What must hold of every family, however it learns."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from pydantic import BaseModel, ValidationError
from sklearn.base import BaseEstimator

from registry import UserError, ZooError
from zoo.check.definition import Broken, needing, require
from zoo.check.subject import Arrays, Subject
from zoo.check.witness import witness
from zoo.data.columns import Column
from zoo.data.spec import Data, DataSpec
from zoo.layers.adversarial import AdversarialModel
from zoo.layers.preprocessing import output_units, picture_range
from zoo.recipe.fields import describe
from zoo.run import trainer
from zoo.run.events import Event, RunStarted
from zoo.run.feeding import examples
from zoo.run.folder import RunFolder
from zoo.run.mapping_scores import SHARES
from zoo.run.outputs import outputs_of
from zoo.run.seeds import start_from
from zoo.run.verdict import advantage, direction_of
from zoo.use.predict import LoadedModel
from zoo.weights.files import load_model, model_bytes

BATCH = 64
WINDOW = 16  # units of a text
# of the largest output: bfloat16 rounds at 0.004
SAME_EXAMPLE = 0.01


@needing()
def registered(subject: Subject) -> str:
    """Builder, hyperparameters and figures can be imported, and the recipe binds to them."""
    loaded = {field: reference.load() for field, reference in subject.family.references().items()}
    for field, value in loaded.items():
        require(callable(value), f"{field} is a {type(value).__name__}, not a function or a class")
    settings = loaded["hyperparameters"]
    require(isinstance(settings, type) and issubclass(settings, BaseModel), f"{settings!r} is not a class of settings")
    return f"{len(loaded)} references; {subject.bound.name} binds"


@needing(registered)
def hyperparameters(subject: Subject) -> str:
    """Each hyperparameter has a default, one line of description and valid search values; frozen, no unknown keys."""
    settings = subject.family.hyperparameters.load()
    for name, field in settings.model_fields.items():
        require(not field.is_required(), f"{name} has no default")
        description = (field.description or "").strip()
        require(description and len(description.splitlines()) == 1, f"{name} has no line of description")
    _must_refuse(f"{settings.__name__} takes settings that it does not have", settings, not_a_setting=1)
    for row in describe(settings):
        search = row["search"] or []
        for value in [search["low"], search["high"]] if isinstance(search, dict) else search:
            settings(**{row["name"]: value})
    made = settings()
    for name in settings.model_fields:
        try:
            setattr(made, name, getattr(made, name))
        except ValidationError:
            continue
        raise Broken(f"{name} can be changed after it was set: the class must be frozen")
    return f"{len(settings.model_fields)} settings"


def _must_refuse(otherwise: str, settings: type[BaseModel], **values: Any) -> None:
    try:
        settings(**values)
    except ValidationError:
        return
    raise Broken(otherwise)


@needing(hyperparameters)
def builds(subject: Subject) -> str:
    """The builder makes a Keras model, or an estimator, of the data specification alone, and reads no data for it."""
    spec = subject.data.spec
    model = subject.build(spec)
    if subject.learning == "estimator":
        require(isinstance(model, BaseEstimator), f"the builder returns a {type(model).__name__}, no estimator")
        return type(model).__name__
    require(isinstance(model, keras.Model), f"the builder returns a {type(model).__name__}, not a keras.Model")
    _must_have_outputs(model, spec)
    found = f"{model.count_params()} parameters"
    other = _another(spec)
    with witness().watching() as read:
        try:
            _must_have_outputs(subject.build(other), other)
        except UserError as refused:
            return f"{found}; shape {other.shape} is refused: {refused.message}"
    require(not read, f"the builder reads {', '.join(sorted(set(read)))}")
    return found


def _must_have_outputs(model: keras.Model, spec: DataSpec) -> None:
    if isinstance(model, AdversarialModel):
        pictures = model.generate(model.latents(2, 0))
        require(pictures.shape == (2, *spec.shape), f"pictures have shape {pictures.shape}, not (2, {spec.shape})")
        return
    example = (WINDOW,) if spec.kind == "text" else spec.shape
    shape, must = tuple(model.compute_output_shape((2, *example))), _output_shape(spec, (2, *example))
    require(shape == must, f"outputs have shape {shape}, not {must}, for 2 examples of shape {example}")


def _output_shape(spec: DataSpec, inputs: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the outputs for inputs of a shape: a row of units for each example, of a text for each of its units."""
    return (*inputs[: 2 if spec.kind == "text" else 1], _units(spec))


def _units(spec: DataSpec) -> int:
    """Numbers that a model says of an example under the task."""
    if spec.vocabulary is not None:
        return len(spec.vocabulary)
    if spec.task in ("mapping", "anomaly_detection"):
        return SHARES + (spec.num_classes or 0)
    return output_units(spec)


def _another(spec: DataSpec) -> DataSpec:
    """The specification of a larger data set: more pixels, features, columns, lag, units, one class or number more."""
    if spec.vocabulary is not None:
        units = (
            *spec.vocabulary.units,
            next(unit for unit in map(chr, range(1, 2**16)) if unit not in spec.vocabulary.units),
        )
        larger = replace(spec.vocabulary, units=units)
        return replace(spec, vocabulary=larger, dtype=larger.dtype)
    *sizes, last = spec.shape
    shape = (*(2 * size for size in sizes), last) if sizes else (last + 1,)
    changes: dict[str, Any] = {"shape": shape, "feature_names": ()}
    if spec.kind == "table":
        columns = (*spec.columns, Column("one_more", "number"))
        changes |= {"columns": columns, "feature_names": tuple(column.name for column in columns)}
    if spec.kind == "series":  # whose target is always the next value
        return replace(spec, **changes)
    if spec.classes is not None:
        changes["classes"] = (*spec.classes, f"class {len(spec.classes) + 1}")
    else:
        changes["target_shape"] = (math.prod(spec.target_shape) + 1,)
    if spec.task == "anomaly_detection":  # which has two classes, whatever the data
        del changes["classes"]
    return replace(spec, **changes)


@needing(builds)
def predicts(subject: Subject) -> str:
    """Outputs are (n, classes or targets), floats, finite, the same each time, and of each example by itself."""
    spec, features = subject.data.spec, subject.examples(BATCH)[0]
    outputs = _outputs(subject.network, spec, features)
    dtypes: tuple[str, ...] = ("float64",) if subject.learning == "estimator" else ("float32",)
    if subject.learning != "estimator" and _is_exact(subject.network):
        dtypes = ("float32", "float64")
    if isinstance(subject.network, AdversarialModel):
        shape: tuple[int, ...] = (len(outputs), math.prod(subject.network.generator.output_shape[1:]) + 1)
    else:
        shape = _output_shape(spec, features.shape)
    require(outputs.shape == shape, f"outputs have shape {outputs.shape}, not {shape}")
    require(outputs.dtype in dtypes, f"outputs are {outputs.dtype}, not {' or '.join(dtypes)}")
    require(np.isfinite(outputs).all(), f"{np.count_nonzero(~np.isfinite(outputs))} outputs are not finite")
    again = _outputs(subject.network, spec, features)
    require(np.array_equal(outputs, again), "the same examples give other outputs the second time")
    one = [part[:1] for part in features] if isinstance(features, list) else features[:1]
    alone = _outputs(subject.network, spec, one)
    require(
        np.allclose(alone, outputs[:1], rtol=0, atol=SAME_EXAMPLE * float(np.abs(outputs).max())),
        f"an example alone gives {alone[0]}, and {outputs[0]} in a batch of {len(outputs)}",
    )
    return f"{outputs.shape} {outputs.dtype}"


def _is_exact(model: Any) -> bool:
    """Whether all that a network learns is float64: its outputs may be so too."""
    return {variable.dtype for variable in model.trainable_variables} == {"float64"}


def _outputs(model: Any, spec: DataSpec, features: np.ndarray) -> np.ndarray:
    """What a model says of a few examples; not by `predict`, which traces a graph for each network."""
    if not isinstance(model, keras.Model):
        return outputs_of(model, spec, features)
    outputs = model(features, training=False)
    if isinstance(model, AdversarialModel):  # each picture's numbers, then its realness
        return np.concatenate([np.reshape(part, (len(part), -1)) for part in outputs], axis=1)
    return np.asarray(keras.ops.convert_to_numpy(outputs))


@needing(predicts)
def takes_raw_input(subject: Subject) -> str:
    """Raw input of a user's own, its extremes included, gives finite numbers, or probabilities that add up to 1."""
    if isinstance(subject.network, AdversarialModel):
        return "it takes none: a generator makes pictures"
    inputs = raw_inputs(subject.data)
    model = LoadedModel(subject.network, subject.data.spec, subject.recipe, {})
    outputs = model.predict(inputs)
    require(np.isfinite(outputs).all(), f"{np.count_nonzero(~np.isfinite(outputs))} outputs are not finite")
    if subject.data.spec.task in ("classification", "text_generation"):
        sums = outputs.sum(axis=1)
        require(np.allclose(sums, 1, atol=1e-3), f"probabilities add up to {sums.min():.4g}..{sums.max():.4g}")
    kind = subject.data.spec.kind
    return f"{len(outputs)} {kind if kind == 'series' else f'{kind}s'}"


def raw_inputs(data: Data) -> Any:
    """Input as people have it: pictures of another size, in colour, all black, all white and from one to the other;
    rows as lists, the smallest and the largest values of all columns among them; texts with what nobody saw."""
    spec = data.spec
    if spec.vocabulary is not None:
        return [spec.vocabulary.decode(data.train.features[:WINDOW]), "\u2603", "Never\r\nseen \U0001f63a"]
    if spec.kind == "table":
        return _table_rows(data)
    if spec.kind != "picture":
        features = data.train.features
        return [features.min(axis=0).tolist(), features.max(axis=0).tolist(), features[0].tolist()]
    low, high = picture_range(spec)
    height, width, channels = spec.shape
    shape = (2 * height, 2 * width, 3 if channels in (1, 3) else channels)
    rising = np.linspace(low, high, math.prod(shape)).reshape(shape)
    return np.stack([np.full(shape, low), np.full(shape, high), rising]).astype(spec.dtype)


def _table_rows(data: Data) -> list[dict[str, Any]]:
    """Rows of a table as people have them: the smallest and the largest numbers, then a category that nobody saw, then
    nothing at all."""
    low, high = (end(data.train.features, axis=0) for end in (np.nanmin, np.nanmax))
    columns = data.spec.columns

    def row(values: np.ndarray, category: str | None) -> dict[str, Any]:
        return {
            column.name: float(value) if column.role == "number" else category or column.categories[int(value)]
            for column, value in zip(columns, values, strict=True)
        }

    empty = {column.name: None for column in columns}
    return [row(low, None), row(high, None), row(low, "never seen"), empty]


@needing(predicts)
def refuses_wrong_shapes(subject: Subject) -> str:
    """Examples of another shape are refused by an error that names the shape."""
    if subject.learning == "estimator":
        return _refuses_other_columns(subject)
    if subject.data.spec.kind == "text":
        return _refuses(subject, [(WINDOW, 2), (WINDOW, 2, 2)])
    if isinstance(subject.network, AdversarialModel):
        latent = subject.network.settings.latent
        return _refuses(subject, [(latent + 1,), (latent, 2)])
    first, *rest = own = subject.data.spec.shape
    flat = (math.prod(own),) if rest else (first, 2)
    return _refuses(subject, list(dict.fromkeys([(first + 1, *rest), (*own[:-1], own[-1] + 1), flat])))


def _refuses(subject: Subject, wrong: list[tuple[int, ...]]) -> str:
    own = subject.data.spec.shape or (WINDOW,)
    for shape in wrong:
        try:
            subject.network(np.zeros((2, *shape), subject.data.spec.dtype))
        except (ValueError, ZooError) as error:
            require("shape" in str(error), f"shape {shape} is refused without a word of shapes: {error}")
        else:
            raise Broken(f"shape {shape} is taken where {own} is meant")
    return ", ".join(map(str, wrong))


def _refuses_other_columns(subject: Subject) -> str:
    """scikit-learn speaks of features, not of shapes."""
    features = subject.data.train.features[:BATCH]
    wide = np.concatenate([features, features], axis=-1)
    try:
        outputs_of(subject.network, subject.data.spec, wide)
    except (ValueError, ZooError) as error:
        require("features" in str(error) or "columns" in str(error), f"refused without a word of features: {error}")
        return f"{wide.shape[1:]}"
    raise Broken(f"shape {wide.shape[1:]} is taken where {features.shape[1:]} is meant")


@needing(predicts)
def trains(subject: Subject) -> str:
    """A short run through the runner ends well."""
    facts = subject.run.folder.read()
    return f"{facts['epochs']} epochs, {facts['steps']} steps"


@needing(trains)
def follows_the_seed(subject: Subject) -> str:
    """Equal seeds give equal first weights and steps, bit for bit; where steps are small, other seeds give others."""
    one, two = subject.first_steps, subject.stepped(0)
    require(_equal(one.first, two.first), "the same seed starts from other weights")
    require(_equal(one.last, two.last), "the same seed steps to other weights")
    # a formula has no need of chance, nor has the way from a given point
    draws = getattr(subject.settled.hyperparameters, "draws", True)
    if subject.learning not in ("gradient", "adversarial") or not draws:
        return "seed 0 twice"
    other = subject.stepped(1)
    constant = all(np.ptp(weight) == 0 for weight in one.first if weight.size)
    require(constant or not _equal(one.first, other.first), "another seed starts from the same weights")
    require(not _equal(one.last, other.last), "another seed steps to the same weights")
    return "seed 0 twice, seed 1"


def _equal(some: Arrays, others: Arrays) -> bool:
    return len(some) == len(others) and all(map(np.array_equal, some, others))


@needing(trains)
def saves_its_weights(subject: Subject) -> str:
    """What was learned, saved and loaded into a fresh model, gives equal outputs, and equal bytes when saved again."""
    model, spec = subject.first_steps.network, subject.data.spec
    content = model_bytes(model)
    start_from(1)
    fresh = load_model(subject.build(spec), content, where="what was saved")
    features = examples(model, subject.data.test, BATCH)[0]
    outputs, loaded = _outputs(model, spec, features), _outputs(fresh, spec, features)
    difference = float(np.abs(outputs - loaded).max())
    require(np.array_equal(outputs, loaded), f"outputs differ by {difference:.3g}: the file does not hold everything")
    require(model_bytes(fresh) == content, "what was learned alike is saved as other bytes")
    return f"{len(content)} bytes"


@needing(trains)
def beats_the_baseline(subject: Subject) -> str:
    """The short run beats the trivial baseline on the training split, unless the recipe says that it need not."""
    facts = subject.run.folder.read()
    metric = facts["primary"]
    value, baseline = facts["metrics"]["train"][metric], facts["baseline"]["train"][metric]
    found = f"{metric} {value:.4g}, {facts['baseline']['name']} {baseline:.4g}"
    promise = subject.recipe.promise
    if promise is not None and not promise.beats_baseline:
        return f"{found}; it need not"
    require(advantage(value, baseline, direction_of(metric)) > 0, found)
    return found


@needing(trains, follows_the_seed)
def resumes(subject: Subject) -> str:
    """A run that was killed half-way and resumed ends as the unbroken one, bit for bit."""
    folder, half = subject.run.folder, subject.run.half
    first: list[int] = []
    had_checkpoint = any((half.path / "checkpoint").glob("*"))

    def listen(event: Event) -> None:
        if isinstance(event, RunStarted):
            first.append(event.first_step)

    trainer.go_on(subject.registry, subject.short, half, subscribers=(listen,))
    stepwise = subject.learning in ("gradient", "adversarial", "own_rule")
    require(first[0] > 0 or not (stepwise and had_checkpoint), "the checkpoint was not taken up")
    unbroken, resumed = _outcome(folder), _outcome(half)
    for what, value in unbroken.items():
        require(resumed[what] == value, f"resumed from step {first[0]}, the run has other {what}")
    return f"from step {first[0]} of {folder.read()['steps']}"


def _outcome(folder: RunFolder) -> dict[str, Any]:
    facts = folder.read()
    return {
        "rows in metrics.jsonl": folder.rows(),
        "weights": facts["weights"]["sha256"],
        "metrics": facts["metrics"],
    }


EVERY_FAMILY = (
    registered,
    hyperparameters,
    builds,
    predicts,
    takes_raw_input,
    refuses_wrong_shapes,
    trains,
    follows_the_seed,
    saves_its_weights,
    beats_the_baseline,
    resumes,
)
