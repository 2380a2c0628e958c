use super::*;
use crate::testing::folder_of;
use engine::choice::utility::TourPurpose;
use engine::mode::Mode;
use engine::zone::{LandUse, Zone};

/// Two zones in the regions Alameda and Marin.
pub(crate) fn zones() -> Zones {
    let zone = |(name, region): (&str, u16)| Zone {
        name: name.into(),
        x_m: 0.0,
        y_m: 0.0,
        region,
        outline: None,
        land: LandUse::default(),
    };
    Zones { zones: [("1", 0), ("2", 1)].map(zone).into(), regions: vec!["Alameda".into(), "Marin".into()] }
}

/// What a table is refused with, without the path.
fn refused<T: std::fmt::Debug>(text: &str, read: impl Fn(&Path) -> Result<T>) -> String {
    let folder = folder_of(&[("t.csv", text)]);
    let error = read(&folder.path().join("t.csv")).unwrap_err().to_string();
    error.split_once("t.csv:").map_or(error.clone(), |(_, rest)| rest.to_string())
}

#[test]
fn cars_are_read_by_region() {
    let folder =
        folder_of(&[("t.csv", "region,3+,0,1,2,source\nMarin,40,1,20,39,ACS\nAlameda,.2,.1,.4,.3,ACS\n")]);
    let cars = read_cars(folder.path().join("t.csv"), &zones()).unwrap();
    assert_eq!(cars.classes, [(0, 0), (1, 1), (2, 2), (3, 255)]);
    assert_eq!(cars.regions, [[0.1, 0.4, 0.3, 0.2], [1.0, 20.0, 39.0, 40.0]]);
    let read = |path: &Path| read_cars(path, &zones());
    let all = [
        ("region,0,1,3+\nMarin,1,1,1\n", "1: its columns leave out a number of cars, or tell one twice"),
        ("region,0,1\nMarin,1,1\n", "1: its columns leave out a number of cars, or tell one twice"),
        ("region,0,1+\nMarin,1,1\n", " has no row for the region Alameda"),
        (
            "region,0,1+\nMarrin,1,1\n",
            "2: column \"region\" is \"Marrin\" — expected the name of a region of the zones",
        ),
        (
            "region,0,1+\nMarin,1,1\nMarin,1,1\n",
            "3: column \"region\" is \"Marin\" — expected a region that no other row has",
        ),
        ("region,0,1+\nMarin,0,0\n", "2: counts no household"),
        ("region,0,1+\nMarin,-1,0\n", "2: column \"0\" is \"-1\" — expected a number of zero or more"),
    ];
    for (text, want) in all {
        let said = refused(text, read);
        assert!(said.starts_with(want), "{said}, not {want}");
    }
}

#[test]
fn flows_over_the_border_are_left_out_and_counted() {
    let rows =
        "home,work,workers\nAlameda,Alameda,60\nAlameda,Marin,10\nMarin,Marin,20\nAlameda,San Joaquin,10\n";
    let folder = folder_of(&[("t.csv", rows)]);
    let (flows, warnings) = read_flows(folder.path().join("t.csv"), &zones()).unwrap();
    assert_eq!((flows.row(0), flows.row(1)), (&[60.0, 10.0][..], &[0.0, 20.0][..]));
    let said = warnings[0].to_string();
    assert!(said.contains("left out (10.0 % of 100 workers)"), "{said}");
    let read = |path: &Path| read_flows(path, &zones());
    let all = [
        ("home,work,workers\nAlameda,Alameda,60\nAlameda,Marin,-10\n", "3: column \"workers\" is \"-10\""),
        (
            "home,work,workers\nAlameda,Alameda,6\nAlameda,Alameda,1\n",
            "3: is the second of its pair of regions",
        ),
        ("home,work,workers\nAlameda,Alameda,6\nAlameda,Marin,1\n", " nobody lives in the region Marin"),
        ("home,work,workers\nAlameda,Alameda,6\nMarin,Alameda,1\n", " nobody works in the region Marin"),
    ];
    for (text, want) in all {
        let said = refused(text, read);
        assert!(said.starts_with(want), "{said}, not {want}");
    }
}

#[test]
fn lengths_are_read_by_purpose_in_miles_or_kilometres() {
    let rows = "purpose,to_mi,tours\nwork,10,1\nwork college,20,1\nrest,2,3\n";
    let folder = folder_of(&[("t.csv", rows)]);
    let lengths = read_lengths(folder.path().join("t.csv")).unwrap();
    let of = |kind: usize| lengths.iter().find(|l| l.0 == kind).unwrap().1;
    let [work, social] =
        [engine::activity::Activity::Work, engine::activity::Activity::Social].map(|a| of(a.index()));
    assert!((work[10] - 16.09).abs() < 0.01 && (work[20] - 31.86).abs() < 0.05, "{work:?}");
    assert!((social[10] - 1.609).abs() < 0.001);
    assert_eq!(lengths.len(), engine::place::attraction::KINDS - 1, "all but home");
    let all = [
        (
            "purpose,to_km,tours\nwrok,1,1\n",
            "2: column \"purpose\" is \"wrok\" — expected an activity, college or rest",
        ),
        (
            "purpose,to_km,tours\nwork,2,1\nwork,1,1\n",
            "3: column \"to_km\" is \"1\" — expected the end of a band above",
        ),
        ("purpose,to_km,tours\nwork,2,0\n", "work: has no tours"),
        ("purpose,to,tours\nwork,2,0\n", "1: has no column \"to_km\" or \"to_mi\""),
    ];
    for (text, want) in all {
        let said = refused(text, |path| read_lengths(path));
        assert!(said.starts_with(want), "{said}, not {want}");
    }
}

#[test]
fn modes_are_read_by_purpose() {
    let rows = "purpose,mode,tours\nwork,car,60\nwork,transit,20\nwork,walk,20\n";
    let folder = folder_of(&[("t.csv", rows)]);
    let read = read_modes(folder.path().join("t.csv")).unwrap();
    let mut wanted = engine::choice::target::Targets::default();
    wanted.set(TourPurpose::Work, [60.0, 0.0, 20.0, 0.0, 20.0]);
    assert_eq!(read, wanted);
    assert_eq!(Mode::ALL.len(), 5);
    let all = [
        (
            "purpose,mode,tours\nplay,car,60\n",
            "2: column \"purpose\" is \"play\" — expected work, school or other",
        ),
        (
            "purpose,mode,tours\nwork,cars,60\n",
            "2: column \"mode\" is \"cars\" — expected car, ride, transit, bike or walk",
        ),
        ("purpose,mode,tours\nwork,car,6\nwork,car,6\n", "3: is the second of its purpose and mode"),
        ("purpose,mode,tours\nwork,walk,60\n", "work: has no tours by car"),
    ];
    for (text, want) in all {
        let said = refused(text, |path| read_modes(path));
        assert!(said.starts_with(want), "{said}, not {want}");
    }
}

#[test]
fn shares_of_days_are_read_by_kind() {
    use engine::activity::target::Kind;
    let folder = folder_of(&[(
        "t.csv",
        "kind,measure,mean\nworker,stays-home,.14\nworker,works,.69\npupil,works,0\nall,trips,3.5\n",
    )]);
    let read = read_days(folder.path().join("t.csv")).unwrap();
    assert_eq!((read.of(Kind::Worker), read.trips), ([Some(0.14), Some(0.69), None], Some(3.5)));
    assert_eq!((read.of(Kind::Pupil), read.of(Kind::Adult)), ([None, Some(0.0), None], [None; 3]));
    let all = [
        (
            "kind,measure,mean\nworkers,works,.5\n",
            "2: column \"kind\" is \"workers\" — expected one of preschool, pupil",
        ),
        (
            "kind,measure,mean\nworker,work,.5\n",
            "2: column \"measure\" is \"work\" — expected one of stays-home, works",
        ),
        (
            "kind,measure,mean\nworker,works,50\n",
            "2: column \"mean\" is \"50\" — expected a share from 0 to 1",
        ),
        ("kind,measure,mean\nworker,works,.5\nworker,works,.5\n", "3: is the second of its kind and measure"),
    ];
    for (text, want) in all {
        let said = refused(text, |path| read_days(path));
        assert!(said.starts_with(want), "{said}, not {want}");
    }
}
