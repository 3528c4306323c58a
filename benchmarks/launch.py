"""Start a command and write its wall time and peak memory to a descriptor: `python launch.py DESCRIPTOR COMMAND...`.

A process of its own, because the system counts as a command's peak what its parent held when it started it.
"""

import os
import sys
import time

report, command = int(sys.argv[1]), sys.argv[2:]
os.set_inheritable(report, False)
started = time.perf_counter()
child = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - started
os.write(report, f"{seconds} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}".encode())
