//! `chains.parquet`: the activities that persons planned.

use super::{Rows, persons};
use crate::activity::diary::Diary;
use crate::activity::{Activity, Chain, Episode};
use crate::agent::Agent;
use crate::error::Result;
use crate::people::{Demographics, Sex};
use crate::table::{Schema, Type, column};
use polars::prelude::*;
use std::path::Path;

/// What the table holds.
pub const TABLE: Schema = Schema {
    name: "chains",
    rows: "planned episodes: activity, start and end",
    columns: &[
        column("person", Type::U32, "", "number of the person"),
        column("episode", Type::U16, "", "number of the episode in the day of the person, from 0"),
        column("activity", Type::Text, "", "name of the activity"),
        column("start_s", Type::U32, "s since midnight", "planned start"),
        column("end_s", Type::U32, "s since midnight", "planned end"),
    ],
};

/// Writes the table.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write(folder: &Path, agents: &[Agent<'_>]) -> Result<()> {
    let rows = || {
        let episodes = |agent: &Agent<'_>| agent.chain.map_or(&[][..], |chain| &chain.0[..]).to_vec();
        agents
            .iter()
            .flat_map(move |agent| episodes(agent).into_iter().enumerate().map(|(i, e)| (agent.person, i, e)))
    };
    let mut frame = df![
        "person" => rows().map(|(p, ..)| p.0).collect::<Vec<_>>(),
        "episode" => rows().map(|(_, i, _)| i as u16).collect::<Vec<_>>(),
        "activity" => rows().map(|(.., e)| e.activity.label()).collect::<Vec<_>>(),
        "start_s" => rows().map(|(.., e)| e.start_s).collect::<Vec<_>>(),
        "end_s" => rows().map(|(.., e)| e.end_s).collect::<Vec<_>>(),
    ]?;
    TABLE.write(folder, &mut frame, &[])
}

/// Reads the table, and that of persons, as diaries; persons without episodes are left out.
///
/// # Errors
/// A [`crate::Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read_diaries(folder: &Path) -> Result<Vec<Diary>> {
    let persons = persons::read(folder)?;
    let rows = Rows::open(folder, &TABLE)?;
    let (person, activity) = (rows.u32("person")?, rows.text("activity")?);
    let (start, end) = (rows.u32("start_s")?, rows.u32("end_s")?);
    let mut chains = vec![Chain::default(); persons.demographics.len()];
    for (i, &of) in person.iter().enumerate() {
        let (Some(chain), Some(activity)) = (chains.get_mut(of as usize), Activity::parse(&activity[i]))
        else {
            return Err(rows.wrong("activity"));
        };
        chain.0.push(Episode { activity, start_s: start[i], end_s: end[i] });
    }
    let diary = |(at, (who, chain)): (usize, (Option<Demographics>, Chain))| Diary {
        person: at.to_string(),
        weekday: None,
        age: who.map(|who| who.age),
        sex: who.map_or(Sex::Unknown, |who| who.sex),
        employed: who.map(|who| who.employed),
        student: who.map(|who| who.student),
        weight: 1.0,
        chain,
    };
    let days = persons.demographics.into_iter().zip(chains).enumerate().map(diary);
    Ok(days.filter(|diary| !diary.chain.0.is_empty()).collect())
}
