"""`zoo train`: one run of a recipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from registry import UserError
from zoo.cli.ending import end_with
from zoo.cli.placing import DevicesOption, LogicalDevicesOption, StrategyOption, WorkerIndexOption, WorkersOption
from zoo.cli.verb import ChangesArgument, DeterminismOption, JsonOption, RunsOption, import_tensorflow, print_json, verb

if TYPE_CHECKING:
    from zoo.run.placement import Placement


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "train",
        """
        zoo train mlp/digits
        zoo train mlp/digits epochs=3 hyperparameters.units=[32] --seed 7
        zoo train cnn --dataset digits epochs=1
        zoo train cnn/digits --dry-run
        zoo train mlp/digits epochs=3 --resume auto
        zoo train mlp/digits --from mlp/digits --trainable head epochs=1
        zoo train lda/wine --cv stratified:5
        zoo train mlp/digits epochs=1 --strategy mirrored --logical-devices 2
        zoo train my_recipes/mlp/wide.toml epochs=2
        """,
    )
    def train(
        name: Annotated[str, typer.Argument(help="Family, family/recipe or a TOML file.")],
        changes: ChangesArgument = None,
        dataset: Annotated[
            str | None, typer.Option(metavar="NAME", help="Train on this data set instead of the recipe's.")
        ] = None,
        pretrained: Annotated[
            str | None,
            typer.Option(
                "--from",
                metavar="NAME",
                help="Begin with trained weights: a recipe that has some, or a run folder, of the same family.",
            ),
        ] = None,
        trainable: Annotated[
            str | None,
            typer.Option(metavar="[all|head]", help="head: freeze all but the output layer. [default: all]"),
        ] = None,
        seed: Annotated[
            int | None,
            typer.Option(
                help="Seed of every random draw of the run. [default: 0; drawn with --determinism off]",
                min=0,
                max=2**32 - 1,
            ),
        ] = None,
        runs: RunsOption = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Only say what it would take: shapes, memory, time.")
        ] = False,
        cv: Annotated[
            str | None,
            typer.Option(
                "--cv",
                metavar="FOLDS",
                help="Cross-validate all but the test split: 5, stratified:5, leave_one_out; of a series expanding:5.",
            ),
        ] = None,
        resume: Annotated[
            str,
            typer.Option(
                metavar="[never|auto]",
                help="auto: go on with the newest run of this recipe and seed, if it was stopped",
            ),
        ] = "never",
        determinism: DeterminismOption = None,
        strategy: StrategyOption = "auto",
        devices: DevicesOption = None,
        logical_devices: LogicalDevicesOption = None,
        workers: WorkersOption = None,
        worker_index: WorkerIndexOption = None,
        json: JsonOption = False,
    ) -> None:
        """Train a recipe once, or once for each fold of a cross-validation."""
        from registry import default
        from zoo.recipe import bind, parse_overrides, pretrained_options, read_recipe, with_options
        from zoo.run.determinism import checked, seed_of
        from zoo.run.placement import place
        from zoo.run.pretrained import require_source
        from zoo.run.unfinished import resumes

        overrides = with_options(
            parse_overrides(changes or []), {"dataset": dataset, **pretrained_options(pretrained, trainable)}
        )
        bound = bind(default(), read_recipe(default(), name, overrides), where=name)
        go_on, first_seed = resumes(resume), seed_of(checked(determinism), seed)
        placement = place(
            strategy, devices=devices, logical_devices=logical_devices, workers=workers, worker_index=worker_index
        )
        if not go_on:  # a run that goes on has what it began with
            require_source(default(), bound, folds=cv is not None)
        if cv is not None:
            _check_folds(cv, dry_run, determinism)
            _check_one_device(placement)
        import_tensorflow()
        if dry_run:
            from zoo.run.determinism import enter
            from zoo.run.dry_run import dry_run as measure

            enter(determinism)
            facts = measure(default(), bound, seed=first_seed, placement=placement)
            if json:
                print_json(facts)
            else:
                typer.echo("\n".join(dry_run_lines(facts)))
            return
        from zoo import jobs
        from zoo.cli.progress import Progress

        argv = ["zoo", *sys.argv[1:]]
        with Progress() as progress:
            if cv is not None:
                run = jobs.cross_validate(
                    default(), name, overrides, folds=cv, seed=first_seed, runs=runs, subscribers=[progress], argv=argv
                )
            else:
                run = jobs.train(
                    default(),
                    name,
                    overrides,
                    seed=seed,
                    runs=runs,
                    subscribers=[progress],
                    argv=argv,
                    resume=go_on,
                    determinism=determinism,
                    placement=placement,
                )
        end_with(run, json=json)


def _check_folds(cv: str, dry_run: bool, determinism: str | None) -> None:
    """Refuse what cannot be meant, before TensorFlow is imported."""
    from zoo.run.folds import Folding

    Folding.parse(cv)
    if dry_run:
        raise UserError("a dry run is of one run", received=f"--cv {cv} --dry-run", hint="leave one of them out")
    if determinism is not None:
        raise UserError(
            "determinism is of one run, or of a reproduction",
            received=f"--cv {cv} --determinism {determinism}",
            hint="leave one of them out",
        )


def _check_one_device(placement: Placement) -> None:
    """Refuse folds on several devices: each of them is a small run."""
    if placement.names_several:
        raise UserError(
            "a cross-validation runs on one device", received=f"--strategy {placement.strategy}", hint="--strategy one"
        )


def _batch(devices: dict[str, Any]) -> str:
    whole, own = devices["global_batch"], devices["per_replica_batch"]
    return str(whole) if devices["replicas"] == 1 else f"{whole} ({own} a device)"


def dry_run_lines(facts: dict[str, Any]) -> list[str]:
    """The facts of a dry run as a person reads them."""
    lines = [f"{facts['name']}: nothing was trained", ""]
    for layer in facts["layers"]:
        shape = "x".join("n" if size is None else str(size) for size in layer["output_shape"])
        lines.append(f"  {layer['name']:<24} {layer['kind']:<20} {shape:<16} {layer['parameters']:>10,}")
    devices, mebibyte = facts["devices"], 2**20
    return [
        *lines,
        "",
        f"  parameters     {facts['parameters']:,}",
        f"  devices        {', '.join(devices['devices'])}, batch {_batch(devices)}",
        f"  memory         weights {facts['weights_bytes'] / mebibyte:.1f} MiB, optimiser "
        f"{facts['optimizer_bytes'] / mebibyte:.1f} MiB, data {facts['data_bytes'] / mebibyte:.1f} MiB, "
        f"process at most {facts['peak_memory_bytes'] / mebibyte:.0f} MiB so far",
        f"  steps          {facts['steps']:,} ({facts['steps_per_epoch']} an epoch)",
        f"  seconds        {facts['seconds_per_step']:.4f} a step (median of three), "
        f"tracing {facts['tracing_seconds']:.1f}",
        f"  projected      {facts['projected_seconds'] / 60:.1f} minutes of training, validation apart",
    ]
