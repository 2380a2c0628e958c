//! `network.parquet`: the links, for maps and geographic information systems.

use crate::error::Result;
use crate::id::NodeId;
use crate::network::{Network, RoadClass};
use crate::projection::Projection;
use crate::table::{Schema, Type, column};
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
        let mut points = Vec::new();
        for (x_m, y_m) in network.points(id) {
            points.push(projection.to_degrees(x_m, y_m)?);
        }
        wkb.append_value(line_wkb(&points));
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
    ]?;
    frame.with_column(wkb.finish().into_series().into())?;
    let geo = serde_json::json!({
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["LineString"]}},
    });
    TABLE.write(folder, &mut frame, &[("geo", geo.to_string())])
}

/// Little-endian WKB of a line (OGC 06-103r4, 8.2.6).
fn line_wkb(points: &[(f64, f64)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(9 + points.len() * 16);
    bytes.push(1);
    bytes.extend(2u32.to_le_bytes());
    bytes.extend((points.len() as u32).to_le_bytes());
    for (x, y) in points {
        bytes.extend(x.to_le_bytes());
        bytes.extend(y.to_le_bytes());
    }
    bytes
}
