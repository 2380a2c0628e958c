//! GeoJSON (RFC 7946) of links, in longitude and latitude.

use crate::clean::Dropped;
use crate::packed;
use crate::tally::Tally;
use engine::id::LinkId;
use engine::mode::Mode;
use engine::network::Network;
use engine::projection::Projection;
use engine::{Error, Result, Warning};
use serde_json::{Value, json};
use std::path::Path;

/// Writes links as a `FeatureCollection` of `LineString`s with the properties `id`, `length_m`, `class`,
/// `street` where it is known, and the given ones (a JSON object a link). Coordinates are degrees rounded to 1e-7 (about 1 cm); in a plane
/// without a place ([`engine::projection::Crs::Plane`]) they are the plane's metres, which no map can show.
///
/// # Errors
/// A point that cannot be unprojected, or whatever keeps the file from being written.
pub fn write_links(
    network: &Network,
    links: impl IntoIterator<Item = (LinkId, Value)>,
    path: impl AsRef<Path>,
) -> Result<()> {
    let path = path.as_ref();
    let projection = Projection::new(&network.crs)?;
    packed::write(path, |out| {
        let io = |e: std::io::Error| Error::io(path, e);
        write!(out, "{{\"type\":\"FeatureCollection\",\"features\":[").map_err(io)?;
        for (index, (id, properties)) in links.into_iter().enumerate() {
            let feature = feature(network, id, properties, &projection)?;
            let comma = if index == 0 { "" } else { "," };
            write!(out, "{comma}\n{feature}").map_err(io)?;
        }
        writeln!(out, "\n]}}").map_err(io)
    })
}

/// One link as a `Feature`: its points in degrees, and its properties.
fn feature(network: &Network, id: LinkId, properties: Value, projection: &Projection) -> Result<Value> {
    let link = network.link(id);
    let mut line = Vec::new();
    for (x_m, y_m) in network.points(id) {
        let (lon, lat) = projection.to_degrees(x_m, y_m)?;
        line.push(json!([(lon * 1e7).round() / 1e7, (lat * 1e7).round() / 1e7]));
    }
    let mut all = json!({ "id": link.name, "length_m": link.length_m, "class": link.class.name() });
    if let (Some(all), Some(street)) = (all.as_object_mut(), &link.street) {
        all.insert("street".into(), street.as_ref().into());
    }
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), properties) {
        all.extend(more);
    }
    Ok(
        json!({ "type": "Feature", "properties": all, "geometry": { "type": "LineString", "coordinates": line } }),
    )
}

/// Writes the whole network: of each link also its nodes, lanes, capacity, speed, modes (in MATSim's names) and, where it is
/// known, its route. A line has no place for bans of turns; those are counted as a warning.
///
/// # Errors
/// As [`write_links`].
pub fn write_network(network: &Network, path: impl AsRef<Path>) -> Result<Vec<Warning>> {
    let path = path.as_ref();
    let links = network.link_ids().map(|id| {
        let link = network.link(id);
        let modes: Vec<&str> =
            Mode::ALL.into_iter().filter(|m| link.modes.has(*m)).map(Mode::matsim).collect();
        let mut more = json!({
            "from": network.node(link.from).name, "to": network.node(link.to).name, "modes": modes,
            "lanes": link.lanes, "capacity_vph": link.capacity_vph, "freespeed_mps": link.freespeed_mps
        });
        if let (Some(more), Some((number, direction))) = (more.as_object_mut(), &link.route) {
            more.insert("route".into(), format!("{direction} {number}").into());
        }
        (id, more)
    });
    write_links(network, links, path)?;
    let mut tally = Tally::new(path);
    for (from, _) in &network.banned_turns {
        tally.add("the ban of a turn was not written", format!("link {}", network.link(*from).name));
    }
    Ok(tally.into_warnings())
}

/// Writes what cleaning took away from `before`, each link with its reason.
///
/// # Errors
/// As [`write_links`].
pub fn write_dropped(before: &Network, dropped: &Dropped, path: impl AsRef<Path>) -> Result<()> {
    let links = dropped
        .links
        .iter()
        .map(|l| (l.link, json!({ "reason": l.reason.label(), "stays_for_other_modes": l.stays })));
    write_links(before, links, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clean, fixture};

    #[test]
    fn dropped_links_can_be_drawn() {
        let county = fixture::county();
        let (_, dropped) = clean::clean(&county, Mode::Car).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dropped.geojson");
        write_dropped(&county, &dropped, &path).unwrap();
        let json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let feature = &json["features"][0];
        assert_eq!(feature["properties"]["id"], "bd");
        assert_eq!(feature["properties"]["reason"], "no way back to the main network");
        let lon = feature["geometry"]["coordinates"][1][0].as_f64().unwrap();
        assert!((-122.5..-122.3).contains(&lon), "{lon}");
        let warnings = write_network(&county, &path).unwrap();
        assert_eq!((warnings.len(), warnings[0].count), (1, county.banned_turns.len() as u64));
        let json: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(json["features"].as_array().unwrap().len(), 7);
        let of = |index: usize, name: &str| json["features"][index]["properties"][name].clone();
        assert_eq!(
            [of(0, "from"), of(0, "to"), of(0, "modes"), of(1, "route"), of(0, "route")],
            [json!("a"), json!("b"), json!(["car", "bike", "walk"]), json!("N 101"), Value::Null]
        );
        assert_eq!(json["features"][2]["geometry"]["coordinates"].as_array().unwrap().len(), 4);
    }
}
