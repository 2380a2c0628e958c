//! `network.parquet`: the links, for maps and geographic information systems.

use super::geo;
use crate::error::Result;
use crate::id::{LinkId, NodeId};
use crate::network::{Network, RoadClass};
use crate::place::access::zones_of;
use crate::projection::Projection;
use crate::table::{Schema, Type, column};
use crate::zone::Zones;
use ::geo::Geometry;
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
        column(
            "zone",
            Type::Text,
            "",
            "name of the zone that its middle is in, of two at a border the first; null where there is none, as on a bridge",
        ),
        column("route", Type::Text, "", "route number and direction; null where it has none"),
        column("street", Type::Text, "", "name of the street, or its number; null where the source has none"),
        column(
            "location",
            Type::Text,
            "",
            "road and next crossing ahead (`80 E at Powell Street`), or what a ramp joins; null where nothing around has a name",
        ),
        column(
            "geometry",
            Type::Bytes,
            "degrees, or m",
            "line as WKB: longitude and latitude, or metres for a network that is nowhere on Earth",
        ),
    ],
};

/// Writes the table as GeoParquet 1.1; `locations` by link, as [`crate::network::naming::locations`] gives them.
///
/// # Errors
/// What polars, the projection or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, network: &Network, zones: &Zones, locations: &[Option<String>]) -> Result<()> {
    let projection = Projection::new(&network.crs)?;
    let links = &network.links;
    let line = |id: LinkId| -> Result<Geometry> {
        let points = network.points(id).into_iter().map(|(x_m, y_m)| projection.to_degrees(x_m, y_m));
        Ok(Geometry::LineString(points.collect::<Result<Vec<_>>>()?.into()))
    };
    let ids: Vec<LinkId> = network.link_ids().collect();
    let zone = zones_of(zones, network, &ids, true).into_iter();
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
        "zone" => zone.map(|zone| zone.and_then(|zone| zones.name(zone))).collect::<Vec<_>>(),
        "route" => links.iter().map(|l| l.route.as_ref().map(|(r, d)| format!("{r} {d}"))).collect::<Vec<_>>(),
        "street" => links.iter().map(|l| l.street.as_deref()).collect::<Vec<_>>(),
        "location" => locations.iter().map(Option::as_deref).collect::<Vec<_>>(),
    ]?;
    frame.with_column(geo::column(ids.into_iter().map(line))?)?;
    TABLE.write(folder, &mut frame, &geo::metadata(&network.crs, &["LineString"]))
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let locations = vec![None; network.links.len()];
        write(&folder.0, &network, &Zones::default(), &locations).unwrap();
        let frame = table::read(TABLE.path(&folder.0)).unwrap();
        let streets = frame.column("street").unwrap().str().unwrap();
        assert_eq!((streets.get(0), streets.get(1)), (None, Some("Main Street")));
        let lines = frame.column("geometry").unwrap().binary().unwrap().clone();
        assert_eq!(lines.len(), network.links.len());
        for (link, line) in lines.iter().enumerate() {
            let line = ::geo::LineString::try_from(Wkb(line.unwrap()).to_geo().unwrap()).unwrap();
            let points: Vec<(f64, f64)> = line.points().map(Into::into).collect();
            assert_eq!(points, network.points(LinkId(link as u32)));
        }
    }
}
