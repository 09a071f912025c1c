"""`zoo generate`: let a trained model write."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from zoo.cli.verb import JsonOption, import_tensorflow, print_json, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "generate",
        """
        zoo generate lstm_text/python_docs --prompt "The for statement" --length 300
        zoo generate lstm_text/python_docs --prompt "A class" --temperature 0.5 --top-k 40 --samples 2
        """,
    )
    def generate(
        name: Annotated[str, typer.Argument(help="A recipe with published weights, or a run folder.")],
        prompt: Annotated[str, typer.Option(help="Text to go on with; \\n is the end of a line.")] = "\\n",
        length: Annotated[int, typer.Option(help="Characters to write; words of a model of words.")] = 500,
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
        seed: Annotated[int, typer.Option(help="The same seed gives the same texts.")] = 0,
        samples: Annotated[int, typer.Option(help="Texts to write side by side.")] = 1,
        stop: Annotated[
            list[str] | None, typer.Option(help="A string that ends a text; may be given again.", show_default=False)
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """Write texts with a trained model, shown as they come: the prompt, then what follows it."""
        from registry import default
        from zoo.weights.record import find_record

        find_record(default(), name)
        import_tensorflow()
        from zoo.use.generate_text import stream_text
        from zoo.use.predict import load

        model = load(default(), name)
        prompt, ends = _unescaped(prompt), [_unescaped(text) for text in stop or ()]
        parts = stream_text(
            model.network,
            model.data_spec,
            prompt,
            length=length,
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
