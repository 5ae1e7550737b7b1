"""Running programs and what they cost: wall time, time on processors, peak memory, output.

Linux counts the memory of the process that started a program as the program's own peak: who calls
`run` must stay small, without numpy and OpenVINO."""
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import namedtuple

Cost = namedtuple("Cost", "seconds cpu_seconds peak_bytes output")


class Failed(Exception):
    pass


def run(command, without=()):
    """Cost of a program, without some variables of the environment; Failed with its last words if it
    fails."""
    environment = {name: text for name, text in os.environ.items() if name not in without}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err,
                                   env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            last = err.read().strip().splitlines()[-1:] or ["no message"]
            raise Failed(f"{os.path.basename(str(command[0]))}: {last[0]}")
        return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, out.read())


def run_python(script, *arguments):
    """JSON from the last line of one of the scripts of this folder."""
    here = os.path.dirname(os.path.abspath(__file__))
    output = run([sys.executable, os.path.join(here, script), *arguments]).output
    return json.loads(output.strip().splitlines()[-1])
