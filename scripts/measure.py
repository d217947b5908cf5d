# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a command costs, for the scripts that time others."""
import collections
import os
import subprocess
import sys
import tempfile
import time

# Seconds by the clock and of CPU, kilobytes of the largest process, and what was printed.
Cost = collections.namedtuple('Cost', 'clock cpu memory text')


def cost(line, where, fine=(0, 1)):
    """Runs a command, which may end with one of these statuses: most have 1 for findings, or for none.
    It finds nothing that an earlier run has kept for it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, 'XDG_CACHE_HOME': cache}
        start = time.monotonic()
        process = subprocess.Popen(line, cwd=where, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                   env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        clock = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors='replace')
    if process.returncode not in fine:
        sys.exit(f'{" ".join(line)[:200]}: exit {process.returncode}\n{text[-2000:]}')
    return Cost(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text)


def seconds(value):
    return f'{value:.1f} s' if value >= 10 else f'{value:.2f} s'


def table(rows):
    """A Markdown table; the first row is its head."""
    rows = [rows[0], ['---'] * len(rows[0]), *rows[1:]]
    return '\n'.join(f'| {" | ".join(row)} |' for row in rows)
