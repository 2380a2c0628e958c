"""Roads of an OpenStreetMap file as Wayfare and four other tools read them, in one form that can be compared."""

import collections
import csv
import gzip
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import osmium
import pyproj

CLASSES = [
    kind + link
    for kind in ("motorway", "trunk", "primary", "secondary", "tertiary")
    for link in ("", "_link")
] + ["unclassified", "residential", "living_street"]
GEOD = pyproj.Geod(ellps="WGS84")

# One direction of a piece of an OSM way: its points (longitude, latitude), lanes (None: not told) and length in metres.
Piece = collections.namedtuple("Piece", "way points lanes length_m")


def tags_of(path):
    """Tags of all ways of the classes that are compared, by way id."""
    ways = (o for o in osmium.FileProcessor(path) if o.is_way() and o.tags.get("highway") in CLASSES)
    return {way.id: dict(way.tags) for way in ways}


class Points:
    """Points as numbers of OSM nodes, so that tools that print other numbers of decimals can be compared."""

    def __init__(self, path):
        self.at = {self.cell(n.lon, n.lat): n.id for n in osmium.FileProcessor(path, osmium.osm.NODE) if n.location.valid()}

    @staticmethod
    def cell(lon, lat):
        """A point to 1e-6 degrees (0.1 m)."""
        return round(lon * 1e6), round(lat * 1e6)

    def __call__(self, points):
        """The nodes of a line; where there is none within 0.1 m, the point itself. Repeated ones once."""
        found = []
        for x, y in (self.cell(*point) for point in points):
            beside = ((x + i, y + j) for i in (0, -1, 1) for j in (0, -1, 1))
            found.append(next((self.at[cell] for cell in beside if cell in self.at), (x, y)))
        return tuple(p for i, p in enumerate(found) if i == 0 or p != found[i - 1])


def plain_xml(path, out, keep=lambda way: True, relations=True):
    """Writes an OSM file as XML, for tools that read nothing else: only ways that `keep`, relations or none."""
    out.unlink(missing_ok=True)
    with osmium.SimpleWriter(out) as writer:
        for item in osmium.FileProcessor(path):
            if item.is_node() or (item.is_way() and keep(item)) or (item.is_relation() and relations):
                writer.add(item)
    return out


def wayfare(binary, path, work, nodes_of):
    """Pieces and banned turns (way, point, way) of `wayfare convert`."""
    roads, matsim = work / "wayfare.geojson", work / "wayfare.xml"
    for out in (roads, matsim):
        subprocess.run([binary, "convert", "--quiet", path, out], check=True)
    pieces, of_link = [], {}
    for feature in json.loads(roads.read_text())["features"]:
        what = feature["properties"]
        points = nodes_of(feature["geometry"]["coordinates"])
        way = int(what["id"].split("_")[0])
        of_link[what["id"]] = (-way if what["id"].endswith("r") else way, what["to"])
        pieces.append(Piece(way, points, what["lanes"], what["length_m"]))
    turns = set()
    for link in ET.parse(matsim).getroot().iter("link"):
        for attribute in link.iter("attribute"):
            if attribute.get("name") == "disallowedNextLinks":
                chains = json.loads(attribute.text)["car"]
                turns.update((*of_link[link.get("id")], of_link[to][0]) for (to,) in chains)
    return pieces, turns


def netconvert(xml, bare, work, nodes_of):
    """Pieces of SUMO's netconvert; the turns that it has, and those that it has only when it sees no relations."""
    pieces, turns = sumo_network(xml, work / "sumo", nodes_of)
    _, without = sumo_network(bare, work / "sumo-bare", nodes_of)
    return pieces, turns, without - turns


def sumo_network(xml, out, nodes_of):
    """Pieces and possible turns of an OSM file in XML as netconvert's plain output tells them."""
    command = [Path(sys.executable).parent / "netconvert", "--osm-files", xml, "--plain-output-prefix", out]
    options = "--proj.utm --proj.plain-geo --keep-edges.by-vclass passenger --no-turnarounds false --no-warnings"
    subprocess.run([*command, *options.split()], check=True, stdout=subprocess.DEVNULL)
    root = {part: ET.parse(f"{out}.{part}.xml").getroot() for part in ("nod", "edg", "con")}
    at = {n.get("id"): (float(n.get("x")), float(n.get("y"))) for n in root["nod"].iter("node")}
    pieces, of_edge = [], {}
    for edge in root["edg"].iter("edge"):
        ends = [edge.get("from"), edge.get("to")]
        shape = [tuple(map(float, p.split(",")[:2])) for p in edge.get("shape", "").split()] or [at[n] for n in ends]
        points = (int(ends[0]), *nodes_of(shape)[1:-1], int(ends[1]))
        sign, way = re.match(r"(-?)(\d+)", edge.get("id")).groups()
        if edge.get("type").removeprefix("highway.") in CLASSES:
            of_edge[edge.get("id")] = (int(sign + way), ends[1])
            pieces.append(Piece(int(way), points, float(edge.get("numLanes")) - closed_lanes(edge), metres(shape)))
    pairs = [(c.get("from"), c.get("to")) for c in root["con"].iter("connection")]
    return pieces, {(*of_edge[a], of_edge[b][0]) for a, b in pairs if a in of_edge and b in of_edge}


def closed_lanes(edge):
    """Lanes of an edge that cars may not use."""
    return sum("passenger" not in lane.get("allow", "passenger") for lane in edge.iter("lane"))


def metres(points):
    """Length on the ellipsoid."""
    lon, lat = zip(*points)
    return GEOD.line_length(lon, lat)


def osmnx(path, work, nodes_of):
    """Pieces of OSMnx, of the ways that its own filter for driving keeps. It leaves lanes as they are tagged."""
    import osmnx
    from osmnx import _overpass

    rules = re.findall(r'\["(\w+)"(?:(!?~)"([^"]*)")?\]', _overpass._get_network_filter("drive"))

    def keep(way):
        values = ((way.tags.get(key), how, pattern) for key, how, pattern in rules)
        return all(v is not None if not how else not re.search(pattern, v or "") for v, how, pattern in values)

    xml = plain_xml(path, work / "osmnx.osm", keep)
    graph = osmnx.graph_from_xml(xml, simplify=False, retain_all=True)
    place = {name: (data["x"], data["y"]) for name, data in graph.nodes(data=True)}
    edges = graph.edges(data=True)
    return [Piece(d["osmid"], nodes_of([place[a], place[b]]), None, d["length"]) for a, b, d in edges]


def osm2gmns(path, work, nodes_of):
    """Pieces of osm2gmns for cars, with its own default lanes."""
    import osm2gmns

    network = osm2gmns.getNetFromFile(str(path), mode_types="auto", strict_boundary=False)
    osm2gmns.fillLinkAttributesWithDefaultValues(network, default_lanes=True)
    osm2gmns.outputNetToCSV(network, output_folder=str(work))
    pieces = []
    for row in csv.DictReader(open(work / "link.csv", newline="")):
        points = [tuple(map(float, p.split())) for p in re.search(r"\((.*)\)", row["geometry"])[1].split(",")]
        lanes = float(row["lanes"]) if row["lanes"] else None
        pieces.append(Piece(int(row["osm_way_id"]), nodes_of(points), lanes, float(row["length"])))
    return pieces


def pyrosm(path, _, nodes_of):
    """Pieces of pyrosm's graph for driving. It leaves lanes as they are tagged."""
    import pyrosm

    osm = pyrosm.OSM(str(path))
    nodes, edges = osm.get_network("driving", nodes=True)
    graph = osm.to_graph(nodes, edges, graph_type="networkx", network_type="driving", retain_all=True, simplify=False)
    pieces = []
    for a, _, data in graph.edges(data=True):
        line = nodes_of(data["geometry"].coords)
        pieces.append(Piece(data["osmid"], line if line[0] == a else line[::-1], None, data["length"]))
    return pieces


def figures(pieces, tags):
    """All quantities of a network that are compared: name → value."""
    pieces = [piece for piece in pieces if piece.way in tags]
    there = {(p.way, p.points) for p in pieces}
    found = collections.Counter(junctions=junctions(pieces))
    for piece in pieces:
        km = piece.length_m / 1000
        two_way = (piece.way, piece.points[::-1]) in there
        for name in ("all", tags[piece.way]["highway"]):
            found[f"length {name} (km)"] += km / 2 if two_way else km
            found[f"one-way {name} (km)"] += 0 if two_way else km
            if piece.lanes is not None and "lanes" in tags[piece.way]:
                found[f"lane-km {name}, where tagged"] += km * piece.lanes
        if piece.lanes is not None and "lanes" not in tags[piece.way]:
            found["lane-km all, where not tagged"] += km * piece.lanes
    return found


def junctions(pieces):
    """Number of nodes with three neighbours or more along the roads."""
    beside = collections.defaultdict(set)
    for piece in pieces:
        for a, b in zip(piece.points, piece.points[1:]):
            beside[a].add(b)
            beside[b].add(a)
    return sum(len(others) >= 3 for others in beside.values())
