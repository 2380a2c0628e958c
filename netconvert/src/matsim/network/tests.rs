use super::*;
use crate::fixture;

/// Two places joined by a road in both directions, and whatever else is put in.
fn road(crs: &str, places: [(f64, f64); 2], length: f64, more: &str) -> String {
    let [(ax, ay), (bx, by)] = places;
    let link = |id, from, to| {
        format!(
            "<link id=\"{id}\" from=\"{from}\" to=\"{to}\" length=\"{length}\" freespeed=\"15\" capacity=\"9000\" \
             permlanes=\"0.5\" modes=\"car\"/>"
        )
    };
    let attributes = match crs {
        "" => String::new(),
        crs => format!(
            "<attributes><attribute name=\"coordinateReferenceSystem\">{crs}</attribute></attributes>"
        ),
    };
    format!(
        "<network>{attributes}<nodes><node id=\"a\" x=\"{ax}\" y=\"{ay}\"/><node id=\"b\" x=\"{bx}\" y=\"{by}\"/></nodes>\
         <links capperiod=\"06:00:00\">{}{}{more}</links></network>",
        link("ab", "a", "b"),
        link("ba", "b", "a")
    )
}

const VIENNA: [(f64, f64); 2] = [(16.37, 48.20), (16.38, 48.21)];

fn of(text: &str, system: Option<System>) -> Result<Reading> {
    fixture::with("n.xml", text, |path| read_whole(path, system))
}

#[test]
fn networks_in_degrees_are_refused_whatever_their_lengths() {
    // Lengths in degrees, in kilometres (0.9), in metres; with a system in degrees, in metres, or none.
    for (crs, length) in [
        ("", 0.0141),
        ("", 0.9),
        ("", 1340.0),
        ("WGS84", 1340.0),
        ("EPSG:4326", 0.0141),
        ("EPSG:32633", 0.0141),
    ] {
        let error = of(&road(crs, VIENNA, length, ""), None).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains("degrees") && said.contains("project the network first, e.g. to EPSG:32633"),
            "{said}"
        );
        assert_eq!(error.exit_code(), 2);
    }
    let given = of(&road("", VIENNA, 1340.0, ""), Some(System::Degrees)).unwrap_err().to_string();
    assert!(given.contains("degrees"), "{given}");
    // A toy in small numbers whose lengths fit, and one of which the user says that it is a plane.
    assert!(of(&road("", [(0.0, 0.0), (10.0, 0.0)], 10.0, ""), None).is_ok());
    assert!(of(&road("", VIENNA, 1340.0, ""), Some(System::Metres(Crs::Plane))).is_ok());
}

#[test]
fn systems_are_read_by_matsims_names_and_unknown_ones_refused() {
    let places = [(600_000.0, 5_300_000.0), (601_000.0, 5_300_000.0)];
    let crs = |name: &str| of(&road(name, places, 1000.0, ""), None).map(|reading| reading.network.crs);
    assert_eq!(crs("WGS84_UTM33N").unwrap(), Crs::Epsg(32_633));
    assert_eq!(crs("Atlantis").unwrap(), Crs::Plane);
    assert_eq!(crs("").unwrap(), Crs::Plane);
    let said = crs("Gauss 17").unwrap_err().to_string();
    assert!(said.contains("reference system \"Gauss 17\" is not known"), "{said}");
    let given = of(&road("Gauss 17", places, 1000.0, ""), Some(System::Metres(Crs::Epsg(32_633))));
    assert_eq!(given.unwrap().network.crs, Crs::Epsg(32_633));
}

#[test]
fn odd_links_without_cars_do_no_harm() {
    let places = [(600_000.0, 5_300_000.0), (601_000.0, 5_300_000.0)];
    let link = |id: &str, to: &str, speed: &str, capacity: &str, modes: &str| {
        format!(
            "<link id=\"{id}\" from=\"b\" to=\"{to}\" length=\"9\" freespeed=\"{speed}\" capacity=\"{capacity}\" \
             permlanes=\"1\" modes=\"{modes}\"/>"
        )
    };
    let more = [
        link("loop", "b", "20", "60000", "bus,artificial"),
        link("rail", "a", "1.7E308", "60000", "rail"),
        link("none", "a", "20", "0.0", "rail"),
        link("nobody", "a", "20", "600", ""),
        link("lorries", "a", "20", "600", "truck"),
    ]
    .concat();
    let Reading { network, modes, warnings } = of(&road("EPSG:32633", places, 1000.0, &more), None).unwrap();
    let link = |name: &str| network.links.iter().find(|link| link.name == name).unwrap();
    assert_eq!((link("ab").capacity_vph, link("ab").lanes), (1500.0, 0.5));
    let cars: Vec<&str> = network
        .links
        .iter()
        .filter(|link| link.modes.has(Mode::Car))
        .map(|link| link.name.as_str())
        .collect();
    assert_eq!(cars, ["ab", "ba"]);
    assert_eq!((link("loop").from, link("loop").to), (NodeId(1), NodeId(1)));
    assert_eq!((link("rail").freespeed_mps, link("none").capacity_vph), (100.0, 1.0));
    assert_eq!((link("nobody").modes, link("lorries").modes), (ModeSet::default(), ModeSet::default()));
    assert_eq!(modes.into_iter().collect::<Vec<_>>(), ["artificial", "truck"]);
    let told: Vec<&str> = warnings.iter().map(|warning| warning.what.as_str()).collect();
    assert!(told.iter().any(|what| what.starts_with("is open to \"truck\" but not to car")), "{told:?}");
    let car = more.replace(
        "capacity=\"0.0\" permlanes=\"1\" modes=\"rail\"",
        "capacity=\"0.0\" permlanes=\"1\" modes=\"car\"",
    );
    let said = of(&road("EPSG:32633", places, 1000.0, &car), None).unwrap_err().to_string();
    assert!(said.contains("capacity=\"0.0\""), "{said}");
    // Written and read again it is the same network.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n.xml");
    write(&network, &path).unwrap();
    assert!(super::super::tests::same(&network, &read(&path).unwrap().0));
}
