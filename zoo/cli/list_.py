"""`zoo list`: families and recipes, by wildcards and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoo.cli.verb import JsonOption, print_json, verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registry import Registry
    from registry.search import Entry

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
        zoo list --pretrained
        zoo list pretrained --json
        zoo list --plugins
        zoo list --names optimizers
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
        pretrained: Annotated[
            bool,
            typer.Option("--pretrained", help="List published weights alone: metric, size, licence of the data."),
        ] = False,
        names: Annotated[
            str | None,
            typer.Option(
                "--names", metavar="KIND", help="List what recipes say by name: activations, losses, optimizers, ..."
            ),
        ] = None,
        json: JsonOption = False,
    ) -> None:
        """List families and recipes."""
        from registry import default, search

        if names is not None:
            _print_names(names, query or [], json)
            return
        if plugins:
            _print_plugins(json)
            return
        check_name(default(), query or [])
        if pretrained:
            families = {family.name for family in default().families()}
            words = [f"{word}/*" if word in families else word for word in query or []]
            _print_pretrained(default(), search(default(), [*words, "pretrained"]), json)
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


def check_name(registry: Registry, query: list[str]) -> None:
    """One bare word is the name of a family or a recipe; one that is not is a mistake rather than no match.

    Raises:
        UnknownName: No name is this word.
        InvalidQuery: A word is neither a pattern nor a condition.
    """
    from registry import UnknownName
    from registry.names import near
    from registry.search import parse_query

    patterns = parse_query(query).patterns
    if len(patterns) != 1 or set(patterns[0]) & set("*?["):
        return
    names = [entry.name for entry in (*registry.families(), *registry.recipes())]
    if patterns[0] not in names:
        holding = any(patterns[0] in name for name in names)
        raise UnknownName(
            "no name matches",
            received=patterns[0],
            near=near(patterns[0], names),
            hint=f"zoo list '*{patterns[0]}*'" if holding else "zoo list",
        )


def _facts(facts: dict[str, Any]) -> str:
    """Data set, promised metric and whether weights are published, in a few words."""
    shown = [str(facts["dataset"])] if "dataset" in facts else []
    shown += [
        f"{key} {value:g}" for key, value in facts.items() if key not in COMMON and isinstance(value, float | int)
    ]
    if facts.get("pretrained"):
        shown.append("pretrained")
    return ", ".join(shown)


def _print_pretrained(registry: Registry, entries: Sequence[Entry], json: bool) -> None:
    from zoo.report.results import published_facts
    from zoo.weights.card import number, size

    rows = [{"name": entry.name, **(published_facts(registry, entry.name) or {})} for entry in entries]
    if json:
        print_json(rows)
        return
    for row in rows:
        value = "" if row["value"] is None else f"{row['metric']} {number(row['value'])}"
        typer.echo(f"{row['name']:<36} {value:<34} {size(row['bytes']):>10}   {row['licence'] or ''}")
    if not rows:
        typer.echo("nothing matches; `zoo list --pretrained` shows all", err=True)


def _print_names(kind: str, query: list[str], json: bool) -> None:
    from zoo.recipe import RecipeError
    from zoo.recipe.names import choices

    if query:
        raise RecipeError("names are listed by kind alone", received=" ".join(query), hint=f"zoo list --names {kind}")
    found = choices(kind)
    if json:
        print_json([vars(choice) for choice in found])
        return
    for choice in found:
        others = f" (also {', '.join(choice.aliases)})" if choice.aliases else ""
        typer.echo(f"{choice.name:<32} {choice.summary}{others}")


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
