"""The same work in one process, one picture after the other: a line "SECONDS FILE" on stdin gives the median in ms."""

import statistics
import sys
import time
from pathlib import Path

from common import infer, open_session

session = open_session()
print("ready", flush=True)
for line in sys.stdin:
    seconds, file = line.strip().split(" ", 1)
    data = Path(file).read_bytes()
    times = []
    end = time.perf_counter() + float(seconds)
    while time.perf_counter() < end:
        begun = time.perf_counter()
        infer(session, [data])
        times.append((time.perf_counter() - begun) * 1000)
    print(statistics.median(times), flush=True)
