use super::*;
use crate::testing::panics_on_damage;
use engine::id::{LinkId, NodeId};
use engine::mode::{Mode, ModeSet};
use engine::network::{Link, Node, RoadClass};
use engine::people::control::{Measure, SeedPerson};
use engine::people::{Sex, Student};
use engine::projection::Crs;
use engine::validate::station::{HourCount, Station, StationKind};
use engine::zone::{LandUse, Zone};

fn network() -> Network {
    let node = |name: &str, x_m: f64| Node { name: name.into(), x_m, y_m: 1.0 / 3.0 };
    let link = |name: &str, from, to, class, route, shape| Link {
        name: name.into(),
        from: NodeId(from),
        to: NodeId(to),
        length_m: 1000.0 / 7.0,
        freespeed_mps: 13.4,
        capacity_vph: 1234.5,
        lanes: 1.5,
        modes: ModeSet::CAR.with(Mode::Bike),
        class,
        route,
        street: None,
        shape,
    };
    let nodes = vec![node("a", 552_969.250_000_1), node("b, c", 552_900.1)];
    let links = vec![
        link("1", 0, 1, RoadClass::Freeway, Some(("101".into(), 'S')), vec![(1.5, 0.1), (2.25, -3.0)]),
        link("2", 1, 0, RoadClass::Local, None, vec![]),
    ];
    Network::new("t", Crs::Epsg(32_610), nodes, links, vec![(LinkId(0), LinkId(1))]).unwrap()
}

fn county() -> County {
    let zone = |name: &str| Zone {
        name: name.into(),
        x_m: 0.5,
        y_m: 1.5,
        region: 0,
        outline: None,
        land: LandUse { households: 3.0, ..LandUse::default() },
    };
    let control = |name: &str, measure| Control { name: name.into(), measure, totals: vec![1.0 / 3.0, 7.0] };
    let person = |age, sex, employed, student| SeedPerson { age, sex, employed, student };
    let station = |name: &str, route, kind, xy_m, link| Station {
        name: name.into(),
        route,
        kind,
        xy_m,
        lanes: 4,
        link,
        crossing: Some("Main Street".into()),
    };
    let hour = |station, hour, speed_mps| HourCount {
        station,
        hour,
        volume_vph: 1810.1,
        volume_sd: Some(0.3),
        speed_mps,
        days: 15,
    };
    County {
        network: network(),
        zones: Zones { zones: vec![zone("z1"), zone("z2")], regions: vec!["all".into()] },
        controls: vec![
            control("hh", Measure::Households),
            control("size", Measure::HouseholdSize(4, 255)),
            control("kids", Measure::Children(true)),
            control("none", Measure::Children(false)),
            control("poor", Measure::Income(i32::MIN, 30_000)),
            control("workers", Measure::Workers(0, 0)),
            control("old", Measure::Age(65, 255)),
        ],
        households: vec![
            SeedHousehold {
                income_usd: -5,
                vehicles: 2,
                persons: vec![
                    person(34, Sex::Male, true, Student::No),
                    person(19, Sex::Female, false, Student::College),
                    person(7, Sex::Unknown, false, Student::School),
                ],
            },
            SeedHousehold { income_usd: 1, vehicles: 0, persons: vec![] },
        ],
        counts: Counts {
            stations: vec![
                station("400", Some(("101".into(), 'N')), StationKind::Mainline, Some((0.1, 2.0)), None),
                station("7", None, StationKind::Other, None, Some("1".into())),
            ],
            hours: vec![hour(0, 7, Some(29.1)), hour(0, 8, None), hour(1, 0, None)],
            year: None,
        },
    }
}

#[test]
fn a_county_comes_back_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let (wrote, path) = (county(), folder.path().join("new/county"));
    write(&wrote, &path).unwrap();
    let (read, warnings) = read(&path).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!((&read.network.nodes, &read.network.links), (&wrote.network.nodes, &wrote.network.links));
    assert_eq!(
        (&read.network.crs, &read.network.banned_turns),
        (&wrote.network.crs, &wrote.network.banned_turns)
    );
    assert_eq!(read.zones, wrote.zones);
    assert_eq!(read.controls, wrote.controls);
    assert_eq!(read.households, wrote.households);
    assert_eq!(read.counts, wrote.counts);
}

#[test]
fn a_stale_table_of_turns_does_not_stay() {
    let folder = tempfile::tempdir().unwrap();
    write_network(&network(), folder.path()).unwrap();
    let mut free = network();
    free.banned_turns.clear();
    write_network(&free, folder.path()).unwrap();
    assert!(read_network(folder.path()).unwrap().0.banned_turns.is_empty());
}

#[test]
fn damaged_tables_are_faults_not_panics() {
    let folder = tempfile::tempdir().unwrap();
    write(&county(), folder.path()).unwrap();
    for table in disk::list(folder.path()).unwrap() {
        let whole = std::fs::read(&table).unwrap();
        let name = table.file_name().unwrap().to_str().unwrap();
        assert!(!panics_on_damage(name, &whole, 60, |damaged| {
            std::fs::copy(damaged, &table).unwrap();
            drop(read(folder.path()));
        }));
        std::fs::write(&table, whole).unwrap();
    }
    read(folder.path()).unwrap();
}

#[test]
fn names_that_no_table_holds_are_faults() {
    let folder = tempfile::tempdir().unwrap();
    write(&county(), folder.path()).unwrap();
    for (table, old, new, want) in [
        ("turns.csv", "1,2", "1,9", "turns.csv:2: column \"to_link\" is \"9\""),
        ("controls.csv", "z2", "z3", "controls.csv:3: column \"zone\" is \"z3\""),
        ("persons.csv", "\n1,", "\n5,", ""),
        ("hours.csv", "\n7,", "\n8,", "hours.csv:4: column \"station\" is \"8\""),
        (
            "nodes.csv",
            "0.1,0.3333333333333333,EPSG:32610",
            "0.1,0.3,EPSG:32611",
            "nodes.csv:3: column \"crs\"",
        ),
    ] {
        let path = folder.path().join(table);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, whole.replacen(old, new, 1)).unwrap();
        match read(folder.path()) {
            Err(error) => assert!(error.to_string().contains(want) && !want.is_empty(), "{error}"),
            Ok(_) => assert!(want.is_empty(), "{table} was read"),
        }
        std::fs::write(&path, whole).unwrap();
    }
}
