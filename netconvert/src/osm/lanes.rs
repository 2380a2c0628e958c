//! Lane tags of a way → the lanes of a direction that cars may use.
//!
//! `lanes` counts every full lane of motor traffic of both directions, those reserved for buses and taxis among them,
//! but not those for bicycles (wiki "Key:lanes"). So the reserved ones are taken off, as the first of these says:
//!
//! 1. lists with one value a lane: `motorcar:lanes`, `motor_vehicle:lanes`, `vehicle:lanes`, `access:lanes` say who may
//!    use it, `bus:lanes`, `psv:lanes`, `taxi:lanes`, `bicycle:lanes` for whom it is `designated`;
//! 2. numbers: `lanes:bus`, `lanes:psv`, `lanes:taxi`;
//! 3. the sides with a bus lane: `busway`.
//!
//! Each may have `:forward` or `:backward` at its end. Lanes for vehicles with several occupants (`hov:lanes`) are
//! lanes for cars, because the network does not say how many sit in one; they are counted. A lane for both directions
//! (`lanes:both_ways`, a centre turn lane, `lanes:reversible`) is no lane of either.

use super::access::{self, Access};
use super::raw::Tags;
use crate::tally::Tally;

/// Further lists with one value a lane: they tell how many lanes a direction has, and nothing else that is read.
const COUNTING: [&str; 5] = ["turn", "change", "destination", "maxspeed", "width"];
/// More lanes in one direction than any road has (the widest toll plazas have about 25).
const MOST_LANES: f64 = 30.0;
/// Kinds of vehicles for which lanes are reserved that cars must keep off.
const RESERVED: [&str; 3] = ["bus", "psv", "taxi"];

/// A direction of a way whose lanes are asked for.
#[derive(Clone, Copy)]
struct Side<'a> {
    tags: &'a Tags,
    /// `forward` or `backward`.
    side: &'static str,
    /// Whether cars may drive the way in the other direction too.
    both: bool,
    way: i64,
}

/// Lanes of one direction for cars (`side` is `forward` or `backward`; `both`: the other direction is open too), or
/// `default` where the tags do not say (counted). A two-way road splits `lanes` as lists of lanes by direction tell
/// (`turn:lanes:forward`), else evenly, at least one each: of an odd number each direction has half a lane more, and a road of
/// one lane for both directions counts as one lane each way (both counted).
pub fn lanes(tags: &Tags, side: &'static str, both: bool, default: f64, way: i64, tally: &mut Tally) -> f64 {
    tally.whole("lane counts", 1);
    let side = Side { tags, side, both, way };
    if both {
        side.count_undirected(tally);
    }
    let list = side.list(side.side, tally);
    if list.as_ref().is_some_and(|list| list.hov) || side.number("lanes:hov", tally).is_some() {
        let what = "has lanes for vehicles with several occupants, counted as lanes for cars";
        tally.part("lane counts", what, way);
    }
    let Some(total) = side.total(side.side, list.as_ref(), tally) else {
        tally.part("lane counts", "no number of lanes is tagged, that of the class is taken", way);
        return default;
    };
    let for_cars = match &list {
        // The list may hold lanes for bicycles that `lanes` does not count.
        Some(list) if list.entries >= total => total.min(list.open),
        Some(list) => total - (list.entries - list.open),
        None => total - side.reserved(tally),
    };
    if for_cars >= total {
        return total;
    }
    tally.part("lane counts", "lanes reserved for buses and taxis are not counted", way);
    if for_cars < 0.5 {
        tally.part("lane counts", "every lane is reserved for others, one is left to cars", way);
    }
    for_cars.max(1.0)
}

/// What the lists of a direction say of its lanes.
struct List {
    /// Lanes in the list.
    entries: f64,
    /// Of these, lanes of motor traffic: all but those for bicycles.
    motor: f64,
    /// Lanes that cars may use.
    open: f64,
    /// Whether one of these is for vehicles with several occupants.
    hov: bool,
}

impl Side<'_> {
    /// Counts lists of a two-way road that name no direction: nobody can tell whose lanes they are.
    fn count_undirected(&self, tally: &mut Tally) {
        let has = |mode: &str| self.tags.get(&format!("{mode}:lanes")).is_some();
        if access::KEYS.into_iter().chain(RESERVED).chain(["hov", "bicycle"]).any(has) {
            let what = "who may use which lane is told without a direction of a two-way road, not read";
            tally.unknown("lane counts", what, self.way);
        }
        if COUNTING.into_iter().any(has) {
            let what = "a list of lanes names no direction of a two-way road, its lanes were not counted";
            tally.part("lane counts", what, self.way);
        }
    }

    /// How many lanes a direction has by the lists that say nothing else of them; `None` where there is no such list or they differ.
    fn counted(&self, side: &str) -> Option<f64> {
        let sided = |mode: &str| self.tags.get(&format!("{mode}:lanes:{side}"));
        let plain =
            |mode: &str| self.tags.get(&format!("{mode}:lanes")).filter(|_| !self.both && side == self.side);
        let mut all = COUNTING.iter().filter_map(|mode| sided(mode).or_else(|| plain(mode)));
        let first = all.next()?.split('|').count();
        all.all(|list| list.split('|').count() == first).then_some(first as f64)
    }

    /// Half of the lanes of a two-way road, at least one; what it is that was guessed is counted.
    fn half(&self, lanes: f64, tally: &mut Tally) -> f64 {
        let what = match () {
            () if lanes <= 1.0 => "one lane for both directions, taken as one each way",
            () if lanes % 2.0 != 0.0 => {
                "an odd number of lanes without directions, half of it taken each way"
            }
            () => return lanes / 2.0,
        };
        tally.part("lane counts", what, self.way);
        (lanes / 2.0).max(1.0)
    }

    fn other(&self) -> &'static str {
        if self.side == "forward" { "backward" } else { "forward" }
    }

    /// A tag that is a number of lanes.
    fn number(&self, key: &str, tally: &mut Tally) -> Option<f64> {
        let text = self.tags.get(key)?;
        // "2;3": the lanes change along the way; the narrower part is the one that limits.
        let least = text.split(';').map(|part| part.trim().parse::<f64>().ok()).collect::<Option<Vec<_>>>();
        let least = least.and_then(|all| all.into_iter().reduce(f64::min));
        // Of the special lanes there may be none.
        let fewest = if key == "lanes" { 0.5 } else { 0.0 };
        let fits = least.filter(|n| (fewest..=MOST_LANES).contains(n));
        if fits.is_none() {
            let what = "number of lanes is not between 0.5 and 30, taken as not tagged";
            tally.unknown("lane counts", what, self.way);
        }
        fits
    }

    /// The lists of a direction. A list without a direction is that of the one direction of a one-way road.
    fn list(&self, side: &str, tally: &mut Tally) -> Option<List> {
        let values = |mode: &str| -> Vec<&str> {
            let sided = self.tags.get(&format!("{mode}:lanes:{side}"));
            let plain = if self.both || side != self.side { None } else { Some(format!("{mode}:lanes")) };
            let text = sided.or_else(|| self.tags.get(&plain?));
            text.map_or(Vec::new(), |text| text.split('|').map(str::trim).collect())
        };
        let cars = access::KEYS.map(&values);
        let reserved = RESERVED.map(&values);
        let (hov, bicycle) = (values("hov"), values("bicycle"));
        let all = || cars.iter().chain(&reserved).chain([&hov, &bicycle]).map(Vec::len).filter(|&n| n > 0);
        let entries = all().max()?;
        if all().any(|n| n != entries) {
            let what = "lists of lanes have different lengths, not read";
            tally.unknown("lane counts", what, self.way);
            return None;
        }
        let mut list = List { entries: entries as f64, motor: 0.0, open: 0.0, hov: false };
        for lane in 0..entries {
            let is = |list: &[&str], words: &[&str]| list.get(lane).is_some_and(|w| words.contains(w));
            let for_hov = is(&hov, &["designated"]);
            let shared = reserved.iter().any(|list| is(list, &["designated"]));
            let for_bicycles = is(&bicycle, &["designated"]);
            let told = cars.iter().find_map(|list| list.get(lane).filter(|word| !word.is_empty()));
            let read = told.and_then(|word| access::word(word));
            if let (Some(word), None) = (told, read) {
                let what = format!("access \"{}\" of a lane is not known, passed over", access::short(word));
                tally.unknown("lane counts", what, self.way);
            }
            let open = match read {
                Some(Access::Closed) => for_hov,
                Some(_) => true,
                None => for_hov || !(shared || for_bicycles),
            };
            list.open += f64::from(u8::from(open));
            list.hov |= for_hov;
            let with_buses = shared || reserved.iter().any(|list| is(list, &["yes"]));
            list.motor += f64::from(u8::from(open || with_buses || !for_bicycles));
        }
        Some(list)
    }

    /// All lanes of a direction, reserved ones among them; `None` where no tag tells.
    fn total(&self, side: &str, list: Option<&List>, tally: &mut Tally) -> Option<f64> {
        let positive = |n: f64| Some(n).filter(|n| *n >= 0.5);
        let sided = |side: &str, tally: &mut Tally| self.number(&format!("lanes:{side}"), tally);
        if let Some(lanes) = sided(side, tally).and_then(positive) {
            return Some(lanes);
        }
        // `lanes` counts both directions of a two-way road, `lanes:forward` and `lanes:backward` one.
        let Some(all) = self.number("lanes", tally) else { return list.map(|list| list.motor) };
        let other = match sided(self.other(), tally) {
            Some(other) => Some(other),
            None if self.both => self.list(self.other(), tally).map(|list| list.motor),
            // Against a one-way street only buses run, on lanes of their own.
            None => Some(self.against(tally)),
        };
        let rest = all - self.both_ways(tally);
        Some(match (other, list) {
            (Some(other), _) => (rest - other).max(1.0),
            (None, Some(list)) => list.motor.min(rest - 1.0).max(1.0),
            // Only lists that agree with the number: some hold lanes for bicycles, too.
            (None, None) => match (self.counted(self.side), self.counted(self.other())) {
                (Some(mine), None) if mine < rest => mine,
                (None, Some(other)) if other < rest => rest - other,
                (Some(mine), Some(other)) if mine + other == rest => mine,
                _ => self.half(rest, tally),
            },
        })
    }

    /// Lanes that belong to both directions or change it.
    fn both_ways(&self, tally: &mut Tally) -> f64 {
        let number = ["lanes:both_ways", "lanes:reversible"].iter().find_map(|key| self.number(key, tally));
        let yes = |key: &str| self.tags.get(key).is_some_and(|value| value != "no");
        let one = ["turn:lanes:both_ways", "centre_turn_lane", "center_turn_lane"].into_iter().any(yes);
        number.unwrap_or(f64::from(u8::from(one && self.both)))
    }

    /// Bus lanes that run against a one-way street.
    fn against(&self, tally: &mut Tally) -> f64 {
        let other = self.other();
        let told = RESERVED.iter().filter_map(|mode| self.number(&format!("lanes:{mode}:{other}"), tally));
        let told = told.reduce(f64::max);
        let sides = ["busway", "busway:left", "busway:right", "busway:both"];
        let contraflow = sides.iter().any(|key| self.tags.get(key) == Some("opposite_lane"));
        told.unwrap_or(f64::from(u8::from(contraflow)))
    }

    /// Lanes of this direction that are reserved by number, or by `busway`. Those that name no direction of a two-way
    /// road are shared between the two; an odd one is taken off the wider.
    fn reserved(&self, tally: &mut Tally) -> f64 {
        let mut most = |end: &str| {
            let keys = RESERVED.iter().map(|mode| format!("lanes:{mode}{end}"));
            keys.filter_map(|key| self.number(&key, tally)).reduce(f64::max)
        };
        let (mine, other) = (most(&format!(":{}", self.side)), most(&format!(":{}", self.other())));
        if let Some(mine) = mine {
            return mine;
        }
        let undirected = match most("") {
            Some(all) if other.is_some() && self.both => all - other.unwrap_or(0.0),
            Some(all) if !self.both => return all - other.unwrap_or(0.0),
            Some(all) => all,
            None if other.is_some() => 0.0,
            None => self.busways(),
        };
        if !self.both || other.is_some() {
            return undirected.max(0.0);
        }
        let [mine, other] =
            [self.side, self.other()].map(|side| self.number(&format!("lanes:{side}"), tally));
        let odd = undirected % 2.0;
        match (mine, other) {
            (Some(mine), Some(other)) if mine > other => (undirected + odd) / 2.0,
            (Some(mine), Some(other)) if mine < other => (undirected - odd) / 2.0,
            _ => undirected / 2.0,
        }
    }

    /// Bus lanes of the way that `busway` tells of: `busway=lane` has one in each direction that cars drive.
    fn busways(&self) -> f64 {
        let lane = |key: &str| self.tags.get(key) == Some("lane");
        let directions = if self.both { 2.0 } else { 1.0 };
        match () {
            () if lane("busway") => directions,
            () if lane("busway:both") => 2.0,
            () => f64::from(u8::from(lane("busway:left"))) + f64::from(u8::from(lane("busway:right"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lanes forward and backward of a two-way road, or forward of a one-way road, and what was told.
    fn read(both: bool, pairs: &[(&str, &str)]) -> (Vec<f64>, Vec<String>) {
        let mut tally = Tally::new("t.osm");
        let tags = pairs.iter().copied().collect();
        let sides: &[&'static str] = if both { &["forward", "backward"] } else { &["forward"] };
        let lanes = sides.iter().map(|side| lanes(&tags, side, both, 7.0, 1, &mut tally)).collect();
        (lanes, tally.into_warnings().into_iter().map(|w| w.what).collect())
    }

    #[track_caller]
    fn one_way(want: f64, pairs: &[(&str, &str)]) {
        assert_eq!(read(false, pairs).0, [want], "{pairs:?}");
    }

    #[track_caller]
    fn two_way(want: [f64; 2], pairs: &[(&str, &str)]) {
        assert_eq!(read(true, pairs).0, want, "{pairs:?}");
    }

    #[test]
    fn lanes_are_split_between_the_directions() {
        two_way([2.0, 2.0], &[("lanes", "4")]);
        two_way([1.0, 1.0], &[("lanes", "1")]);
        two_way([2.0, 1.0], &[("lanes", "3"), ("lanes:backward", "1")]);
        two_way([2.0, 2.0], &[("lanes", "5"), ("lanes:both_ways", "1")]);
        two_way([2.0, 2.0], &[("lanes", "5"), ("centre_turn_lane", "yes")]);
        two_way([1.0, 1.0], &[("lanes", "3"), ("turn:lanes:both_ways", "left")]);
        // Half of an odd number each, unless a list tells.
        two_way([1.5, 1.5], &[("lanes", "3")]);
        two_way([2.0, 1.0], &[("lanes", "3"), ("turn:lanes:forward", "left|through")]);
        two_way([1.0, 2.0], &[("lanes", "3"), ("turn:lanes:backward", "left|through")]);
        two_way(
            [3.0, 2.0],
            &[("lanes", "5"), ("turn:lanes:forward", "||right"), ("turn:lanes:backward", "left|")],
        );
        // Lists that do not fit the number tell nothing.
        two_way([1.5, 1.5], &[("lanes", "3"), ("turn:lanes:forward", "|||right")]);
        two_way([1.5, 1.5], &[("lanes", "3"), ("turn:lanes:forward", "|"), ("turn:lanes:backward", "|")]);
        two_way([1.5, 1.5], &[("lanes", "3"), ("turn:lanes:forward", "|"), ("change:lanes:forward", "||")]);
        two_way([2.0, 2.0], &[("lanes", "4"), ("turn:lanes", "left|through|through|right")]);
        one_way(3.0, &[("lanes", "3")]);
        one_way(2.0, &[("lanes", "2;3")]);
        assert!(read(false, &[("lanes", "2000")]).0 == [7.0] && read(false, &[]).0 == [7.0]);
    }

    #[test]
    fn lists_say_which_lanes_cars_may_use() {
        one_way(3.0, &[("lanes", "4"), ("bus:lanes", "yes|yes|yes|designated")]);
        one_way(1.0, &[("lanes", "2"), ("psv:lanes", "|designated")]);
        one_way(1.0, &[("lanes", "2"), ("motor_vehicle:lanes", "yes|no")]);
        one_way(1.0, &[("lanes", "2"), ("access:lanes", "|no"), ("bus:lanes", "|designated")]);
        // Taxis and cars too, as the more special list says.
        one_way(2.0, &[("lanes", "2"), ("access:lanes", "|no"), ("motorcar:lanes", "|yes")]);
        // A lane for bicycles stands in the list but not in `lanes`.
        one_way(2.0, &[("lanes", "2"), ("vehicle:lanes", "yes|no|yes"), ("bicycle:lanes", "|designated|")]);
        one_way(2.0, &[("lanes", "2"), ("bicycle:lanes", "||designated")]);
        // The list alone tells how many lanes there are.
        one_way(2.0, &[("bus:lanes", "designated|yes|yes")]);
        two_way([1.0, 2.0], &[("lanes", "4"), ("bus:lanes:forward", "yes|designated")]);
        // Without a direction it says nothing of a two-way road.
        two_way([2.0, 2.0], &[("lanes", "4"), ("bus:lanes", "yes|yes|yes|designated")]);
    }

    #[test]
    fn numbers_of_reserved_lanes_are_taken_off() {
        one_way(3.0, &[("lanes", "4"), ("lanes:bus", "1")]);
        one_way(2.0, &[("lanes", "4"), ("lanes:psv:forward", "2")]);
        // The same lane told twice.
        one_way(2.0, &[("lanes", "3"), ("lanes:bus", "1"), ("lanes:psv", "1")]);
        // A lane for buses against the one way.
        one_way(2.0, &[("lanes", "3"), ("lanes:psv:backward", "1")]);
        let sided = [("lanes:forward", "3"), ("lanes:backward", "2")];
        two_way([2.0, 2.0], &[&sided[..], &[("lanes", "5"), ("lanes:psv:forward", "1")]].concat());
        two_way([2.0, 2.0], &[&sided[..], &[("lanes", "5"), ("lanes:psv", "1")]].concat());
        two_way([2.0, 1.0], &[&sided[..], &[("lanes", "5"), ("lanes:psv", "2")]].concat());
        two_way([1.0, 1.0], &[("lanes", "3"), ("lanes:bus", "1")]);
    }

    #[test]
    fn sides_with_a_bus_lane() {
        one_way(2.0, &[("lanes", "3"), ("busway", "lane")]);
        one_way(2.0, &[("lanes", "3"), ("busway:right", "lane")]);
        one_way(2.0, &[("lanes", "3"), ("busway", "opposite_lane")]);
        two_way([1.0, 1.0], &[("lanes", "4"), ("busway", "lane")]);
        // What the class assumes are lanes for cars.
        assert_eq!(read(false, &[("busway", "lane")]).0, [7.0]);
    }

    #[test]
    fn what_was_assumed_is_told() {
        let told = |pairs: &[(&str, &str)]| read(false, pairs).1;
        assert_eq!(told(&[("lanes", "3")]), [] as [&str; 0]);
        assert_eq!(told(&[]), ["no number of lanes is tagged, that of the class is taken"]);
        let bus = "lanes reserved for buses and taxis are not counted";
        assert_eq!(told(&[("lanes", "3"), ("lanes:bus", "1")]), [bus]);
        let all = [("lanes", "2"), ("lanes:bus", "2")];
        assert_eq!(told(&all), ["every lane is reserved for others, one is left to cars", bus]);
        one_way(1.0, &all);
        let hov = [("lanes", "3"), ("hov:lanes", "designated||")];
        assert_eq!(told(&hov), ["has lanes for vehicles with several occupants, counted as lanes for cars"]);
        one_way(3.0, &hov);
        let both_ways = |pairs: &[(&str, &str)]| {
            let mut tally = Tally::new("t.osm");
            let tags = pairs.iter().copied().collect();
            for side in ["forward", "backward"] {
                lanes(&tags, side, true, 7.0, 1, &mut tally);
            }
            tally.into_warnings().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        for (lanes, what) in [
            ("3", "an odd number of lanes without directions, half of it taken each way"),
            ("1", "one lane for both directions, taken as one each way"),
        ] {
            assert_eq!(
                both_ways(&[("lanes", lanes)]),
                [format!("t.osm:1: 2 × {what} (100.0 % of 2 lane counts)")]
            );
        }
        for (key, what) in [
            (
                "turn:lanes",
                "a list of lanes names no direction of a two-way road, its lanes were not counted",
            ),
            ("bus:lanes", "who may use which lane is told without a direction of a two-way road, not read"),
        ] {
            let list = [("lanes", "4"), (key, "designated|||")];
            assert_eq!(both_ways(&list), [format!("t.osm:1: 2 × {what} (100.0 % of 2 lane counts)")]);
        }
        assert_eq!(both_ways(&[("lanes", "3"), ("turn:lanes:forward", "|")]), [] as [&str; 0]);
        let words = [("lanes", "2"), ("access:lanes", "yes|sometimes")];
        assert_eq!(told(&words), ["access \"sometimes\" of a lane is not known, passed over"]);
        let lists = [("lanes", "3"), ("bus:lanes", "||designated"), ("psv:lanes", "|designated")];
        assert_eq!(told(&lists), ["lists of lanes have different lengths, not read"]);
        one_way(3.0, &lists);
    }
}
