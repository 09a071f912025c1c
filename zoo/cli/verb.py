"""What every verb does alike: errors to one message and an exit code, facts to JSON, help with examples."""

from __future__ import annotations

import functools
import json
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import typer

from registry import UserError, ZooError
from registry.importing import collector_paused

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

JsonOption = Annotated[bool, typer.Option("--json", help="Print facts as JSON.")]
ChangesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Changes to the recipe, such as epochs=3.", show_default=False),
]
RunsOption = Annotated[
    str | None, typer.Option("--runs", metavar="FOLDER", help="Where run folders go. [default: runs]")
]
DeterminismOption = Annotated[
    str | None,
    typer.Option(
        "--determinism",
        metavar="[off|seeded|strict]",
        help="off: draw the seed; strict: deterministic kernels only, slower. [default: seeded]",
    ),
]

CTRL_C, TEMPORARY = 130, 75  # as zoo.run.errors has them, which a listing does not import
_debug = False


def set_debug(value: bool) -> bool:
    """Remember whether tracebacks are wanted."""
    global _debug
    _debug = value
    return value


def print_version(value: bool) -> None:
    """Print the version and end."""
    if value:
        import zoo

        typer.echo(f"keras-zoo {zoo.__version__}")
        raise typer.Exit


def verb(
    app: typer.Typer, name: str, examples: str
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Register a function as a verb whose help ends with examples; a test runs every line of them.

    Args:
        app: The program, or a group of verbs.
        name: What people type.
        examples: Command lines, one a line.
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @functools.wraps(function)
        def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            try:
                return function(*args, **kwargs)
            except ZooError as error:
                if _debug:
                    traceback.print_exc()
                else:
                    typer.echo("\n".join([f"zoo: {error}", *getattr(error, "__notes__", [])]), err=True)
                if error.exit_code == TEMPORARY:
                    _end_at_once()
                raise typer.Exit(error.exit_code) from None
            except KeyboardInterrupt:
                typer.echo("zoo: stopped by Ctrl-C", err=True)
                raise typer.Exit(CTRL_C) from None

        # typer reads blank lines as line breaks
        epilog = "Examples:\n\n" + "\n\n".join(line.strip() for line in examples.strip().splitlines())
        app.command(name, epilog=epilog)(guarded)
        return guarded

    return decorate


def _end_at_once() -> None:
    """End without taking compiled functions apart, which takes seconds that whoever sent a signal may not give."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(TEMPORARY)


def require_writable(output: Path) -> None:
    """Refuse a place for a file that cannot be one, before anything slow is done.

    Raises:
        UserError: It is a folder, or in none that exists and can be written.
    """
    reason = None
    if output.is_dir():
        reason = f"{output} is a folder"
    elif not output.parent.is_dir():
        reason = f"there is no folder {output.parent}"
    elif not os.access(output.parent, os.W_OK):
        reason = f"{output.parent} cannot be written"
    if reason is not None:
        raise UserError("the output must be a file that can be written", received=reason, where=str(output))


def print_json(value: Any) -> None:
    """Print facts as JSON on stdout."""
    typer.echo(json.dumps(value, indent=2, allow_nan=False))


@contextmanager
def _stderr_closed() -> Iterator[None]:
    """Send what C++ code writes to stderr nowhere."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _ends_when_terminated() -> Iterator[None]:
    """Within the block a SIGTERM or a SIGUSR1 ends the program with 75, as it ends a run: nothing is lost yet."""

    def end(number: int, frame: object) -> None:
        raise SystemExit(TEMPORARY)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGUSR1)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def quiet_converters() -> Iterator[None]:
    """Within the block the C++ of converters and runtimes says nothing on stderr, but with `--debug`."""
    with nullcontext() if _debug else _stderr_closed():
        yield


def import_tensorflow() -> None:
    """Import TensorFlow without the lines that it logs before its log level can be set."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if _debug:
        return
    with _ends_when_terminated(), _stderr_closed(), collector_paused():
        import keras  # noqa: F401 - imports TensorFlow
    # one network a seed is what we do on purpose; TensorFlow takes it for a loop that traces anew by mistake
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
