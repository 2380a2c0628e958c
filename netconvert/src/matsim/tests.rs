use super::*;
use crate::fixture;
use crate::testing::panics_on_damage;
use engine::activity::replay::{Attribute, PlannedLeg, PlannedPerson, Stay};
use engine::event::{Event, Kind};
use engine::id::{LinkId, PersonId};
use engine::mode::{Mode, ModeSet};
use engine::network::{Network, RoadClass};
use engine::projection::Crs;
use engine::traffic::Sink;
use engine::trip::{Legs, Trip};
use engine::validate::station::Counts;
use std::path::Path;

pub(crate) const NETWORK: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE network SYSTEM "http://www.matsim.org/files/dtd/network_v2.dtd">
<network>
 <attributes><attribute name="coordinateReferenceSystem" class="java.lang.String">EPSG:32610</attribute></attributes>
 <nodes>
  <node id="a" x="550000" y="4180000"/> <node id="b" x="551000.5" y="4180000"/> <node id="c &amp; d" x="551000" y="4181000"/>
 </nodes>
 <links capperiod="00:30:00">
  <link id="1" from="a" to="b" length="1000.5" freespeed="27.78" capacity="1000" permlanes="2" modes="car,bus,hovercraft">
   <attributes>
    <attribute name="osm:way:highway" class="java.lang.String">primary</attribute>
    <attribute name="disallowedNextLinks" class="x">{"car":[["2"]],"bus":[["3"]]}</attribute>
   </attributes>
  </link>
  <link id="2" from="b" to="c &amp; d" length="900" freespeed="10" capacity="400" permlanes="1"/>
  <link id="3" from="b" to="a" length="1000.5" freespeed="27.78" capacity="900" permlanes="2" modes="car"/>
 </links>
</network>"#;

pub(crate) const POPULATION: &str = r#"<?xml version="1.0"?>
<!DOCTYPE population SYSTEM "http://www.matsim.org/files/dtd/population_v6.dtd">
<population>
 <attributes><attribute name="coordinateReferenceSystem" class="java.lang.String">Atlantis</attribute></attributes>
 <person id="Ana">
  <attributes><attribute name="age" class="java.lang.Integer">34</attribute><attribute name="sex" class="java.lang.String">f</attribute></attributes>
  <plan selected="no"><activity type="home" link="9"/></plan>
  <plan selected="yes" score="1.5">
   <attributes><attribute name="note" class="java.lang.String">not the person's</attribute></attributes>
   <activity type="home" link="1" facility="f1" x="1.5" y="-2" end_time="07:40:00"/>
   <leg mode="car" dep_time="07:40:00" trav_time="00:10:30">
    <attributes><attribute name="routingMode" class="java.lang.String">car</attribute></attributes>
    <route type="links" start_link="1" end_link="3" trav_time="00:10:30" distance="1900.25" vehicleRefId="Ana">1 2 3</route>
   </leg>
   <activity type="work" x="5" y="6" max_dur="08:30:00"/>
   <leg mode="walk"><route type="generic" distance="NaN"></route></leg>
   <activity type="home" link="1" start_time="undefined"/>
  </plan>
 </person>
 <person id="Bo"/>
</population>"#;

const PLANS_V4: &str = r#"<!DOCTYPE plans SYSTEM "http://www.matsim.org/files/dtd/plans_v4.dtd">
<plans xml:lang="de-CH"><person id="1" sex="m" age="20" employed="yes">
 <knowledge><activity type="h"><location id="7"/></activity></knowledge>
 <plan>
  <act type="h" link="1" x="0" y="0" end_time="06:00"/> <leg mode="car"><route dist="5.0">b </route></leg>
  <act type="w" link="3" dur="00:10"/> <leg mode="car"><route> </route></leg> <act type="h" link="3"/>
 </plan></person></plans>"#;

pub(crate) const COUNTS: &str = r#"<counts name="t" year="2008"><count loc_id="14" cs_id="s &lt; 1" x="1" y="2">
<volume h="7" val="11.1"/><volume h="1" val="0"/></count><count loc_id="3"><volume h="24" val="5"/></count></counts>"#;

pub(crate) const FACILITIES: &str = r#"<facilities name="t"><facility id="1" x="5" y="6" linkId="9"><activity type="work">
<capacity value="12"/><opentime day="wkday" start_time="08:00" end_time="26:00"/></activity><activity type="shop"/></facility></facilities>"#;

pub(crate) const CHANGES: &str = r#"<networkChangeEvents xmlns="http://www.matsim.org/files/dtd">
<networkChangeEvent startTime="09:00:00"><link refId="1"/><flowCapacity type="scaleFactor" value="2"/></networkChangeEvent>
<networkChangeEvent startTime="08:00:00"><link refId="1"/><link refId="2"/><flowCapacity type="absolute" value="0.25"/><lanes type="offset" value="1"/></networkChangeEvent>
</networkChangeEvents>"#;

pub(crate) const EVENTS: &str = r#"<events version="1.0"><event time="21600.0" type="actend" person="9" link="1" actType="h"/>
<event time="21601.5" type="entered link" vehicle="9" link="6" x="3"/></events>"#;

/// Whether two networks are the same in every number and name.
pub(crate) fn same(a: &Network, b: &Network) -> bool {
    (&a.crs, &a.nodes, &a.links, &a.banned_turns) == (&b.crs, &b.nodes, &b.links, &b.banned_turns)
}

#[test]
fn a_network_is_read_with_period_modes_class_and_turns() {
    let (network, warnings) = fixture::with("n.xml", NETWORK, |path| network::read(path).unwrap());
    assert_eq!((network.nodes.len(), network.links.len()), (3, 3));
    assert_eq!(network.crs, Crs::Epsg(32_610));
    assert_eq!(network.nodes[2].name, "c & d");
    let link = &network.links[0];
    assert_eq!((link.capacity_vph, link.class), (2000.0, RoadClass::Arterial));
    assert_eq!(link.modes, ModeSet::CAR.with(Mode::Transit));
    assert_eq!((network.links[1].class, network.links[2].class), (RoadClass::Collector, RoadClass::Arterial));
    assert_eq!(network.banned_turns, [(LinkId(0), LinkId(1))]);
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].to_string().ends_with("(33.3 % of 3 links)"), "{}", warnings[0]);
    assert!(warnings[0].what.contains("hovercraft"), "{}", warnings[0]);
}

#[test]
fn a_network_comes_back_as_it_was() {
    let mut original = fixture::county();
    original.links[0].name = "odd <\"name\"> & such".into();
    for name in ["n.xml", "n.xml.gz"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        network::write(&original, &path).unwrap();
        let (back, warnings) = network::read(&path).unwrap();
        assert!(same(&original, &back), "{name}");
        assert!(warnings.is_empty(), "{warnings:?}");
        assert!(valid_against("network_v2.dtd", &path));
    }
}

/// Asks xmllint whether a file is valid; true as well, with a word on stderr, where it cannot be asked.
pub(crate) fn valid_against(dtd: &str, path: &Path) -> bool {
    let Some(dtd) = fixture::data(&format!("matsim/dtd/{dtd}")) else { return true };
    let way = if dtd.extension().is_some_and(|e| e == "xsd") { "--schema" } else { "--dtdvalid" };
    // Schemas include others by their address on the network: here they lie in the same folder.
    let folder = tempfile::tempdir().unwrap();
    let catalog = folder.path().join("catalog.xml");
    let here = dtd.parent().unwrap().canonicalize().unwrap();
    let rule = format!(
        "<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\"><rewriteURI uriStartString=\"http://www.matsim.org/\
         files/dtd/\" rewritePrefix=\"file://{}/\"/></catalog>",
        here.display()
    );
    std::fs::write(&catalog, rule).unwrap();
    let mut xmllint = std::process::Command::new("xmllint");
    xmllint.env("XML_CATALOG_FILES", &catalog).args(["--noout", "--nonet", way]).arg(&dtd).arg(path);
    match xmllint.output() {
        Ok(output) if output.status.success() => true,
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => {
            crate::testing::skipped("program", "xmllint");
            true
        }
    }
}

#[test]
fn bad_networks_are_told_by_line_and_word() {
    for (old, new, told) in [
        (
            "length=\"1000.5\"",
            "length=\"-3\"",
            "n.xml:9: <link id=\"1\"> has length=\"-3\" — expected a positive number",
        ),
        ("to=\"c &amp; d\"", "to=\"z\"", "n.xml:15: <link id=\"2\"> has to=\"z\""),
        ("id=\"2\"", "id=\"1\"", "no other link has"),
        ("freespeed=\"10\"", "freespeed=\"ten\"", "freespeed=\"ten\""),
        ("permlanes=\"1\"", "", "has no attribute \"permlanes\""),
        ("EPSG:32610", "EPSG:4326", "degrees"),
        ("</network>", "", "truncated"),
        ("<network>", "<net>", "well-formed"),
        ("00:30:00", "00:00:00", "capperiod"),
    ] {
        let text = NETWORK.replacen(old, new, 1);
        let error = fixture::with("n.xml", &text, |path| network::read(path).map(|_| ()).unwrap_err());
        assert!(error.to_string().contains(told) || told == "well-formed", "{told}: {error}");
        assert_eq!(error.exit_code(), 2, "{error}");
    }
    let degrees =
        NETWORK.replace("EPSG:32610", "Atlantis").replace("550000", "-122.4").replace("551000.5", "-122.3");
    let degrees = degrees.replace("551000", "-122.3").replace("4180000", "37.7").replace("4181000", "37.8");
    let error = fixture::with("n.xml", &degrees, |path| network::read(path).map(|_| ()).unwrap_err());
    assert!(error.to_string().contains("look like degrees"), "{error}");
}

fn ana() -> PlannedPerson {
    let text = |t: &str| Some(t.to_string());
    PlannedPerson {
        name: "Ana".into(),
        attributes: vec![
            Attribute::new("age", "java.lang.Integer", 34),
            Attribute::new("sex", "java.lang.String", "f"),
        ],
        stays: vec![
            Stay {
                kind: "home".into(),
                xy_m: Some((1.5, -2.0)),
                link: text("1"),
                facility: text("f1"),
                end_s: Some(27_600),
                ..Stay::default()
            },
            Stay { kind: "work".into(), xy_m: Some((5.0, 6.0)), max_dur_s: Some(30_600), ..Stay::default() },
            Stay { kind: "home".into(), link: text("1"), ..Stay::default() },
        ],
        legs: vec![
            PlannedLeg {
                mode: "car".into(),
                depart_s: Some(27_600),
                travel_s: Some(630),
                route: Some(vec!["1".into(), "2".into(), "3".into()]),
                distance_m: Some(1900.25),
                vehicle: text("Ana"),
                routing_mode: text("car"),
                ..PlannedLeg::default()
            },
            PlannedLeg { mode: "walk".into(), ..PlannedLeg::default() },
        ],
    }
}

#[test]
fn the_selected_plan_of_version_6_is_read() {
    let (persons, warnings) = fixture::with("p.xml", POPULATION, |path| population::read(path).unwrap());
    assert_eq!(persons, [ana(), PlannedPerson { name: "Bo".into(), ..PlannedPerson::default() }]);
    assert!(warnings[0].what.contains("no plan"));
}

#[test]
fn version_4_gives_nodes_that_become_links() {
    let (mut persons, _) = fixture::with("p.xml", PLANS_V4, |path| population::read(path).unwrap());
    let person = &persons[0];
    assert_eq!(person.attributes[1], Attribute::new("age", "", 20));
    assert_eq!(person.stays.len(), 3);
    assert_eq!(person.stays[1].max_dur_s, Some(600));
    assert_eq!((&person.legs[0].nodes, person.legs[0].distance_m), (&Some(vec!["b".to_string()]), Some(5.0)));
    assert_eq!(person.legs[1].nodes, Some(vec![]));
    let (network, _) = fixture::with("n.xml", NETWORK, |path| network::read(path).unwrap());
    let warnings = population::resolve_routes(&mut persons, &network, Path::new("p.xml"));
    assert_eq!(persons[0].legs[0].route, Some(vec!["1".to_string(), "3".to_string()]));
    assert_eq!(persons[0].legs[1].route, Some(vec!["3".to_string()]));
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn version_5_calls_activities_acts() {
    let text = POPULATION.replace("<activity", "<act").replace("v6", "v5");
    let (persons, _) = fixture::with("p.xml", &text, |path| population::read(path).unwrap());
    assert_eq!(persons[0].stays, ana().stays);
}

#[test]
fn persons_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.xml.gz");
    let persons = [ana(), PlannedPerson { name: "B & Co".into(), ..PlannedPerson::default() }];
    let warnings = population::write(&persons, &Crs::Plane, &path).unwrap();
    assert!(warnings.is_empty());
    assert_eq!(population::read(&path).unwrap().0, persons);
    assert!(valid_against("population_v6.dtd", &path));
}

#[test]
fn impossible_plans_are_told_by_person() {
    for (old, new, told) in [
        ("dep_time=\"07:40:00\"", "dep_time=\"-16213837\"", "person Ana: <leg> has dep_time=\"-16213837\""),
        ("end_time=\"07:40:00\"", "end_time=\"-4503:57:17\"", "person Ana"),
        ("end_time=\"07:40:00\"", "end_time=\"99999:00:00\"", "720:00:00"),
        ("<leg mode=\"walk\">", "<activity type=\"x\"/><leg mode=\"walk\">", "person Ana: two activities"),
        (
            "<activity type=\"home\" link=\"1\" start_time=\"undefined\"/>",
            "",
            "person Ana: a plan that ends with a leg",
        ),
        ("id=\"Bo\"", "id=\"Ana\"", "no other person"),
        ("y=\"-2\"", "", "person Ana: only one of x and y"),
        ("x=\"1.5\"", "x=\"NaN\"", "finite"),
    ] {
        let text = POPULATION.replacen(old, new, 1);
        let error = fixture::with("p.xml", &text, |path| population::read(path).unwrap_err());
        assert!(error.to_string().contains(told), "{told}: {error}");
        assert_eq!(error.exit_code(), 2);
    }
}

#[test]
fn counts_come_back_as_they_were() {
    let (counts, _) = fixture::with("c.xml", COUNTS, |path| counts::read(path).unwrap());
    assert_eq!(counts.stations.len(), 2);
    assert_eq!((counts.stations[0].name.as_str(), counts.stations[1].name.as_str()), ("s < 1", "3"));
    let hours: Vec<_> = counts.hours.iter().map(|h| (h.station, h.hour, h.volume_vph)).collect();
    assert_eq!(hours, [(0, 0, 0.0), (0, 6, 11.1), (1, 23, 5.0)]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.xml");
    assert!(counts::write(&counts, "t", &path).unwrap().is_empty());
    assert_eq!(counts::read(&path).unwrap().0, counts);
    assert!(valid_against("counts_v1.xsd", &path));
    assert_eq!(counts.year, Some(2008));
    let mut blind = Counts { hours: Vec::new(), year: None, ..counts };
    blind.stations[0].link = None;
    assert_eq!(counts::write(&blind, "t", &path).unwrap().len(), 3);
    for bad in ["h=\"0\"", "h=\"25\"", "h=\"x\"", "h=\"1\""] {
        let text = COUNTS.replacen("h=\"7\"", bad, 1);
        assert_eq!(fixture::with("c.xml", &text, |path| counts::read(path).unwrap_err()).exit_code(), 2);
    }
}

#[test]
fn facilities_are_read_and_written() {
    let (facilities, _) = fixture::with("f.xml", FACILITIES, |path| facilities::read(path).unwrap());
    let facility = &facilities[0];
    assert_eq!((facility.xy_m, facility.link.as_deref()), (Some((5.0, 6.0)), Some("9")));
    assert_eq!(facility.offers[0].open, [("wkday".to_string(), 28_800, 93_600)]);
    assert_eq!((facility.offers[0].capacity, facility.offers[1].capacity), (Some(12.0), None));
    // And written, and read again, with the reference system.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.xml.gz");
    facilities::write(&facilities, &Crs::Epsg(32_610), &path).unwrap();
    let again = facilities::read_whole(&path).unwrap();
    assert_eq!((again.list, again.crs.as_deref()), (facilities, Some("EPSG:32610")));
}

#[test]
fn changes_build_on_each_other_in_time() {
    let (network, _) = fixture::with("n.xml", NETWORK, |path| network::read(path).unwrap());
    let read = |text: &str| fixture::with("c.xml", text, |path| change_events::read(path, &network));
    let (changes, _) = read(CHANGES).unwrap();
    assert_eq!(changes.len(), 3);
    assert_eq!(
        (changes[0].time_s, changes[0].link, changes[0].capacity_vph),
        (28_800, LinkId(0), Some(900.0))
    );
    assert_eq!((changes[0].lanes, changes[1].lanes), (Some(3.0), Some(2.0)));
    assert_eq!((changes[2].time_s, changes[2].capacity_vph, changes[2].lanes), (32_400, Some(1800.0), None));
    assert!(
        read(&CHANGES.replacen("refId=\"2\"", "refId=\"x\"", 1))
            .unwrap_err()
            .to_string()
            .contains("refId=\"x\"")
    );
    assert!(
        read(&CHANGES.replacen("value=\"1\"", "value=\"-9\"", 1))
            .unwrap_err()
            .to_string()
            .contains("becomes")
    );
}

#[test]
fn events_are_read() {
    let mut seen = Vec::new();
    fixture::with("e.xml", EVENTS, |path| {
        events::read(path, &mut |event| {
            seen.push(event);
            Ok(())
        })
    })
    .unwrap();
    assert_eq!((seen[0].kind.as_str(), seen[0].activity.as_deref()), ("actend", Some("h")));
    assert_eq!(
        (seen[1].time_s, seen[1].others.as_slice()),
        (21_601.5, &[("x".to_string(), "3".to_string())][..])
    );
}

/// A car leg over two links and a walk back, as MATSim tells it.
#[test]
fn our_events_become_the_full_set_of_matsim() {
    let (network, _) = fixture::with("n.xml", NETWORK, |path| network::read(path).unwrap());
    let trip = |mode, from, to| Trip {
        episode: 0,
        mode,
        vehicle: engine::vehicle::ClassId::CAR,
        depart_s: 0,
        dwell_s: 0,
        from,
        to,
        distance_m: 10.0,
    };
    let mut legs = Legs::default();
    legs.push(&[trip(Mode::Car, LinkId(0), LinkId(1)), trip(Mode::Walk, LinkId(1), LinkId(0))], |_| 60);
    let names = events::Names {
        network: &network,
        legs: &legs,
        person: &|p: PersonId| format!("p{}", p.0),
        activity: &|_, n| ["home", "work", "home"][n].to_string(),
        distance_m: &|_| 10.5,
    };
    let event = |time_s, kind, link| Event { time_s, person: PersonId(0), kind, link };
    let ours = [
        event(10, Kind::Depart, LinkId(0)),
        event(11, Kind::EnterTraffic, LinkId(0)),
        event(20, Kind::Enter, LinkId(1)),
        event(30, Kind::Arrive, LinkId(1)),
        event(40, Kind::DepartTeleported, LinkId(1)),
        event(50, Kind::ArriveTeleported, LinkId(0)),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("e.xml.gz");
    events::write(&path, &names, |writer| ours.iter().try_for_each(|e| writer.second(&[*e]))).unwrap();
    let mut told = Vec::new();
    events::read(&path, &mut |e| {
        let place = e.link.unwrap_or_default();
        told.push(
            format!("{} {} {place} {}", e.time_s, e.kind, e.activity.or(e.leg_mode).unwrap_or_default())
                .trim_end()
                .to_string(),
        );
        Ok(())
    })
    .unwrap();
    assert_eq!(
        told,
        [
            "10 actend 1 home",
            "10 departure 1 car",
            "10 PersonEntersVehicle",
            "11 vehicle enters traffic 1",
            "20 left link 1",
            "20 entered link 2",
            "30 vehicle leaves traffic 2",
            "30 PersonLeavesVehicle",
            "30 arrival 2 car",
            "30 actstart 2 work",
            "40 actend 2 work",
            "40 departure 2 walk",
            "50 travelled",
            "50 arrival 1 walk",
            "50 actstart 1 home",
        ]
    );
    let lost = [event(60, Kind::Depart, LinkId(0))];
    let failed = events::write(&path, &names, |writer| {
        ours.iter().try_for_each(|e| writer.second(&[*e]))?;
        writer.second(&lost)
    });
    assert_eq!(failed.unwrap_err().exit_code(), 1);
}

#[test]
fn matsims_own_files_are_read() {
    let Some(equil) = fixture::data("matsim/equil") else { return };
    let (network, _) = network::read(equil.join("network.xml")).unwrap();
    assert_eq!((network.nodes.len(), network.links.len()), (15, 23));
    let plans = equil.join("plans2000.xml.gz");
    let (mut persons, _) = population::read(&plans).unwrap();
    assert_eq!(persons.len(), 2000);
    assert!(population::resolve_routes(&mut persons, &network, &plans).is_empty());
    assert!(persons.iter().flat_map(|p| &p.legs).all(|l| l.route.is_some()));
    let (counts, _) = counts::read(equil.join("counts100.xml")).unwrap();
    assert_eq!(counts.hours.len(), counts.stations.len() * 24);
    let (mut n_entered, mut last_s) = (0, 0.0);
    events::read(equil.join("output_events.xml.gz"), &mut |event| {
        assert!(event.time_s >= last_s);
        last_s = event.time_s;
        n_entered += u32::from(event.kind == "entered link");
        Ok(())
    })
    .unwrap();
    assert_eq!(n_entered, 14_000);
    let (changes, _) = change_events::read(
        fixture::data("matsim/equil-extended/networkChangeEvents.xml").unwrap(),
        &network,
    )
    .unwrap();
    assert_eq!((changes.len(), changes[0].time_s, changes[0].freespeed_mps), (3, 11_160, Some(1.0)));
}

#[test]
fn large_real_networks_are_read_and_come_back() {
    let Some(folder) = fixture::data("matsim") else { return };
    for (name, n_links) in [
        ("melbourne_network.xml.gz", 92_971),
        ("melun_network.xml.gz", 6_417),
        ("lesson-3/network.xml.gz", 12_940),
    ] {
        let (network, warnings) = network::read(folder.join(name)).unwrap();
        eprintln!("{name}: {} nodes, {} links, {warnings:?}", network.nodes.len(), network.links.len());
        assert_eq!(network.links.len(), n_links, "{name}");
        let target = tempfile::tempdir().unwrap();
        let path = target.path().join("n.xml.gz");
        network::write(&network, &path).unwrap();
        assert!(same(&network, &network::read(&path).unwrap().0), "{name}");
    }
}

#[test]
fn real_populations_are_read_and_come_back() {
    let Some(folder) = fixture::data("matsim").and_then(|p| Some(p.parent()?.to_path_buf())) else { return };
    for (name, n_persons) in [
        ("survey/vista2009/pop.xml.gz", 41_626),
        ("matsim/melun_population.xml.gz", 5_704),
        ("matsim/lesson-3/plans.xml.gz", 8_760),
    ] {
        let (persons, warnings) = population::read(folder.join(name)).unwrap();
        eprintln!("{name}: {} persons, {warnings:?}", persons.len());
        assert_eq!(persons.len(), n_persons, "{name}");
        if n_persons > 10_000 {
            continue;
        }
        let target = tempfile::tempdir().unwrap();
        let path = target.path().join("p.xml.gz");
        population::write(&persons, &Crs::Plane, &path).unwrap();
        let mut back = population::read(&path).unwrap().0;
        // What the file gives no class, is written with one.
        for (own, other) in persons.iter().zip(&mut back) {
            for (own, other) in own.attributes.iter().zip(&mut other.attributes) {
                if own.kind.is_empty() {
                    other.kind.clear();
                }
            }
        }
        assert!(persons == back, "{name}");
        assert!(valid_against("population_v6.dtd", &path));
    }
    let (facilities, _) = facilities::read(folder.join("matsim/melun_facilities.xml.gz")).unwrap();
    assert!(facilities.len() > 1000 && facilities.iter().all(|f| f.xy_m.is_some() && f.link.is_some()));
}

/// Damaged copies of valid files end as errors or as values, never as a panic; packed ones too.
#[test]
fn damage_never_panics() {
    let (network, _) = fixture::with("n.xml", NETWORK, |path| network::read(path).unwrap());
    let check = |name: &str, text: &str, read: &dyn Fn(&Path)| {
        assert!(!panics_on_damage(name, text.as_bytes(), 250, read), "{name}");
    };
    check("network", NETWORK, &|path| drop(network::read(path)));
    check("population", POPULATION, &|path| drop(population::read(path)));
    check("plans", PLANS_V4, &|path| {
        if let Ok((mut persons, _)) = population::read(path) {
            population::resolve_routes(&mut persons, &network, path);
        }
    });
    check("counts", COUNTS, &|path| drop(counts::read(path)));
    check("facilities", FACILITIES, &|path| drop(facilities::read(path)));
    check("changes", CHANGES, &|path| drop(change_events::read(path, &network)));
    assert!(!panics_on_damage("events", EVENTS.as_bytes(), 250, |path| drop(events::read(
        path,
        &mut |_| Ok(())
    ))));
    let folder = tempfile::tempdir().unwrap();
    let packed = folder.path().join("n.xml.gz");
    network::write(&network, &packed).unwrap();
    let packed = std::fs::read(packed).unwrap();
    assert!(!panics_on_damage("n.xml.gz", &packed, 250, |path| drop(network::read(path))));
}
