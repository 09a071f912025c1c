"""What a worker of the tests does: `python worker_child.py FOLDER WAY`, with the ways that the tests name."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from zoo.run.workers import take_post

folder, way = Path(sys.argv[1]), sys.argv[2]
post = take_post()
assert post is not None
mark = folder / f"{post.index}"
starts = int(mark.read_text()) if mark.exists() else 0
mark.write_text(str(starts + 1))
(folder / f"{post.index}.pid").write_text(str(os.getpid()))
print(f"start {starts}", flush=True)

if way == "cores":
    (folder / f"{post.index}.cores").write_text(",".join(map(str, sorted(os.sched_getaffinity(0)))))
elif way == "dies once" and starts == 0:
    os.kill(os.getpid(), signal.SIGKILL)
elif way == "hangs once" and starts == 0:
    time.sleep(60)
elif way == "mistake":
    print("zoo: epochs must be a whole number", flush=True)
    sys.exit(2)
elif way == "always dies":
    print("no memory left", flush=True)
    sys.exit(1)
elif way == "progresses, then dies":
    if starts < 5:
        post.progressed()
        sys.exit(1)
elif way == "beats":
    for _ in range(11):
        post.beat()
        time.sleep(0.4)
elif way == "waits":
    signal.signal(signal.SIGTERM, lambda *_: (mark.with_suffix(".told").write_text("yes"), sys.exit(75)))
    (folder / f"{post.index}.ready").touch()
    time.sleep(60)
elif way == "is deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (folder / f"{post.index}.ready").touch()
    time.sleep(60)
