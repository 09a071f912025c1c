"""The tasks: what the outputs of a network mean, how they are scored, and beside which trivial baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from registry import UserError
from zoo.data.spec import Data, DataSpec
from zoo.recipe.choices import METRICS
from zoo.run import minimisation
from zoo.run.forecasting_scores import forecasting_score, naive_baseline
from zoo.run.generation_scores import Examination, examine
from zoo.run.mapping_scores import anomaly_baseline, anomaly_score, mapping_baseline, mapping_score
from zoo.run.scores import baseline_outputs, classification_score, regression_score
from zoo.run.text_scores import five_gram_scores, text_score, unigram_score


@dataclass(frozen=True)
class Task:
    """What is learned, as the runner sees it.

    Attributes:
        name: As recipes say it.
        baseline: Name of the trivial baseline.
        outputs: From what a network returns to what is stored and scored.
        score: Metrics of stored outputs (specification, outputs, targets).
        baseline_score: The same metrics of the trivial baseline on a split (data, split name, the model's outputs).
        beside: The same of further models that no promise is measured by, name -> split -> metrics; None without any.
        examine: Of a task whose models say nothing of single examples: from a model, data and names of splits to what
            the run keeps and its scores. The three functions above refuse there.
    """

    name: str
    baseline: str
    outputs: Callable[[np.ndarray], np.ndarray]
    score: Callable[[DataSpec, np.ndarray, np.ndarray], dict[str, float]]
    baseline_score: Callable[[Data, str, np.ndarray], dict[str, float]]
    beside: Callable[[Data], dict[str, dict[str, dict[str, float]]]] | None = None
    examine: Callable[[Any, Data, Sequence[str]], Examination] | None = None

    @property
    def primary(self) -> str:
        """The metric that a run is told by."""
        return METRICS[self.name][0]


def _probabilities(logits: np.ndarray) -> np.ndarray:
    return np.asarray(softmax(logits, axis=-1), np.float32)


def _numbers(raw: np.ndarray) -> np.ndarray:
    return raw.astype(np.float32)


def _majority(data: Data, split: str, outputs: np.ndarray) -> dict[str, float]:
    chosen = data.splits[split]
    return classification_score(data.spec, baseline_outputs(data.spec, data.train, len(chosen)), chosen.targets)


def _mean(data: Data, split: str, outputs: np.ndarray) -> dict[str, float]:
    chosen = data.splits[split]
    return regression_score(data.spec, baseline_outputs(data.spec, data.train, len(chosen)), chosen.targets)


def _no_outputs(*_: Any) -> Any:
    raise UserError(
        "a model that makes pictures says nothing of given ones",
        received="the task picture_generation",
        hint="zoo generate NAME --count 64 --out grid.png",
    )


def _no_scores(*_: Any) -> Any:
    raise UserError(
        "a minimum is no matter of examples", received="the task minimisation", hint="zoo evaluate RUN says the value"
    )


TASKS = {
    task.name: task
    for task in (
        Task("classification", "majority", _probabilities, classification_score, _majority),
        Task("regression", "mean", _numbers, regression_score, _mean),
        Task("forecasting", "best_naive", _numbers, forecasting_score, naive_baseline),
        Task("mapping", "one_cell", _numbers, mapping_score, mapping_baseline),
        Task("anomaly_detection", "chance", _numbers, anomaly_score, anomaly_baseline),
        Task("minimisation", "start", _numbers, _no_scores, _no_scores, examine=minimisation.examine),
        Task("text_generation", "unigram", _numbers, text_score, unigram_score, five_gram_scores),
        Task("picture_generation", "independent_pixels", _no_outputs, _no_outputs, _no_outputs, examine=examine),
    )
}


def task_of(data_spec: DataSpec) -> Task:
    """The task that the data are under."""
    return TASKS[data_spec.task]


def score(data_spec: DataSpec, outputs: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """The metrics of stored outputs under the data's task."""
    return task_of(data_spec).score(data_spec, outputs, targets)


def baseline_scores(data: Data, outputs: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Name of the trivial baseline and its metrics on the splits of `outputs`, which are the model's.

    Under "beside", where there are any, those of further models by name.
    """
    task = task_of(data.spec)
    table = {
        "name": task.baseline,
        **{split: task.baseline_score(data, split, outputs[split]) for split in outputs},
    }
    return table if task.beside is None or len(outputs) < len(data.splits) else table | {"beside": task.beside(data)}
