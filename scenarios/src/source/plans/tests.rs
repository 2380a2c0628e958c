use super::super::demand;
use super::*;
use crate::scenario::{Overrides, load};
use engine::demand::Travellers;
use engine::warning::too_much_unknown;

/// A road of 12 km from west to east in UTM zone 31, in both directions, with a railway beside it and a street without a way
/// back at its end.
const NETWORK: &str = r#"<network><attributes><attribute name="coordinateReferenceSystem">EPSG:32631</attribute></attributes>
<nodes><node id="a" x="430000" y="5410000"/><node id="b" x="432000" y="5410000"/><node id="c" x="442000" y="5410000"/>
<node id="d" x="443000" y="5410000"/><node id="s" x="431500" y="5410400"/></nodes>
<links>
<link id="1" from="a" to="b" length="2000" freespeed="20" capacity="900" permlanes="1" modes="car,truck,moped"/>
<link id="2" from="b" to="c" length="10000" freespeed="20" capacity="900" permlanes="1" modes="car,truck,moped"/>
<link id="3" from="c" to="d" length="1000" freespeed="20" capacity="900" permlanes="1" modes="car,truck,moped"/>
<link id="-1" from="b" to="a" length="2000" freespeed="20" capacity="900" permlanes="1" modes="car,truck,moped"/>
<link id="-2" from="c" to="b" length="10000" freespeed="20" capacity="900" permlanes="1" modes="car,truck,moped"/>
<link id="-3" from="d" to="c" length="1000" freespeed="20" capacity="900" permlanes="1" modes="car,truck,moped"/>
<link id="rail" from="s" to="s" length="50" freespeed="30" capacity="9999" permlanes="1" modes="rail"/>
<link id="out" from="d" to="s" length="900" freespeed="20" capacity="900" permlanes="1" modes="car"/>
</links></network>"#;

/// What became of a population.
struct Read {
    given: Vec<Given>,
    source: Source,
    told: Vec<String>,
}

impl Read {
    fn trips(&self) -> Vec<Trip> {
        self.given.iter().flat_map(|given| given.trips.0.clone()).collect()
    }

    fn link(&self, id: engine::id::LinkId) -> &str {
        &self.source.network.link(id).name
    }

    fn has_told(&self, text: &str) -> bool {
        self.told.iter().any(|told| told.contains(text))
    }
}

/// Reads a population on the network; `keys` are further keys of `[people]`, `files` further files.
fn read_with(population: &str, keys: &str, files: &[(&str, &str)]) -> Result<Read> {
    let folder = tempfile::tempdir().unwrap();
    let scenario = format!(
        "title = \"t\"\n[people]\nsource = \"plans\"\nfile = \"plans.xml\"\n{keys}\n[network]\nformat = \"matsim\"\nfile = \"network.xml\"\n"
    );
    let all = [("scenario.toml", scenario.as_str()), ("plans.xml", population), ("network.xml", NETWORK)];
    for (name, text) in all.iter().chain(files) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let scenario = load(folder.path(), &Overrides::default())?;
    let mut source = Source::read(&scenario)?;
    let mut layers = demand::read(&scenario, &mut source)?;
    let Travellers::Given(given) = layers.remove(0).travellers else { unreachable!() };
    let told = source.warnings.iter().map(ToString::to_string).collect();
    Ok(Read { given, source, told })
}

fn read(persons: &[&str]) -> Result<Read> {
    let persons: Vec<String> = persons
        .iter()
        .enumerate()
        .map(|(id, plan)| format!("<person id=\"{id}\"><plan selected=\"yes\">{plan}</plan></person>"))
        .collect();
    read_with(&format!("<population>{}</population>", persons.concat()), "", &[])
}

/// A leg with its `routingMode`.
fn leg(mode: &str, routing: &str) -> String {
    format!(
        "<leg mode=\"{mode}\"><attributes><attribute name=\"routingMode\">{routing}</attribute></attributes></leg>"
    )
}

#[test]
fn stages_between_two_activities_are_one_trip_of_the_main_mode() {
    let change =
        |kind, link| format!("<activity type=\"{kind} interaction\" link=\"{link}\" max_dur=\"00:00:00\"/>");
    let drive = [
        "<activity type=\"home\" link=\"-1\" end_time=\"06:30:00\"/>".to_string(),
        leg("walk", "car"),
        change("car", "1"),
        leg("car", "car"),
        change("car", "3"),
        leg("walk", "car"),
        "<activity type=\"work\" link=\"-3\"/>".to_string(),
    ]
    .concat();
    let ride = drive.replace("car", "pt").replace("link=\"1\"", "link=\"rail\"");
    let read = read(&[&drive, &ride]).unwrap();
    let trips = read.trips();
    assert_eq!(trips.iter().map(|trip| trip.mode).collect::<Vec<_>>(), [Mode::Car, Mode::Transit]);
    assert_eq!(trips[0].depart_s, 6 * 3600 + 1800);
    // The car stands at the change; who rides has no car.
    assert_eq!((read.link(trips[0].from), read.link(trips[0].to)), ("1", "3"));
    assert_eq!((read.link(trips[1].from), read.link(trips[1].to)), ("-1", "-3"));
    let kinds: Vec<Activity> = read
        .given
        .iter()
        .flat_map(|given| given.activities.iter().flat_map(|day| day.0.0.iter().map(|e| e.activity)))
        .collect();
    assert_eq!(kinds, [Activity::Home, Activity::Work, Activity::Home, Activity::Work]);
}

#[test]
fn activities_without_a_road_move_to_the_nearest_and_are_counted() {
    let day = |first: &str, last: &str| {
        format!(
            "<activity type=\"home\" {first} end_time=\"07:00:00\"/><leg mode=\"car\"/><activity type=\"work\" {last}/>"
        )
    };
    let read_days = read(&[
        &day("link=\"rail\"", "link=\"out\""),
        &day("x=\"430900\" y=\"5410010\"", "link=\"out\" x=\"442900\" y=\"5410001\""),
    ])
    .unwrap();
    let ends: Vec<(&str, &str)> =
        read_days.trips().iter().map(|trip| (read_days.link(trip.from), read_days.link(trip.to))).collect();
    assert_eq!(ends[1], ("-1", "-3"));
    assert_eq!(ends[0].0, "-1");
    assert!(
        read_days.has_told("closed to cars; it was moved to the nearest road (25.0 % of 4 activities)"),
        "{:?}",
        read_days.told
    );
    assert!(
        read_days.has_told("2 × an activity is on a link without a way there and back"),
        "{:?}",
        read_days.told
    );
    let error = read(&[&day("link=\"99\"", "link=\"3\"")]).err().unwrap();
    assert!(error.to_string().contains("person 0: an activity is on the unknown link \"99\""), "{error}");
    let error = read(&[&day("facility=\"f\"", "link=\"3\"")]).err().unwrap();
    assert!(error.to_string().contains("facilities = "), "{error}");
}

#[test]
fn facilities_give_link_and_place() {
    let plan = "<population><person id=\"p\"><plan><activity type=\"home\" facility=\"f\" end_time=\"07:00:00\"/><leg mode=\"car\"/>\
                <activity type=\"work\" facility=\"g\" link=\"3\"/></plan></person></population>";
    let facilities = "<facilities><facility id=\"f\" x=\"433000\" y=\"5410300\"/><facility id=\"g\" x=\"0\" y=\"0\" linkId=\"1\"/></facilities>";
    let read = read_with(plan, "facilities = \"f.xml\"", &[("f.xml", facilities)]);
    // The facility "g" is far away from the network.
    assert!(read.unwrap().has_told("is more than 100 km from every road"));
    let facilities = facilities.replace("x=\"0\" y=\"0\"", "x=\"442500\" y=\"5410000\"");
    let read = read_with(plan, "facilities = \"f.xml\"", &[("f.xml", &facilities)]).unwrap();
    let trip = read.trips()[0];
    assert_eq!((read.link(trip.from), read.link(trip.to)), ("-2", "3"));
    assert!((trip.distance_m - 9504.7).abs() < 1.0, "{}", trip.distance_m);
    let missing = read_with(plan, "facilities = \"f.xml\"", &[("f.xml", "<facilities/>")]).err().unwrap();
    assert!(missing.to_string().contains("the facility \"f\", which is not in"), "{missing}");
}

#[test]
fn an_end_time_goes_before_a_longest_duration() {
    let read = read(&[
        "<activity type=\"home\" link=\"1\" end_time=\"07:00:00\" max_dur=\"00:20:00\"/><leg mode=\"car\"/>\
         <activity type=\"work\" link=\"3\" start_time=\"09:00:00\" max_dur=\"08:00:00\"/><leg mode=\"car\"/>\
         <activity type=\"shop\" link=\"2\"/><leg mode=\"walk\" dep_time=\"18:00:00\"/>\
         <activity type=\"leisure\" link=\"2\"/><leg mode=\"car\"/><activity type=\"home\" link=\"1\"/>",
    ])
    .unwrap();
    let times: Vec<(u32, u32)> =
        read.trips().iter().map(|trip| (trip.depart_s / 60, trip.dwell_s / 60)).collect();
    // 8 hours of work begin at the arrival, wherever the plan would have them begin.
    assert_eq!(times, [(7 * 60, 0), (15 * 60, 8 * 60), (18 * 60, 0), (18 * 60, 0)]);
    assert!(read.has_told(
        "no end time, no longest duration and no departure after it; it ends at once (20.0 % of 5 activities)"
    ));
}

/// Two places in degrees: near the west end of the road and near its east end.
const DEGREES: &str = r#"<population>ATTRIBUTES<person id="p"><plan><activity type="home" x="2.0590" y="48.8400" end_time="07:00:00"/>
<leg mode="car"/><activity type="work" x="2.2180" y="48.8412"/></plan></person></population>"#;

#[test]
fn coordinates_come_into_the_system_of_the_network() {
    let told = DEGREES.replace(
        "ATTRIBUTES",
        "<attributes><attribute name=\"coordinateReferenceSystem\">EPSG:4326</attribute></attributes>",
    );
    let undeclared = DEGREES.replace("ATTRIBUTES", "");
    for read in [read_with(&told, "", &[]), read_with(&undeclared, "crs = \"WGS84\"", &[])] {
        let read = read.unwrap();
        let trip = read.trips()[0];
        assert_eq!((read.link(trip.from), read.link(trip.to)), ("-1", "-3"));
        // 0.159 degrees of longitude at 48.84 degrees north: 11.67 km.
        assert!((11_600.0..11_740.0).contains(&trip.distance_m), "{}", trip.distance_m);
    }
    let error = read_with(&undeclared, "", &[]).err().unwrap();
    assert!(error.to_string().contains("look like longitude and latitude in degrees"), "{error}");
    let error = read_with(&told.replace("EPSG:4326", "Gauss 17"), "", &[]).err().unwrap();
    assert!(error.to_string().contains("reference system \"Gauss 17\" is not known"), "{error}");
    // Metres of another place.
    let elsewhere = undeclared.replace("2.0590", "690000").replace("48.8400", "5330000");
    let read = read_with(&elsewhere, "", &[]).unwrap();
    let faults = too_much_unknown(&read.source.warnings, 0.05);
    assert!(faults.len() == 1 && faults[0].to_string().contains("100 km from every road"), "{faults:?}");
}

#[test]
fn lorries_drive_and_unknown_modes_are_not_taken_for_public_transport() {
    let day = |mode: &str| {
        format!(
            "<activity type=\"home\" link=\"1\" end_time=\"07:00:00\"/><leg mode=\"{mode}\"/><activity type=\"work\" link=\"3\"/>"
        )
    };
    let modes = ["truck", "van", "moped", "subway", "drt", "access_walk", "broom"];
    let days: Vec<String> = modes.into_iter().map(day).collect();
    let read = read(&days.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    let trips = read.trips();
    let got: Vec<Mode> = trips.iter().map(|trip| trip.mode).collect();
    assert_eq!(got, [Mode::Car, Mode::Car, Mode::Car, Mode::Transit, Mode::Ride, Mode::Walk, Mode::Ride]);
    let class = |trip: usize| read.source.classes.get(trips[trip].vehicle);
    let classes: Vec<(&str, f64)> = (0..3).map(|trip| (class(trip).mode.as_str(), class(trip).pce)).collect();
    assert_eq!(classes, [("truck", 2.0), ("van", 1.0), ("moped", 1.0)]);
    assert!(read.has_told(
        "mode \"broom\" is not known; the leg is on no road and takes the time of a ride (14.3 % of 7 legs)"
    ));
    assert_eq!(too_much_unknown(&read.source.warnings, 0.05).len(), 1);
}

#[test]
fn trips_after_the_end_of_the_day_are_counted() {
    let read = read(&["<activity type=\"home\" link=\"1\" end_time=\"29:59:59\"/><leg mode=\"car\"/>\
                       <activity type=\"work\" link=\"3\" end_time=\"30:00:00\"/><leg mode=\"car\"/><activity type=\"home\" link=\"1\"/>"])
    .unwrap();
    assert!(
        read.has_told("30:00:00 (traffic.end), and is not simulated (50.0 % of 2 trips)"),
        "{:?}",
        read.told
    );
}
