"""What a run came to, in plain words: the sentences of the page and the last lines of the command line."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from datetime import datetime

from zoo.report.read import ReproductionRecord, RunRecord, Table
from zoo.run.verdict import Verdict, beats, direction_of, judge, metric_label, shown, statistic_of

Record = RunRecord | ReproductionRecord


@dataclass(frozen=True)
class Measured:
    """What a record is judged by: the promised metric (the primary one where there is no promise) on the test split.

    Args:
        metric: name of the metric.
        value: of a run its test value, of a reproduction the mean or median over the seeds; None where there is none
            (yet).
        baseline: the trivial baseline's value, None where it was not measured.
        verdict: the promise judged, None without a promise or a value.
    """

    metric: str
    value: float | None
    baseline: float | None
    verdict: Verdict | None


def measured(record: Record) -> Measured:
    """Judge a record against its baseline and its promise."""
    promise = record.promise
    metric = str((promise or {}).get("metric") or record.primary)
    if isinstance(record, RunRecord):
        value, baseline = record.metric("test", metric), record.baseline(metric)
    else:
        value, baseline = record.number(statistic_of(promise)), record.number("baseline")
    if baseline is None and promise is not None and isinstance(promise.get("baseline"), int | float):
        baseline = float(promise["baseline"])
    judged = None
    if promise is not None and value is not None:
        judged = judge(value, promise, direction_of(metric), baseline)
    return Measured(metric, value, baseline, judged)


def sentences(record: Record) -> list[str]:
    """Say in plain words how a record ended and what it is worth.

    Returns:
        For a finished record: does it beat the trivial baseline, is the promise kept. For any other: what happened,
        at which step; :func:`next_command` says what to type.
    """
    told = [] if record.status == "finished" else [_ending(record)]
    result = measured(record)
    if result.value is None:
        return told or [f"No test value of {result.metric} was recorded."]
    told.append(_baseline_sentence(record, result))
    told.append(_promise_sentence(record, result))
    return told


def next_command(record: Record) -> str | None:
    """Say what to type to bring an unfinished record to its end; None for a finished one."""
    if record.status == "finished":
        return None
    several = isinstance(record, ReproductionRecord)
    resumable = several or record.status != "failed" or (record.folder / "checkpoint").is_dir()
    return f"zoo resume {shlex.quote(str(record.folder))}" if resumable else f"zoo train {record.name}"


def summary_lines(record: Record) -> list[str]:
    """The few lines that the command line prints at the end of a run or a reproduction.

    Returns:
        Name with seeds and time, the test metric, baseline and promise, and the path of the report if it was written.
    """
    lines = [f"{record.name}, {seeds_of(record)}: {record.status}" + _after(record)]
    lines += [f"  {sentence}" for sentence in sentences(record)]
    command = next_command(record)
    if command is not None:
        lines.append(f"  next: {command}")
    report = record.folder / "report.html"
    if report.is_file():
        lines.append(f"  report: {report}")
    return lines


def seeds_of(record: Record) -> str:
    """Name the seed or the seeds of a record."""
    seeds = [record.facts.get("seed")] if isinstance(record, RunRecord) else list(record.seeds)
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(str(seed) for seed in seeds)}"


def number(value: object) -> str:
    """Format a cell for people: whole numbers whole, others as in :func:`zoo.run.verdict.shown`, a dash for None.

    >>> number(0.97512), number(12345), number(1e-6), number(None)
    ('0.9751', '12,345', '1e-06', '–')
    """
    if value is None:
        return "–"  # noqa: RUF001 - the dash of an empty cell
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    return shown(value)


def with_spread(value: float | None, spread: float | None) -> str:
    """Format a mean with its standard deviation, to the same decimals where they say anything about it.

    >>> with_spread(0.99054, 0.00032), with_spread(3238.58, 41.23), with_spread(0.9, 1e-6), with_spread(0.9, None)
    ('0.9905 ± 0.0003', '3,238.6 ± 41.2', '0.9000 ± 1e-06', '0.9000')
    """
    mean = number(value)
    if value is None or spread is None:
        return mean
    _, _, decimals = mean.partition(".")
    if not decimals.isdecimal() or not math.isfinite(spread):
        return f"{mean} ± {number(spread)}"
    told = f"{spread:,.{len(decimals)}f}"
    return f"{mean} ± {told if spread == 0 or told.strip('0.') else f'{spread:.1g}'}"


def percent(share: float) -> str:
    """Format a share; what is not quite nothing or all does not read as nothing or all.

    >>> percent(0.253), percent(0.001), percent(0.999), percent(1.0), percent(0.0)
    ('25 %', '<1 %', '>99 %', '100 %', '0 %')
    """
    if 0 < share < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{100 * share:.0f} %"


def duration(seconds: float | None) -> str:
    """Format a time for people.

    >>> duration(9.26), duration(75), duration(3700), duration(None)
    ('9.3 s', '1 min 15 s', '1 h 1 min', '–')
    """
    if seconds is None:
        return "–"  # noqa: RUF001
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def moment(stamp: object) -> str:
    """Format a point in time of run.json for people; what is not one stays as it is.

    >>> moment("2026-11-21T09:56:07Z"), moment("2026-11-21T09:56:07+00:00"), moment(None)
    ('2026-11-21 09:56:07 UTC', '2026-11-21 09:56:07 UTC', '')
    """
    try:
        when = datetime.fromisoformat(str(stamp))
    except ValueError:
        return "" if stamp is None else str(stamp)
    return f"{when:%Y-%m-%d %H:%M:%S} {when.tzname() or ''}".strip()


def machine(host: object) -> str:
    """Name the machine of a run.

    >>> machine({"name": "vm", "machine": "x86_64", "cpu_count": 2}), machine("somewhere"), machine(None)
    ('vm, x86_64, 2 processors', 'somewhere', '')
    """
    if not isinstance(host, dict):
        return str(host or "")
    count = host.get("cpu_count")
    processors = f"{count} processor{'s' if count != 1 else ''}" if count else ""
    return ", ".join(filter(None, (str(host.get("name") or ""), str(host.get("machine") or ""), processors)))


def promised(promise: Table, metric: str) -> str:
    """The promised mean with the limit that still keeps the promise, as one cell of a table.

    >>> promised({"mean": 0.97, "tolerance": 0.01}, "accuracy")
    '0.9700 (at least 0.9600)'
    """
    expected, allowed = float(promise["mean"]), judge(0.0, promise, direction_of(metric)).allowed
    if direction_of(metric) == "larger":
        return f"{number(expected)} (at least {number(expected - allowed)})"
    return f"{number(expected)} (at most {number(expected + allowed)})"


def _ending(record: Record) -> str:
    if isinstance(record, ReproductionRecord):
        done = sum(run.status == "finished" for run in record.runs)
        told = f"{_ENDED[record.status].format(what='reproduction')}; {done} of {len(record.seeds)} seeds are done."
    else:
        at = f" at step {record.step:,}" if record.step is not None else ""
        epoch = record.last_row.get("epoch")
        after = "in its first epoch" if epoch is None else f"after {epoch} complete epoch{'s' if epoch != 1 else ''}"
        told = f"{_ENDED[record.status].format(what='run')}{at}, {after}."
    return " ".join([told, *_reasons(record.facts.get("error") or {})])


def _reasons(error: Table) -> list[str]:
    told = []
    if error.get("message"):
        told.append(f"{_capital(str(error['message'])).rstrip('.')}.")
    if error.get("received") not in (None, "", "None"):
        told.append(f"Received: {error['received']}.")
    if error.get("learning_rate") is not None and "learning rate" not in str(error.get("message")):
        rate = error["learning_rate"]
        # JSON has no infinity: the runner writes what is not finite as text
        told.append(f"The learning rate was {f'{rate:g}' if isinstance(rate, int | float) else number(rate)}.")
    if error.get("hint"):
        told.append(f"Try {str(error['hint']).rstrip('.')}.")
    return told


_ENDED = {
    "running": "The {what} has not ended, or its process was killed",
    "interrupted": "The {what} was interrupted",
    "failed": "The {what} failed",
}


def _baseline_sentence(record: Record, result: Measured) -> str:
    over = seeds_of(record)
    if isinstance(record, ReproductionRecord):
        over = f"{statistic_of(record.promise)} over {over}"
    value = f"{_capital(metric_label(result.metric))} {number(result.value)} on the test split ({over})"
    if result.baseline is None or result.value is None:
        return f"{value}; no trivial baseline was measured."
    beaten = beats(result.value, result.baseline, direction_of(result.metric))
    name = record.table("baseline").get("name") if isinstance(record, RunRecord) else None
    words = str(name or "").replace("_", " ")
    baseline = f"the trivial baseline{f' ({words})' if words else ''}, {number(result.baseline)}"
    if beaten:
        return f"{value} beats {baseline}."
    exempt = not (record.promise or {}).get("beats_baseline", True)
    return f"{value} does not beat {baseline}{', and need not: the recipe shows what does not work' if exempt else ''}."


def _promise_sentence(record: Record, result: Measured) -> str:
    if result.verdict is None:
        return "The recipe makes no promise."
    told = result.verdict.sentence
    theirs = (record.promise or {}).get("seeds") or []
    ours = {record.facts.get("seed")} if isinstance(record, RunRecord) else set(record.seeds)
    if not theirs or ours == set(theirs):
        return told
    listed = ", ".join(str(seed) for seed in theirs)
    words = promise_words(record, result.verdict)
    return f"{words}: {told.partition(': ')[2]} It was made for the {statistic_of(record.promise)} over seeds {listed}."


def promise_words(record: Record, verdict: Verdict) -> str:
    """The verdict in three words. A promise is about a mean: one seed of several neither keeps it nor breaks it."""
    if isinstance(record, RunRecord) and len((record.promise or {}).get("seeds") or ()) > 1:
        return "Within the promise" if verdict.kept else "Short of the promise"
    return "Promise kept" if verdict.kept else "Promise not kept"


def _after(record: Record) -> str:
    seconds = record.facts.get("seconds")
    return "" if seconds is None else f" after {duration(seconds)}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
