//! Sheets of a small run, by hand.

use super::links::{Day, HOURS, Passed, Roads};
use super::*;
use crate::store::tests::Folder;
use crate::store::{link_15min, network};
use crate::table::{Type, column};
use crate::traffic::LinkBins;
use crate::twin::grid;
use crate::validate::travel::Driven;
use crate::zone::Zones;

/// Cells of a column.
fn numbers(sheet: &Sheet, name: &str) -> Vec<f64> {
    let at = sheet.columns().iter().position(|column| column.name == name).unwrap();
    let number = |row| match sheet.cells(row).nth(at).unwrap() {
        Cell::Whole(n) => n as f64,
        Cell::Number(x) => x,
        Cell::Empty => f64::NAN,
        other => panic!("{name}: {other:?}"),
    };
    (0..sheet.height()).map(number).collect()
}

#[test]
fn hours_add_up_to_the_day_and_those_past_midnight_are_hours_of_the_clock() {
    let folder = Folder::new("sheets");
    let grid = grid::network(3).unwrap();
    let n = grid.links.len();
    let mut bins = LinkBins::new(n, 900, 108_000);
    // Link 2: at 08:15, at 08:45, and at 25:00, which is one o'clock.
    for (bin, out) in [(33, 3), (35, 2), (100, 4)] {
        (bins.left[bin * n + 2], bins.entered[bin * n + 2], bins.time_sum_s[bin * n + 2]) =
            (out, out, 100 * out);
    }
    network::write(&folder.0, &grid, &Zones::default(), &vec![None; n]).unwrap();
    link_15min::write(&folder.0, &grid, &Driven { bins: &bins, trips: None, sample: 0.25 }).unwrap();
    let roads = Roads::read(&folder.0).unwrap();
    let day = Day::read(&folder.0, roads.len()).unwrap();

    let links = links::links(&roads, &day).unwrap();
    assert_eq!(links.height(), n);
    let of_link = |name: &str| numbers(&links, name)[2];
    assert_eq!((of_link("vehicles_out"), of_link("volume_vpd")), (9.0, 36.0));
    assert_eq!(
        (of_link("volume_08_vph"), of_link("volume_01_vph"), of_link("volume_07_vph")),
        (20.0, 16.0, 0.0)
    );
    assert_eq!((of_link("peak_hour"), of_link("peak_volume_vph")), (8.0, 20.0));
    assert!(numbers(&links, "peak_hour")[0].is_nan() && numbers(&links, "volume_vpd")[0] == 0.0);
    let hours: f64 = (0..HOURS).map(|hour| of_link(&format!("volume_{hour:02}_vph"))).sum();
    assert_eq!(hours, of_link("volume_vpd"));
    let free_s = grid.links[2].free_s();
    assert!((of_link("delay_h") - 4.0 * 9.0 * (100.0 - free_s) / 3600.0).abs() < 1e-9);
    assert!((of_link("speed_mps") - grid.links[2].length_m / 100.0).abs() < 1e-9);
    assert!(matches!(links.shape(2).unwrap(), Some(geo::Geometry::LineString(_))));

    let hours = links::link_hours(&roads, &day).unwrap();
    assert_eq!(numbers(&hours, "hour"), [1.0, 8.0]);
    assert_eq!((numbers(&hours, "link"), numbers(&hours, "volume_vph")), (vec![2.0, 2.0], vec![16.0, 20.0]));
    assert!(hours.crs().is_none() && hours.shape(0).unwrap().is_none());
}

#[test]
fn a_link_that_nobody_entered_has_no_speed() {
    let passed = Passed { out: 1, ..Passed::default() };
    assert_eq!((passed.speed_mps(100.0), passed.delay_h(10.0)), (None, 0.0));
}

#[test]
fn a_column_of_another_type_than_it_says_is_refused() {
    let of = column("lanes", Type::F64, "", "lanes");
    let wrong = Sheet::new("links", "one row a link", vec![part(of, vec![1u32])]);
    assert!(wrong.unwrap_err().to_string().contains("links.lanes"));
    let sheet = Sheet::new("links", "one row a link", vec![part(of, vec![1.5, f64::NAN])]).unwrap();
    let cells: Vec<Cell<'_>> = (0..3).flat_map(|row| sheet.cells(row)).collect();
    assert_eq!(cells, [Cell::Number(1.5), Cell::Empty, Cell::Empty]);
}
