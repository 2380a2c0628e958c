//! Where people drive: the map, and what readers without it can have of it.

use super::block::{self, Body, plain_table, show_link};
use crate::map::{Map, MapLink};
use crate::report::{Report, Section, Table};
use crate::text::{grouped, put, short};
use engine::network::RoadClass;

/// Links in the table of the busiest: enough to see the main roads of a region. The map has all of them.
const BUSIEST: usize = 12;

/// The map: an empty frame that the scripts fill, then what a policy closes or changes, then the busiest links as a
/// table. The lists give readers without scripts, or with a screen reader, what the map shows to others.
pub(super) fn map(report: &Report) -> String {
    let mut body = Body::default();
    if let Some(map) = report.map.as_ref().filter(|map| map.bounds_m().is_some()) {
        body.lead(include_str!("../../assets/map.html"));
        body.block(&marks(map));
        body.block(&block::table(&busiest(map)));
    }
    body.tables(report, Section::Map);
    body.html()
}

/// What a policy closes or changes.
fn marks(map: &Map) -> String {
    if map.marks.is_empty() {
        return String::new();
    }
    let mut out = String::from("<h3>Closed and changed links</h3><ul>\n");
    for mark in &map.marks {
        let name = map.links.get(mark.link as usize).map_or(String::new(), link_label);
        put(&mut out, format_args!("<li>{}</li>\n", show_link(mark.link, &format!("{name}: {}", mark.what))));
    }
    out + "</ul>\n"
}

/// The links with most vehicles.
fn busiest(map: &Map) -> Table {
    let mut ranked: Vec<(f64, usize)> = (0..map.links.len()).map(|k| (map.daily(&map.day, k), k)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.truncate(BUSIEST);
    let row = |&(volume, k): &(f64, usize)| {
        let link = &map.links[k];
        vec![link_label(link), lanes(link), grouped(volume)]
    };
    Table {
        links: ranked.iter().map(|(_, k)| *k as u32).collect(),
        ..plain_table(
            "Busiest links",
            "Vehicles a day of the whole population. A name shows its link on the map.",
            &["Link", "Lanes", "Vehicles a day"],
            ranked.iter().map(row).collect(),
        )
    }
}

/// Most lanes of a road: a zone connector has more, so that it holds nobody up.
const MOST_LANES: f64 = 100.0;

/// Lanes of a link; of a zone connector, which is no road, the word.
fn lanes(link: &MapLink) -> String {
    if link.lanes > MOST_LANES { "connector".into() } else { short(link.lanes) }
}

/// A link in words: where it is, else its route or street, else its class; and its name.
pub(super) fn link_label(link: &MapLink) -> String {
    let class = RoadClass::ALL.get(usize::from(link.class)).map_or("", |class| class.name());
    let road = [link.location.as_str(), &link.route, class].into_iter().find(|text| !text.is_empty());
    let road = road.unwrap_or_default();
    format!("{road}, link {}", link.name)
}
