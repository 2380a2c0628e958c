"""Networks with costs (TNTP, GMNS) as Wayfare, AequilibraE and Path4GMNS read them, and their equilibria."""

import gzip
import json
import re
import subprocess

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

MILE_M = 1609.344
# Ways are looked for from every so many-th node of a GMNS network.
EVERY = 33

SCENARIO = """title = "field"
[network]
format = "tntp"
net = "{net}"
length-m = {length_m}
time-s = 60
[people]
source = "trip-table"
file = "{trips}"
start = "07:00"
end = "08:00"
[assign]
iterations = 10
[validate]
equilibrium = "{flow}"
"""


def unpacked(path):
    """Text of a gzipped file."""
    return gzip.open(path, "rt").read()


def tntp(folder, name):
    """A TNTP network: links in the file's units (feet or miles, minutes), trips by zone, first node to drive through."""
    text = unpacked(folder / f"{name}_net.tntp.gz")
    thru = int(re.search(r"<FIRST THRU NODE>\s*(\d+)", text)[1])
    rows = [line.split()[:7] for line in text.split("<END OF METADATA>")[1].splitlines() if re.match(r"\s*\d", line)]
    links = pd.DataFrame(rows, columns="a_node b_node capacity length free b power".split()).astype(float)
    links = links.astype({"a_node": int, "b_node": int})
    zones = int(re.search(r"<NUMBER OF ZONES>\s*(\d+)", text)[1])
    trips = np.zeros((zones, zones))
    for part in unpacked(folder / f"{name}_trips.tntp.gz").split("Origin")[1:]:
        for to, number in re.findall(r"(\d+)\s*:\s*([\d.]+)", part):
            trips[int(part.split()[0]) - 1, int(to) - 1] = float(number)
    np.fill_diagonal(trips, 0)  # trips within a zone are on no road
    return links, trips, thru


def converted(binary, path, work, *options):
    """Links of `wayfare convert` to GeoJSON: nodes, metres, minutes, vehicles an hour."""
    out = work / "wayfare.geojson"
    subprocess.run([binary, "convert", "--quiet", path, out, *options], check=True)
    rows = [feature["properties"] for feature in json.loads(out.read_text())["features"]]
    # No link of the file: where trips begin and end in a zone, and what is closed to cars.
    rows = [row for row in rows if "car" in row["modes"] and not row["id"].startswith("zone-")]
    minutes = [r["length_m"] / r["freespeed_mps"] / 60 for r in rows]
    columns = {"a_node": "from", "b_node": "to", "length": "length_m", "capacity": "capacity_vph", "lanes": "lanes"}
    return pd.DataFrame({name: [r[key] for r in rows] for name, key in columns.items()} | {"free": minutes})


def wayfare_flows(binary, folder, name, work, length_m):
    """Flows of a run of Wayfare by link: published, static assignment, queue model."""
    files = {part: (folder / f"{name}_{part}.tntp.gz").resolve() for part in ("net", "trips", "flow")}
    work.joinpath("scenario.toml").write_text(SCENARIO.format(length_m=length_m, **files))
    subprocess.run([binary, "run", "--quiet", "--overwrite", work, "--out", work / "run"], check=True)
    links = json.loads((work / "run/validation.json").read_text())["equilibrium"]["links"]
    return {column: np.array([link[i + 1] for link in links]) for i, column in enumerate(("published", "static", "queue"))}


def aequilibrae_flows(links, trips, thru):
    """Equilibrium of AequilibraE (bi-conjugate Frank-Wolfe, gap 1e-6), and its skim of free-flow minutes."""
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, NetworkSkimming, TrafficAssignment, TrafficClass

    zones = np.arange(1, len(trips) + 1)
    graph = Graph()
    graph.network = links.assign(link_id=range(1, len(links) + 1), direction=1)
    graph.prepare_graph(zones)
    graph.set_graph("free")
    graph.set_skimming(["free"])
    graph.set_blocked_centroid_flows(thru > 1)
    skim = NetworkSkimming(graph)
    skim.execute()
    minutes = np.nan_to_num(skim.results.skims.matrix["free"], posinf=0.0).copy()
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=len(trips), matrix_names=["car"], memory_only=True)
    matrix.index[:] = zones
    matrix.matrix["car"][:, :] = trips
    matrix.computational_view(["car"])
    assignment = TrafficAssignment()
    assignment.set_classes([TrafficClass("car", graph, matrix)])
    assignment.set_vdf("BPR")
    assignment.set_vdf_parameters({"alpha": "b", "beta": "power"})
    assignment.set_capacity_field("capacity")
    assignment.set_time_field("free")
    assignment.set_algorithm("bfw")
    assignment.max_iter, assignment.rgap_target = 5000, 1e-6
    assignment.execute()
    return assignment.results()["PCE_AB"].to_numpy(), minutes


def path4gmns_flows(links, trips, work):
    """Equilibrium of Path4GMNS (column generation) on the same network, written for it as GMNS."""
    import path4gmns

    nodes = sorted(set(links.a_node) | set(links.b_node))
    zone = [n if n <= len(trips) else "" for n in nodes]
    pd.DataFrame({"node_id": nodes, "zone_id": zone, "x_coord": 0, "y_coord": 0}).to_csv(work / "node.csv", index=False)
    names = {"a_node": "from_node_id", "b_node": "to_node_id", "free": "VDF_fftt1", "capacity": "VDF_cap1"}
    table = links.rename(columns=names | {"b": "VDF_alpha1", "power": "VDF_beta1"})
    table = table.assign(link_id=range(len(links)), lanes=1, free_speed=60, capacity=1)
    table.to_csv(work / "link.csv", index=False)
    pairs = [(i + 1, j + 1, trips[i, j]) for i, j in zip(*np.nonzero(trips))]
    pd.DataFrame(pairs, columns="o_zone_id d_zone_id volume".split()).to_csv(work / "demand.csv", index=False)
    network = path4gmns.read_network(input_dir=str(work))
    path4gmns.read_demand(network, input_dir=str(work))
    path4gmns.find_ue(network, 40, 400, 1e-6)
    return np.array([link.flow_vol_by_period[0] for link in network._base_assignment.get_links()])[: len(links)]


def shortest(links, origins, column, closed=()):
    """Shortest ways from some nodes to all: from → to → cost. Nobody drives through a closed node."""
    nodes = {node: i for i, node in enumerate(sorted(set(links.a_node) | set(links.b_node)))}
    inside = {node: len(nodes) + i for i, node in enumerate(closed)}
    start = [inside.get(a, nodes[a]) for a in links.a_node]
    size = len(nodes) + len(inside)
    cost = csr_matrix((links[column], (start, [nodes[b] for b in links.b_node])), shape=(size, size))
    found = dijkstra(cost, indices=[inside.get(o, nodes[o]) for o in origins])
    return {o: {n: row[i] for n, i in nodes.items()} for o, row in zip(origins, found)}


def path4gmns_network(folder, work, roads_only):
    """A GMNS folder as Path4GMNS reads it: the sums that are compared, and its shortest minutes from some nodes.

    `roads_only`: it sees no links without a use (railways, in the folder that is compared).
    """
    import path4gmns

    (work / "node.csv").write_text(unpacked(folder / "node.csv.gz"))
    table = pd.read_csv(folder / "link.csv.gz", dtype=str)
    table[table.allowed_uses.notna() | (not roads_only)].to_csv(work / "link.csv", index=False)
    network = path4gmns.read_network(input_dir=str(work))
    links = network._base_assignment.get_links()
    trees = {o: network.get_shortest_path_tree(o) for o in [link.from_node_id for link in links][::EVERY]}
    return pd.DataFrame({"length": [l.length * MILE_M for l in links], "lanes": [l.lanes for l in links],
                         "free": [l.fftt for l in links], "capacity": [l.link_capacity for l in links]}), trees
