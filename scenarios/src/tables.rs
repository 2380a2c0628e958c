//! The tables of a run folder: one writer and one reader for each, written out by hand.

use crate::manifest::{Manifest, hash_file};
use engine::activity::diary::Diary;
use engine::activity::{Activity, Chain, Episode};
use engine::agent::Life;
use engine::id::{HouseholdId, LegId, LinkId, PersonId, ZoneId};
use engine::learn::Iteration;
use engine::mode::Mode;
use engine::network::{Network, RoadClass};
use engine::people::{Demographics, Sex, Student};
use engine::place::{Place, Places};
use engine::projection::Projection;
use engine::traffic::LinkBins;
use engine::trip::{Legs, Moved, Routes};
use engine::{Fault, Result, table};
use polars::prelude::*;
use std::path::Path;

fn text(values: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    values.collect()
}

/// Writes `persons.parquet`.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write_persons(folder: &Path, persons: &[Demographics], zone_names: &[String]) -> Result<()> {
    let zone = |p: &Demographics| zone_names.get(p.zone.index()).map_or("", String::as_str);
    let mut frame = df![
        "person" => (0..persons.len() as u32).collect::<Vec<_>>(),
        "household" => persons.iter().map(|p| p.household.0).collect::<Vec<_>>(),
        "zone" => persons.iter().map(zone).collect::<Vec<_>>(),
        "zone_index" => persons.iter().map(|p| p.zone.0).collect::<Vec<_>>(),
        "age" => persons.iter().map(|p| p.age).collect::<Vec<_>>(),
        "sex" => text(persons.iter().map(|p| match p.sex { Sex::Male => "male", Sex::Female => "female", Sex::Unknown => "unknown" })),
        "employed" => persons.iter().map(|p| p.employed).collect::<Vec<_>>(),
        "student" => text(persons.iter().map(|p| match p.student { Student::No => "no", Student::School => "school", Student::College => "college" })),
        "household_size" => persons.iter().map(|p| p.household_size).collect::<Vec<_>>(),
        "adults" => persons.iter().map(|p| p.adults).collect::<Vec<_>>(),
        "vehicles" => persons.iter().map(|p| p.vehicles).collect::<Vec<_>>(),
        "income_usd" => persons.iter().map(|p| p.income_usd).collect::<Vec<_>>(),
    ]?;
    table::write(folder.join("persons.parquet"), &mut frame, &[])
}

/// Writes `chains.parquet`.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write_chains(folder: &Path, lives: &[Life<'_>]) -> Result<()> {
    let rows = || {
        lives.iter().flat_map(|life| life.chain.0.iter().enumerate().map(move |(i, e)| (life.person, i, e)))
    };
    let mut frame = df![
        "person" => rows().map(|(p, ..)| p.0).collect::<Vec<_>>(),
        "episode" => rows().map(|(_, i, _)| i as u16).collect::<Vec<_>>(),
        "activity" => text(rows().map(|(.., e)| e.activity.label())),
        "start_s" => rows().map(|(.., e)| e.start_s).collect::<Vec<_>>(),
        "end_s" => rows().map(|(.., e)| e.end_s).collect::<Vec<_>>(),
    ]?;
    table::write(folder.join("chains.parquet"), &mut frame, &[])
}

/// Writes `activities.parquet`: planned episodes with their places and the times that came of the day.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write_activities(folder: &Path, lives: &[Life<'_>]) -> Result<()> {
    let rows: Vec<(PersonId, usize, Episode, Place)> = lives.iter().flat_map(Life::stays).collect();
    let mut frame = df![
        "person" => rows.iter().map(|r| r.0.0).collect::<Vec<_>>(),
        "episode" => rows.iter().map(|r| r.1 as u16).collect::<Vec<_>>(),
        "activity" => text(rows.iter().map(|r| r.2.activity.label())),
        "zone_index" => rows.iter().map(|r| r.3.zone.0).collect::<Vec<_>>(),
        "link" => rows.iter().map(|r| r.3.link.0).collect::<Vec<_>>(),
        "x_m" => rows.iter().map(|r| r.3.x_m).collect::<Vec<_>>(),
        "y_m" => rows.iter().map(|r| r.3.y_m).collect::<Vec<_>>(),
        "start_s" => rows.iter().map(|r| r.2.start_s).collect::<Vec<_>>(),
        "end_s" => rows.iter().map(|r| r.2.end_s).collect::<Vec<_>>(),
    ]?;
    table::write(folder.join("activities.parquet"), &mut frame, &[])
}

/// Writes `legs.parquet`.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write_legs(
    folder: &Path,
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    moved: &[Moved],
) -> Result<()> {
    let length_m = |leg: usize| -> f64 {
        routes.of(LegId::new(leg)).iter().skip(1).map(|l| network.link(*l).length_m).sum()
    };
    let person: Vec<u32> =
        (0..legs.n_persons()).flat_map(|p| legs.of(PersonId::new(p)).map(move |_| p as u32)).collect();
    let mut frame = df![
        "leg" => (0..legs.len() as u32).collect::<Vec<_>>(),
        "person" => person,
        "mode" => text(legs.mode.iter().map(|m| m.matsim())),
        "planned_s" => legs.depart_s.as_slice(),
        "dwell_s" => legs.dwell_s.as_slice(),
        "depart_s" => moved.iter().map(|m| m.depart_s).collect::<Vec<_>>(),
        "arrive_s" => moved.iter().map(|m| m.arrive_s).collect::<Vec<_>>(),
        "teleport_s" => legs.teleport_s.as_slice(),
        "from_link" => legs.from.iter().map(|l| l.0).collect::<Vec<_>>(),
        "to_link" => legs.to.iter().map(|l| l.0).collect::<Vec<_>>(),
        "length_m" => (0..legs.len()).map(|leg| length_m(leg) as f32).collect::<Vec<_>>(),
    ]?;
    table::write(folder.join("legs.parquet"), &mut frame, &[])
}

/// Writes `routes.parquet`: a list of links for each leg that drives.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write_routes(folder: &Path, routes: &Routes) -> Result<()> {
    let driven: Vec<u32> = (0..routes.first.len().saturating_sub(1) as u32)
        .filter(|l| !routes.of(LegId(*l)).is_empty())
        .collect();
    let mut links = ListPrimitiveChunkedBuilder::<UInt32Type>::new(
        "links".into(),
        driven.len(),
        routes.links.len(),
        DataType::UInt32,
    );
    let mut row = Vec::new();
    for leg in &driven {
        row.clear();
        row.extend(routes.of(LegId(*leg)).iter().map(|l| l.0));
        links.append_slice(&row);
    }
    let columns = vec![Column::new("leg".into(), driven), links.finish().into_series().into()];
    table::write(folder.join("routes.parquet"), &mut DataFrame::new_infer_height(columns)?, &[])
}

/// Writes `link_15min.parquet`: only rows in which something moved.
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write_bins(folder: &Path, network: &Network, bins: &LinkBins) -> Result<()> {
    let rows: Vec<usize> =
        (0..bins.left.len()).filter(|&i| bins.left[i] > 0 || bins.entered[i] > 0).collect();
    // Edie (1963): speed is distance over time of the vehicles, density their time over the link's space and time.
    let length_km = |i: usize| network.links[i % bins.n_links].length_m / 1000.0;
    let time_h = |i: usize| f64::from(bins.time_sum_s[i]) / 3600.0;
    let speed_kmh = |i: usize| {
        (bins.time_sum_s[i] > 0).then(|| (f64::from(bins.entered[i]) * length_km(i) / time_h(i)) as f32)
    };
    let density_veh_km = |i: usize| (time_h(i) / (length_km(i) * f64::from(bins.bin_s) / 3600.0)) as f32;
    let mut frame = df![
        "link" => rows.iter().map(|i| (i % bins.n_links) as u32).collect::<Vec<_>>(),
        "bin" => rows.iter().map(|i| (i / bins.n_links) as u16).collect::<Vec<_>>(),
        "left" => rows.iter().map(|&i| bins.left[i]).collect::<Vec<_>>(),
        "entered" => rows.iter().map(|&i| bins.entered[i]).collect::<Vec<_>>(),
        "time_sum_s" => rows.iter().map(|&i| bins.time_sum_s[i]).collect::<Vec<_>>(),
        "speed_kmh" => rows.iter().map(|&i| speed_kmh(i)).collect::<Vec<_>>(),
        "density_veh_km" => rows.iter().map(|&i| density_veh_km(i)).collect::<Vec<_>>(),
    ]?;
    table::write(folder.join("link_15min.parquet"), &mut frame, &[])
}

/// Writes `iterations.parquet`. (Seconds stay out: tables must repeat bit for bit.)
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write_iterations(folder: &Path, rows: &[Iteration]) -> Result<()> {
    let mut frame = df![
        "iteration" => rows.iter().map(|r| r.iteration).collect::<Vec<_>>(),
        "relative_gap" => rows.iter().map(|r| r.relative_gap).collect::<Vec<_>>(),
        "gap_by_hour" => rows.iter().map(|r| Series::new("".into(), &r.gap_by_hour)).collect::<Vec<_>>(),
        "excess_s" => rows.iter().map(|r| r.excess_s).collect::<Vec<_>>(),
        "gap_legs" => rows.iter().map(|r| r.gap_legs).collect::<Vec<_>>(),
        "rerouted" => rows.iter().map(|r| r.rerouted).collect::<Vec<_>>(),
        "mean_car_min" => rows.iter().map(|r| r.mean_car_min).collect::<Vec<_>>(),
        "pushed" => rows.iter().map(|r| r.pushed).collect::<Vec<_>>(),
        "aborted" => rows.iter().map(|r| r.aborted).collect::<Vec<_>>(),
        "moves" => rows.iter().map(|r| r.moves).collect::<Vec<_>>(),
    ]?;
    table::write(folder.join("iterations.parquet"), &mut frame, &[])
}

/// Writes `network.parquet` as GeoParquet 1.1 (WKB line strings; longitude and latitude, or plain
/// metres for a network that is nowhere on Earth).
///
/// # Errors
/// What polars or the file system says; the old file, if there is one, is then unchanged.
pub fn write_network(folder: &Path, network: &Network) -> Result<()> {
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
    let node = |n: engine::id::NodeId| network.node(n).name.as_str();
    let mut frame = df![
        "link" => (0..links.len() as u32).collect::<Vec<_>>(),
        "name" => links.iter().map(|l| l.name.as_str()).collect::<Vec<_>>(),
        "from_node" => links.iter().map(|l| node(l.from)).collect::<Vec<_>>(),
        "to_node" => links.iter().map(|l| node(l.to)).collect::<Vec<_>>(),
        "length_m" => links.iter().map(|l| l.length_m).collect::<Vec<_>>(),
        "freespeed_mps" => links.iter().map(|l| l.freespeed_mps).collect::<Vec<_>>(),
        "capacity_vph" => links.iter().map(|l| l.capacity_vph).collect::<Vec<_>>(),
        "lanes" => links.iter().map(|l| l.lanes).collect::<Vec<_>>(),
        "class" => text(links.iter().map(|l| RoadClass::name(l.class))),
        "route" => links.iter().map(|l| l.route.as_ref().map(|(r, d)| format!("{r} {d}"))).collect::<Vec<_>>(),
    ]?;
    frame.with_column(wkb.finish().into_series().into())?;
    let geo = serde_json::json!({
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["LineString"]}},
    });
    table::write(folder.join("network.parquet"), &mut frame, &[("geo", geo.to_string())])
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

/// The path of a table. In the folder of a finished run it must be the file that the run wrote: a decoder of Parquet
/// can be made to ask for any amount of memory by a damaged one.
///
/// # Errors
/// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn verified(folder: &Path, name: &str) -> Result<std::path::PathBuf> {
    let file = folder.join(format!("{name}.parquet"));
    let written = Manifest::read(folder).ok().and_then(|run| run.hash.tables.get(name).cloned());
    if let Some(written) = written
        && hash_file(&file)?.blake3 != written
    {
        return Err(Fault::new(&file, "", "is not the file that the run wrote")
            .expected("the hash that run.json holds")
            .advice("copy the folder again, or run the scenario again")
            .into());
    }
    Ok(file)
}

/// A table of a run folder, with its columns looked up by name.
pub struct Read {
    file: std::path::PathBuf,
    frame: DataFrame,
}

impl Read {
    /// Reads `NAME.parquet`, if it is the file that the run wrote ([`verified`]).
    ///
    /// # Errors
    /// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
    pub fn open(folder: &Path, name: &str) -> Result<Self> {
        let file = verified(folder, name)?;
        Ok(Self { frame: table::read(&file)?, file })
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.frame.height()
    }

    fn get(&self, name: &str) -> Result<&Column> {
        self.frame.column(name).map_err(|_| {
            Fault::new(&self.file, "", format!("has no column \"{name}\""))
                .expected("a table of this version of Wayfare")
                .advice("run the scenario again")
                .into()
        })
    }

    fn wrong(&self, name: &str) -> engine::Error {
        Fault::new(&self.file, "", format!("column \"{name}\" has an unexpected type or a gap"))
            .advice("run the scenario again")
            .into()
    }

    /// A column of `u32`.
    ///
    /// # Errors
    /// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
    pub fn u32(&self, name: &str) -> Result<Vec<u32>> {
        let values: Option<Vec<u32>> = self.get(name)?.cast(&DataType::UInt32)?.u32()?.iter().collect();
        values.ok_or_else(|| self.wrong(name))
    }

    /// A column of `f64`.
    ///
    /// # Errors
    /// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
    pub fn f64(&self, name: &str) -> Result<Vec<f64>> {
        let values: Option<Vec<f64>> = self.get(name)?.cast(&DataType::Float64)?.f64()?.iter().collect();
        values.ok_or_else(|| self.wrong(name))
    }

    /// A column of text.
    ///
    /// # Errors
    /// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
    pub fn text(&self, name: &str) -> Result<Vec<String>> {
        let values: Option<Vec<String>> =
            self.get(name)?.str()?.iter().map(|v| v.map(str::to_string)).collect();
        values.ok_or_else(|| self.wrong(name))
    }

    /// A column of truth values.
    ///
    /// # Errors
    /// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
    pub fn bool(&self, name: &str) -> Result<Vec<bool>> {
        let values: Option<Vec<bool>> = self.get(name)?.bool()?.iter().collect();
        values.ok_or_else(|| self.wrong(name))
    }
}

/// Reads `persons.parquet`.
///
/// # Errors
/// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read_persons(folder: &Path) -> Result<Vec<Demographics>> {
    let rows = Read::open(folder, "persons")?;
    let (household, zone, age) = (rows.u32("household")?, rows.u32("zone_index")?, rows.u32("age")?);
    let (sex, employed, student) = (rows.text("sex")?, rows.bool("employed")?, rows.text("student")?);
    let (size, adults) = (rows.u32("household_size")?, rows.u32("adults")?);
    let (vehicles, income) = (rows.u32("vehicles")?, rows.f64("income_usd")?);
    let person = |i: usize| Demographics {
        household: HouseholdId(household[i]),
        zone: ZoneId(zone[i]),
        age: age[i] as u8,
        sex: match sex[i].as_str() {
            "male" => Sex::Male,
            "female" => Sex::Female,
            _ => Sex::Unknown,
        },
        employed: employed[i],
        student: match student[i].as_str() {
            "school" => Student::School,
            "college" => Student::College,
            _ => Student::No,
        },
        household_size: size[i] as u8,
        adults: adults[i] as u8,
        vehicles: vehicles[i] as u8,
        income_usd: income[i] as i32,
    };
    Ok((0..rows.height()).map(person).collect())
}

/// Reads `chains.parquet` and `persons.parquet` back as diaries.
///
/// # Errors
/// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read_diaries(folder: &Path) -> Result<Vec<Diary>> {
    let persons = read_persons(folder)?;
    let rows = Read::open(folder, "chains")?;
    let (person, activity) = (rows.u32("person")?, rows.text("activity")?);
    let (start, end) = (rows.u32("start_s")?, rows.u32("end_s")?);
    let mut chains = vec![Chain::default(); persons.len()];
    for (i, &of) in person.iter().enumerate() {
        let (Some(chain), Some(activity)) = (chains.get_mut(of as usize), Activity::parse(&activity[i]))
        else {
            return Err(rows.wrong("activity"));
        };
        chain.0.push(Episode { activity, start_s: start[i], end_s: end[i] });
    }
    let diary = |(at, (who, chain)): (usize, (Demographics, Chain))| Diary {
        person: at.to_string(),
        weekday: None,
        age: Some(who.age),
        sex: who.sex,
        employed: Some(who.employed),
        student: Some(who.student),
        weight: 1.0,
        chain,
    };
    let days = persons.into_iter().zip(chains).enumerate().map(diary);
    Ok(days.filter(|diary| !diary.chain.0.is_empty()).collect())
}

/// Reads `activities.parquet` back into chains (real times) and places, one of each a person.
///
/// # Errors
/// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read_activities(folder: &Path, n_persons: usize) -> Result<(Vec<Chain>, Vec<Places>)> {
    let rows = Read::open(folder, "activities")?;
    let mut chains = vec![Chain::default(); n_persons];
    let mut places = vec![Places::default(); n_persons];
    let (person, kind) = (rows.u32("person")?, rows.text("activity")?);
    let (zone, link) = (rows.u32("zone_index")?, rows.u32("link")?);
    let (x, y) = (rows.f64("x_m")?, rows.f64("y_m")?);
    let (start, end) = (rows.u32("start_s")?, rows.u32("end_s")?);
    for i in 0..rows.height() {
        let activity = Activity::parse(&kind[i]).ok_or_else(|| rows.wrong("activity"))?;
        let at = person[i] as usize;
        let (Some(chain), Some(place)) = (chains.get_mut(at), places.get_mut(at)) else {
            return Err(rows.wrong("person"));
        };
        chain.0.push(Episode { activity, start_s: start[i], end_s: end[i] });
        place.0.push(Place {
            zone: ZoneId(zone[i]),
            link: LinkId(link[i]),
            x_m: x[i] as f32,
            y_m: y[i] as f32,
        });
    }
    Ok((chains, places))
}

/// Reads `legs.parquet` and `routes.parquet`.
///
/// # Errors
/// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read_legs(folder: &Path, n_persons: usize) -> Result<(Legs, Routes, Vec<Moved>)> {
    let rows = Read::open(folder, "legs")?;
    let person = rows.u32("person")?;
    let mut legs = Legs { first: vec![0; n_persons + 1], ..Legs::default() };
    for p in &person {
        *legs.first.get_mut(*p as usize + 1).ok_or_else(|| rows.wrong("person"))? += 1;
    }
    for p in 0..n_persons {
        legs.first[p + 1] += legs.first[p];
    }
    let modes: Option<Vec<Mode>> = rows.text("mode")?.iter().map(|m| Mode::parse(m)).collect();
    legs.mode = modes.ok_or_else(|| rows.wrong("mode"))?;
    legs.depart_s = rows.u32("planned_s")?;
    legs.dwell_s = rows.u32("dwell_s")?;
    legs.teleport_s = rows.u32("teleport_s")?;
    legs.from = rows.u32("from_link")?.into_iter().map(LinkId).collect();
    legs.to = rows.u32("to_link")?.into_iter().map(LinkId).collect();
    let times = rows.u32("depart_s")?.into_iter().zip(rows.u32("arrive_s")?);
    let moved = times.map(|(depart_s, arrive_s)| Moved { depart_s, arrive_s }).collect();
    Ok((legs, read_routes(folder, rows.height())?, moved))
}

fn read_routes(folder: &Path, n_legs: usize) -> Result<Routes> {
    let rows = Read::open(folder, "routes")?;
    let mut routes = Routes { first: vec![0], links: Vec::new() };
    let lists = rows.get("links")?.list()?.clone();
    let mut lists = lists.amortized_iter();
    let mut done = 0;
    for leg in rows.u32("leg")? {
        while done < leg {
            routes.push(&[]);
            done += 1;
        }
        let list = lists.next().flatten().ok_or_else(|| rows.wrong("links"))?;
        let links: Option<Vec<LinkId>> = list.as_ref().u32()?.iter().map(|l| l.map(LinkId)).collect();
        routes.push(&links.ok_or_else(|| rows.wrong("links"))?);
        done += 1;
    }
    while (done as usize) < n_legs {
        routes.push(&[]);
        done += 1;
    }
    Ok(routes)
}

/// Reads `link_15min.parquet`.
///
/// # Errors
/// A [`Fault`] for a table that is missing, damaged, lacks a column, or holds a value out of range.
pub fn read_bins(folder: &Path, n_links: usize, bin_s: u32, end_s: u32) -> Result<LinkBins> {
    let rows = Read::open(folder, "link_15min")?;
    let mut bins = LinkBins::new(n_links, bin_s, end_s);
    let (link, bin) = (rows.u32("link")?, rows.u32("bin")?);
    let (left, entered, time) = (rows.u32("left")?, rows.u32("entered")?, rows.u32("time_sum_s")?);
    for i in 0..rows.height() {
        let (l, b) = (link[i] as usize, bin[i] as usize);
        if l >= n_links || b >= bins.n_bins {
            return Err(rows.wrong("link"));
        }
        let at = b * n_links + l;
        (bins.left[at], bins.entered[at], bins.time_sum_s[at]) = (left[i], entered[i], time[i]);
    }
    Ok(bins)
}
