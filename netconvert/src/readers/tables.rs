//! Readers of detectors, zones, people, and of a county in Wayfare's own tables.

use super::{Outcome, Reader, digest};
use crate::{bay_area, county, pems, targets, yardsticks, zones};
use engine::projection::{Crs, Projection};
use engine::validate::station::Station;
use std::path::Path;

const META: &str = "ID\tFwy\tDir\tDistrict\tCounty\tCity\tState_PM\tAbs_PM\tLatitude\tLongitude\tLength\tType\tLanes\tName\n\
    400000\t101\tS\t4\t41\t52582\t19.23\t459.835\t38.081498\t-122.547963\t.415\tML\t4\tSR-37 conn\n\
    400001\t80\tE\t4\t85\t68000\tR38.26\t387.897\t38.09\t-122.55\t.265\tOR\t1\tNB 880 rm\n";
const TYPICAL: &str = "station,district,route,direction,type,hour,lanes,avg_flow,sd_flow,avg_speed,days_observed,latitude,longitude\n\
    400000,4,101,S,ML,7,3,3000,60.5,60,40,38.081498,-122.547963\n400000,4,101,S,ML,8,3,3500,70,55,41,38.081498,-122.547963\n\
    400001,4,80,E,OR,7,1,100,5,40,20,38.09,-122.55\n";
const HOURS: &str = "10/08/2019 07:00:00,400000,4,101,S,ML,.4,400,100,5000,.05,61.5,0,0,0,0,0,0,1,2,3\n\
    10/09/2019 07:00:00,400000,4,101,S,ML,.4,400,100,5200,.05,60.5,0,0,0,0,0,0,1,2,3\n\
    10/08/2019 08:00:00,400000,4,101,S,ML,.4,400,100,5400,.06,58.5,0,0,0,0,0,0,1,2,3\n";
const LAND: &str = "ZONE,COUNTY,TOTPOP,TOTHH,TOTEMP,RETEMPN,HEREMPN,FPSEMPN,HSENROLL,AGE0519,COLLFTE,TOTACRE\n\
    1,1,64,34,17504,697,1387,14116,10,5,0,20.3\n7,4,320,170,27657,3089,3521,18832,0,16,3,31.1\n";
const POINTS: &str = "N,X,Y,latitude,longitude\n1,0,0,37.79,-122.39\n7,0,0,37.79,-122.4\n";
const COUNTIES: &str = "ZONE,SD,COUNTY,COUNTY_NAME\n1,1,1,San Francisco\n7,1,4,Alameda\n";
const ZONES: &str = "zone,x_m,y_m,region,region_name,population,households,jobs,jobs_retail,jobs_service,jobs_office,pupils,students,area_m2\n\
    1,552969.25,4180000,0,Alameda,30,12,17,3,4,5,6,2,1000\n2,553969.25,4180000,1,Marin,20,8,7,1,2,3,4,1,2000\n";
const SAMPLE: [(&str, &str); 4] = [
    ("zones.csv", "ZONE\n2\n1\n"),
    (
        "controls.csv",
        "TAZ,TOTHH,hh_size_1,hh_size_2,hh_size_3,hh_size_4_plus,hh_wrks_0,hh_wrks_1,hh_wrks_2,hh_wrks_3_plus,hh_kids_no,\
         hh_kids_yes,HHINCQ1,HHINCQ2,HHINCQ3,HHINCQ4,AGE0004,AGE0519,AGE2044,AGE4564,AGE65P,gq_tot_pop\n\
         1,3,1,1,1,0,1,1,1,0,2,1,1,1,1,0,1,1,2,1,1,5\n2,1,1,0,0,0,0,1,0,0,1,0,0,0,0,1,0,0,1,0,0,0\n",
    ),
    ("households.csv", "HHID,income,PERSONS,VEHICL\n10,50000,2,1\n11,200,1,0\n"),
    ("persons.csv", "household_id,age,sex,pemploy,pstudent\n10,34,1,1,3\n10,7,2,4,1\n11,20,2,3,2\n"),
];
const CONTROLS: &str = "control,measure,low,high,zone,total\nhh,households,,,1,3\nhh,households,,,2,1\n";
const HOUSEHOLDS: &str = "household,income_usd,vehicles\n1,50000,2\n2,100,0\n";
const PERSONS: &str = "household,person,age,sex,employed,student\n1,1,34,male,yes,no\n1,2,7,female,no,school\n2,1,70,male,no,no\n";
const STATIONS: &str =
    "station,route,direction,kind,x_m,y_m,lanes,link\n400,101,N,mainline,0.1,2,4,\n7,,,other,,,4,1\n";
const COUNTS: &str = "station,hour,volume_vph,volume_sd,speed_mps,days\n400,7,1810.1,0.3,29.1,15\n400,8,1820.1,0.3,,15\n7,0,20,0.3,,15\n";
const YARDSTICKS: &str =
    "measure,group,value,unit,source\ntrips,all,26.5,trips,B 2000\nmode-share,work/transit,12.5,%,A 2012\n";
const NODES: &str = "node,x_m,y_m,crs\n1,552969.25,4180000,EPSG:32610\n2,553969.25,4180000,EPSG:32610\n";
const LINKS: &str = "link,from_node,to_node,length_m,freespeed_mps,capacity_vph,lanes,modes,class,route,direction,shape\n\
    1,1,2,1000.5,13.4,1800,2,car,collector,,,\n2,2,1,1000.5,13.4,900,1,car,collector,,,\n";

fn projection() -> engine::Result<Projection> {
    Projection::new(&Crs::Epsg(32_610))
}

fn stations(folder: &Path) -> engine::Result<(Vec<Station>, Vec<engine::Warning>)> {
    pems::read_station_meta(folder.join("meta.txt"), &projection()?)
}

/// A reader of files of days.
type ReadDays = fn(
    std::path::PathBuf,
    &[Station],
    &pems::Quality,
) -> engine::Result<(engine::validate::station::Counts, Vec<engine::Warning>)>;

/// The hours of a file of days, whose stations are those of the metadata.
fn days(folder: &Path, read: ReadDays) -> Outcome {
    let (stations, mut warnings) = stations(folder)?;
    let (counts, more) = read(folder.join("days.txt"), &stations, &pems::Quality::default())?;
    warnings.extend(more);
    Ok(digest::lines(digest::counts(&counts), warnings))
}

/// Files of single days by station, at the given times of each hour, with so many columns of lanes.
fn of_days(interval_s: u32, raw: bool) -> String {
    let row = |i: u32| {
        let (minute, second) = (i * interval_s / 60, i * interval_s % 60);
        let at = format!("10/08/2019 07:{minute:02}:{second:02},400000");
        match raw {
            true => format!("{at},1,.02,60,3,.01,40\n"),
            false => format!("{at},4,101,S,ML,.4,40,100,100,.05,60,10,100,.05,60,1\n"),
        }
    };
    (0..3600 / interval_s).map(row).collect()
}

pub(super) fn readers() -> Vec<Reader> {
    let meta = ("meta.txt", META);
    let (five, raw) = (of_days(300, false), of_days(30, true));
    let mut readers = vec![
        Reader::new("pems::meta::read_station_meta", &[meta], |folder| {
            let (stations, warnings) = stations(folder)?;
            let counts = engine::validate::station::Counts { stations, ..Default::default() };
            Ok(digest::lines(digest::counts(&counts), warnings))
        }),
        Reader::new("pems::typical::read_hourly_typical", &[("typical.csv", TYPICAL)], |folder| {
            let file = folder.join("typical.csv");
            let (counts, warnings) =
                pems::read_hourly_typical(file, &projection()?, &[], &pems::Quality::default())?;
            Ok(digest::lines(digest::counts(&counts), warnings))
        }),
        Reader::new("pems::day::read_5min", &[meta, ("days.txt", &five)], |folder| {
            days(folder, pems::read_5min)
        }),
        Reader::new("pems::day::read_station_hour", &[meta, ("days.txt", HOURS)], |folder| {
            days(folder, pems::read_station_hour)
        }),
        Reader::new("pems::day::read_raw", &[meta, ("days.txt", &raw)], |folder| {
            days(folder, pems::read_raw)
        }),
        Reader::new("yardsticks::read", &[("yardsticks.csv", YARDSTICKS)], |folder| {
            let figures = yardsticks::read(folder.join("yardsticks.csv"))?;
            let figures: Vec<_> = figures.into_iter().map(|(_, written)| written).collect();
            Ok(digest::lines(digest::each(&figures), Vec::new()))
        }),
    ];
    readers.extend(of_zones());
    readers.extend(of_counties());
    readers.extend(of_targets());
    readers
}

fn of_targets() -> Vec<Reader> {
    const CARS: &str = "region,0,1,2,3+\nAlameda,10,40,30,20.5\nMarin,5,35,40,20\n";
    const FLOWS: &str =
        "home,work,workers\nAlameda,Alameda,60\nAlameda,Marin,10\nMarin,Marin,20.5\nMarin,Alameda,7\n";
    const DAYS: &str = "kind,measure,mean\nworker,works,0.7\nworker,stays-home,0.125\nall,trips,3.5\n";
    const LENGTHS: &str = "purpose,to_km,tours\nwork,1,10\nwork,2.5,20\nrest,1,30\nrest,5,10\n";
    const MODES: &str = "purpose,mode,tours\nwork,car,60\nwork,transit,20\nother,car,70.5\nother,walk,30\n";
    let zones = ("zones.csv", ZONES);
    vec![
        Reader::new("targets::read_cars", &[zones, ("cars.csv", CARS)], |folder| {
            let zones = zones::read_table(folder.join("zones.csv"))?;
            let cars = targets::read_cars(folder.join("cars.csv"), &zones)?;
            let row = |(name, row): (&String, &Vec<f64>)| format!("{name} {row:?} {:?}", cars.classes);
            Ok(digest::lines(zones.regions.iter().zip(&cars.regions).map(row), Vec::new()))
        }),
        Reader::new("targets::read_flows", &[zones, ("flows.csv", FLOWS)], |folder| {
            let zones = zones::read_table(folder.join("zones.csv"))?;
            let (flows, warnings) = targets::read_flows(folder.join("flows.csv"), &zones)?;
            // Regions are numbered in the order of the zones.
            let pairs = zones.regions.iter().enumerate().flat_map(|(from, home)| {
                let row = flows.row(from).iter().zip(&zones.regions);
                row.map(move |(workers, work)| format!("{home} {work} {workers}"))
            });
            Ok(digest::lines(pairs.collect::<Vec<_>>(), warnings))
        }),
        Reader::new("targets::days::read_days", &[("days.csv", DAYS)], |folder| {
            Ok(digest::lines([format!("{:?}", targets::read_days(folder.join("days.csv"))?)], Vec::new()))
        }),
        Reader::new("targets::lengths::read_lengths", &[("lengths.csv", LENGTHS)], |folder| {
            Ok(digest::lines(digest::each(&targets::read_lengths(folder.join("lengths.csv"))?), Vec::new()))
        }),
        Reader::new("targets::modes::read_modes", &[("modes.csv", MODES)], |folder| {
            Ok(digest::lines([format!("{:?}", targets::read_modes(folder.join("modes.csv"))?)], Vec::new()))
        }),
    ]
}

fn of_zones() -> Vec<Reader> {
    vec![
        Reader::new(
            "zones::read",
            &[("land.csv", LAND), ("points.csv", POINTS), ("counties.csv", COUNTIES)],
            |folder| {
                let [land, points, counties] =
                    ["land.csv", "points.csv", "counties.csv"].map(|name| folder.join(name));
                let sources = zones::Sources {
                    land_use: &land,
                    outlines: None,
                    points: Some(&points),
                    counties: Some(&counties),
                };
                let (found, warnings) = zones::read(&sources, &Crs::Epsg(32_610))?;
                Ok(digest::lines(digest::zones(&found), warnings))
            },
        ),
        Reader::new("zones::table::read_table", &[("zones.csv", ZONES)], |folder| {
            Ok(digest::lines(digest::zones(&zones::read_table(folder.join("zones.csv"))?), Vec::new()))
        }),
        Reader::new("bay_area::read_population", &SAMPLE, |folder| {
            let [a, b, c, d] = SAMPLE.map(|(name, _)| folder.join(name));
            let ((controls, households), warnings) = bay_area::read_population(a, b, c, d)?;
            let lines = digest::each(&controls).into_iter().chain(digest::each(&households));
            Ok(digest::lines(lines, warnings))
        }),
    ]
}

fn of_counties() -> Vec<Reader> {
    let counts = [("stations.csv", STATIONS), ("hours.csv", COUNTS)];
    let people = [("households.csv", HOUSEHOLDS), ("persons.csv", PERSONS)];
    let zoned = [("zones.csv", ZONES), ("controls.csv", CONTROLS)];
    let roads = [("nodes.csv", NODES), ("links.csv", LINKS)];
    let whole: Vec<_> = roads.into_iter().chain(zoned).chain(people).chain(counts).collect();
    vec![
        Reader::new("county::read", &whole, |folder| {
            let (county, warnings) = county::read(folder)?;
            let lines = [
                digest::network(&county.network),
                digest::zones(&county.zones),
                control_lines(&county.controls, &county.zones),
                digest::each(&county.households),
                digest::counts(&county.counts),
            ];
            Ok(digest::lines(lines.into_iter().flatten(), warnings))
        }),
        Reader::new("county::people::read_controls", &zoned, |folder| {
            let zones = zones::read_table(folder.join("zones.csv"))?;
            let controls = county::read_controls(folder.join("controls.csv"), &zones)?;
            Ok(digest::lines(control_lines(&controls, &zones), Vec::new()))
        }),
        Reader::new("county::people::read_households", &people, |folder| {
            let found = county::read_households(folder.join("households.csv"), folder.join("persons.csv"))?;
            Ok(digest::lines(digest::each(&found), Vec::new()))
        }),
        Reader::new("county::count::read_counts", &counts, |folder| {
            let found = county::read_counts(folder.join("stations.csv"), folder.join("hours.csv"))?;
            Ok(digest::lines(digest::counts(&found), Vec::new()))
        }),
    ]
}

/// Totals of a control by the name of the zone.
fn control_lines(controls: &[engine::people::control::Control], zones: &engine::zone::Zones) -> Vec<String> {
    let line = |c: &engine::people::control::Control| {
        let by_zone = zones.zones.iter().zip(&c.totals).map(|(z, n)| (digest::name(&z.name), *n));
        let by_zone: std::collections::BTreeMap<_, _> = by_zone.collect();
        format!("control {} {:?} {by_zone:?}", c.name, c.measure)
    };
    controls.iter().map(line).collect()
}
