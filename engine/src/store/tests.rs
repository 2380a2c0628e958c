//! Every table is written as its schema says, reads back, and has one writer.

use super::*;
use crate::activity::{Activity, Chain, Episode};
use crate::agent::Agents;
use crate::demand::{Given, LayerId};
use crate::event::{Event, Kind, Log};
use crate::id::{HouseholdId, LinkId, PersonId, ZoneId};
use crate::learn::Iteration;
use crate::mode::Mode;
use crate::network::RoadClass;
use crate::people::{Demographics, Household, Population, Sex, Student};
use crate::place::{Place, Places};
use crate::traffic::LinkBins;
use crate::trip::{Legs, Moved, Routes, Trip, Trips};
use crate::twin::grid;
use crate::validate::counts::Row;
use crate::validate::station::StationKind;
use crate::validate::travel::Driven;
use crate::vehicle::{Class, ClassId, Classes};
use crate::zone::{LandUse, Zone};
use std::path::{Path, PathBuf};

/// A folder for a test, removed with it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wayfare-store-{name}-{}", std::process::id()));
        crate::disk::make_folder(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn person(age: u8) -> Demographics {
    Demographics {
        household: HouseholdId(0),
        zone: ZoneId(1),
        age,
        sex: Sex::Female,
        employed: true,
        student: Student::College,
        household_size: 2,
        vehicles: 1,
        adults: 2,
        income_usd: -5,
    }
}

fn home() -> Household {
    Household { zone: ZoneId(1), size: 1, vehicles: 1, income_usd: -5 }
}

fn place(link: u32) -> Place {
    Place { zone: ZoneId(1), link: LinkId(link), x_m: 1.5, y_m: -2.5 }
}

fn classes() -> Classes {
    let mut classes = Classes::default();
    let lorry =
        Class { name: "lorry".into(), mode: "truck".into(), pce: 3.0, seats: Some(2), ..Class::car() };
    classes.add(Class { top_speed_mps: 22.2, ..lorry }, Path::new("v.xml"), &"").unwrap();
    classes
}

/// Somebody who drives a lorry to work, and somebody who stays at home.
fn given() -> Vec<Given> {
    let episode = |activity, start_s, end_s| Episode { activity, start_s, end_s };
    let day = vec![episode(Activity::Home, 0, 30_000), episode(Activity::Work, 31_000, 86_400)];
    let trip = Trip {
        episode: 0,
        mode: Mode::Car,
        vehicle: ClassId(1),
        depart_s: 30_000,
        dwell_s: 0,
        from: LinkId(0),
        to: LinkId(2),
        distance_m: 700.0,
    };
    let at_home = Chain(vec![episode(Activity::Home, 0, 86_400)]);
    vec![
        Given {
            name: Some("anna".into()),
            demographics: Some(person(34)),
            activities: Some((Chain(day), Places(vec![place(0), place(2)]))),
            trips: Trips(vec![trip]),
        },
        Given {
            name: None,
            demographics: None,
            activities: Some((at_home, Places(vec![place(1)]))),
            trips: Trips::default(),
        },
    ]
}

fn iterations() -> Vec<Iteration> {
    let row = |iteration| Iteration {
        iteration,
        relative_gap: 0.25,
        gap_by_hour: vec![None, Some(0.5)],
        gap_peaks: [Some(0.5), None],
        excess_s: 3.0,
        gap_legs: 7,
        rerouted: 2,
        mean_car_min: 11.5,
        pushed: 1,
        aborted: 0,
        moves: 1 << 40,
        route_s: 0.0,
        traffic_s: 0.0,
    };
    vec![row(0), row(1)]
}

fn count() -> Row {
    Row {
        station: "A".into(),
        link: LinkId(2),
        hour: 8,
        kind: StationKind::Mainline,
        class: RoadClass::Freeway,
        route: "101 N".into(),
        lanes: 4.0,
        station_lanes: 5.0,
        observed_vph: 100.0,
        simulated_vph: 90.0,
        geh: 1.03,
        volume_sd: None,
        days: 3,
        observed_mps: None,
        simulated_mps: Some(20.0),
        confidence: 0.9,
    }
}

/// Two zones of which only the points are known.
fn two_zones() -> Zones {
    let zone = |name: &str, x_m| Zone {
        name: name.into(),
        x_m,
        y_m: 0.0,
        region: 0,
        outline: None,
        land: LandUse::default(),
    };
    Zones { zones: vec![zone("north", 0.0), zone("south", 900.0)], regions: vec!["all".into()] }
}

/// Writes all tables, reads them back, and compares.
fn write_and_read_all(folder: &Path) {
    let network = grid::network(3).unwrap();
    let mut agents = Agents::default();
    agents.add_given(LayerId(0), given(), |_| 1);
    let population = Population { households: vec![home()], persons: vec![person(50)] };
    agents.add_residents(LayerId(1), &population, |_| 1);
    agents.set_classes(classes());
    let legs = agents.legs(&network).unwrap();
    let moved = vec![Moved { depart_s: 30_010, arrive_s: u32::MAX }];
    agents.scatter(&legs, &moved);
    let (homes, agents) = (agents.households(), agents.list());
    let layers = ["given".to_string(), "residents".to_string()];
    let of = Travellers { agents: &agents, layers: &layers, zones: &two_zones(), sample: 0.25 };
    persons::write(folder, &of).unwrap();
    let people = persons::read(folder).unwrap();
    assert_eq!(
        (&people.layers[..], &people.layer[..]),
        (&layers[..], &[LayerId(0), LayerId(0), LayerId(1)][..])
    );
    assert_eq!(people.demographics, [Some(person(34)), None, Some(person(50))]);
    assert_eq!(people.names, [Some("anna".into()), None, None]);
    households::write(folder, &homes, &of).unwrap();

    chains::write(folder, &agents).unwrap();
    let diaries = chains::read_diaries(folder).unwrap();
    assert_eq!(
        diaries.iter().map(|d| &d.chain).collect::<Vec<_>>(),
        agents[..2].iter().filter_map(|a| a.chain).collect::<Vec<_>>()
    );

    activities::write(folder, &of).unwrap();
    let (real, places) = activities::read(folder, 3).unwrap();
    // The first person never arrives: the place left behind is all that there is of the day.
    assert_eq!((real[0].0.len(), real[1].0.len()), (1, 1));
    assert_eq!((places[0].0[0], places[1].0[0]), (place(0), place(1)));
    assert!(activities::read(folder, 1).is_err(), "a person who does not exist");

    let routes = Routes { first: vec![0, 3], links: vec![LinkId(0), LinkId(1), LinkId(2)] };
    legs::write(folder, &network, &legs, &routes, &moved, &of).unwrap();
    routes::write(folder, &routes).unwrap();
    vehicle_classes::write(folder, &legs).unwrap();
    let (legs_again, routes_again, moved_again) = legs::read(folder, 3).unwrap();
    assert_eq!((&legs_again.first, &legs_again.mode, &legs_again.to), (&legs.first, &legs.mode, &legs.to));
    assert_eq!((&legs_again.vehicle[..], &legs_again.classes), (&[ClassId(1)][..], &classes()));
    assert_eq!(routes_again, routes);
    assert_eq!(moved_again, moved);
    assert!(routes::read(folder, 0).is_err(), "a leg that does not exist");

    let mut bins = LinkBins::new(network.links.len(), 900, 3600);
    (bins.left[1], bins.entered[1], bins.time_sum_s[1]) = (4, 5, 250);
    bins.left[network.links.len() + 2] = 1;
    let driven = Driven { bins: &bins, trips: Some((&legs, &routes_again, &moved)), sample: 0.25 };
    link_15min::write(folder, &network, &driven).unwrap();
    assert_eq!(link_15min::read(folder, network.links.len(), 900, 3600).unwrap(), bins);

    iterations::write(folder, &iterations()).unwrap();
    assert_eq!(iterations::read(folder).unwrap(), iterations());
    counts::write(folder, &[], 0.25).unwrap();
    assert_eq!(counts::read(folder).unwrap(), []);
    let rows = [count(), Row { kind: StationKind::OnRamp, hour: 23, volume_sd: Some(12.5), ..count() }];
    counts::write(folder, &rows, 0.25).unwrap();
    assert_eq!(counts::read(folder).unwrap(), rows);
    counts::write(folder, &[Row { hour: 24, ..count() }], 0.25).unwrap();
    assert!(counts::read(folder).is_err(), "an hour that no day has");
    counts::write(folder, &rows, 0.25).unwrap();
    let locations = crate::network::naming::locations(&network, &Default::default());
    network::write(folder, &network, of.zones, &locations).unwrap();
    zones::write(folder, of.zones, &network.crs).unwrap();

    let event = Event { time_s: 5, person: PersonId(0), kind: Kind::Depart, link: LinkId(0) };
    let mut log = Log::to_file(crate::event::log::TABLE.path(folder)).unwrap();
    log.second(&[event]).unwrap();
    log.finish().unwrap();
}

#[test]
fn every_table_is_written_as_its_schema_says_and_reads_back() {
    let folder = Folder::new("all");
    write_and_read_all(&folder.0);
    for table in TABLES {
        let frame = crate::table::read(table.path(&folder.0)).unwrap();
        let found: Vec<_> =
            frame.columns().iter().map(|c| (c.name().to_string(), c.dtype().clone())).collect();
        let wanted: Vec<_> = table.columns.iter().map(|c| (c.name.to_string(), c.of.polars())).collect();
        assert_eq!(found, wanted, "{}", table.name);
    }
    let files = crate::disk::list(&folder.0).unwrap();
    assert_eq!(
        files.len(),
        TABLES.len(),
        "every writer writes a table that is listed, each its own: {files:?}"
    );
}

/// Of a leg: what is known in words, what is not as null.
#[test]
fn a_leg_says_purpose_zones_weight_and_length_and_has_no_sentinels() {
    let folder = Folder::new("legs");
    let network = grid::network(3).unwrap();
    let mut agents = Agents::default();
    agents.add_given(LayerId(0), given(), |_| 1);
    let walk = Trip { mode: Mode::Walk, vehicle: ClassId::CAR, ..given()[0].trips.0[0] };
    agents.add_given(LayerId(0), vec![Given { trips: Trips(vec![walk]), ..Given::default() }], |_| 1);
    agents.set_classes(classes());
    let legs = agents.legs(&network).unwrap();
    let never = Moved { depart_s: u32::MAX, arrive_s: u32::MAX };
    let moved = vec![Moved { depart_s: 30_010, arrive_s: u32::MAX }, never];
    agents.scatter(&legs, &moved);
    let (layers, list) = (["given".to_string()], agents.list());
    let of = Travellers { agents: &list, layers: &layers, zones: &two_zones(), sample: 0.25 };
    let routes = Routes { first: vec![0, 3, 3], links: vec![LinkId(0), LinkId(1), LinkId(2)] };
    legs::write(&folder.0, &network, &legs, &routes, &moved, &of).unwrap();
    vehicle_classes::write(&folder.0, &legs).unwrap();
    routes::write(&folder.0, &routes).unwrap();
    let frame = crate::table::read(legs::TABLE.path(&folder.0)).unwrap();
    let text = |name: &str| -> Vec<Option<String>> {
        frame.column(name).unwrap().str().unwrap().iter().map(|text| text.map(str::to_string)).collect()
    };
    let some = |text: &str| Some(text.to_string());
    assert_eq!(text("mode"), [some("car"), some("walk")]);
    assert_eq!(text("vehicle"), [some("lorry"), None]);
    assert_eq!(text("purpose"), [some("work"), None]);
    assert_eq!((text("from_zone"), text("to_zone")), (vec![some("south"), None], vec![some("south"), None]));
    let number = |name: &str| -> Vec<Option<f64>> {
        let column = frame.column(name).unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
        column.f64().unwrap().iter().collect()
    };
    assert_eq!(number("weight"), [Some(4.0), Some(4.0)]);
    assert_eq!(number("episode"), [Some(1.0), None]);
    assert_eq!(number("depart_s"), [Some(30_010.0), None]);
    assert_eq!(number("arrive_s"), [None, None]);
    let length_m = network.links[1].length_m + network.links[2].length_m;
    assert_eq!(number("length_m"), [Some(length_m), Some(f64::from(700.0f32) * 1.3)]);
    assert_eq!(number("teleport_s"), [None, Some(848.0)]);
    let (again, _, moved_again) = legs::read(&folder.0, 3).unwrap();
    assert_eq!((again.teleport_s, moved_again), (legs.teleport_s, moved));
}

#[test]
fn volumes_are_told_as_simulated_and_of_the_population() {
    let folder = Folder::new("volumes");
    let network = grid::network(3).unwrap();
    let mut bins = LinkBins::new(network.links.len(), 900, 3600);
    (bins.left[1], bins.entered[1], bins.time_sum_s[1]) = (4, 5, 250);
    let legs = Legs { first: vec![0, 1], mode: vec![Mode::Car], ..Legs::default() };
    let routes = Routes { first: vec![0, 2], links: vec![LinkId(0), LinkId(1)] };
    let moved = [Moved { depart_s: 0, arrive_s: 899 }];
    let driven = Driven { bins: &bins, trips: Some((&legs, &routes, &moved)), sample: 0.1 };
    link_15min::write(&folder.0, &network, &driven).unwrap();
    let frame = crate::table::read(link_15min::TABLE.path(&folder.0)).unwrap();
    let number = |name: &str| -> Vec<Option<f64>> {
        let column = frame.column(name).unwrap().cast(&polars::prelude::DataType::Float64).unwrap();
        column.f64().unwrap().iter().collect()
    };
    let length_m = network.links[1].length_m;
    for (name, value) in [
        ("vehicles_out", 4.0),
        ("volume_vph", 160.0),
        ("vehicles_in", 5.0),
        ("vehicles_ended", 1.0),
        ("weight", 10.0),
        ("speed_mps", 5.0 * length_m / 250.0),
        ("density_veh_per_km", 250.0 / (length_m / 1000.0 * 900.0) / 0.1),
    ] {
        assert_eq!(number(name), [Some(value)], "{name}");
    }
}

/// Words that SQL keeps for itself would have to be quoted in every query (those of DuckDB and PostgreSQL that a column
/// might be called).
#[test]
fn no_column_is_a_word_of_sql() {
    let words = "all any as asc case cast check column constraint cross default desc distinct end except for from full \
        grant group having in inner into is join lateral left like limit natural not offset on only or order outer \
        primary references right select some table then to union unique user using when where window with";
    for column in TABLES.iter().flat_map(|table| table.columns) {
        assert!(!words.split(' ').any(|word| word == column.name), "{}", column.name);
    }
}

#[test]
fn every_column_says_its_meaning_and_no_table_is_listed_twice() {
    let mut names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), TABLES.len());
    for (table, column) in TABLES.iter().flat_map(|t| t.columns.iter().map(move |c| (t, c))) {
        assert!(!column.meaning.is_empty(), "{}.{}", table.name, column.name);
        let unit = [
            ("_s", "s"),
            ("_m", "m"),
            ("_mps", "m/s"),
            ("_vph", "vehicles/h"),
            ("_usd", "US"),
            ("_m2", "m²"),
        ];
        for (ending, unit) in unit {
            if column.name.ends_with(ending) {
                assert_eq!(column.unit.split(' ').next(), Some(unit), "{}.{}", table.name, column.name);
            }
        }
    }
}

/// The code of the engine outside tests, by file.
fn code(folder: &Path, found: &mut Vec<(String, String)>) {
    for path in crate::disk::list(folder).unwrap() {
        let name = path.display().to_string();
        if path.is_dir() {
            code(&path, found);
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((name, text.split("#[cfg(test)]").next().unwrap().to_string()));
        }
    }
}

/// Where Parquet is written: by [`Schema::write`] (private to the engine, called once in each file of a table), and by
/// the log of events.
#[test]
fn no_table_is_written_by_two_places() {
    let mut files = Vec::new();
    code(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let calls = |call: &str| -> Vec<String> {
        let calls = files.iter().flat_map(|(name, text)| text.matches(call).map(move |_| name));
        calls.map(|name| name.rsplit('/').next().unwrap().to_string()).collect()
    };
    let mut written: Vec<String> = TABLES.iter().map(|t| format!("{}.rs", t.name)).collect();
    written.retain(|file| file != "events.rs");
    written.sort();
    assert_eq!(calls("TABLE.write("), written);
    assert_eq!(calls("ParquetWriter::new("), ["log.rs", "table.rs"]);
    assert_eq!(calls("        write(self.path(folder), table, &metadata)"), ["table.rs"]);
    assert_eq!(calls("table::write("), [""; 0], "past the schema");
}

#[test]
fn the_references_say_what_the_schemas_say() {
    let page = include_str!("TABLES.md");
    assert_eq!(page, reference(), "engine/src/store/TABLES.md is not store::reference()");
    let readme = include_str!("../../../README.md");
    assert!(readme.contains(&summary()), "the table in README.md is not store::summary():\n{}", summary());
}

#[test]
fn a_table_that_the_run_did_not_write_is_refused() {
    let folder = Folder::new("verified");
    let mut agents = Agents::default();
    agents.add_given(LayerId(0), given(), |_| 1);
    let of = |agents: &[Agent<'_>]| {
        let (layers, zones) = (["x".to_string()], Zones::default());
        let of = Travellers { agents, layers: &layers, zones: &zones, sample: 1.0 };
        persons::write(&folder.0, &of).unwrap();
    };
    of(&agents.list());
    // A folder without a manifest is a run that goes on: whatever lies there is read.
    assert_eq!(persons::read(&folder.0).unwrap().layer.len(), 2);
    let path = persons::TABLE.path(&folder.0);
    let hash = manifest::hash_file(&path).unwrap().blake3;
    let hashes =
        manifest::Hashes { tables: [("persons".to_string(), hash)].into(), ..manifest::Hashes::default() };
    let run = Manifest {
        format: manifest::FORMAT,
        version: "0".into(),
        commit: String::new(),
        started: String::new(),
        scenario: PathBuf::new(),
        folders: Vec::new(),
        config: serde_json::json!({"seed": 1}),
        inputs: Vec::new(),
        seed: 1,
        threads: 1,
        host: manifest::Host { system: "x".into(), cpus: 1 },
        expected: manifest::Expected { memory_bytes: 0, seconds: 0.0, day_s: 0.0 },
        phases: Vec::new(),
        seconds: 0.0,
        peak_memory_bytes: 0,
        hash: hashes,
        summary: std::collections::BTreeMap::new(),
        checks: Vec::new(),
        warnings: Vec::new(),
        outputs: Vec::new(),
    };
    run.write(&folder.0).unwrap();
    assert_eq!(Manifest::<serde_json::Value>::read(&folder.0).unwrap().config["seed"], 1);
    assert_eq!(persons::read(&folder.0).unwrap().layer.len(), 2);
    of(&agents.list()[..1]);
    let error = persons::read(&folder.0).unwrap_err();
    assert!(error.to_string().contains("is not the file that the run wrote"), "{error}");
    assert_eq!(error.exit_code(), 2);
}
