"""`zoo resume`: go on with a run that was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.ending import end_with
from zoo.cli.placing import WorkerIndexOption, WorkersOption
from zoo.cli.verb import JsonOption, import_tensorflow, verb


def add_to(app: typer.Typer) -> None:
    """Add the verb."""

    @verb(
        app,
        "resume",
        """
        zoo resume runs/mlp/digits/20260101-120000-abcdef
        """,
    )
    def resume(
        folder: Annotated[Path, typer.Argument(help="Folder of a run, a reproduction, a search or a study.")],
        workers: WorkersOption = None,
        worker_index: WorkerIndexOption = None,
        json: JsonOption = False,
    ) -> None:
        """Go on with a run that was stopped, exactly as if it had not been; exit code 1 when a promise is not kept."""
        from registry import default
        from zoo.run.errors import RunFolderError
        from zoo.run.folder import RunFolder
        from zoo.run.placement import place
        from zoo.run.unfinished import lacks_report

        hosts = place(workers=workers, worker_index=worker_index)
        placement = hosts if hosts.cluster is not None else None
        status = RunFolder(folder).status()
        # the chief may have begun already when another worker looks
        if hosts.is_chief and (status == "running" or (status == "finished" and not lacks_report(RunFolder(folder)))):
            raise RunFolderError("only a run that was stopped can be resumed", received=f"{folder} is {status}")
        import_tensorflow()
        from zoo import jobs
        from zoo.cli.progress import Progress

        with Progress() as progress:
            run = jobs.resume(default(), folder, subscribers=[progress], placement=placement)
        end_with(run, json=json)
