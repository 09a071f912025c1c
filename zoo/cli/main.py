"""The program `zoo`: the verbs, in the order in which people meet them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from zoo.cli import (
    card,
    check,
    compare,
    copy,
    data,
    doctor,
    evaluate,
    export,
    generate,
    list_,
    predict,
    publish,
    report,
    reproduce,
    resume,
    show,
    study,
    train,
    tune,
    weights,
)
from zoo.cli.verb import print_version, set_debug

app = typer.Typer(
    name="zoo",
    help="A model zoo for Keras 3: every model by name, every recipe a promise that can be checked.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.", callback=set_debug, is_eager=True)
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Options that go before the verb."""


VERBS = (
    list_,
    show,
    copy,
    train,
    resume,
    reproduce,
    evaluate,
    predict,
    generate,
    export,
    tune,
    study,
    compare,
    report,
    publish,
    weights,
    card,
    data,
    check,
    doctor,
)
for module in VERBS:
    module.add_to(app)


def main() -> None:
    """Entry point; `--debug` may stand anywhere before `--`."""
    arguments = sys.argv[1:]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    if "--debug" in arguments[:end]:
        arguments.remove("--debug")
        arguments.insert(0, "--debug")
    app(args=arguments, prog_name="zoo")
