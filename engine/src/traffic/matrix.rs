//! The same day, however it is cut, stopped and resumed: same events, same outcome, same frozen state.

use super::Sink;
use super::theory::world;
use super::{Config, Ended, Frozen, Outcome, Start, Then, World, oracle, run_from};
use crate::event::{Event, Kind, compare};
use crate::id::LinkId;
use crate::network::{Change, Network};
use crate::trip::{Legs, Routes};
use crate::twin::grid;
use proptest::prelude::*;

/// Keeps all events, and freezes the day once.
#[derive(Default)]
pub(super) struct Recorder {
    pub events: Vec<Event>,
    pub frozen: Option<Frozen>,
    pub stops: bool,
}

impl Sink for Recorder {
    fn second(&mut self, events: &[Event]) -> crate::Result<()> {
        self.events.second(events)
    }

    fn pause(&mut self, frozen: &Frozen) -> crate::Result<Then> {
        self.frozen = Some(frozen.clone());
        Ok(if self.stops { Then::Stop } else { Then::GoOn })
    }
}

struct Case<'a> {
    network: &'a Network,
    legs: &'a Legs,
    routes: &'a Routes,
    changes: &'a [Change],
    config: Config,
}

impl Case<'_> {
    fn run(
        &self,
        parts: usize,
        frozen: Option<Frozen>,
        stop_s: Option<u32>,
        recorder: &mut Recorder,
    ) -> Ended {
        let config = Config { parts, ..self.config };
        let world = World::new(self.network, self.legs, self.routes, self.changes, &config).unwrap();
        let at = |now_s| Some(now_s) == stop_s;
        run_from(&world, Start { frozen, pause: Some(&at) }, recorder).unwrap()
    }

    fn day(&self, parts: usize, stop_s: Option<u32>) -> (Outcome, Recorder) {
        let mut recorder = Recorder::default();
        match self.run(parts, None, stop_s, &mut recorder) {
            Ended::Day(outcome) => (outcome, recorder),
            Ended::Stopped => panic!("nobody stopped it"),
        }
    }

    /// Stops after second `stop_s` with `first` parts and goes on with `second` parts.
    fn two_days(&self, first: usize, second: usize, stop_s: u32) -> (Outcome, Recorder) {
        let mut recorder = Recorder { stops: true, ..Recorder::default() };
        if let Ended::Day(outcome) = self.run(first, None, Some(stop_s), &mut recorder) {
            return (outcome, recorder);
        }
        match self.run(second, recorder.frozen.clone(), None, &mut recorder) {
            Ended::Day(outcome) => (outcome, recorder),
            Ended::Stopped => panic!("nobody stopped it"),
        }
    }
}

fn same(left: &(Outcome, Recorder), right: &(Outcome, Recorder)) {
    let difference = compare(&left.1.events, &right.1.events);
    assert!(difference.is_none(), "{}", difference.unwrap());
    assert!(left.0 == right.0, "same events, another outcome");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Random networks, demand, closures, signals, samples and dynamics, cut into 1 to 7 parts, stopped at any
    /// second and resumed with another cut.
    #[test]
    fn cuts_and_pauses_change_nothing(seed in any::<u64>(), first in 1usize..8, second in 1usize..8, stop_s in 0u32..4000) {
        let (network, (legs, routes), changes, config) = world(seed);
        let case = Case { network: &network, legs: &legs, routes: &routes, changes: &changes, config };
        let whole = case.day(1, Some(stop_s));
        let wanted = oracle::run(&network, &legs, &routes, &changes, &config);
        let difference = compare(&wanted, &whole.1.events);
        prop_assert!(difference.is_none(), "{}", difference.unwrap());
        let cut = case.day(first, Some(stop_s));
        same(&whole, &cut);
        prop_assert!(whole.1.frozen == cut.1.frozen, "the frozen state tells the cut");
        same(&whole, &case.two_days(first, second, stop_s));
    }
}

/// A day that ends with drivers on the way is not frozen after its last second, however it is cut.
#[test]
fn no_cut_pauses_after_the_last_second() {
    let (network, (legs, routes), changes, config) = world(14_446_476_821_900_596_437);
    let case = Case { network: &network, legs: &legs, routes: &routes, changes: &changes, config };
    for parts in 1..4 {
        let (outcome, recorder) = case.day(parts, Some(config.end_s - 1));
        assert!(outcome.n_aborted > 0, "the day was over before its end");
        assert_eq!(recorder.frozen, None, "{parts} parts");
    }
}

/// Who is on the way without a road when the day is stopped, and would arrive after its end, is not forgotten.
#[test]
fn who_arrives_after_the_end_is_kept_by_a_pause() {
    let (network, (legs, routes), changes, config) = world(11_052_723_220_271_884_347);
    let case = Case { network: &network, legs: &legs, routes: &routes, changes: &changes, config };
    let whole = case.day(1, None);
    let nowhere = |e: &Event| e.kind == Kind::Abort && e.link == LinkId::NONE;
    assert!(whole.1.events.iter().any(nowhere), "nobody was on the way without a road");
    same(&whole, &case.two_days(1, 1, 2252));
}

/// A town in the morning peak, with spillback: all cuts, stops in quiet and busy seconds.
#[test]
fn a_grid_is_the_same_however_it_is_cut_and_resumed() {
    let (network, legs, routes) = grid::scenario(16, 6000, 3).unwrap();
    let config = Config { sample: 0.05, end_s: 36_000, ..Config::default() };
    let case = Case { network: &network, legs: &legs, routes: &routes, changes: &[], config };
    let whole = case.day(1, None);
    assert!(whole.0.pushed.iter().any(|&n| n > 0), "too quiet to be a test");
    for parts in [2, 3, 8] {
        same(&whole, &case.day(parts, None));
    }
    for (first, second, stop_s) in [(1, 2, 27_000), (4, 3, 27_001), (7, 1, 30_123)] {
        same(&whole, &case.two_days(first, second, stop_s));
    }
}

/// The test of the test: a day that differs in one leg is told apart.
#[test]
fn another_day_is_told_apart() {
    let (network, mut legs, routes) = grid::scenario(8, 500, 3).unwrap();
    let day = |legs: &Legs| {
        let (changes, config) = (&[], Config::default());
        Case { network: &network, legs, routes: &routes, changes, config }.day(2, None)
    };
    let before = day(&legs);
    legs.depart_s[100] += 1;
    assert!(compare(&before.1.events, &day(&legs).1.events).is_some());
}

/// The random networks of the matrix are such that there is something to cut.
#[test]
fn random_networks_can_be_cut() {
    let n_cut = |seed| {
        let (network, (_, routes), changes, _) = world(seed);
        super::Layout::new(&network, &routes, &changes, 3).n_cut(&network)
    };
    let cut = (0..60).filter(|&seed| n_cut(seed) > 2).count();
    assert!(cut > 30, "{cut} of 60");
}
