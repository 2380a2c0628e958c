//! Each stage of a person's day is checked where it is made: a broken activity model or a broken route ends the run and
//! the person is named.
#![allow(clippy::unwrap_used)] // helpers of tests, too, may panic

use engine::activity::{Activity, Chain, Episode, Generate};
use engine::agent::{Agents, Rules};
use engine::choice::utility::SHIPPED;
use engine::clock::Stopwatch;
use engine::demand::LayerId;
use engine::id::PersonId;
use engine::network::Network;
use engine::people::{Demographics, synthesize};
use engine::place::{Assigner, Density, Homes, Params};
use engine::traffic::{self, Config};
use engine::trip::Routes;
use engine::twin::county::county;

/// Home, work from 8:00 to 17:00, home; `spoil` is done to the days of everybody.
struct Broken(fn(&mut Vec<Chain>));

impl Generate for Broken {
    fn chains(&self, persons: &[(PersonId, Demographics)], _: u8, _: u64) -> engine::Result<Vec<Chain>> {
        let episode = |activity, start_h: u32, end_h: u32| Episode {
            activity,
            start_s: start_h * 3600,
            end_s: end_h * 3600,
        };
        let day = Chain(vec![
            episode(Activity::Home, 0, 8),
            episode(Activity::Work, 8, 17),
            episode(Activity::Home, 17, 24),
        ]);
        let mut all = vec![day; persons.len()];
        (self.0)(&mut all);
        Ok(all)
    }
}

/// The people of a small county through all stages, with such an activity model; what it came to, and the people.
fn planned(spoil: fn(&mut Vec<Chain>)) -> (engine::Result<()>, Agents, Network) {
    let county = county(1_000, 1).unwrap();
    let (population, _) = synthesize(&county.zones, &county.controls, &county.seed_sample, 0.2, 1).unwrap();
    let (assigner, _) =
        Assigner::new(&county.zones, &county.network, &Homes::everybody(&county.zones), Params::default(), 1)
            .unwrap();
    let rules = Rules {
        targets: engine::choice::target::Targets::default(),
        seed: 1,
        weekday: 2,
        generator: Box::new(Broken(spoil)),
        density: Density::new(&county.zones, &county.network, assigner.access()),
        assigner,
        modes: SHIPPED,
        telework: Vec::new(),
    };
    let mut people = Agents::default();
    people.add_residents(LayerId(0), &population, |_| 1);
    let done = people.plan(rules, &mut Stopwatch::default()).map(drop);
    (done, people, county.network)
}

#[test]
fn a_broken_activity_model_is_refused_and_the_person_named() {
    assert!(planned(|_| ()).0.is_ok());
    type Spoil = fn(&mut Vec<Chain>);
    let all: [(Spoil, &str); 4] = [
        (|days| days[17].0[1].end_s -= 1, "person 17: chain: a gap or overlap before episode 2"),
        (|days| days[23].0[2].end_s -= 1, "person 23: chain: the day starts at 0 s and ends at 86399 s"),
        (|days| days[5].0.clear(), "person 5: chain: the day is empty"),
        (|days| drop(days.pop()), "the activity model made"),
    ];
    for (spoil, want) in all {
        let error = planned(spoil).0.unwrap_err();
        assert!(error.to_string().contains(want), "{error}");
        assert_eq!(error.exit_code(), 1);
    }
}

#[test]
fn a_route_that_jumps_is_refused_and_the_person_named() {
    let (done, mut people, network) = planned(|_| ());
    done.unwrap();
    let legs = people.legs(&network).unwrap();
    // Everybody's route is only its two ends: for some car trip they do not touch.
    let mut routes = Routes::default();
    for leg in 0..legs.len() {
        let ends = [legs.from[leg], legs.to[leg]];
        routes.push(if legs.mode[leg].drives() { &ends } else { &[] });
    }
    let touch = |leg: usize| network.link(legs.from[leg]).to == network.link(legs.to[leg]).from;
    let first = (0..legs.len()).find(|&leg| legs.mode[leg].drives() && !touch(leg)).unwrap();
    let person = legs.first.iter().position(|&f| f as usize > first).unwrap() - 1;
    let mut events = Vec::new();
    let error = traffic::run(&network, &legs, &routes, &[], &Config::default(), &mut events).unwrap_err();
    let want = format!("routes:person {person}, leg {first}: jumps between links that do not touch");
    assert!(error.to_string().contains(&want), "{error}");
    assert!(events.is_empty());
}
