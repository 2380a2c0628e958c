//! Measures as users write them, on small networks.

use super::*;
use crate::activity::{Activity, Chain, Episode};
use crate::id::{HouseholdId, LinkId, PersonId, ZoneId};
use crate::network::tests::ring;
use crate::network::{Change, Network, Signal};
use crate::people::{Demographics, Sex, Student};
use crate::route::{LinkTimes, Query, Router};
use serde_json::{Value, json};

fn measures(list: Value) -> Vec<Measure> {
    serde_json::from_value(list).unwrap()
}

fn refuse(network: &Network, measure: Value) -> String {
    let error = compile(network, &measures(json!([measure]))).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    error.to_string()
}

fn change(time_s: u32, link: u32, capacity_vph: Option<f64>, lanes: Option<f64>) -> Change {
    Change { capacity_vph, lanes, ..Change::new(time_s, LinkId(link)) }
}

#[test]
fn windows_open_and_close_and_closures_win() {
    let network = ring(5);
    let compiled = compile(
        &network,
        &measures(json!([
            { "kind": "change", "on": { "links": ["2"] }, "from": "07:00", "to": "09:00", "lanes": { "add": 1 } },
            { "kind": "close", "on": { "links": ["2"] }, "from": "08:00", "to": "10:00" },
            { "kind": "close", "on": { "links": ["0"] } },
        ])),
    )
    .unwrap();
    let want = [
        change(0, 0, Some(0.0), None),
        change(25_200, 2, Some(3_600.0), Some(2.0)),
        change(28_800, 2, Some(0.0), None),
        change(32_400, 2, None, Some(1.0)),
        change(36_000, 2, Some(1_800.0), None),
    ];
    assert_eq!(compiled.changes, want);
    assert_eq!(compiled.closed.len(), 2);
}

#[test]
fn mistakes_are_named_with_what_was_probably_meant() {
    let network = ring(12);
    let message = refuse(&network, json!({ "kind": "close", "on": { "links": ["1", "1l"] } }));
    assert!(
        message.starts_with("policy:measure 1 (close): link \"1l\"") && message.contains("\"1\""),
        "{message}"
    );
    let message = refuse(&network, json!({ "kind": "close", "on": { "route": "I-80" } }));
    assert!(message.contains("no link at all") && message.contains("no route numbers"), "{message}");
    let message = refuse(
        &network,
        json!({ "kind": "close", "on": { "links": ["1"] }, "from": "09:00", "to": "07:00" }),
    );
    assert!(message.contains("09:00:00 to 07:00:00"), "{message}");
    let message =
        refuse(&network, json!({ "kind": "change", "on": { "links": ["1"] }, "lanes": { "add": -1.0 } }));
    assert!(message.contains("lanes of link 1 becomes 0"), "{message}");
    assert!(
        refuse(&network, json!({ "kind": "change", "on": { "links": ["1"] } })).contains("changes nothing")
    );
    assert!(refuse(&network, json!({ "kind": "toll", "amount": 5.0 })).contains("does not say where"));
    assert!(refuse(&network, json!({ "kind": "telework", "share": 1.5 })).contains("share is 1.5"));
    assert!(refuse(&network, json!({ "kind": "demand", "factor": -1.0 })).contains("factor is -1"));
    for bad in [
        json!({ "kind": "close", "on": { "lniks": ["1"] } }),
        json!({ "kind": "close", "on": {}, "untill": "07:00" }),
        json!({ "kind": "close", "on": {}, "from": "7 am" }),
        json!({ "kind": "telework", "share": 0.1, "who": { "sex": "f" } }),
        json!({ "kind": "shut" }),
    ] {
        assert!(serde_json::from_value::<Measure>(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn measures_survive_a_round_trip() {
    let list = measures(json!([
        { "kind": "toll", "cordon": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]], "amount": 2.5, "to": "25:30" },
        { "kind": "change", "on": { "box": [0.0, 0.0, 1.0, 1.0], "class": "freeway" }, "speed-mps": { "factor": 0.8 } },
        { "kind": "telework", "share": 0.3, "who": { "age": [25, 64] } },
        { "kind": "signal", "on": { "links": ["1"] }, "cycle-s": 90, "green-s": 40, "offset-s": 7, "to": "22:00" },
        { "kind": "meter", "on": { "class": "ramp" }, "rate-vph": 600.5, "from": "06:00" },
    ]));
    let text = serde_json::to_string(&list).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Measure>>(&text).unwrap(), list);
}

#[test]
fn areas_and_routes_pick_links() {
    let mut network = ring(8);
    for (index, direction) in [(0, 'N'), (1, 'S'), (5, 'N')] {
        network.links[index].route = Some(("101".into(), direction));
    }
    network.links[3].street = Some("Main Street".into());
    let finder = place::Finder::new(&network).unwrap();
    let links = |place: Value| {
        let place: Place = serde_json::from_value(place).unwrap();
        finder.links(&place, "test").unwrap().iter().map(|link| link.0).collect::<Vec<_>>()
    };
    assert_eq!(links(json!({ "route": "US-101", "direction": "n" })), [0, 5]);
    assert_eq!(links(json!({ "route": "101", "direction": "N", "box": [0.0, 0.0, 2e3, 2e3] })), [0]);
    assert_eq!(links(json!({ "polygon": [[0.0, 0.0], [2e3, 0.0], [2e3, 2e3], [0.0, 2e3]] })), [0, 1]);
    assert_eq!(links(json!({ "links": ["7"], "route": "101", "direction": "S" })), [1, 7]);
    assert_eq!(links(json!({ "street": "MAIN street" })), [3]);
    let lost = finder.links(&serde_json::from_value(json!({ "street": "Maine Street" })).unwrap(), "test");
    assert!(lost.unwrap_err().to_string().contains("near streets: \"Main Street\""));
    let entering = finder.entering(&[[0.0, -100.0], [2e3, -100.0], [2e3, 2e3], [0.0, 2e3]], "test").unwrap();
    assert_eq!(entering, [LinkId(7)]);
}

#[test]
fn a_closure_diverts_and_a_toll_pays_off_only_below_the_value_of_time() {
    let network = crate::route::tests::two_ways();
    let router = Router::new(&network, crate::mode::Mode::Car).unwrap();
    let query = |depart_s| Query { from: LinkId(0), to: LinkId(4), depart_s };
    let route = |list: Value, depart_s: u32| {
        let compiled = compile(&network, &measures(list)).unwrap();
        let mut times = LinkTimes::free_flow_with(&network, &compiled.changes, 900, 96);
        compiled.charge(&mut times, VALUE_OF_TIME_USD_PER_H);
        let batch = router.find_drives(&times, &[query(depart_s)], |_| None).unwrap();
        batch.routes.links.iter().map(|link| link.0).collect::<Vec<_>>()
    };
    let (short, long) = ([0, 1, 4], [0, 2, 3, 4]);
    assert_eq!(route(json!([]), 0), short);
    let close = json!([{ "kind": "close", "on": { "links": ["1"] }, "from": "08:00", "to": "09:00" }]);
    assert_eq!(route(close.clone(), 7 * 3600), short);
    assert_eq!(route(close.clone(), 8 * 3600 - 1), short);
    assert_eq!(route(close.clone(), 8 * 3600), long);
    assert_eq!(route(close.clone(), 9 * 3600 - 1), long);
    assert_eq!(route(close, 9 * 3600), short);
    // The long way takes 40 s more, worth 0.157 dollars.
    assert_eq!(route(json!([{ "kind": "toll", "on": { "links": ["1"] }, "amount": 0.15 }]), 0), short);
    assert_eq!(route(json!([{ "kind": "toll", "on": { "links": ["1"] }, "amount": 0.17 }]), 0), long);
}

#[test]
fn who_ends_on_a_closed_link_is_told() {
    let network = ring(5);
    let compiled =
        compile(&network, &measures(json!([{ "kind": "close", "on": { "links": ["2"] }, "from": "08:00" }])))
            .unwrap();
    let trip = |depart_s, mode, from, to| crate::trip::Trip {
        episode: 0,
        mode,
        vehicle: crate::vehicle::ClassId::CAR,
        depart_s,
        dwell_s: 0,
        from: LinkId(from),
        to: LinkId(to),
        distance_m: 1.0,
    };
    use crate::mode::Mode::{Car, Walk};
    // A drive of 900 s on empty roads, and up to 1,800 s: who leaves at 7:30 may find it closed at 8:00.
    let mut trips = [
        trip(26_999, Car, 0, 2),
        trip(27_000, Car, 0, 2),
        trip(30_000, Walk, 2, 0),
        trip(30_000, Walk, 0, 2),
        trip(30_000, Car, 0, 3),
        trip(40_000, Car, 0, 2),
    ];
    let met = compiled.park_before_closures(&network, &mut trips, |_| 900.0);
    assert_eq!(met, [LinkId(2), LinkId(2)]);
    let open = network.in_links(network.link(LinkId(2)).from)[0];
    assert_ne!(open, LinkId(2));
    assert_eq!([trips[1].to, trips[2].from, trips[5].to], [open; 3], "the walk back begins where the car is");
    assert_eq!(
        [trips[0].to, trips[3].to],
        [LinkId(2); 2],
        "before the closure, and on foot, the link can be reached"
    );
    let warnings = compiled.warn_of_ends(&network, &met);
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].to_string().contains("link 2: 2 car trips"), "{}", warnings[0]);
}

fn worker(age: u8) -> Demographics {
    Demographics {
        household: HouseholdId(0),
        zone: ZoneId(0),
        age,
        sex: Sex::Female,
        employed: true,
        student: Student::No,
        household_size: 2,
        vehicles: 1,
        adults: 2,
        income_usd: 80_000,
    }
}

#[test]
fn teleworkers_stay_at_home_and_the_day_stays_whole() {
    let day = [
        (Activity::Home, 8),
        (Activity::Work, 12),
        (Activity::MealsOut, 13),
        (Activity::Work, 17),
        (Activity::Home, 24),
    ];
    let mut start_s = 0;
    let episodes = day.map(|(activity, end_h)| {
        let episode = Episode { activity, start_s, end_s: end_h * 3600 };
        start_s = episode.end_s;
        episode
    });
    let measures: Vec<Telework> =
        serde_json::from_value(json!([{ "share": 0.3, "who": { "employed": true, "age": [25, 64] } }]))
            .unwrap();
    let mut picked = 0;
    for person in 0..2_000 {
        let mut chain = Chain(episodes.to_vec());
        let stays = apply_telework(&mut chain, PersonId(person), &worker(40), &measures, 1);
        chain.check().unwrap();
        let kinds: Vec<Activity> = chain.0.iter().map(|episode| episode.activity).collect();
        if stays {
            assert_eq!(kinds, [Activity::Home, Activity::MealsOut, Activity::Home]);
            picked += 1;
        } else {
            assert_eq!(chain.0, episodes);
        }
        assert!(!apply_telework(&mut chain, PersonId(person), &worker(70), &measures, 1));
    }
    assert!((500..700).contains(&picked), "{picked}");
}

#[test]
fn demand_is_scaled_on_average() {
    for factor in [0.5, 1.0, 2.3] {
        let compiled = Compiled { demand_factor: factor, ..Compiled::default() };
        let total: u32 = (0..10_000).map(|person| compiled.copies(PersonId(person), 7)).sum();
        assert!((f64::from(total) / 1e4 - factor).abs() < 0.02, "{factor}: {total}");
    }
}

#[test]
fn signals_and_meters_hold_in_their_windows_and_compose() {
    let network = ring(5);
    // The meter holds after all changes, also those listed later; the lowest rate counts; a closure wins.
    let list = json!([
        { "kind": "meter", "on": { "links": ["2"] }, "rate-vph": 600, "from": "07:00", "to": "11:00" },
        { "kind": "meter", "on": { "links": ["2", "3"] }, "rate-vph": 2400.0, "from": "07:00", "to": "12:00" },
        { "kind": "change", "on": { "links": ["2"] }, "from": "06:00", "lanes": { "add": 1 } },
        { "kind": "close", "on": { "links": ["2"] }, "from": "08:00", "to": "09:00" },
        { "kind": "signal", "on": { "links": ["2"] }, "cycle-s": 90, "green-s": 40, "offset-s": 100,
          "from": "08:30", "to": "10:00" },
        { "kind": "signal", "on": { "links": ["2"] }, "cycle-s": 60, "green-s": 60, "from": "10:00" },
    ]);
    let signal = |time_s, cycle_s, offset_s, green_s| Change {
        signal: Some(Signal { cycle_s, offset_s, green_s }),
        ..Change::new(time_s, LinkId(2))
    };
    let want = [
        change(21_600, 2, Some(3_600.0), Some(2.0)),
        change(25_200, 2, Some(600.0), None),
        change(28_800, 2, Some(0.0), None),
        signal(30_600, 90, 10, 40),
        change(32_400, 2, Some(600.0), None),
        signal(36_000, 60, 0, 60),
        change(39_600, 2, Some(2_400.0), None),
        change(43_200, 2, Some(3_600.0), None),
    ];
    // Link 3 lets out 1800 veh/h: a meter of 2400 gives it no more, and changes nothing.
    assert_eq!(compile(&network, &measures(list)).unwrap().changes, want);
    let list =
        json!([{ "kind": "signal", "on": { "links": ["2"] }, "cycle-s": 9, "green-s": 4, "to": "01:00" }]);
    let want = [signal(0, 9, 0, 4), signal(3_600, 0, 0, 0)];
    assert_eq!(compile(&network, &measures(list)).unwrap().changes, want);
}

#[test]
fn signals_and_meters_that_cannot_be_are_refused() {
    let network = ring(5);
    let signal = |cycle_s: u16, green_s: u16| json!({ "kind": "signal", "on": { "links": ["2"] }, "cycle-s": cycle_s, "green-s": green_s });
    let meter = |rate_vph: f64| json!({ "kind": "meter", "on": { "links": ["2"] }, "rate-vph": rate_vph });
    let message = refuse(&network, signal(60, 61));
    assert!(
        message.starts_with("policy:measure 1 (signal): green-s is 61, longer than the cycle"),
        "{message}"
    );
    assert!(refuse(&network, signal(0, 0)).contains("cycle-s is 0"));
    assert!(refuse(&network, signal(60, 0)).contains("green-s is 0"));
    assert!(refuse(&network, meter(0.0)).contains("measure 1 (meter): rate-vph is 0"));
    assert!(refuse(&network, meter(-240.0)).contains("rate-vph is -240"));
    for nowhere in [
        json!({ "kind": "signal", "on": {}, "cycle-s": 60, "green-s": 30 }),
        json!({ "kind": "meter", "on": {}, "rate-vph": 240 }),
    ] {
        assert!(refuse(&network, nowhere).contains("means no link at all"));
    }
    for bad in [
        json!({ "kind": "signal", "on": {}, "cycle-s": 60 }),
        json!({ "kind": "signal", "on": {}, "cycle-s": 60.5, "green-s": 30 }),
        json!({ "kind": "signal", "on": {}, "cycle-s": 60, "green-s": 30, "offset": 1 }),
        json!({ "kind": "meter", "on": {}, "rate": 240 }),
    ] {
        assert!(serde_json::from_value::<Measure>(bad.clone()).is_err(), "{bad}");
    }
    let two = json!([
        { "kind": "demand", "factor": 1.0 },
        { "kind": "signal", "on": { "links": ["1", "2"] }, "cycle-s": 60, "green-s": 30, "to": "08:00:01" },
        { "kind": "signal", "on": { "links": ["2", "3"] }, "cycle-s": 60, "green-s": 30, "from": "08:00" },
    ]);
    let message = compile(&network, &measures(two)).unwrap_err().to_string();
    assert!(
        message.starts_with(
            "policy:measure 3 (signal): link 2 has the signal of measure 2 (signal) at the same time"
        ),
        "{message}"
    );
}

/// Seconds at which 1800 vehicles per hour that come from link 0 of a ring get from link 1 to link 2, measures
/// holding on link 1. Both links let out one vehicle every 2 s.
fn discharge(measure: Value, n: u32, sample: f64) -> Vec<u32> {
    use crate::event::{Event, Kind};
    let network = ring(5);
    let compiled = compile(&network, &measures(json!([measure]))).unwrap();
    let (mut legs, mut routes) = (crate::trip::Legs::default(), crate::trip::Routes::default());
    let mode = crate::mode::Mode::Car;
    let (from, to) = (LinkId(0), LinkId(2));
    for _ in 0..n {
        let trip = crate::trip::Trip {
            episode: 0,
            mode,
            vehicle: crate::vehicle::ClassId::CAR,
            depart_s: 0,
            dwell_s: 0,
            from,
            to,
            distance_m: 1000.0,
        };
        legs.push(&[trip], |_| 1);
        routes.push(&[LinkId(0), LinkId(1), LinkId(2)]);
    }
    let config = crate::traffic::Config { sample, ..crate::traffic::Config::default() };
    let mut events: Vec<Event> = Vec::new();
    crate::traffic::run(&network, &legs, &routes, &compiled.changes, &config, &mut events).unwrap();
    let enters = |e: &&Event| matches!(e.kind, Kind::Enter | Kind::Push) && e.link == to;
    events.iter().filter(enters).map(|e| e.time_s).collect()
}

/// A queue behind a signal discharges green / cycle × saturation flow, all of it in the green.
#[test]
fn a_signal_lets_out_its_share_of_the_saturation_flow() {
    let passed = discharge(
        json!({ "kind": "signal", "on": { "links": ["1"] }, "cycle-s": 90, "green-s": 30, "offset-s": 10,
                "from": "00:30", "to": "01:30" }),
        1_800,
        1.0,
    );
    let n_in = |from_s: u32, to_s: u32| passed.iter().filter(|&&s| from_s <= s && s < to_s).count();
    assert!(passed.iter().all(|&s| !(1_800..5_400).contains(&s) || (s - 10) % 90 < 30));
    // 30 s of green at 1800 veh/h are 15 vehicles. The first cycle may let out one more: a change of a link
    // fills its flow account.
    for cycle in 1..39 {
        let from_s = 1_810 + 90 * cycle;
        assert_eq!(n_in(from_s, from_s + 90), 15, "cycle from {from_s} s");
    }
    // No signal before and after: one vehicle every 2 s.
    assert_eq!((n_in(600, 1_800), n_in(5_410, 6_010)), (600, 300));
    assert_eq!(passed.len(), 1_800);
}

/// Vehicles are whole: a green lets out its flow rounded up, which a small sample feels.
#[test]
fn a_green_lets_out_whole_vehicles() {
    for (green_s, sample, n) in [(30, 0.1, 2), (40, 0.1, 2), (10, 0.1, 1), (31, 1.0, 16)] {
        let signal = json!({ "kind": "signal", "on": { "links": ["1"] }, "cycle-s": 90, "green-s": green_s });
        let passed = discharge(signal, 400, sample);
        for cycle in 5..15 {
            let inside = passed.iter().filter(|&&s| s / 90 == cycle).count();
            assert_eq!(inside, n, "green {green_s} s, sample {sample}, cycle {cycle}");
        }
    }
}

/// A meter of 240 veh/h lets one vehicle pass every 15 s.
#[test]
fn a_meter_lets_out_its_rate() {
    let passed = discharge(
        json!({ "kind": "meter", "on": { "links": ["1"] }, "rate-vph": 240, "from": "00:30", "to": "01:30" }),
        1_500,
        1.0,
    );
    let gaps = |from_s: u32, to_s: u32| -> Vec<u32> {
        let inside: Vec<u32> = passed.iter().copied().filter(|&s| from_s <= s && s < to_s).collect();
        inside.windows(2).map(|pair| pair[1] - pair[0]).collect()
    };
    let metered = gaps(1_805, 5_400);
    assert!(metered.len() >= 237 && metered.iter().all(|&gap| gap == 15), "{metered:?}");
    for (from_s, to_s) in [(600, 1_800), (5_405, 6_000)] {
        let free = gaps(from_s, to_s);
        assert!(free.len() > 290 && free.iter().all(|&gap| gap == 2), "{free:?}");
    }
    assert_eq!(passed.len(), 1_500);
}
