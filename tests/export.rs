//! A run goes out to MATSim, and comes in again as the same day.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

mod program;

use engine::activity::replay::Attribute;
use engine::trip::Moved;
use program::{run, wayfare};
use std::path::Path;

/// Two ways from `in` to `out`: `short`, and the longer `up` and `down`.
const NETWORK: &str = r#"<?xml version="1.0"?>
<network><attributes><attribute name="coordinateReferenceSystem" class="java.lang.String">Atlantis</attribute></attributes>
<nodes><node id="1" x="0" y="0"/><node id="2" x="600" y="0"/><node id="3" x="1200" y="500"/><node id="4" x="1800" y="0"/>
<node id="5" x="2400" y="0"/></nodes>
<links capperiod="01:00:00">
<link id="in" from="1" to="2" length="600" freespeed="15" capacity="1800" permlanes="1" modes="car"/>
<link id="short" from="2" to="4" length="1200" freespeed="15" capacity="1800" permlanes="1" modes="car"/>
<link id="up" from="2" to="3" length="900" freespeed="15" capacity="1800" permlanes="1" modes="car"/>
<link id="down" from="3" to="4" length="900" freespeed="15" capacity="1800" permlanes="1" modes="car"/>
<link id="out" from="4" to="5" length="600" freespeed="15" capacity="1800" permlanes="1" modes="car"/>
<link id="back" from="5" to="1" length="2400" freespeed="15" capacity="1800" permlanes="1" modes="car"/>
</links></network>"#;

const PLANS: &str = r#"<?xml version="1.0"?>
<population>
<person id="berta &amp; co"><attributes>
<attribute name="age" class="java.lang.Integer">52</attribute>
<attribute name="hasLicense" class="java.lang.Boolean">true</attribute>
<attribute name="vot" class="java.lang.Double">11.5</attribute>
<attribute name="subpopulation" class="java.lang.String">commuters</attribute></attributes>
<plan selected="yes"><activity type="home" link="in" x="500" y="0" end_time="07:10:00"/><leg mode="car"/>
<activity type="work" link="out" x="2000" y="0" end_time="16:00:00"/><leg mode="car"/>
<activity type="home" link="in" x="500" y="0"/></plan></person>
<person id="anna-17"><plan selected="yes"><activity type="home" link="in" x="500" y="0" end_time="09:00:00"/><leg mode="car"/>
<activity type="work" link="out" x="2000" y="0"/></plan></person>
<person id="7"><plan selected="yes"><activity type="home" link="in" x="500" y="0" end_time="09:00:00"/><leg mode="walk"/>
<activity type="leisure" link="out" x="2000" y="0"/></plan></person>
</population>"#;

const SCENARIO: &str = "title = \"Out\"\nseed = 3\n[network]\nformat = \"matsim\"\nfile = \"network.xml\"\n\
    [traffic]\nend = \"26:00\"\nstuck-s = 17\n[assign]\niterations = 2\n[people]\nsource = \"plans\"\nfile = \"plans.xml\"\n\
    [[policy]]\nkind = \"close\"\non = { links = [\"short\"] }\nfrom = \"08:00\"\nto = \"10:00\"\n";

/// What became of all trips, and the links of their routes by name.
fn day(out: &Path) -> (Vec<Moved>, Vec<Vec<String>>) {
    let n = engine::store::persons::read(out).unwrap().layer.len();
    let (legs, routes, moved) = engine::store::legs::read(out, n).unwrap();
    let network = engine::table::read(out.join("network.parquet")).unwrap();
    let names = network.column("name").unwrap().str().unwrap().clone();
    let name = |link: &engine::id::LinkId| names.get(link.index()).unwrap().to_string();
    let route = |leg| routes.of(engine::id::LegId::new(leg)).iter().map(name).collect();
    (moved, (0..legs.len()).map(route).collect())
}

#[test]
fn an_export_is_the_same_day_again() {
    let folder = tempfile::tempdir().unwrap();
    let [first, export, second] = ["first", "export", "second"].map(|name| folder.path().join(name));
    for (name, text) in [("network.xml", NETWORK), ("plans.xml", PLANS), ("scenario.toml", SCENARIO)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    run(folder.path(), &first, &[]);
    let said = wayfare(&[
        "export",
        first.to_str().unwrap(),
        "--matsim",
        "--out",
        export.to_str().unwrap(),
        "--json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    let said: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    for file in ["population.xml.gz", "networkChangeEvents.xml.gz", "config.xml"] {
        assert!(said["files"].as_array().unwrap().iter().any(|name| name == file), "{said}");
    }

    // Ids and attributes are those of the plans, with their classes; nobody has got an age or an income.
    let (mut persons, warnings) =
        netconvert::matsim::population::read(export.join("population.xml.gz")).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    persons.sort_by(|a, b| a.name.cmp(&b.name));
    let names: Vec<&str> = persons.iter().map(|person| person.name.as_str()).collect();
    assert_eq!(names, ["7", "anna-17", "berta & co"]);
    let java =
        |name: &str, class: &str, value: &str| Attribute::new(name, &format!("java.lang.{class}"), value);
    let wanted = [
        java("age", "Integer", "52"),
        java("hasLicense", "Boolean", "true"),
        java("vot", "Double", "11.5"),
        java("subpopulation", "String", "commuters"),
    ];
    assert!(persons[0].attributes.is_empty() && persons[1].attributes.is_empty());
    assert_eq!(persons[2].attributes, wanted);
    // Each activity is done in a facility that offers it, at its place and link; the two who work at one place share one.
    let facilities = netconvert::matsim::facilities::read(export.join("facilities.xml.gz")).unwrap().0;
    let stays: Vec<_> = persons.iter().flat_map(|person| &person.stays).collect();
    for stay in &stays {
        let facility = facilities.iter().find(|of| Some(&of.name) == stay.facility.as_ref()).unwrap();
        assert_eq!((facility.xy_m, &facility.link), (stay.xy_m, &stay.link));
        assert!(facility.offers.iter().any(|offer| offer.kind == stay.kind), "{facility:?} {stay:?}");
    }
    assert_eq!((stays.len(), facilities.len()), (7, 2));
    // A walk has the length that its time is made of: 1.3 × 1500 m.
    assert_eq!(persons[0].legs[0].distance_m, Some(1950.0));
    assert_eq!(persons[0].legs[0].travel_s, Some(1818));

    let config = std::fs::read_to_string(export.join("config.xml")).unwrap();
    for (name, value) in [
        ("flowCapacityFactor", "1"),
        ("storageCapacityFactor", "1"),
        ("stuckTime", "17"),
        ("endTime", "26:00:00"),
        ("timeVariantNetwork", "true"),
        ("randomSeed", "3"),
        ("activityType", "leisure"),
        ("inputFacilitiesFile", "facilities.xml.gz"),
    ] {
        assert!(config.contains(&format!("<param name=\"{name}\" value=\"{value}\"/>")), "{name}: {config}");
    }

    let text = "title = \"Back\"\nseed = 3\n[network]\nformat = \"matsim\"\nfile = \"network.xml.gz\"\n\
        changes = \"networkChangeEvents.xml.gz\"\n[traffic]\nend = \"26:00\"\nstuck-s = 17\n[assign]\niterations = 2\n\
        [people]\nsource = \"plans\"\nfile = \"population.xml.gz\"\n";
    std::fs::write(export.join("scenario.toml"), text).unwrap();
    run(&export, &second, &[]);
    assert_eq!(day(&first), day(&second));
    // Who left at nine found the road closed, who left at seven and at four did not.
    let ways = day(&first).1;
    let closed = ways.iter().filter(|way| way.contains(&"up".to_string())).count();
    let open = ways.iter().filter(|way| way.contains(&"short".to_string())).count();
    assert_eq!((closed, open), (1, 1), "{ways:?}");
}
