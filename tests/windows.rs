//! A closure and a toll act, and are seen by drivers, exactly when they hold: also off the quarter hours by which travel
//! times are told.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use engine::id::LegId;
use engine::store;
use program::run;
use std::fmt::Write;
use std::path::Path;

/// From `h` over `a` to `b` and on to `w`: straight (1 km, 40 s), or around by `m` (4 km, 160 s).
const NETWORK: &str = r#"<?xml version="1.0"?>
<!DOCTYPE network SYSTEM "http://www.matsim.org/files/dtd/network_v2.dtd">
<network><nodes><node id="h" x="0" y="0"/><node id="a" x="500" y="0"/><node id="b" x="1500" y="0"/>
<node id="w" x="2000" y="0"/><node id="m" x="1000" y="1900"/></nodes>
<links capperiod="01:00:00">
<link id="ha" from="h" to="a" length="500" freespeed="25" capacity="3600" permlanes="2" modes="car"/>
<link id="straight" from="a" to="b" length="1000" freespeed="25" capacity="1800" permlanes="1" modes="car"/>
<link id="around1" from="a" to="m" length="2000" freespeed="25" capacity="1800" permlanes="1" modes="car"/>
<link id="around2" from="m" to="b" length="2000" freespeed="25" capacity="1800" permlanes="1" modes="car"/>
<link id="bw" from="b" to="w" length="500" freespeed="25" capacity="3600" permlanes="2" modes="car"/>
<link id="wh" from="w" to="h" length="2000" freespeed="25" capacity="3600" permlanes="2" modes="car"/>
</links></network>"#;

/// 8:10 and 8:55:30: ten minutes, and a half, off the quarter hours.
const WINDOW_S: (u32, u32) = (29_400, 32_130);

/// Drivers from `h` to `w`, one every 20 seconds from 7:30:10 to 9:30:10.
fn departures() -> Vec<u32> {
    (0..=360).map(|number| 27_010 + 20 * number).collect()
}

fn plans() -> String {
    let mut text = String::from("<?xml version=\"1.0\"?><population>");
    for (number, depart_s) in departures().iter().enumerate() {
        let time = engine::unit::hms(*depart_s);
        let _ = write!(
            text,
            "<person id=\"{number}\"><plan selected=\"yes\"><activity type=\"home\" link=\"ha\" end_time=\"{time}\"/>\
             <leg mode=\"car\"/><activity type=\"work\" link=\"bw\"/></plan></person>"
        );
    }
    text + "</population>"
}

/// Runs the drivers with a measure, and says who drove straight, in the order of departure.
fn straight(folder: &Path, measure: &str) -> Vec<bool> {
    let scenario = folder.join("scenario");
    std::fs::create_dir(&scenario).unwrap();
    let head = "title = \"t\"\n[network]\nformat = \"matsim\"\nfile = \"network.xml\"\n\
                [people]\nsource = \"plans\"\nfile = \"plans.xml\"\n[assign]\niterations = 4\n[[policy]]\n";
    for (name, text) in [("network.xml", NETWORK), ("plans.xml", &plans())] {
        std::fs::write(scenario.join(name), text).unwrap();
    }
    let window = "from = \"08:10:00\"\nto = \"08:55:30\"\non = { links = [\"straight\"] }\n";
    std::fs::write(scenario.join("scenario.toml"), format!("{head}{measure}\n{window}")).unwrap();
    let out = folder.join("out");
    run(&scenario, &out, &[]);
    let n = departures().len();
    let (legs, routes, moved) = store::legs::read(&out, n).unwrap();
    assert!(moved.iter().all(|moved| moved.arrive_s != u32::MAX), "somebody did not arrive");
    assert_eq!(legs.depart_s, departures());
    (0..n).map(|leg| routes.of(LegId::new(leg)).len() == 3).collect()
}

#[test]
fn a_closure_and_a_toll_hold_to_the_second() {
    // The way around takes 120 s more: at 14.10 dollars an hour worth 0.47 dollars.
    for measure in ["kind = \"close\"", "kind = \"toll\"\namount = 1.0"] {
        let folder = tempfile::tempdir().unwrap();
        let straight = straight(folder.path(), measure);
        for (depart_s, straight) in departures().into_iter().zip(straight) {
            let in_window = WINDOW_S.0 <= depart_s && depart_s < WINDOW_S.1;
            assert_eq!(straight, !in_window, "{measure}: departure at {}", engine::unit::hms(depart_s));
        }
    }
}
