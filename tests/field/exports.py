"""Reads exports with pandas, geopandas, openpyxl, DuckDB and matsim-tools, and compares totals with DuckDB on the run's own tables.

Called by exports.sh with the folder that it made. Exit code 1: something differs.
"""

import sys
from pathlib import Path

import duckdb
import geopandas
import matsim
import openpyxl
import pandas

WORK = Path(sys.argv[1])
wrong = 0


def same(what, found, wanted, tolerance=1e-9):
    """Prints a line, and remembers whether the two agree."""
    global wrong
    ok = found == wanted or abs(found - wanted) <= tolerance * max(abs(found), abs(wanted), 1.0)
    wrong += not ok
    print(f"{'ok   ' if ok else 'WRONG'} {what}: {found} against {wanted}")


def ask(query):
    """One number from a query on files."""
    return duckdb.sql(query).fetchall()[0][0]


def workbook(path):
    """The sheets of a workbook as tables, and the first sheet."""
    book = openpyxl.load_workbook(path, read_only=False)
    first, *others = book.worksheets
    same(f"{path.name}: first sheet", first.title, "Read me")
    same(f"{path.name}: sheets with a frozen header", sum(s.freeze_panes == "A2" for s in others), len(others))
    return {name: pandas.read_excel(path, sheet_name=name) for name in book.sheetnames[1:]}


def run(name):
    """The tables of a run in every format against its parquet."""
    print(f"\n# {name}")
    tables, parquet = WORK / f"tables-{name}", WORK / name
    volume = ask(f"SELECT sum(volume_vph) / 4 FROM '{parquet}/link_15min.parquet'")
    trips = ask(f"SELECT sum(weight) FROM '{parquet}/legs.parquet'")
    n_links = ask(f"SELECT count(*) FROM '{parquet}/network.parquet'")
    delay = ask(
        f"""SELECT sum((vehicle_time_s - vehicles_in * length_m / freespeed_mps) * weight) / 3600
        FROM '{parquet}/link_15min.parquet' JOIN '{parquet}/network.parquet' USING (link)"""
    )
    csv = {path.stem: pandas.read_csv(path) for path in sorted(tables.glob("*.csv"))}
    sheets = workbook(tables / f"{name}.xlsx")
    package = tables / f"{name}.gpkg"
    layers = {layer: geopandas.read_file(package, layer=layer) for layer in geopandas.list_layers(package).name}
    same("csv and gpkg have the same tables", sorted(csv), sorted(layers))
    for reader, frames in [("pandas, csv", csv), ("pandas, xlsx", sheets), ("geopandas, gpkg", layers)]:
        same(f"{reader}: links", len(frames["links"]), n_links)
        same(f"{reader}: volume of the day", frames["links"].volume_vpd.sum(), volume)
        same(f"{reader}: volume by hour", frames["link_hours"].volume_vph.sum(), volume)
        hours = [column for column in frames["links"] if column.startswith("volume_") and column.endswith("_vph")]
        same(f"{reader}: volumes of the hours of links", frames["links"][hours].sum().sum(), volume)
        same(f"{reader}: delay, h", frames["links"].delay_h.sum(), delay)
        same(f"{reader}: trips", frames["trips"].weight.sum(), trips)
        if "od" in frames:
            same(f"{reader}: matrix", frames["od"].trips_population.sum(), trips)
    same("duckdb, csv: trips", ask(f"SELECT sum(weight) FROM '{tables}/trips.csv'"), trips)
    for table in set(csv) - {"about", "columns"}:
        told = set(csv["columns"].query("table == @table").column)
        same(f"columns told of {table}", told == set(csv[table]), True)
    return csv, layers


def places(name, layers, epsg):
    """Layers of the GeoPackage against GeoJSON and against the run's GeoParquet."""
    tables, parquet = WORK / f"tables-{name}", WORK / name
    truth = geopandas.read_parquet(parquet / "network.parquet")
    for layer in ["links", "zones", "stations"]:
        if layer not in layers:
            continue
        same(f"{layer}: reference system", layers[layer].crs.to_epsg(), epsg)
        json = geopandas.read_file(tables / f"{layer}.geojson")
        same(f"{layer}: GeoJSON is WGS 84", json.crs.to_epsg(), 4326)
        same(f"{layer}: rows of GeoJSON", len(json), len(layers[layer]))
        # A connector of a zone that lies where its node lies is a line without length.
        valid = [(frame.is_valid | (frame.geometry.length == 0)).all() for frame in (json, layers[layer])]
        same(f"{layer}: all valid", all(valid), True)
        projected = json.to_crs(epsg)
        away = projected.geometry.hausdorff_distance(layers[layer].geometry).max()
        same(f"{layer}: GeoJSON and GeoPackage lie within 5 cm", bool(away < 0.05), True)
    lengths = layers["links"].length.sum(), truth.set_crs(4326, allow_override=True).to_crs(epsg).length.sum()
    same("links: length of the lines, m", *lengths, tolerance=1e-6)


def difference():
    """A comparison against the two runs."""
    print("\n# difference")
    links = pandas.read_csv(WORK / "tables-difference" / "links.csv")
    for column, folder in [("volume_base_vpd", "run-county"), ("volume_variant_vpd", "run-closure")]:
        wanted = ask(f"SELECT sum(volume_vph) / 4 FROM '{WORK}/{folder}/link_15min.parquet'")
        same(f"pandas, csv: {column}", links[column].sum(), wanted)
    layer = geopandas.read_file(WORK / "tables-difference" / "difference.gpkg", layer="links")
    same("some link changes", bool(links.volume_difference_vpd.abs().sum() > 0), True)
    same("geopandas, gpkg: differences", layer.volume_difference_vpd.abs().sum(), links.volume_difference_vpd.abs().sum())
    od = workbook(WORK / "tables-difference" / "difference.xlsx")["od"]
    for column, folder in [("trips_base_population", "run-county"), ("trips_variant_population", "run-closure")]:
        same(f"pandas, xlsx: {column}", od[column].sum(), ask(f"SELECT sum(weight) FROM '{WORK}/{folder}/legs.parquet'"))


def matsim_files():
    """MATSim's files of a run, as matsim-tools reads them."""
    print("\n# matsim")
    folder, parquet = WORK / "matsim", WORK / "run-county"
    network = matsim.read_network(folder / "network.xml.gz")
    same("matsim-tools: links", len(network.links), ask(f"SELECT count(*) FROM '{parquet}/network.parquet'"))
    plans = matsim.plan_reader_dataframe(folder / "population.xml.gz", selected_plans_only=True)
    same("matsim-tools: persons", len(plans.persons), ask(f"SELECT count(*) FROM '{parquet}/persons.parquet'"))
    same("matsim-tools: legs", len(plans.legs), ask(f"SELECT count(*) FROM '{parquet}/legs.parquet'"))
    facilities = set(matsim.facility_reader(folder / "facilities.xml.gz").facilities["id"])
    same("matsim-tools: activities name facilities", set(plans.activities.facility) <= facilities and len(facilities) > 0, True)
    entered = sum(event["type"] == "entered link" for event in matsim.event_reader(folder / "events.xml.gz", types="entered link"))
    wanted = ask(f"SELECT count(*) FROM '{parquet}/events.parquet' WHERE kind IN ('enter_link', 'push_link')")
    same("matsim-tools: links entered", entered, wanted)


_, county = run("run-county")
places("run-county", county, 32610)
_, sioux_falls = run("sioux-falls")
places("sioux-falls", sioux_falls, 32614)
_, plane = run("plane")
crs = plane["links"].crs
same("a network that is nowhere on Earth has no code", crs is None or crs.to_epsg() is None, True)
difference()
matsim_files()
print(f"\n{'all agree' if wrong == 0 else f'{wrong} differ'}")
sys.exit(wrong > 0)
