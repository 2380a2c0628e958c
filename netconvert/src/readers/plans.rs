//! Readers of MATSim's files.

use super::{Reader, digest};
use crate::matsim::{change_events, counts, events, facilities, network, population, vehicles};

const NETWORK: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<network>\n\
    <attributes><attribute name=\"coordinateReferenceSystem\" class=\"java.lang.String\">EPSG:32610</attribute></attributes>\n\
    <nodes>\n<node id=\"a\" x=\"550000\" y=\"4180000\"/>\n<node id=\"b\" x=\"551000\" y=\"4180000\"/>\n</nodes>\n\
    <links capperiod=\"01:00:00\">\n\
    <link id=\"1\" from=\"a\" to=\"b\" length=\"1000.5\" freespeed=\"13.9\" capacity=\"1000\" permlanes=\"2\" modes=\"car\"/>\n\
    <link id=\"2\" from=\"b\" to=\"a\" length=\"1000.5\" freespeed=\"13.9\" capacity=\"900\" permlanes=\"1\" modes=\"car\"/>\n\
    </links>\n</network>\n";
const POPULATION: &str = "<?xml version=\"1.0\"?>\n<population>\n\
    <attributes><attribute name=\"coordinateReferenceSystem\" class=\"java.lang.String\">EPSG:32610</attribute></attributes>\n\
    <person id=\"Ana\">\n<plan selected=\"yes\">\n\
    <activity type=\"home\" link=\"1\" x=\"550000\" y=\"4180000\" end_time=\"07:40:00\"/>\n\
    <leg mode=\"car\" dep_time=\"07:40:00\" trav_time=\"00:10:30\"><route type=\"links\" start_link=\"1\" end_link=\"2\">1 2</route></leg>\n\
    <activity type=\"work\" link=\"2\" x=\"551000\" y=\"4180000\"/>\n</plan>\n</person>\n</population>\n";
const COUNTS: &str = "<counts name=\"t\" year=\"2008\">\n<count loc_id=\"14\" cs_id=\"s\" x=\"1\" y=\"2\">\n\
    <volume h=\"7\" val=\"11.1\"/>\n<volume h=\"1\" val=\"5\"/></count>\n</counts>\n";
const FACILITIES: &str = "<facilities name=\"t\">\n<facility id=\"1\" x=\"5\" y=\"6\" linkId=\"9\"><activity type=\"work\">\n\
    <capacity value=\"12\"/></activity></facility>\n</facilities>\n";
const CHANGES: &str = "<networkChangeEvents xmlns=\"http://www.matsim.org/files/dtd\">\n\
    <networkChangeEvent startTime=\"09:00:00\"><link refId=\"1\"/><flowCapacity type=\"scaleFactor\" value=\"2\"/></networkChangeEvent>\n\
    </networkChangeEvents>\n";
const EVENTS: &str = "<events version=\"1.0\">\n<event time=\"21600.0\" type=\"actend\" person=\"9\" link=\"1\" actType=\"h\"/>\n\
    <event time=\"21601.5\" type=\"entered link\" vehicle=\"9\" link=\"6\"/>\n</events>\n";
const VEHICLES: &str = "<vehicleDefinitions xmlns=\"http://www.matsim.org/files/dtd\">\n\
    <vehicleType id=\"car\"><capacity seats=\"4\" standingRoomInPersons=\"0\"/><length meter=\"7.5\"/><width meter=\"1.0\"/>\
    <passengerCarEquivalents pce=\"1.0\"/><networkMode networkMode=\"car\"/></vehicleType>\n\
    <vehicle id=\"golf\" type=\"car\"/>\n</vehicleDefinitions>\n";

pub(super) fn readers() -> Vec<Reader> {
    vec![
        Reader::new("matsim::network::read", &[("network.xml", NETWORK)], |folder| {
            let (network, warnings) = network::read(folder.join("network.xml"))?;
            Ok(digest::lines(digest::network(&network), warnings))
        }),
        Reader::new("matsim::population::read", &[("plans.xml", POPULATION)], |folder| {
            let (persons, warnings) = population::read(folder.join("plans.xml"))?;
            Ok(digest::lines(digest::each(&persons), warnings))
        }),
        Reader::new("matsim::counts::read", &[("counts.xml", COUNTS)], |folder| {
            let (counts, warnings) = counts::read(folder.join("counts.xml"))?;
            Ok(digest::lines(digest::counts(&counts), warnings))
        }),
        Reader::new("matsim::facilities::read", &[("facilities.xml", FACILITIES)], |folder| {
            let (facilities, warnings) = facilities::read(folder.join("facilities.xml"))?;
            Ok(digest::lines(digest::each(&facilities), warnings))
        }),
        Reader::new(
            "matsim::change_events::read",
            &[("network.xml", NETWORK), ("changes.xml", CHANGES)],
            |folder| {
                let (network, _) = network::read(folder.join("network.xml"))?;
                let (changes, warnings) = change_events::read(folder.join("changes.xml"), &network)?;
                Ok(digest::lines(digest::each(&changes), warnings))
            },
        ),
        Reader::new("matsim::events::read", &[("events.xml", EVENTS)], |folder| {
            let mut found = Vec::new();
            events::read(folder.join("events.xml"), &mut |event| {
                found.push(format!("{event:?}"));
                Ok(())
            })?;
            Ok(digest::lines(found, Vec::new()))
        }),
        Reader::new("matsim::vehicles::read", &[("vehicles.xml", VEHICLES)], |folder| {
            let (vehicles, warnings) = vehicles::read(folder.join("vehicles.xml"))?;
            Ok(digest::lines([format!("{vehicles:?}")], warnings))
        }),
    ]
}
