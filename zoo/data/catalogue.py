"""What `zoo data` shows and does, as functions that return JSON-serialisable facts and print nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry import DataSet, Registry
from zoo.data.errors import InvalidData
from zoo.recipe.errors import validated
from zoo.recipe.fields import describe as describe_settings

if TYPE_CHECKING:
    from zoo.data.options import DataOptions
    from zoo.data.raw_file import RawFile
    from zoo.data.source import TfdsSource
    from zoo.data.spec import Data

SHOWN = 200  # units of a text
LARGEST_EXAMPLE = 1024  # numbers; a larger raw example would fill the screen and is described by its shape only


def make_options(registry: Registry, name: str, options: Mapping[str, Any]) -> DataOptions:
    """Validate the options of a data set.

    Args:
        registry: Where the data set is registered.
        name: The data set.
        options: Option name -> value; the rest are defaults.

    Returns:
        The data set's frozen options.

    Raises:
        UnknownDataSet: No such data set.
        RecipeError: An option it does not have (the nearest are named), or a value it refuses.
    """
    dataset = registry.dataset(name)
    made: DataOptions = validated(dataset.options.load(), dict(options), table="data", where=f"data set {name}")
    return made


def load(registry: Registry, name: str, options: Mapping[str, Any] | None = None) -> Data:
    """Load a data set and check it, whoever provides it.

    Args:
        registry: Where the data set is registered.
        name: The data set.
        options: Option name -> value; the rest are defaults.

    Returns:
        The checked data.

    Raises:
        UnknownDataSet: No such data set.
        RecipeError: Options that the data set refuses.
        DataUnavailable: The data are not here and cannot be fetched.
        DamagedData: The data are not what was published.
        InvalidData: The loader returned something that breaks the contract.
    """
    chosen = make_options(registry, name, options or {})
    from zoo.data.spec import Data

    dataset = registry.dataset(name)
    data = dataset.loader.load()(chosen)
    if not isinstance(data, Data):
        raise InvalidData(
            f"the loader of data set {name!r} must return zoo.data.spec.Data",
            received=type(data).__name__,
            where=str(dataset.loader),
        )
    data.check()
    return data


def listing(registry: Registry) -> list[dict[str, Any]]:
    """List the data sets without loading any.

    Args:
        registry: What to list.

    Returns:
        One dictionary a data set: name, summary, tasks, features, examples, classes, licence, provider, embedded and
        available (True when it can be loaded without a network, None when its provider does not say).
    """
    return [_facts(dataset) for dataset in registry.datasets()]


def describe(registry: Registry, name: str) -> dict[str, Any]:
    """Describe a data set; what only loading can tell is there when the data are on this machine.

    Args:
        registry: Where the data set is registered.
        name: The data set.

    Returns:
        The facts of `listing`, and raw (what inputs of one's own must look like, where the data set says it), source,
        place, path, file (of a data set that is one raw file: where it stands, bytes, sha256, origin, address), columns
        (of a table: all that its file holds), options (name, type, default, limits, description) and data: None, or
        spec, splitting, sizes, hashes, duplicates and one raw example of the training split.

    Raises:
        UnknownDataSet: No such data set.
        DamagedData: The data are here and are not what was published.
    """
    dataset = registry.dataset(name)
    folder = _found(dataset)
    facts = _facts(dataset)
    return facts | {
        **_raw(dataset),
        "source": dataset.source,
        "place": dataset.place,
        "path": None if folder is None else str(folder),
        **_file(dataset),
        **_columns(dataset),
        "options": describe_settings(dataset.options.load()),
        "data": _contents(load(registry, name)) if facts["available"] else None,
    }


def get(registry: Registry, name: str) -> dict[str, Any]:
    """Make sure that a data set is on this machine, whole and unchanged.

    Args:
        registry: Where the data set is registered.
        name: The data set.

    Returns:
        name, path (None for embedded data), sizes and hashes of the default splits.

    Raises:
        UnknownDataSet: No such data set.
        DataUnavailable: It is not here and cannot be fetched.
        DamagedData: It is here and is not what was published.
    """
    data = load(registry, name)
    folder = _found(registry.dataset(name))
    return {
        "name": name,
        "path": None if folder is None else str(folder),
        "sizes": data.sizes(),
        "hashes": data.hashes(),
    }


def path(registry: Registry, name: str) -> Path | None:
    """Return the folder or the file of a data set on this machine; None for embedded data, which have none.

    Args:
        registry: Where the data set is registered.
        name: The data set.

    Returns:
        The folder or file, or None.

    Raises:
        UnknownDataSet: No such data set.
        DataUnavailable: It is not here; nothing is fetched.
    """
    dataset = registry.dataset(name)
    source = _source(dataset)
    if source is None:
        return None
    folder = source.find()
    if folder is None:
        raise source.unavailable("nothing there (`zoo data path` fetches nothing)")
    return folder


def raw_example(data: Data, largest: int = LARGEST_EXAMPLE) -> dict[str, Any]:
    """Return the first training example as it is in the source.

    Args:
        data: Loaded data.
        largest: How many numbers the features may have to be shown.

    Returns:
        features (nested lists, None for missing cells, or None when they are too large; of a text its beginning),
        target, and class (None without classes).
    """
    vocabulary = data.spec.vocabulary
    if vocabulary is not None:
        beginning, follows = data.train.features[:SHOWN], data.train.targets[:SHOWN][-1:]
        return {"features": vocabulary.decode(beginning), "target": vocabulary.decode(follows), "class": None}
    features, target = data.train.features[0], data.train.targets[0]
    classes = data.spec.classes
    return {
        "features": _json(features.tolist()) if features.size <= largest else None,
        "target": target.tolist(),
        "class": None if classes is None else classes[int(target)],
    }


def _facts(dataset: DataSet) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "summary": dataset.summary,
        "tasks": list(dataset.tasks),
        "features": dataset.features,
        "examples": dataset.examples,
        "classes": dataset.classes,
        "licence": dataset.licence,
        "provider": dataset.provider,
        "embedded": dataset.embedded,
        "available": _is_available(dataset),
    }


def _raw(dataset: DataSet) -> dict[str, str]:
    """The `RAW` beside the loader: what inputs of one's own must look like."""
    dataset.loader.load()
    words = getattr(sys.modules[dataset.loader.module], "RAW", None)
    return {"raw": words} if words else {}


def _file(dataset: DataSet) -> dict[str, dict[str, Any]]:
    """The raw file that a data set is read from, if it is one."""
    from zoo.data.raw_file import RawFile

    source = _source(dataset)
    if not isinstance(source, RawFile):
        return {}
    within = " in ".join(reversed(source.members))
    facts = {"path": source.path, "bytes": source.size, "sha256": source.sha256, "origin": source.origin}
    return {"file": facts | {"address": source.address} | ({"member": within} if within else {})}


def _columns(dataset: DataSet) -> dict[str, list[dict[str, Any]]]:
    """The `COLUMNS` beside the loader: role, unit, categories, missing cells, sentinels and traps of each."""
    dataset.loader.load()
    columns = getattr(sys.modules[dataset.loader.module], "COLUMNS", ())
    return {"columns": [column.to_json() for column in columns]} if columns else {}


def _source(dataset: DataSet) -> TfdsSource | RawFile | None:
    """The `SOURCE` beside the loader: how a data set says what it fetches."""
    if dataset.embedded:
        return None
    dataset.loader.load()
    return getattr(sys.modules[dataset.loader.module], "SOURCE", None)


def _found(dataset: DataSet) -> Path | None:
    source = _source(dataset)
    return None if source is None else source.find()


def _is_available(dataset: DataSet) -> bool | None:
    if dataset.embedded:
        return True
    source = _source(dataset)
    return None if source is None else source.find() is not None


def _json(value: Any) -> Any:
    """Nested lists of numbers, None for those that JSON does not know: NaN marks a missing cell."""
    if isinstance(value, list):
        return [_json(item) for item in value]
    return None if value != value else value


def _contents(data: Data) -> dict[str, Any]:
    return {
        "spec": data.spec.to_json(),
        "splitting": data.splitting,
        "sizes": data.sizes(),
        "hashes": data.hashes(),
        "duplicates": data.duplicates(),
        "example": raw_example(data),
    }
