"""`zoo list`: families and recipes, by wildcards and facts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zoo.cli.verb import JsonOption, print_json, verb

# facts that a line of the list leaves to `zoo show`
COMMON = ("embedded", "minutes", "parameters", "pretrained")


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "list",
        """
        zoo list
        zoo list 'mlp/*'
        zoo list task=classification 'parameters<50000'
        zoo list pretrained --json
        zoo list --plugins
        """,
    )
    def list_(
        query: Annotated[
            list[str] | None,
            typer.Argument(help="Wildcards on names, and facts such as task=regression.", show_default=False),
        ] = None,
        plugins: Annotated[
            bool, typer.Option("--plugins", help="List installed plugins, broken ones included.")
        ] = False,
        json: JsonOption = False,
    ) -> None:
        """List families and recipes."""
        from registry import default, search

        if plugins:
            _print_plugins(json)
            return
        entries = search(default(), query or [])
        if json:
            print_json(
                [{"name": entry.name, "kind": entry.kind, "summary": entry.summary, **entry.facts} for entry in entries]
            )
            return
        for entry in entries:
            indent = "" if entry.kind == "family" else "  "
            typer.echo(f"{indent + entry.name:<24} {_facts(entry.facts):<34} {entry.summary}")
        if not entries:
            typer.echo("nothing matches; `zoo list` shows everything", err=True)


def _facts(facts: dict[str, Any]) -> str:
    """Data set, promised metric and whether weights are published, in a few words."""
    shown = [str(facts["dataset"])] if "dataset" in facts else []
    shown += [
        f"{key} {value:g}" for key, value in facts.items() if key not in COMMON and isinstance(value, float | int)
    ]
    if facts.get("pretrained"):
        shown.append("pretrained")
    return ", ".join(shown)


def _print_plugins(json: bool) -> None:
    from registry import default

    plugins = default().plugins
    if json:
        print_json([vars(plugin) for plugin in plugins])
        return
    for plugin in plugins:
        state = f"broken: {plugin.error}" if plugin.error else f"adds {', '.join(plugin.added) or 'nothing'}"
        typer.echo(f"{plugin.name} ({plugin.distribution} {plugin.version}, {plugin.group}): {state}")
        for problem in plugin.problems:
            typer.echo(f"  problem: {problem}")
    if not plugins:
        typer.echo("no plugins are installed", err=True)
