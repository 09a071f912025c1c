"""The weights file of a scikit-learn estimator: a skops archive. Nothing is unpickled, no code comes from a file.

skops builds only types that are on a list: its own (scikit-learn's estimators, NumPy's arrays) and `TRUSTED`. What it
trusts by type alone and scikit-learn then reads without looking (the nodes of a tree) is checked after it was read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.utils.validation import check_is_fitted
from skops import io as skops_io
from skops.io.exceptions import UntrustedTypesFoundException

from zoo.weights.errors import WeightsError
from zoo.weights.estimator_archive import canonical, check_archive
from zoo.weights.estimator_checks import check_indices, parts

# What fitted estimators are made of beyond skops' own list. A tree's nodes are looked at by `check_indices`; making the
# others from a file runs nothing but scikit-learn's own arithmetic.
TRUSTED = (
    "numpy.dtype",
    "numpy.reshape",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
)


def estimator_bytes(estimator: BaseEstimator) -> bytes:
    """The content of the `.skops` file of a fitted estimator.

    Equal estimators give equal bytes, on one machine with one set of versions.

    Raises:
        WeightsError: It holds something that nobody could load again, such as a function or a class of one's own.
    """
    try:
        content = canonical(skops_io.dumps(estimator))
    except TypeError as error:
        raise WeightsError(
            "an estimator must be made of what skops can write", received=str(error), where=type(estimator).__name__
        ) from error
    unknown = _untrusted(content)
    if unknown:
        raise WeightsError(
            "an estimator must be made of scikit-learn's own classes, or nobody could load it",
            received=", ".join(unknown),
            where=type(estimator).__name__,
        )
    return content


def load_estimator(content: bytes, *, where: str) -> BaseEstimator:
    """Make the fitted estimator of a file.

    Args:
        content: The file's content, of which nothing is believed.
        where: The file, for messages.

    Returns:
        The estimator, ready to predict.

    Raises:
        WeightsError: The file is damaged, unpacks to far more than it is, holds types that are not trusted, or is not
            of a fitted estimator.
    """
    try:
        check_archive(content)
        estimator = skops_io.loads(content, trusted=TRUSTED)
        if not isinstance(estimator, BaseEstimator):
            raise NotFittedError(f"a {type(estimator).__name__}")
        for part in parts(estimator):
            _restore_search(part)
        check_indices(estimator)
        check_is_fitted(estimator)
    except UntrustedTypesFoundException:
        raise WeightsError(
            "an estimator's file must hold nothing but scikit-learn's own types",
            received=", ".join(_untrusted(content)),
            where=where,
            hint="do not load it, unless you know who made it: then by skops.io.load, at your own risk",
        ) from None
    except NotFittedError as error:
        raise WeightsError(
            "an estimator's file must be of a fitted estimator", received=str(error), where=where
        ) from None
    except Exception as error:  # bytes that were made up can make any of the libraries fail, in any way
        raise WeightsError(
            "an estimator's file must be a whole skops file", received=_in_words(error), where=where
        ) from error
    return estimator


def load_into(estimator: BaseEstimator, content: bytes, *, where: str) -> BaseEstimator:
    """Load a file that must be of the estimator that the builder makes.

    Args:
        estimator: As the builder made it, not fitted.
        content: The file's content.
        where: The file, for messages.

    Returns:
        The fitted estimator.

    Raises:
        WeightsError: As `load_estimator`; or the file is of another estimator, or of one with other settings.
    """
    found = load_estimator(content, where=where)
    different = _difference(settings_of(found), settings_of(estimator))
    if different is not None:
        raise WeightsError(
            "the file must be of the estimator that the family makes, with its settings",
            received=different,
            where=where,
            hint="load the run with the version of the family that made it, or train again",
        )
    return found


def settings_of(value: Any) -> Any:
    """What an estimator is made of, as plain values that compare: classes and parameters, but no random states.

    The runner gives random states, the builder leaves them open.
    """
    if isinstance(value, BaseEstimator):
        parameters = value.get_params(deep=False)
        own = {name: settings_of(part) for name, part in parameters.items() if name != "random_state"}
        return {"class": f"{type(value).__module__}.{type(value).__qualname__}", **own}
    if isinstance(value, dict):
        return {str(name): settings_of(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [settings_of(part) for part in value]
    if isinstance(value, np.ndarray | np.generic):
        return settings_of(value.tolist())
    return repr(value)


def _difference(found: Any, expected: Any, path: str = "") -> str | None:
    """The first place where two settings differ, in words; None where they are equal."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.get("class") == expected.get("class"):
        names = dict.fromkeys([*expected, *found])
        each = ((found.get(name), expected.get(name), f"{path}.{name}".lstrip(".")) for name in names)
        return next(filter(None, (_difference(*one) for one in each)), None)
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        each = ((one, other, f"{path}[{at}]") for at, (one, other) in enumerate(zip(found, expected, strict=True)))
        return next(filter(None, (_difference(*one) for one in each)), None)
    if found == expected:
        return None
    first, second = (value.get("class") if isinstance(value, dict) else value for value in (found, expected))
    return f"{path or 'estimator'} is {first}, not {second}"


def _restore_search(part: Any) -> None:
    """Build the search tree of a nearest-neighbours model from its rows: the file leaves it out."""
    if isinstance(part, KNeighborsClassifier | KNeighborsRegressor) and getattr(part, "_fit_X", None) is not None:
        targets = part.classes_[part._y] if is_classifier(part) else part._y
        part.__dict__.update(clone(part).fit(part._fit_X, targets).__dict__)


def _untrusted(content: bytes) -> list[str]:
    return [name for name in skops_io.get_untrusted_types(data=content) if name not in TRUSTED]


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
