# SPDX-License-Identifier: MIT OR Apache-2.0
"""What benchmarks that put bugs into a kernel have in common: sites, the mutated copy of a tree,
and the comparison of what is said of both trees."""
import argparse
import collections
import json
import os
import random
import shutil
import subprocess
import sys

COLUMNS = ["path", "line", "function", "first", "last", "kind", "codes", "detail"]
LEVELS = ["note", "warning", "error"]


class Site:
    """A possible mutation. Its codes are those of its kind unless it has its own; the key is for
    the benchmark that made it."""

    def __init__(self, function, kind, place, edits, detail, codes=None, key=None):
        self.function, self.kind, self.place, self.edits = function, kind, place, edits
        self.detail, self.codes, self.key = detail, codes, key


def alone(function, statement, expression):
    """Whether the statement is this and nothing else."""
    return statement.kind == "simple" and expression.fullmatch(function.of(statement)[:-1].strip())


def removal(function, statement):
    """Takes a statement away, but for a `;` where the grammar needs one."""
    before = function.code[:statement.start].rstrip()[-1:]
    return (statement.start, statement.end, "" if before in ("{", ";", "}") else ";")


# Planning ---------------------------------------------------------------------------------------

def allot(found, seed, most, usable=lambda site, identity: True,
          take=lambda site, identity: None):
    """Gives each function to one kind. `found` has the functions of each kind in order, each with
    its sites; `usable` is asked before a site is drawn, and `take` told which was."""
    rng = random.Random(seed)
    queues = {}
    for kind in sorted(found):
        queues[kind] = list(found[kind])
        rng.shuffle(queues[kind])
    taken, chosen = set(), {kind: [] for kind in found}
    while any(queues.values()):
        kind = min((k for k in queues if queues[k]), key=lambda k: (len(chosen[k]), k))
        identity, sites = queues[kind].pop()
        if identity in taken:
            continue
        sites = [site for site in sites if usable(site, identity)]
        if not sites:
            continue
        site = rng.choice(sites)
        chosen[kind].append(site)
        taken.add(identity)
        take(site, identity)
        if most and len(chosen[kind]) >= most:
            queues[kind] = []
    return [site for kind in chosen for site in chosen[kind]]


def mutated(raw, edits):
    """The text with the edits; each keeps the line breaks of what it replaces."""
    for start, end, new in sorted(edits, reverse=True):
        breaks = raw.count("\n", start, end)
        raw = raw[:start] + new + "\n" * breaks + raw[end:]
    return raw


def plan(args, kinds, draw):
    """Writes the mutated tree and its table; `draw` gives the sites of some of the kinds."""
    wanted = args.kinds.split(",") if args.kinds else list(kinds)
    for kind in wanted:
        if kind not in kinds:
            sys.exit(f"no kind {kind}; there are {', '.join(kinds)}")
    sites = draw(args.tree, wanted, args.seed, args.per_kind)
    target = os.path.join(args.out, "tree")
    os.makedirs(args.out, exist_ok=True)
    if os.path.exists(target):
        shutil.rmtree(target)
    same = os.stat(args.tree).st_dev == os.stat(args.out).st_dev
    how = ["-al"] if same and not args.copy else ["-a", "--reflink=auto"]
    subprocess.run(["cp", *how, args.tree, target], check=True)
    files = collections.defaultdict(list)
    for site in sites:
        files[site.function.source].append(site)
    rows = []
    for source, of_file in files.items():
        text = mutated(source.raw, [edit for site in of_file for edit in site.edits])
        assert text.count("\n") == source.raw.count("\n"), source.path
        place = os.path.join(target, source.path)
        mode = os.stat(place).st_mode
        os.unlink(place)  # the name, not what may be shared with the tree
        with open(place, "wb") as stream:
            stream.write(text.encode("latin-1"))
        os.chmod(place, mode & 0o7777)
        for site in of_file:
            function = site.function
            rows.append((source.path, source.line(site.place), function.name, function.first,
                         function.last, site.kind, ",".join(site.codes or kinds[site.kind]),
                         " ".join(site.detail.split())))
    rows.sort()
    with open(os.path.join(args.out, "sites.tsv"), "w", encoding="utf-8") as stream:
        print(*COLUMNS, sep="\t", file=stream)
        for row in rows:
            print(*row, sep="\t", file=stream)
    counts = collections.Counter(site.kind for site in sites)
    print(f"{len(rows)} sites in {len(files)} files: "
          + ", ".join(f"{kind} {counts[kind]}" for kind in wanted))


# Scoring ----------------------------------------------------------------------------------------

def read_sites(path):
    with open(path, encoding="utf-8") as stream:
        lines = [line.rstrip("\n").split("\t") for line in stream]
    if not lines or lines[0] != COLUMNS:
        sys.exit(f"{path}: not a table of sites")
    return [dict(zip(COLUMNS, line)) for line in lines[1:]]


def read_findings(path, root):
    """Findings by file, with file names below the root."""
    def below(name):
        inside = os.path.relpath(name, root)
        return os.path.normpath(name if inside.startswith("..") else inside)

    with open(path, encoding="utf-8") as stream:
        findings = json.load(stream)
    by_file = collections.defaultdict(list)
    for finding in findings:
        for related in finding.get("related", ()):
            related["filename"] = below(related["filename"])
        by_file[below(finding["filename"])].append(finding)
    return by_file


def key(finding):
    return (finding["code"], finding["function"] or "",
            " ".join((finding["expression"] or "").split()), finding["message"])


def new_findings(base, changed):
    """Findings that the pristine tree does not have, or does not have as often."""
    fresh_ones = []
    for path, findings in sorted(changed.items()):
        had, rows = collections.Counter(), collections.defaultdict(set)
        for finding in base.get(path, []):
            had[key(finding)] += 1
            rows[key(finding)].add(finding["location"]["row"])
        moved = []
        for finding in findings:
            same = key(finding)
            if had[same] and finding["location"]["row"] in rows[same]:
                had[same] -= 1
            else:
                moved.append(finding)
        for finding in moved:
            if had[key(finding)]:
                had[key(finding)] -= 1
            else:
                fresh_ones.append((path, finding))
    return fresh_ones


def stands_in(site, path, finding):
    """Whether the finding stands in the function of the site."""
    return path == site["path"] \
        and int(site["first"]) <= finding["location"]["row"] <= int(site["last"])


def score(args, kinds, about=stands_in):
    """Counts sites that have a new finding with an expected code; `about` says whether a finding is
    about a site."""
    sites = read_sites(args.sites)
    new = new_findings(read_findings(args.base, args.base_root),
                       read_findings(args.mutated, args.mutated_root))
    of_file, changed = collections.defaultdict(list), collections.defaultdict(list)
    for path, finding in new:
        of_file[path].append(finding)
    total, found, levels, missed = (collections.Counter(), collections.Counter(),
                                    collections.Counter(), [])
    for site in sites:
        kind = site["kind"]
        changed[site["path"]].append(site)
        total[kind] += 1
        here = [LEVELS.index(finding["severity"]) for finding in of_file[site["path"]]
                if about(site, site["path"], finding)
                and finding["code"] in site["codes"].split(",")]
        if here:
            found[kind] += 1
            levels[kind, LEVELS[max(here)]] += 1
        else:
            missed.append(site)
    for kind in [kind for kind in kinds if total[kind]] + ["all"]:
        part = sum(found.values()) if kind == "all" else found[kind]
        whole = sum(total.values()) if kind == "all" else total[kind]
        split = ", ".join(
            f"{level} {sum(levels[of, level] for of in ([kind] if kind != 'all' else kinds))}"
            for level in reversed(LEVELS))
        print(f"{kind:15} {part}/{whole} = {part / max(1, whole):.3f}  ({split})")
    collateral = [(path, finding) for path, finding in new if finding["severity"] != "note"
                  and not any(stands_in(site, path, finding)
                              or finding["code"] in site["codes"].split(",")
                              and about(site, path, finding) for site in changed[path])]
    counts = collections.Counter(finding["code"] for _, finding in collateral)
    share = len(collateral) / max(1, len(sites))
    print(f"{'collateral':15} {len(collateral)} = {share:.3f} of the sites"
          + "".join(f", {code} {number}" for code, number in sorted(counts.items())))
    if args.missed:
        with open(args.missed, "w", encoding="utf-8") as stream:
            print(*COLUMNS, sep="\t", file=stream)
            for site in missed:
                print(*site.values(), sep="\t", file=stream)
    if args.collateral:
        with open(args.collateral, "w", encoding="utf-8") as stream:
            for path, finding in collateral:
                print(path, finding["location"]["row"], finding["function"] or "", finding["code"],
                      finding["message"], sep="\t", file=stream)


# Self-test and command line ---------------------------------------------------------------------

def check_text(text, site, wanted):
    """Fails unless the wanted starts of lines follow each other in the function of a site; a
    lone tab stands for a line that is left empty."""
    body = text.split("\n")[int(site["first"]) - 1:int(site["last"])]
    assert any(all(line.startswith(start) and (start.strip() or line == start)
                   for start, line in zip(wanted, body[at:]))
               for at in range(len(body))), (site, body)


def main(description, plan_of, score_of, self_test):
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("plan", help="make a mutated copy of a tree")
    command.add_argument("--tree", required=True, help="top of the kernel tree; it is only read")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--out", required=True, help="folder for tree and sites.tsv")
    command.add_argument("--kinds", help="kinds to make, separated by commas (default: all)")
    command.add_argument("--per-kind", type=int, default=0, metavar="N",
                         help="at most so many sites of a kind (default: no bound)")
    command.add_argument("--copy", action="store_true", help="real copies instead of hard links")
    command = commands.add_parser("score", help="count what was found")
    for name in ("--sites", "--base", "--mutated", "--base-root", "--mutated-root"):
        command.add_argument(name, required=True)
    command.add_argument("--missed", metavar="FILE", help="write the sites that were not found")
    command.add_argument("--collateral", metavar="FILE",
                         help="write new findings in functions that were not mutated")
    commands.add_parser("self-test", help="plan and score a small tree")
    args = parser.parse_args()
    {"plan": plan_of, "score": score_of, "self-test": self_test}[args.command](args)
