"""`zoo check`: the conformance suite, for families of one's own and of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from registry import UserError
from zoo.cli.verb import JsonOption, import_tensorflow, print_json, verb

if TYPE_CHECKING:
    from zoo.check import CheckResult, Suite

FAILED = 1
MARKS = {True: "ok ", False: "BAD", None: "-  "}


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "check",
        """
        zoo check mlp
        zoo check --list
        """,
    )
    def check(
        names: Annotated[
            list[str] | None,
            typer.Argument(
                metavar="[NAME]...",
                help="Families, which are checked on their smallest recipe, family/recipe or TOML files.",
                show_default=False,
            ),
        ] = None,
        everything: Annotated[bool, typer.Option("--all", help="Check every registered family.")] = False,
        list_: Annotated[bool, typer.Option("--list", help="List the checks and what each demands.")] = False,
        json: JsonOption = False,
    ) -> None:
        """Check that families hold what every family must hold; exit code 1 when one does not."""
        from registry import default

        if list_:
            _print_rules(json)
            return
        registry = default()
        chosen = [*(names or []), *([family.name for family in registry.families()] if everything else [])]
        if not chosen:
            raise UserError("name at least one family or recipe", hint="zoo check --all")
        for name in chosen:
            if not name.endswith(".toml"):
                registry.resolve(name)
        import_tensorflow()
        from zoo.check import Suite

        suites = [Suite(registry, name) for name in chosen]
        facts = [_checked(suite, quiet=json) for suite in suites]
        if json:
            print_json(facts)
        if not all(fact["ok"] for fact in facts):
            raise typer.Exit(FAILED)


def _checked(suite: Suite, *, quiet: bool) -> dict[str, Any]:
    """Make the checks of one family and print each as it comes."""
    results: list[CheckResult] = []
    if not quiet:
        typer.echo(suite.name if suite.name == suite.recipe else f"{suite.name}, on {suite.recipe}")
    try:
        for result in suite.results():
            results.append(result)
            if not quiet:
                typer.echo(f"{MARKS[result.ok]} {result.name}: {result.found}")
    finally:
        suite.close()
    rows = [{"name": result.name, "ok": result.ok, "found": result.found} for result in results]
    return {"name": suite.name, "recipe": suite.recipe, "ok": all(result.ok for result in results), "checks": rows}


def _print_rules(json: bool) -> None:
    import_tensorflow()
    from zoo.check import CHECKS

    if json:
        print_json(
            {learning: {check.name: check.rule for check in checks} for learning, checks in CHECKS.items()},
        )
        return
    for learning, checks in CHECKS.items():
        typer.echo(f"families that learn by {learning}")
        for check in checks:
            typer.echo(f"  {check.name}: {check.rule}")
