use super::*;
use crate::testing::{data, file, panics_on_damage};
use engine::projection::Crs;

fn projection() -> Projection {
    Projection::new(&Crs::Epsg(32_610)).unwrap()
}

const META: &str = "ID\tFwy\tDir\tDistrict\tCounty\tCity\tState_PM\tAbs_PM\tLatitude\tLongitude\tLength\tType\tLanes\tName\tUser_ID_1
400000\t101\tS\t4\t41\t52582\t19.23\t459.835\t38.081498\t-122.547963\t.415\tML\t4\tSR-37 \"conn\tDT5A2
400001\t80\tE\t4\t85\t68000\tR38.26\t387.897\t\t\t.265\tOR\t1\tNB 880 rm\t
";

const TYPICAL: &str = "station,district,route,direction,type,hour,lanes,median_flow,avg_flow,sd_flow,median_speed,avg_speed,days_observed,latitude,longitude
400000,4,101,S,ML,7,3,0,3000,60.5,0,60,40,38.081498,-122.547963
400000,4,101,S,ML,7,4,0,4000,60.5,0,50,31,38.081498,-122.547963
400000,4,101,S,ML,8,3,0,0,0,0,60,40,38.081498,-122.547963
400000,4,101,S,ML,9,3,0,2000,5,0,60,14,38.081498,-122.547963
400001,4,80,E,OR,7,1,0,100,,,,20,,
";

fn meta() -> Vec<Station> {
    let (_folder, path) = file("meta.txt", META);
    let (stations, warnings) = read_station_meta(path, &projection()).unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    stations
}

#[test]
fn metadata_with_lone_quotes() {
    let stations = meta();
    assert_eq!(stations.len(), 2);
    assert_eq!(stations[0].route, Some(("101".into(), 'S')));
    assert_eq!((stations[0].kind, stations[0].lanes), (StationKind::Mainline, 4));
    let (x, y) = stations[0].xy_m.unwrap();
    assert!((x - 539_645.0).abs() < 200.0 && (y - 4_214_950.0).abs() < 500.0, "{x} {y}");
    assert_eq!((stations[1].kind, stations[1].xy_m), (StationKind::OnRamp, None));
}

#[test]
fn a_typical_day_keeps_the_best_observed_lane_count() {
    let (_folder, path) = file("t.csv", TYPICAL);
    let mut known = meta();
    known[1].xy_m = Some((1.0, 2.0));
    let (counts, warnings) = read_hourly_typical(path, &projection(), &known, &Quality::default()).unwrap();
    assert_eq!(counts.stations.len(), 2);
    assert_eq!(counts.stations[0].lanes, 3);
    assert_eq!(counts.stations[1].xy_m, Some((1.0, 2.0)));
    let hours: Vec<_> = counts.hours.iter().map(|h| (h.station, h.hour, h.volume_vph, h.days)).collect();
    assert_eq!(hours, [(0, 7, 3000.0, 40), (1, 7, 100.0, 20)]);
    assert!((counts.hours[0].speed_mps.unwrap() - 60.0 * MPS_PER_MPH).abs() < 1e-12);
    assert_eq!(counts.hours[0].volume_sd, Some(60.5));
    assert_eq!(counts.hours[1].speed_mps, None);
    // Zero at a busy station, too few days, another lane count, no speed, a position from the metadata.
    assert_eq!(warnings.len(), 5, "{warnings:?}");
}

/// One hour of twelve intervals, 100 % observed, for station 400000; flow and speed by interval.
fn five_minutes(date: &str, flow: impl Fn(u32) -> (f64, f64)) -> String {
    let row = |i: u32| {
        let (flow, speed) = flow(i);
        format!("{date} 07:{:02}:00,400000,4,101,S,ML,.4,40,100,{flow},.05,{speed},10,1,.1,60,1\n", i * 5)
    };
    (0..12).map(row).collect()
}

#[test]
fn five_minutes_become_hours() {
    let text = five_minutes("10/08/2019", |i| if i == 0 { (200.0, 30.0) } else { (100.0, 60.0) })
        + &five_minutes("10/09/2019", |_| (90.0, 60.0))
        + "10/08/2019 08:00:00,400000,4,101,S,ML,.4,40,100,10,.05,60\n"
        + "10/08/2019 07:00:00,999999,4,101,S,ML,.4,40,100,10,.05,60\n";
    let (_folder, path) = file("t.txt", &text);
    let (counts, warnings) = read_5min(path, &meta(), &Quality::default()).unwrap();
    assert_eq!((counts.stations.len(), counts.hours.len()), (1, 1));
    let hour = counts.hours[0];
    assert_eq!((hour.hour, hour.days), (7, 2));
    assert!((hour.volume_vph - (1300.0 + 1080.0) / 2.0).abs() < 1e-9);
    let mph = (200.0 * 30.0 + 1100.0 * 60.0 + 1080.0 * 60.0) / 2380.0;
    assert!((hour.speed_mps.unwrap() - mph * MPS_PER_MPH).abs() < 1e-9);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn imputed_intervals_are_not_believed() {
    let text = five_minutes("10/08/2019", |_| (100.0, 60.0)).replacen(",40,100,", ",40,90,", 1);
    let (_folder, path) = file("t.txt", &text);
    assert!(read_5min(&path, &meta(), &Quality::default()).unwrap().0.hours.is_empty());
    let lenient = Quality { observed_percent: 80.0, ..Quality::default() };
    assert_eq!(read_5min(&path, &meta(), &lenient).unwrap().0.hours.len(), 1);
}

#[test]
fn station_hours() {
    let text = "10/08/2019 07:00:00,400000,4,101,S,ML,.4,400,100,5000,.05,61.5,0,0,0,0,0,0,1,2,3\n\
                10/08/2019 08:00:00,400000,4,101,S,ML,.4,400,99,5000,.05,61.5,0,0,0,0,0,0,1,2,3\n";
    let (_folder, path) = file("t.txt", text);
    let (counts, warnings) = read_station_hour(path, &meta(), &Quality::default()).unwrap();
    assert_eq!(counts.hours.len(), 1);
    assert_eq!((counts.hours[0].hour, counts.hours[0].volume_vph), (7, 5000.0));
    assert_eq!(warnings.len(), 1);
}

#[test]
fn thirty_seconds() {
    let row = |i: u32| {
        format!("01/23/2012 07:{:02}:{:02},400000,1,.02,60,3,.01,40,,,,,,,,,,,,,,,,,,\n", i / 2, i % 2 * 30)
    };
    let all: String = (0..120).map(row).collect();
    let (_folder, path) = file("t.txt", &all);
    let (counts, _) = read_raw(&path, &meta(), &Quality::default()).unwrap();
    assert_eq!(counts.hours[0].volume_vph, 480.0);
    assert!((counts.hours[0].speed_mps.unwrap() - 45.0 * MPS_PER_MPH).abs() < 1e-9);
    let (_folder, path) = file("t.txt", &(0..100).map(row).collect::<String>());
    assert!(read_raw(&path, &meta(), &Quality::default()).unwrap().0.hours.is_empty());
    let lenient = Quality { observed_percent: 80.0, ..Quality::default() };
    assert_eq!(read_raw(&path, &meta(), &lenient).unwrap().0.hours.len(), 1);
}

#[test]
fn bad_rows_are_named() {
    let says = |text: &str, want: &[&str]| {
        let (_folder, path) = file("t.txt", text);
        let error = read_5min(path, &meta(), &Quality::default()).unwrap_err().to_string();
        assert!(want.iter().all(|w| error.contains(w)), "{error}");
    };
    let good = five_minutes("10/08/2019", |_| (100.0, 60.0));
    says(&good.replacen("07:05:00", "07:65:00", 1), &["t.txt:2:", "MM/DD/YYYY"]);
    says(&good.replacen(",100,.05", ",-100,.05", 1), &["t.txt:1:", "zero or more"]);
    says("10/08/2019 07:00:00,400000,4\n", &["t.txt:1:", "at least 12"]);
}

#[test]
fn damaged_files_are_faults_not_panics() {
    let (meta, projection, quality) = (meta(), projection(), Quality::default());
    let days = five_minutes("10/08/2019", |_| (100.0, 60.0));
    let fuzz = |text: &str, read: &dyn Fn(&std::path::Path)| {
        assert!(!panics_on_damage("t.txt", text.as_bytes(), 150, read));
    };
    fuzz(META, &|path| drop(read_station_meta(path, &projection)));
    fuzz(TYPICAL, &|path| drop(read_hourly_typical(path, &projection, &meta, &quality)));
    fuzz(&days, &|path| drop(read_5min(path, &meta, &quality)));
    fuzz(&days, &|path| drop(read_station_hour(path, &meta, &quality)));
    fuzz(&days, &|path| drop(read_raw(path, &meta, &quality)));
}

#[test]
fn the_real_typical_day() {
    let (Some(hours), Some(meta)) =
        (data("bay-area/pems_hour_d04_2017.csv.gz"), data("bay-area/d04_text_meta_2021_10_16.txt.gz"))
    else {
        return;
    };
    let (stations, _) = read_station_meta(meta, &projection()).unwrap();
    assert_eq!(stations.len(), 3991);
    let (counts, warnings) =
        read_hourly_typical(hours, &projection(), &stations, &Quality::default()).unwrap();
    warnings.iter().for_each(|w| eprintln!("{w}"));
    assert_eq!(counts.stations.len(), 2724);
    assert!(warnings.iter().any(|w| w.count == 464 && w.what.starts_with("hour of a station occurs again")));
    assert_eq!(counts.stations.iter().filter(|s| s.xy_m.is_none()).count(), 3);
    let ordered = counts.hours.windows(2).all(|w| (w[0].station, w[0].hour) < (w[1].station, w[1].hour));
    assert!(ordered);
    eprintln!("{} station-hours", counts.hours.len());
}

#[test]
fn the_real_formats() {
    let Some(meta) = data("pems-formats/d05_text_meta_2012_02_25.txt") else { return };
    let (stations, warnings) = read_station_meta(meta, &projection()).unwrap();
    eprintln!("{} stations, {warnings:?}", stations.len());
    assert!(stations.len() > 100);
    let Some(raw) = data("pems-formats/d05_text_station_raw_2012_01_23.txt.gz") else { return };
    // The raw file is of stations that this metadata, a month younger, no longer holds.
    let known: Vec<Station> =
        (500_000..501_000).map(|id| Station { name: id.to_string(), ..stations[0].clone() }).collect();
    let lenient = Quality { observed_percent: 80.0, ..Quality::default() };
    let (counts, warnings) = read_raw(raw, &known, &lenient).unwrap();
    eprintln!("{} stations, {} hours, {warnings:?}", counts.stations.len(), counts.hours.len());
    let eight = counts.hours.iter().find(|h| (h.station, h.hour) == (0, 8)).unwrap();
    eprintln!("500001 at 8:00: {}", eight.volume_vph);
    assert_eq!(counts.stations.len(), 10);
    // 10 stations × 24 hours, less the three of no flow at a ramp that is busy by day.
    assert_eq!(counts.hours.len(), 237);
    assert_eq!(eight.volume_vph, 549.0);
}

/// A blank or `NA` costs what it would have said: the station keeps its other hours, and its flows without lanes.
#[test]
fn one_missing_cell_costs_no_more_than_its_own_value() {
    let whole = "station,district,route,direction,type,hour,lanes,avg_flow,sd_flow,avg_speed,days_observed,latitude,longitude\r\n\
        400000,4,101,S,ML,7,,3000,60,60,40,38.08,-122.54\r\n400000,4,101,S,ML,8,NA,3100,60,NA,40,38.08,-122.54\r\n\
        400001,4,80,E,ML,7,3,NA,60,60,40,38.08,-122.54\r\n400001,4,80,E,ML,8,3,900,,60,40,38.08,-122.54\r\n\
        400001,4,80,E,ML,9,3.0,950,,60,,38.08,-122.54\r\n";
    // Two members of gzip, one after the other.
    let pack = |text: &str| {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let (first, second) = whole.split_at(whole.find("400001").unwrap());
    let packed = [pack(first), pack(second)].concat();
    let (_folder, path) = crate::testing::file_of("typical.csv.gz", &packed);
    let (counts, warnings) = read_counts(path, &projection(), None, &Quality::default()).unwrap();
    let hours: Vec<_> = counts.hours.iter().map(|h| (h.station, h.hour, h.volume_vph, h.volume_sd)).collect();
    assert_eq!(hours, [(0, 7, 3000.0, Some(60.0)), (0, 8, 3100.0, Some(60.0)), (1, 8, 900.0, None)]);
    assert_eq!((counts.stations[0].lanes, counts.stations[1].lanes), (0, 3));
    let told: Vec<String> =
        warnings.iter().map(|w| w.to_string().split(".gz:").nth(1).unwrap().to_owned()).collect();
    assert_eq!(
        told,
        [
            "2: 2 × station-hour without a number of lanes, kept (40.0 % of 5 station-hours)",
            "3: station-hour without a speed that a car can have, its flow is kept (20.0 % of 5 station-hours)",
            "4: 2 × station-hour without an hour, a flow or a number of days, left out (40.0 % of 5 station-hours)",
        ]
    );
    // What is neither empty nor of its kind is a fault, in its own line.
    let (_folder, path) = file("t.csv", &whole.replace(",3100,", ",many,"));
    let told = read_counts(path, &projection(), None, &Quality::default()).unwrap_err().to_string();
    assert!(told.contains("t.csv:3: column \"avg_flow\" is \"many\""), "{told}");
}

/// Rows of an hour of station 400000, as the clearinghouse writes them: 18 columns, then 3 for each of 8 lanes.
fn clearinghouse(date: &str, hour: u32, flow: f64) -> String {
    let lanes = "2500,.05,62,2500,.05,61".to_owned() + &",".repeat(18);
    format!("{date} {hour:02}:00:00,400000,4,101,S,ML,.4,400,100,{flow},.05,61.5,0,0,0,0,0,0,{lanes}\n")
}

#[test]
fn a_month_of_hours_becomes_a_typical_weekday() {
    // 2019-10-05 was a Saturday, the 8th a Tuesday, the 10th a Thursday, the 11th a Friday.
    let days =
        [("10/05/2019", 2000.0), ("10/08/2019", 5000.0), ("10/10/2019", 5200.0), ("10/11/2019", 9000.0)];
    let mut text: String = days.iter().map(|(date, flow)| clearinghouse(date, 7, *flow)).collect();
    text += &clearinghouse("10/08/2019", 8, 4000.0);
    // The same row twice, and an hour that was imputed.
    text += &clearinghouse("10/08/2019", 8, 4000.0);
    text += &clearinghouse("10/10/2019", 8, 4400.0).replace(",400,100,", ",400,60,");
    for name in ["d04_text_station_hour_2019_10.txt", "hours.txt"] {
        let (_folder, path) = file(name, &text);
        let (counts, warnings) =
            read_counts(&path, &projection(), Some(&meta()), &Quality::default()).unwrap();
        let hours: Vec<_> = counts.hours.iter().map(|h| (h.hour, h.volume_vph, h.days)).collect();
        assert_eq!(hours, [(7, 5100.0, 2), (8, 4000.0, 1)]);
        let told: Vec<(&str, u64)> = warnings.iter().map(|w| (w.what.as_str(), w.count)).collect();
        assert_eq!(
            told,
            [
                ("hour of a day is not wholly observed, left out", 1),
                ("hour of a day that is no Tuesday, Wednesday or Thursday, left out", 2),
                ("interval of a station occurs again, left out", 1),
            ]
        );
        let told = read_counts(&path, &projection(), None, &Quality::default()).unwrap_err().to_string();
        assert!(told.contains("where its stations are") && told.contains("Station Metadata"), "{told}");
        let all = Quality { midweek: false, ..Quality::default() };
        let (counts, _) = read_counts(&path, &projection(), Some(&meta()), &all).unwrap();
        assert_eq!((counts.hours[0].volume_vph, counts.hours[0].days), (5300.0, 4));
    }
    // A file of one day is that day, whichever it is.
    let (_folder, path) = file("d04_text_station_hour_2019_10.txt", &clearinghouse("10/05/2019", 7, 2000.0));
    let (counts, _) = read_counts(path, &projection(), Some(&meta()), &Quality::default()).unwrap();
    assert_eq!(counts.hours[0].volume_vph, 2000.0);
}

#[test]
fn files_that_tell_no_hours_are_refused() {
    let says = |name: &str, text: &str, want: &str| {
        let (_folder, path) = file(name, text);
        let told = read_counts(path, &projection(), Some(&meta()), &Quality::default()).unwrap_err();
        assert!(told.to_string().contains(want) && told.exit_code() == 2, "{told}");
    };
    says(
        "d04_text_station_day_2019_10.txt",
        "10/08/2019,400000,4,101,S,ML,.4,9000,100,90000\n",
        "whole days",
    );
    says("counts.txt", "10/08/2019 07:00:00,400000,4\n", "3 columns");
    says("counts.txt", "", "is empty");
}
