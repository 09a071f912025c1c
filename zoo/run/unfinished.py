"""The run that a job which was stopped goes on with, without being told its folder."""

from __future__ import annotations

from pathlib import Path

from registry import UserError
from registry.names import near
from zoo.run.errors import RunFolderError
from zoo.run.folder import RunFolder

RESUME = ("never", "auto")


def resumes(choice: str) -> bool:
    """Whether a stopped run goes on: of "auto" and "never".

    Raises:
        UserError: It is neither.
    """
    if choice not in RESUME:
        raise UserError(
            f"resume must be {' or '.join(RESUME)}", received=choice, near=near(choice, RESUME), hint="resume auto"
        )
    return choice == "auto"


def unfinished(root: Path, name: str, seed: int | None) -> RunFolder | None:
    """The newest run of a recipe and a seed, if it was stopped.

    Args:
        root: The folder of runs.
        name: The recipe's name.
        seed: Of the run; of any if None.

    Returns:
        Its folder when it was interrupted or killed, also before its report was written, or failed for a reason outside
        the recipe, such as a full disk. None when there is no run, or the newest one came to its end.

    Raises:
        RunFolderError: A process is working on it.
    """
    for path in sorted((root / name).glob("*/run.json"), reverse=True):
        folder = RunFolder(path.parent)
        table = folder.read()
        if table.get("kind") != "run" or seed not in (None, table.get("seed")):
            continue
        status = folder.status()
        if status == "running":
            raise RunFolderError(
                "a run can be worked on by one process at a time; the newest one of this recipe and seed is running",
                received=str(folder.path),
            )
        outside = status == "failed" and (table.get("error") or {}).get("type") == "RunFailed"
        return folder if outside or status in ("interrupted", "killed") or lacks_report(folder) else None
    return None


def lacks_report(folder: RunFolder) -> bool:
    """Whether a run, or what several make, has finished, but was killed before its report was written."""
    table = folder.read()
    reported = table.get("kind") in ("run", "reproduce", "study", "search")  # a cross-validation has no page
    finished = reported and table["status"] == "finished"
    return finished and not (folder.path / "report.html").exists() and not folder.is_held()


def require_level(folder: RunFolder, determinism: str | None) -> None:
    """Refuse to go on with a run at another level of determinism than it began with; None asks for its own.

    Raises:
        RunFolderError: Another one is asked for.
    """
    began = folder.read().get("determinism", {}).get("level")
    if determinism not in (None, began):
        raise RunFolderError(
            "a run goes on at the level of determinism that it began with",
            received=f"determinism: {began} -> {determinism}",
            where=str(folder.path),
            hint="leave --determinism out, or --resume never for a new run",
        )
