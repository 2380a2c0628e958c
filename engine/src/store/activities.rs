//! `activities.parquet`: the activities of the simulated day, where and when they were.

use super::{Rows, Travellers};
use crate::activity::{Activity, Chain, Episode};
use crate::agent::{Agent, Stay};
use crate::error::Result;
use crate::id::{LinkId, ZoneId};
use crate::place::{Place, Places};
use crate::table::{Schema, Type, column};
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "activities",
    rows: "what happened: activity, place (zone, link, x, y), start and end",
    columns: &[
        column("person", Type::U32, "", "number of the person"),
        column("episode", Type::U16, "", "number of the episode in the day of the person, from 0"),
        column("activity", Type::Text, "", "name of the activity"),
        column("zone", Type::Text, "", "name of the zone; null where it is not known"),
        column("zone_index", Type::U32, "", "number of the zone, from 0, in the order of names"),
        column("link", Type::U32, "", "number of the link"),
        column("x_m", Type::F32, "m", "east, in the projection of the network"),
        column("y_m", Type::F32, "m", "north, in the projection of the network"),
        column("start_s", Type::U32, "s since midnight", "real start: the arrival, or 0"),
        column(
            "end_s",
            Type::U32,
            "s since midnight",
            "real end: the departure, or the end of the day; null where the trip from it never began",
        ),
    ],
};

/// Writes the table.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, of: &Travellers<'_>) -> Result<()> {
    let rows: Vec<Stay> = of.agents.iter().flat_map(Agent::stays).collect();
    let mut frame = df![
        "person" => rows.iter().map(|r| r.person.0).collect::<Vec<_>>(),
        "episode" => rows.iter().map(|r| r.number as u16).collect::<Vec<_>>(),
        "activity" => rows.iter().map(|r| r.episode.activity.label()).collect::<Vec<_>>(),
        "zone" => rows.iter().map(|r| of.zones.name(r.place.zone)).collect::<Vec<_>>(),
        "zone_index" => rows.iter().map(|r| r.place.zone.known()).collect::<Vec<_>>(),
        "link" => rows.iter().map(|r| r.place.link.0).collect::<Vec<_>>(),
        "x_m" => rows.iter().map(|r| r.place.x_m).collect::<Vec<_>>(),
        "y_m" => rows.iter().map(|r| r.place.y_m).collect::<Vec<_>>(),
        "start_s" => rows.iter().map(|r| r.episode.start_s).collect::<Vec<_>>(),
        "end_s" => rows.iter().map(|r| Some(r.episode.end_s).filter(|s| *s != u32::MAX)).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table as chains (real times) and places, one of each a person.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read(folder: &Path, n_persons: usize) -> Result<(Vec<Chain>, Vec<Places>)> {
    let rows = Rows::open(folder, &TABLE)?;
    let mut chains = vec![Chain::default(); n_persons];
    let mut places = vec![Places::default(); n_persons];
    let (person, kind) = (rows.u32("person")?, rows.text("activity")?);
    let (zone, link) = (rows.some_u32("zone_index")?, rows.u32("link")?);
    let (x, y) = (rows.f64("x_m")?, rows.f64("y_m")?);
    let (start, end) = (rows.u32("start_s")?, rows.some_u32("end_s")?);
    for i in 0..rows.height() {
        let activity = Activity::parse(&kind[i]).ok_or_else(|| rows.wrong("activity"))?;
        let at = person[i] as usize;
        let (Some(chain), Some(place)) = (chains.get_mut(at), places.get_mut(at)) else {
            return Err(rows.wrong("person"));
        };
        chain.0.push(Episode { activity, start_s: start[i], end_s: end[i].unwrap_or(u32::MAX) });
        place.0.push(Place {
            zone: zone[i].map_or(ZoneId::NONE, ZoneId),
            link: LinkId(link[i]),
            x_m: x[i] as f32,
            y_m: y[i] as f32,
        });
    }
    Ok((chains, places))
}
