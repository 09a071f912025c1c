"""The part of a run's page about two classes: ranking curves, and what a threshold chosen on validation changes."""

from __future__ import annotations

from zoo.report.classification import confusion_matrix
from zoo.report.parts import Section, Table, picture
from zoo.report.predictions import Predictions
from zoo.report.text import number
from zoo.report.two_classes import Cut, best_threshold, can_be_ranked, cut_at, ranking_curves


def two_class_sections(predictions: Predictions, names: tuple[str, ...]) -> list[Section]:
    """Ranking curves, a table of two thresholds, and the confusion matrix at the second one.

    Args:
        predictions: Of a classifier.
        names: Class names; the second class is the one that is looked for.

    Returns:
        No section where there are more classes, few examples of one, or labels instead of probabilities.
    """
    test, validation = predictions.split("test"), predictions.split("validation")
    if test is None or validation is None or not (can_be_ranked(*test) and can_be_ranked(*validation)):
        return []
    (outputs, targets), (seen, labels) = test, validation
    chosen = best_threshold(seen[:, 1], labels)
    half, best = (cut_at(outputs[:, 1], targets, threshold) for threshold in (0.5, chosen))
    curves = picture(
        "ranking",
        "Ranking",
        f"Test split, by the probability of “{names[1]}”; dashed: what chance gives. The point: the threshold below.",
        ranking_curves(outputs, targets, names[1], chosen),
    )
    matrix = picture(
        "confusion_matrix_at_threshold",
        "Confusion matrix at the chosen threshold",
        f"Test split, “{names[1]}” from a probability of {chosen:.3g} on.",
        confusion_matrix(targets, (outputs[:, 1] >= chosen).astype(int), names),
    )
    told = (
        f"0.5, and the threshold with the largest F1 of “{names[1]}” on the validation split. "
        "What both come to on the test split:"
    )
    header = ("threshold", "accuracy", "precision", "recall", "specificity", "F1")
    table = Table(header, (_row("0.5", half), _row(f"{chosen:.4g}, chosen", best)))
    return [
        Section("Ranking", pictures=(curves,)),
        Section("Threshold", (told,), table=table, pictures=(matrix,)),
    ]


def _row(name: str, cut: Cut) -> tuple[str, ...]:
    return (name, *(number(value) for value in (cut.accuracy, cut.precision, cut.recall, cut.specificity, cut.f1)))
