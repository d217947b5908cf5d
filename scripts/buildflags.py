# SPDX-License-Identifier: MIT OR Apache-2.0
"""With which flags a configured build of a kernel would call gcc and sparse."""
import collections
import os
import re
import shlex
import subprocess

ECHO = re.compile(r"echo '((?:[^']|'\\'')*)'")


def commands(tree, build, sources):
    """For each source the command lines of gcc (where the object is out of date) and of sparse that
    `make -n` prints, to be run in the build folder; nothing for sources that it has no rule for."""
    objects = [source[:-2] + '.o' for source in sources]
    make = ['make', '-n', '-k', 'V=1', 'C=2', f'O={build}', *objects]
    printed = subprocess.run(make, cwd=tree, capture_output=True, text=True).stdout
    found = collections.defaultdict(dict)
    for line in printed.splitlines():
        for text in ECHO.findall(line):
            words = text.replace("'\\''", "'").strip()
            name = words.split(' ', 1)[0]
            if name == 'sparse' or name == 'gcc' and ' -c -o ' in words:
                words = shlex.split(words)
                end = words.index(';') if ';' in words else len(words)
                command = [word for word in words[:end] if not word.startswith('-Wp,-MMD,')]
                if name == 'gcc':
                    at = command.index('-c')
                    del command[at:at + 3]
                source = os.path.relpath(os.path.join(build, command[-1]), tree)
                found[source][name] = command
    return dict(found)
