"""The Keras callback that conducts a run: position, metrics rows, best weights, checkpoints, interruption."""

from __future__ import annotations

import math
import signal
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

import keras

from zoo.layers.schedules import schedule_of, state_of
from zoo.run.checkpoint import Checkpoints, Position, pack
from zoo.run.errors import Interrupted, RunFailed, TrainingDiverged
from zoo.run.events import EpochEnded, Noted, StepsDone, Subscriber
from zoo.run.extent import Halt, Row
from zoo.run.folder import RunFolder
from zoo.run.many_hosts import Hosts
from zoo.run.minimisation import Trajectory
from zoo.run.monitor import Monitor, advantage_of
from zoo.run.plan import Plan
from zoo.run.samples import write_samples
from zoo.run.signals import Signals

# A checkpoint waits until the time spent on the last one is at most 1/100 of the time since.
COST_FACTOR = 100.0


# Seconds of one compiled call: a signal is obeyed after it, and 10 s must do for the rest of it, saving and closing.
LONGEST_CALL = 4.0


class CallTooLong(Exception):
    """A compiled call took longer than a signal may wait; the run stands between two calls."""


def shorter(steps: int, seconds: float, longest: float) -> int:
    """How many steps a compiled call should have instead, a divisor; 0 where it took no longer than it may.

    Example:
        >>> shorter(16, 8.0, longest=4.0), shorter(16, 3.0, longest=4.0), shorter(1, 9.0, longest=4.0)
        (4, 0, 0)
    """
    if seconds <= longest or steps == 1:
        return 0
    fitting = [size for size in range(1, steps) if steps % size == 0 and 2.0 * seconds * size <= longest * steps]
    return max(fitting, default=1)


class Conductor(keras.callbacks.Callback):
    """Conducts one run over all its `fit` calls.

    Args:
        plan: Lengths and intervals.
        folder: The run folder.
        monitor: Best weights and patience.
        checkpoints: Where checkpoints go.
        signals: What was received.
        emit: Whom to tell.
        position: Where the run starts.
        hosts: With whom it stops and saves at the same step.
        keeps_checkpoints: Whether there is anything to save before the end; not of an estimator, whose one step is
            never cut in two.
    """

    def __init__(
        self,
        plan: Plan,
        folder: RunFolder,
        monitor: Monitor,
        checkpoints: Checkpoints,
        signals: Signals,
        emit: Subscriber,
        position: Position,
        *,
        hosts: Hosts | None = None,
        keeps_checkpoints: bool = True,
    ) -> None:
        super().__init__()
        self.hosts = hosts or Hosts()
        self.keeps_checkpoints = keeps_checkpoints
        self.plan, self.folder, self.monitor, self.checkpoints = plan, folder, monitor, checkpoints
        self.signals, self.emit, self.position = signals, emit, position
        self.stopped = monitor.exhausted
        self.halted: str | None = None  # why the run was ended before its recipe's end
        self._halt: Halt | None = None
        self._rows: list[Row] = []
        self._metrics_to_restore: list[Any] | None = None
        self.any_order = False  # whether batches may come as threads finish them
        self.longest_call = math.inf  # seconds that one compiled call may take
        self._calls, self._call_began, self._shorter = 0, 0.0, 0
        self._epoch_began = self._last_save = time.monotonic()
        self._cost = 0.0
        self.saved, self.save_seconds = 0, 0.0  # checkpoints of this process, and what they took
        self._warned = False
        self._trajectory: Trajectory | None = None

    @property
    def global_step(self) -> int:
        """Steps done since the run began."""
        return self.position.epoch * self.plan.steps_per_epoch + self.position.step

    def follow(self, model: keras.Model) -> None:
        """Keep the way that a model's point takes, where it is one, from where the run stands."""
        if self.hosts.is_chief:
            self._trajectory = Trajectory(self.folder.path, model, self.global_step)

    def continue_epoch(self) -> None:
        """Keep the metrics' running sums that a checkpoint brought back: `fit` resets them when it begins an epoch."""
        self._metrics_to_restore = [variable.numpy() for variable in self.model.metrics_variables]

    def halt_by(self, halt: Halt, rows: list[Row]) -> None:
        """Let someone end the run after an epoch, or at once; `rows` are those of the epochs done."""
        self._halt, self._rows = halt, rows
        self._ask()

    def _take(self, row: Row) -> None:
        """Keep a row for whoever may end the run; nobody else needs those of a million epochs."""
        if self._halt is not None:
            self._rows.append(row)

    def _ask(self) -> None:
        if self._halt is None or not self._rows or self.position.epoch >= self.plan.epochs:
            return
        if (reason := self._halt(self._rows)) is not None:
            self.halted, self.stopped = reason, True

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch_began = time.monotonic()
        if self._metrics_to_restore is not None:
            for variable, value in zip(self.model.metrics_variables, self._metrics_to_restore, strict=True):
                variable.assign(value)
            self._metrics_to_restore = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._calls = 0

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self._call_began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        loss = (logs or {})["loss"]
        before = self.global_step
        done = self.position.step + self.plan.steps_per_execution
        self.position = Position(self.position.epoch, done, self.position.rows)
        if not math.isfinite(loss):
            self._diverged(f"the loss is {loss} within steps {before + 1} to {self.global_step}")
        if self._trajectory is not None:
            self._trajectory.step_done(self.global_step)
        self.emit(StepsDone(self.global_step, loss))
        self._calls += 1
        if self._calls > 1:  # the first one is traced, which takes seconds by itself
            self._shorter = shorter(
                self.plan.steps_per_execution, time.monotonic() - self._call_began, self.longest_call
            )
        if done < self.plan.steps_per_epoch:
            self.pause()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        row = self._row(epoch, logs or {})
        self._require_finite(row)
        better = self.monitor.is_better(row)
        self.monitor.update(row, self.model.get_weights() if better else [])
        self._tell_schedule(row, (epoch + 1) * self.plan.steps_per_epoch)
        self.folder.append_row(row)
        self.position = Position(epoch + 1, 0, self.position.rows + 1)
        self.emit(EpochEnded(row, self.plan.epochs, time.monotonic() - self._epoch_began, better))
        self._take(row)
        self._ask()
        if self.monitor.exhausted or self.stopped:
            self.stopped = self.model.stop_training = True
            if self.halted is not None and epoch + 1 < self.plan.epochs:
                self.save()  # another trial may go on from here
        self._warn(row)
        write_samples(self.model, self.folder.path, epoch + 1, self.plan, last=self.stopped)
        if not self.stopped and epoch + 1 < self.plan.epochs:
            self.pause()

    def _tell_schedule(self, row: dict[str, float], step: int) -> None:
        """Tell a schedule that waits for a plateau what the epoch came to."""
        quantity = self.monitor.quantity
        if quantity is not None and state_of(schedule := schedule_of(self.model.optimizer)):
            value = row[quantity]
            schedule.after_epoch(lambda best: advantage_of(quantity, value, best), value, step)

    def rows_done(self, rows: list[dict[str, float]]) -> None:
        """Take in the rows of epochs that a model did by itself; no epoch of it is better than the last one.

        Args:
            rows: One table of numbers for each epoch since the last call.
        """
        seconds = (time.monotonic() - self._epoch_began) / max(1, len(rows))
        for values in rows:
            epoch = self.position.epoch + 1
            row = {"epoch": epoch, "step": epoch * self.plan.steps_per_epoch, **values}
            self._require_finite(row)
            self.folder.append_row(row)
            self.position = Position(epoch, 0, self.position.rows + 1)
            self.emit(StepsDone(self.global_step, values.get("loss")))
            self.emit(EpochEnded(row, self.plan.epochs, seconds, False))
            self._take(row)
        self._ask()
        if self.position.epoch < self.plan.epochs:
            self.pause()
        self._epoch_began = time.monotonic()

    def save(self) -> None:
        """Write a checkpoint now; where it cannot be written, the one before stands and the run goes on.

        Raises:
            RunFailed: It cannot be written, and there is none before.
        """
        began = time.monotonic()
        content = pack(self.model, self.monitor, self.position, recipe_hash=self.plan.recipe_hash)
        if not self.hosts.is_chief:
            return
        try:
            self.checkpoints.save(content, self.global_step)
        except OSError as error:
            self._not_saved(error, len(content))
        else:
            self.saved += 1
        self._last_save = time.monotonic()
        self._cost = self._last_save - began
        self.save_seconds += self._cost

    def _not_saved(self, error: OSError, size: int) -> None:
        before = self.checkpoints.files()
        if not before:
            raise RunFailed(
                f"the run folder must have room for a checkpoint of {size / 2**20:.1f} MiB",
                received=str(error),
                where=str(self.folder.path),
                hint=f"free space, then zoo resume {self.folder.path}",
            ) from error
        message = (
            f"no checkpoint could be written after step {self.global_step} ({error}); {before[-1].name} stands, and "
            f"the next one is tried in {self.plan.checkpoint_seconds:g} s: free space"
        )
        with suppress(OSError):  # the log lies on the same disk; the listeners are told all the same
            self.folder.log(message)
        self.emit(Noted(message))

    def pause(self) -> None:
        """Between two compiled calls: write a checkpoint when one is due, stop when a signal came."""
        due = time.monotonic() - self._last_save > max(self.plan.checkpoint_seconds, COST_FACTOR * self._cost)
        # a signal that reaches one host stops all of them; only the chief's clock counts
        number, save = self.hosts.agree(self.signals.received or 0, int(due and self.hosts.is_chief))
        self._stop_for(number)
        if save:
            self.save()
        if self._shorter:
            raise CallTooLong

    def shorten(self, steps: int = 0) -> int:
        """Count fewer steps a compiled call from now on: as many as asked, or as the last calls' time allows.

        Returns:
            The steps in a call, a divisor of those before.
        """
        steps, self._shorter = steps or self._shorter, 0
        self.plan = replace(self.plan, steps_per_execution=steps)
        return steps

    def obey(self) -> None:
        """Stop when a signal came, with a checkpoint; an estimator has none, its run begins again.

        Raises:
            Interrupted: A signal came.
        """
        (number,) = self.hosts.agree(self.signals.received or 0)
        self._stop_for(number)

    def _stop_for(self, number: int) -> None:
        if number:
            if self.keeps_checkpoints:
                self.save()
            raise Interrupted(
                f"{signal.Signals(number).name} stopped the run after step {self.global_step}; it can be resumed",
                signal_number=number,
                hint=f"zoo resume {self.folder.path}",
            )

    def _row(self, epoch: int, logs: dict[str, float]) -> dict[str, float]:
        named = {
            name.replace("val_", "validation_", 1) if name.startswith("val_") else name: logs[name] for name in logs
        }
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        return {"epoch": epoch + 1, "step": (epoch + 1) * self.plan.steps_per_epoch, "learning_rate": rate, **named}

    def _warn(self, row: dict[str, float]) -> None:
        """Say what a model has to say of an epoch, such as a collapse: when it begins, not after every epoch."""
        warning = getattr(self.model, "warning", None)
        message = None if warning is None else warning(row)
        if message is not None and not self._warned:
            self.folder.log(f"epoch {row['epoch']}: {message}")
            self.emit(Noted(f"epoch {row['epoch']}: {message}"))
        self._warned = message is not None

    def _require_finite(self, row: dict[str, float]) -> None:
        for name, value in row.items():
            if not math.isfinite(value):
                self._diverged(f"{name} is {value} after epoch {row['epoch']}, step {self.global_step}")

    def _diverged(self, what: str) -> None:
        optimizer = getattr(self.model, "optimizer", None)
        rate = None if optimizer is None else float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        at = "" if rate is None else f", at learning rate {rate:.6g}"
        raise TrainingDiverged(
            f"training must keep the loss finite; {what}{at}",
            step=self.global_step,
            learning_rate=rate,
            where=str(self.folder.path),
            hint="a smaller training.learning_rate, training.warmup_epochs, or training.clip_global_norm=1.0",
        )
