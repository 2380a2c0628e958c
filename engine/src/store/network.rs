//! `network.parquet`: the links, for maps and geographic information systems.

use crate::error::{Error, Result};
use crate::id::NodeId;
use crate::network::{Network, RoadClass};
use crate::projection::{Crs, Projection};
use crate::table::{Schema, Type, column};
use geozero::{CoordDimensions, ToWkb};
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "network",
    rows: "links as GeoParquet (WKB, longitude and latitude where the place is known)",
    columns: &[
        column("link", Type::U32, "", "number of the link, from 0: the row"),
        column("name", Type::Text, "", "name in the source"),
        column("from_node", Type::Text, "", "name of the node where it begins"),
        column("to_node", Type::Text, "", "name of the node where it ends"),
        column("length_m", Type::F64, "m", "length"),
        column("freespeed_mps", Type::F64, "m/s", "speed of an empty road"),
        column("capacity_vph", Type::F64, "vehicles/h", "capacity of all lanes"),
        column("lanes", Type::F64, "", "lanes"),
        column("class", Type::Text, "", "class of the road"),
        column("route", Type::Text, "", "route number and direction; missing where it has none"),
        column(
            "street",
            Type::Text,
            "",
            "name of the street, or its number; missing where the source has none",
        ),
        column(
            "geometry",
            Type::Bytes,
            "degrees, or m",
            "line as WKB: longitude and latitude, or metres for a network that is nowhere on Earth",
        ),
    ],
};

/// Writes the table as GeoParquet 1.1.
///
/// # Errors
/// What polars, the projection or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, network: &Network) -> Result<()> {
    let projection = Projection::new(&network.crs)?;
    let links = &network.links;
    let mut wkb = BinaryChunkedBuilder::new("geometry".into(), links.len());
    for id in network.link_ids() {
        let points = network.points(id).into_iter().map(|(x_m, y_m)| projection.to_degrees(x_m, y_m));
        let line = geo::Geometry::LineString(points.collect::<Result<Vec<_>>>()?.into());
        let line = line.to_wkb(CoordDimensions::xy());
        wkb.append_value(line.map_err(|e| Error::Other(format!("geometry of link {}: {e}", id.0)))?);
    }
    let node = |n: NodeId| network.node(n).name.as_str();
    let mut frame = df![
        "link" => (0..links.len() as u32).collect::<Vec<_>>(),
        "name" => links.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(),
        "from_node" => links.iter().map(|l| node(l.from)).collect::<Vec<_>>(),
        "to_node" => links.iter().map(|l| node(l.to)).collect::<Vec<_>>(),
        "length_m" => links.iter().map(|l| l.length_m).collect::<Vec<_>>(),
        "freespeed_mps" => links.iter().map(|l| l.freespeed_mps).collect::<Vec<_>>(),
        "capacity_vph" => links.iter().map(|l| l.capacity_vph).collect::<Vec<_>>(),
        "lanes" => links.iter().map(|l| l.lanes).collect::<Vec<_>>(),
        "class" => links.iter().map(|l| RoadClass::name(l.class)).collect::<Vec<_>>(),
        "route" => links.iter().map(|l| l.route.as_ref().map(|(r, d)| format!("{r} {d}"))).collect::<Vec<_>>(),
        "street" => links.iter().map(|l| l.street.as_deref()).collect::<Vec<_>>(),
    ]?;
    frame.with_column(wkb.finish().into_series().into())?;
    TABLE.write(folder, &mut frame, &[("geo", metadata(&network.crs).to_string())])
}

/// What GeoParquet 1.1 asks for under the key `geo`. Without `crs` readers take degrees of WGS 84; `null` says that the
/// place is not known.
fn metadata(crs: &Crs) -> serde_json::Value {
    let mut geometry = serde_json::json!({"encoding": "WKB", "geometry_types": ["LineString"]});
    if *crs == Crs::Plane {
        geometry["crs"] = serde_json::Value::Null;
    }
    serde_json::json!({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::LinkId;
    use crate::store::tests::Folder;
    use crate::table;
    use crate::twin::grid;
    use geozero::ToGeo;
    use geozero::wkb::Wkb;

    #[test]
    fn the_geometry_reads_back_as_the_points_of_the_link() {
        let folder = Folder::new("geometry");
        let mut network = grid::network(3).unwrap();
        network.links[1].street = Some("Main Street".into());
        write(&folder.0, &network).unwrap();
        let frame = table::read(TABLE.path(&folder.0)).unwrap();
        let streets = frame.column("street").unwrap().str().unwrap();
        assert_eq!((streets.get(0), streets.get(1)), (None, Some("Main Street")));
        let lines = frame.column("geometry").unwrap().binary().unwrap().clone();
        assert_eq!(lines.len(), network.links.len());
        for (link, line) in lines.iter().enumerate() {
            let line = geo::LineString::try_from(Wkb(line.unwrap()).to_geo().unwrap()).unwrap();
            let points: Vec<(f64, f64)> = line.points().map(Into::into).collect();
            assert_eq!(points, network.points(LinkId(link as u32)));
        }
    }

    #[test]
    fn a_network_without_a_place_claims_no_degrees() {
        let crs = |crs| metadata(&crs)["columns"]["geometry"].get("crs").cloned();
        assert_eq!(crs(Crs::Plane), Some(serde_json::Value::Null));
        assert_eq!(crs(Crs::Epsg(32610)), None);
    }
}
