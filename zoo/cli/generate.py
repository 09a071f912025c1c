"""`zoo generate`: let a trained model write, or make pictures."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from registry import UserError
from zoo.cli.verb import JsonOption, import_tensorflow, print_json, require_writable, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "generate",
        """
        zoo generate lstm_text/python_docs --prompt "The for statement" --length 300
        zoo generate lstm_text/python_docs --prompt "A class" --temperature 0.5 --top-k 40 --samples 2
        zoo generate gan/digits --count 64 --out grid.png --seed 3
        """,
    )
    def generate(
        name: Annotated[str, typer.Argument(help="A recipe with published weights, or a run folder.")],
        prompt: Annotated[
            str | None,
            typer.Option(help="Text to go on with; \\n is the end of a line. [default: \\n]", show_default=False),
        ] = None,
        length: Annotated[
            int | None,
            typer.Option(help="Characters to write; words of a model of words. [default: 500]", show_default=False),
        ] = None,
        temperature: Annotated[
            float | None,
            typer.Option(help="Below 1 surer, above 1 bolder, 0 greedy. [default: the recipe's]", show_default=False),
        ] = None,
        top_k: Annotated[
            int | None, typer.Option(help="Draw from so many most probable units only.", show_default=False)
        ] = None,
        top_p: Annotated[
            float | None,
            typer.Option(help="Draw from the fewest that have this probability together.", show_default=False),
        ] = None,
        seed: Annotated[int, typer.Option(help="The same seed gives the same texts or pictures.")] = 0,
        samples: Annotated[
            int | None, typer.Option(help="Texts to write side by side. [default: 1]", show_default=False)
        ] = None,
        stop: Annotated[
            list[str] | None, typer.Option(help="A string that ends a text; may be given again.", show_default=False)
        ] = None,
        count: Annotated[int | None, typer.Option(help="Pictures to make. [default: 64]", show_default=False)] = None,
        out: Annotated[
            Path | None,
            typer.Option(
                "--out", "--output", help="Where pictures go: a grid.png, or an array.npy.", show_default=False
            ),
        ] = None,
        of_class: Annotated[
            list[str] | None,
            typer.Option("--class", help="Class to make, of a conditional model; more than once.", show_default=False),
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Write texts with a trained model, shown as they come: the prompt, then what follows it; or make pictures."""
        from registry import default
        from zoo.weights.record import find_record, read_record

        record = read_record(find_record(default(), name))
        for_texts = {
            "prompt": prompt, "length": length, "temperature": temperature, "top-k": top_k, "top-p": top_p,
            "samples": samples, "stop": stop,
        }  # fmt: skip
        for_pictures = {"count": count, "out": out, "class": of_class}
        if record.data_spec.task == "picture_generation":
            _refuse(for_texts, record.recipe.name, "pictures", for_pictures)
            _check_place(out)
        elif record.data_spec.kind == "text":
            _refuse(for_pictures, record.recipe.name, "texts", for_texts)
        else:
            raise UserError(
                "texts and pictures are made by models that learned to",
                received=f"{record.recipe.name}, a model for {record.data_spec.task}",
                hint=f"zoo predict {name}, or zoo list 'task=*generation' pretrained",
            )
        import_tensorflow()
        from zoo.use.generate_text import stream_text
        from zoo.use.predict import load

        model = load(default(), name)
        if out is not None:
            _pictures(model, 64 if count is None else count, out, seed, of_class or (), json)
            return
        prompt, ends = _unescaped("\\n" if prompt is None else prompt), [_unescaped(text) for text in stop or ()]
        samples = 1 if samples is None else samples
        parts = stream_text(
            model.network,
            model.data_spec,
            prompt,
            length=500 if length is None else length,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            seed=seed,
            samples=samples,
            stop=ends,
        )
        if json:
            texts = ["".join(column) for column in zip(*parts, strict=True)]
            print_json({"name": model.recipe.name, "prompt": prompt, "seed": seed, "texts": texts})
            return
        _show(prompt, parts, samples)


def _refuse(options: Mapping[str, Any], name: str, made: str, own: Mapping[str, Any]) -> None:
    """Refuse options that say nothing to a model of this kind."""
    given = [f"--{option}" for option, value in options.items() if value is not None]
    if given:
        raise UserError(
            f"{name} makes {made}: it takes {', '.join(f'--{option}' for option in own)} and --seed",
            received=", ".join(given),
        )


def _check_place(out: Path | None) -> None:
    """Refuse a place for pictures that cannot be one, before anything slow is imported."""
    if out is None:
        raise UserError("pictures must go into a file", received="no --out", hint="--out grid.png")
    if out.suffix.lower() not in (".png", ".npy"):
        raise UserError("pictures go into a .png file, as a grid, or into an .npy file, as they are", received=str(out))
    require_writable(out)


def _pictures(model: Any, count: int, out: Path, seed: int, classes: Sequence[str], json: bool) -> None:
    """Make pictures into a file, and say where they are."""
    from zoo.use.generate_pictures import generate_pictures, write_pictures

    pictures = generate_pictures(model.network, count=count, seed=seed, classes=classes)
    try:
        write_pictures(pictures, model.data_spec, out)
    except OSError as error:
        raise UserError("pictures must go into a file that can be written", received=str(error)) from None
    if json:
        print_json({"name": model.recipe.name, "seed": seed, "count": count, "out": str(out)})
    else:
        typer.echo(f"{count} pictures of {model.recipe.name}, seed {seed}: {out}")


def _show(prompt: str, parts: Any, samples: int) -> None:
    """The first text as it comes, then the others, which were written at the same time."""
    others = [""] * (samples - 1)
    for number, (first, *rest) in enumerate(parts):
        if number == 0:  # what is wrong with the settings was said before this
            _head(1, samples)
            sys.stdout.write(prompt)
        sys.stdout.write(first)
        sys.stdout.flush()
        others = [text + part for text, part in zip(others, rest, strict=True)]
    sys.stdout.write("\n")
    for number, text in enumerate(others, 2):
        _head(number, samples)
        sys.stdout.write(f"{prompt}{text}\n")


def _head(number: int, samples: int) -> None:
    if samples > 1:
        sys.stdout.write(f"--- {number} of {samples}\n")


def _unescaped(text: str) -> str:
    r"""`\n` and `\t` as people type them in a shell."""
    return text.replace("\\n", "\n").replace("\\t", "\t")
