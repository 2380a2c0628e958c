//! TNTP files, read and refused.

use super::*;
use crate::fixture;
use engine::unit::M_PER_MILE;

pub(crate) const NET: &str = "<NUMBER OF ZONES> 2\t\n<NUMBER OF NODES> 3\n<FIRST THRU NODE> 3\n<NUMBER OF LINKS> 4\n\
    <END OF METADATA>\n\n~\tinit\tterm\n\t1\t3\t1800\t2\t3\t0.15\t4\t0\t0.5\t1\t;\n\t3\t2\t900\t0\t0\t0\t4\t0\t0\t0\t;\n\
    \t1\t3\t100\t2\t3\t0.15\t4\t;\n2 3 100 1 1 0.15 4;\n";
pub(crate) const NODE: &str = "Node\tX\tY\t;\n1\t0\t0\t;\n2\t1500\t0;\n3 1000 0 ;\n";
pub(crate) const TRIPS: &str = "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 30.5\n<END OF METADATA>\n\nOrigin \t1\n  1 : 0.0;  2 : 10.5;\n\nOrigin 2\n1 \t: \t20;\n";

pub(crate) fn units() -> Units {
    Units { length_m: 1000.0, time_s: 60.0, period_h: 2.0, coordinates: Coordinates::Metres(Crs::Plane) }
}

#[test]
fn links_keep_their_cost_functions() {
    let (tntp, warnings) = fixture::with("net", NET, |net| {
        fixture::with("node", NODE, |node| read_network(net, Some(node), &units()).unwrap())
    });
    let links = &tntp.network.links;
    assert_eq!((tntp.n_zones, tntp.first_thru_node), (2, NodeId(2)));
    assert_eq!((links[0].name.as_str(), links[2].name.as_str()), ("1-3", "1-3-2"));
    assert_eq!((links[0].length_m, links[0].capacity_vph), (2000.0, 900.0));
    assert_eq!(tntp.bpr[0], Bpr { free_s: 180.0, b: 0.15, power: 4.0, toll: 0.5 });
    assert_eq!((links[1].length_m, links[1].freespeed_mps, tntp.bpr[1].free_s), (500.0, 1000.0 / 60.0, 0.0));
    // Link 3-2 has length 0, time 0, and b = 0: its capacity of 900 says nothing.
    assert_eq!((links[1].name.as_str(), links[1].capacity_vph), ("3-2", 1e6));
    let told: Vec<String> = warnings.iter().map(|w| w.to_string()).collect();
    assert_eq!(warnings.len(), 3, "{told:?}");
    assert!(
        told.iter().any(|w| w.contains("its capacity was not used") && w.contains("25.0 % of 4 links")),
        "{told:?}"
    );
}

#[test]
fn trips_and_flows_are_read() {
    let (trips, warnings) = fixture::with("t", TRIPS, |path| read_trips(path).unwrap());
    assert_eq!(trips.len(), 3);
    assert_eq!(trips[2], Demand { from: 2, to: 1, trips: 20.0 });
    assert!(warnings.is_empty(), "{warnings:?}");
    let wrong = TRIPS.replace("30.5", "31");
    assert_eq!(fixture::with("t", wrong, |path| read_trips(path).unwrap()).1.len(), 1);
    let flows =
        fixture::with("f", "From \tTo \tVolume \tCost \n1 \t2 \t4494.5 \t6.0 \n", |p| read_flows(p).unwrap());
    assert_eq!(flows, [Flow { from: 1, to: 2, volume: 4494.5, cost: 6.0 }]);
}

#[test]
fn bad_rows_are_told_by_line() {
    for (old, new, told) in [
        ("\t1\t3\t1800", "\t9\t3\t1800", "8: names node 9"),
        ("1800", "-1800", "8: holds -1800"),
        ("1800", "many", "8: cannot be read"),
        ("\t0.15\t4\t0\t0.5\t1", "", "at least 7 numbers"),
        ("LINKS> 4", "LINKS> 5", "truncated"),
        ("<NUMBER OF NODES> 3", "", "has no <NUMBER OF NODES>"),
        ("NODES> 3", "NODES> 99999999999", "header"),
    ] {
        let text = NET.replacen(old, new, 1);
        let error =
            fixture::with("net", &text, |net| read_network(net, None, &units()).map(|_| ()).unwrap_err());
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
    for (old, new) in [("10.5", "x"), ("2 : 10.5", "3 : 10.5"), ("Origin \t1", ""), ("20;", "-20;")] {
        let text = TRIPS.replacen(old, new, 1);
        assert_eq!(fixture::with("t", &text, |path| read_trips(path).unwrap_err()).exit_code(), 2, "{new}");
    }
}

#[test]
fn damage_never_panics() {
    let panics = |name: &str, text: &str, read: &dyn Fn(&Path)| {
        crate::testing::panics_on_damage(name, text.as_bytes(), 250, read)
    };
    assert!(!panics("net", NET, &|path| drop(read_network(path, None, &units()))));
    assert!(!panics("trips", TRIPS, &|path| drop(read_trips(path))));
    assert!(!panics("flow", "From To Volume Cost\n1 2 3.5 4\n2 1 3 4\n", &|path| drop(read_flows(path))));
    fixture::with("net", NET, |net| {
        assert!(!panics("node", NODE, &|path| drop(read_network(net, Some(path), &units()))));
    });
}

/// Packed as the collection is here, with longitudes and latitudes: the zone of Sioux Falls is 14 (96.7° W).
#[test]
fn packed_files_in_degrees_are_read() {
    let pack = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let node = "Node\tX\tY\t;\n1\t-96.77\t43.61\t;\n2\t-96.71\t43.60\t;\n3\t-96.75\t43.58\t;\n";
    let degrees = Units { coordinates: Coordinates::Degrees, ..units() };
    let read = |net: &Path| {
        fixture::with("n_node.tntp.gz", pack(node), |node| read_network(net, Some(node), &degrees).unwrap().0)
    };
    let tntp = fixture::with("n_net.tntp.gz", pack(NET), read);
    assert_eq!((tntp.network.crs.clone(), tntp.network.nodes.len()), (Crs::Epsg(32_614), 3));
    let trips = fixture::with("n_trips.tntp.gz", pack(TRIPS), |path| read_trips(path).unwrap().0);
    assert_eq!(trips.len(), 3);
}

/// Sizes as the collection's READMEs state them.
#[test]
fn the_published_networks_are_read() {
    let Some(root) = fixture::data("tntp") else { return };
    for (folder, stem, n_nodes, n_links, n_trips) in [
        ("SiouxFalls", "SiouxFalls", 24, 76, 360_600.0),
        ("Anaheim", "Anaheim", 416, 914, 104_694.4),
        ("Chicago-Sketch", "ChicagoSketch", 933, 2950, 1_260_907.44),
        ("Eastern-Massachusetts", "EMA", 74, 258, 65_576.375),
        ("Berlin-Center", "berlin-center", 12_981, 28_376, 168_222.302),
    ] {
        let file = |kind: &str| root.join(folder).join(format!("{stem}_{kind}.tntp.gz"));
        let node = Some(file("node")).filter(|p| p.exists() && folder != "SiouxFalls");
        let (tntp, _) = read_network(file("net"), node.as_deref(), &units()).unwrap();
        assert_eq!((tntp.network.nodes.len(), tntp.network.links.len()), (n_nodes, n_links), "{folder}");
        let (trips, _) = read_trips(file("trips")).unwrap();
        let sum: f64 = trips.iter().map(|t| t.trips).sum();
        assert!((sum - n_trips).abs() < 1.0, "{folder}: {sum}");
        if file("flow").exists() {
            assert_eq!(read_flows(file("flow")).unwrap().len(), n_links, "{folder}");
        }
    }
    let sioux = root.join("SiouxFalls");
    let degrees = Units { coordinates: Coordinates::Degrees, ..units() };
    let node = sioux.join("SiouxFalls_node.tntp.gz");
    let (tntp, _) = read_network(sioux.join("SiouxFalls_net.tntp.gz"), Some(&node), &degrees).unwrap();
    assert_eq!(tntp.network.crs, Crs::Epsg(32_614));
    // Nobody says what the coordinates are. The lengths of Sioux Falls fit as kilometres; Berlin's
    // drawing, in numbers that could be degrees of Chad, does not in any unit of length.
    let untold = |folder: &str, stem: &str, length_m: f64| {
        let file = |kind: &str| root.join(folder).join(format!("{stem}_{kind}.tntp.gz"));
        let units = Units { length_m, coordinates: Coordinates::Untold, ..units() };
        let (tntp, warnings) = read_network(file("net"), Some(&file("node")), &units).unwrap();
        (tntp.network.crs, warnings.into_iter().map(|w| w.what).find(|what| what.contains("coordinates")))
    };
    let (crs, told) = untold("SiouxFalls", "SiouxFalls", 1000.0);
    assert!(crs == Crs::Epsg(32_614) && told.unwrap().contains("projected to EPSG:32614"));
    for length_m in [1.0, M_PER_MILE, 1000.0] {
        let (crs, told) = untold("Berlin-Center", "berlin-center", length_m);
        assert!(crs == Crs::Plane && told.unwrap().contains("neither as degrees"), "{length_m}");
        assert_eq!(untold("Chicago-Sketch", "ChicagoSketch", length_m), (Crs::Plane, None));
    }
}
