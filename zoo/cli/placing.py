"""Options that say where a run runs, of all verbs that train."""

from __future__ import annotations

from typing import Annotated

import typer

StrategyOption = Annotated[
    str,
    typer.Option(
        "--strategy",
        metavar="[auto|one|mirrored|multiworker]",
        help="auto: all GPUs that are visible, else the CPU; the hosts of TF_CONFIG, if it is set.",
    ),
]
DevicesOption = Annotated[
    str | None, typer.Option("--devices", metavar="NAMES", help="Devices that share a batch, such as gpu:0,gpu:1.")
]
LogicalDevicesOption = Annotated[
    int | None,
    typer.Option(
        "--logical-devices", metavar="COUNT", help="Split the CPU into devices, to try out how several go together."
    ),
]
WorkersOption = Annotated[
    str | None, typer.Option("--workers", metavar="HOST:PORT,...", help="Hosts that share a batch; the first is chief.")
]
WorkerIndexOption = Annotated[
    int | None, typer.Option("--worker-index", metavar="INDEX", help="Which of the workers this process is, from 0.")
]
