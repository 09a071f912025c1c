"""The sections of a run's page that are about forecasts."""

from __future__ import annotations

import numpy as np

from zoo.report.forecasting import error_by_horizon, forecast
from zoo.report.parts import Section, Table, picture
from zoo.report.predictions import Predictions
from zoo.report.read import RunRecord
from zoo.report.text import number

NAIVE = ("mean", "persistence", "seasonal")


def forecasting_sections(record: RunRecord, predictions: Predictions) -> list[Section]:
    """Forecast against the continuation, error by step of the closed loop, and the naive forecasts beside it."""
    outputs, targets = predictions.array("test_outputs"), predictions.array("test_targets")
    naive = dict(zip(NAIVE, predictions.array("test_naive").T, strict=True))
    known = predictions.array("test_features")[0]
    horizon = int(record.spec.get("horizon") or len(targets))
    unit = f" ({record.spec['unit']})" if record.spec.get("unit") else ""
    name = f"{record.spec.get('target_name') or 'value'}{unit}"
    again = f", then again from true values after every {horizon} steps" if len(targets) > horizon else ""
    drawn = picture(
        "forecast",
        "Forecast against the continuation",
        f"Test split, the first {min(horizon, len(targets))} steps. Left of the dotted line: the last known values.",
        forecast(known, targets, outputs, naive, horizon, name),
    )
    errors = picture(
        "error_by_horizon",
        "Error by horizon step",
        "Test split, closed loop. Dots: the error at a step; lines: root mean squared error of all steps up to it.",
        error_by_horizon(targets, outputs[:, 1], naive, horizon),
    )
    rows = [(label, number(float(np.mean(np.square(said - targets))))) for label, said in naive.items()]
    rows.insert(0, ("the model", number(float(np.mean(np.square(outputs[:, 1] - targets))))))
    told = (
        f"Closed loop from the last {len(known)} known values{again}. Without a model: the mean of the training "
        "values, the last value (persistence), the last season over and over (its length found on the training split)."
    )
    return [
        Section(drawn.title, (told,), pictures=(drawn,)),
        Section(errors.title, pictures=(errors,)),
        Section("Naive forecasts", table=Table(("forecast", "closed-loop MSE on the test split"), tuple(rows), last=0)),
    ]
