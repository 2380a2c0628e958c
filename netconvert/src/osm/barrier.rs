//! Barriers: a bollard in a street stops cars although the street carries no sign of it.
//!
//! | barrier | cars |
//! |---|---|
//! | bollard, block, gate, chain and what else stands in the way ([`CLOSING`]) | may not pass, unless tags of access say that they may |
//! | toll booth, cattle grid, border control and what else slows only ([`PASSABLE`]) | may pass, unless tags of access say that they may not |
//! | any other word | may not pass; counted as not understood |
//!
//! A word of access that is not known is counted, and the barrier decides. `locked=yes` closes a gate that `access` alone opens (walkers use it), and `locked=no` opens one that no tag of
//! access speaks of.

use super::access::{self, Access};
use super::raw::Tags;
use crate::tally::Tally;

/// What cars cannot pass (wiki "Key:barrier"), sorted.
const CLOSING: [&str; 42] = [
    "bar",
    "barrier_board",
    "block",
    "bollard",
    "bump_gate",
    "bus_trap",
    "chain",
    "city_wall",
    "coupure",
    "cycle_barrier",
    "debris",
    "ditch",
    "fence",
    "full-height_turnstile",
    "gate",
    "guard_rail",
    "hampshire_gate",
    "hedge",
    "horse_stile",
    "jersey_barrier",
    "kissing_gate",
    "lift_gate",
    "log",
    "motorcycle_barrier",
    "planter",
    "pole",
    "retaining_wall",
    "rising_bollard",
    "rock",
    "rope",
    "sliding_beam",
    "sliding_gate",
    "spikes",
    "stile",
    "stone",
    "sump_buster",
    "swing_gate",
    "turnstile",
    "tyres",
    "wall",
    "wicket_gate",
    "yes",
];

/// What cars pass, sorted. A kerb at a node is the edge of a crossing for walkers.
const PASSABLE: [&str; 12] = [
    "border_control",
    "cattle_grid",
    "checkpoint",
    "entrance",
    "ford",
    "height_restrictor",
    "kerb",
    "no",
    "sally_port",
    "speed_bump",
    "toll_booth",
    "width_restrictor",
];

/// What stands across a way that bears the tag itself. A wall or hedge of a way stands beside it.
const ACROSS: [&str; 9] =
    ["block", "bollard", "chain", "gate", "jersey_barrier", "lift_gate", "sliding_gate", "swing_gate", "yes"];

/// Whether a node keeps cars from passing. `false` for a node that is no barrier.
pub fn closes(tags: &Tags, node: i64, tally: &mut Tally) -> bool {
    let Some(barrier) = tags.get("barrier") else { return false };
    tally.whole("barriers on roads", 1);
    let closing = CLOSING.binary_search(&barrier).is_ok();
    if !closing && PASSABLE.binary_search(&barrier).is_err() {
        let kind = format!("barrier \"{}\" is not known, taken as closed to cars", access::short(barrier));
        tally.unknown("barriers on roads", kind, node);
        return true;
    }
    let told = access::deciding(tags, "").and_then(|(key, value)| {
        let read = access::word(value);
        if read.is_none() {
            let kind = format!("access \"{}\" at a barrier is not known, passed over", access::short(value));
            tally.unknown("barriers on roads", kind, node);
        }
        Some((key, read?))
    });
    let closed = match told {
        Some((key, access)) => {
            let locked = key == "access" && closing && tags.get("locked") == Some("yes");
            locked || access == Access::Closed
        }
        None => closing && tags.get("locked") != Some("no"),
    };
    if closed {
        tally.part("barriers on roads", format!("barrier={barrier} closes the road to cars there"), node);
    }
    closed
}

/// Whether the tag `barrier` of a way itself keeps cars off it.
pub fn closes_way(tags: &Tags) -> bool {
    let across = tags.get("barrier").is_some_and(|barrier| ACROSS.binary_search(&barrier).is_ok());
    across && access::deciding(tags, "").is_none() && tags.get("locked") != Some("no")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(pairs: &[(&str, &str)]) -> bool {
        closes(&pairs.iter().copied().collect(), 1, &mut Tally::new("t.osm"))
    }

    #[test]
    fn what_stands_in_the_way_and_what_does_not() {
        for barrier in ["bollard", "block", "gate", "lift_gate", "chain", "kissing_gate", "yes"] {
            assert!(closed(&[("barrier", barrier)]), "{barrier}");
            assert!(!closed(&[("barrier", barrier), ("motor_vehicle", "yes")]), "{barrier}");
            assert!(!closed(&[("barrier", barrier), ("access", "no"), ("motorcar", "destination")]));
        }
        for barrier in ["toll_booth", "cattle_grid", "border_control", "entrance", "height_restrictor"] {
            assert!(!closed(&[("barrier", barrier)]), "{barrier}");
            assert!(closed(&[("barrier", barrier), ("motor_vehicle", "no")]), "{barrier}");
        }
        assert!(!closed(&[("highway", "crossing")]));
        // A word that is not known says nothing.
        assert!(closed(&[("barrier", "gate"), ("motor_vehicle", "by arrangement")]));
        assert!(!closed(&[("barrier", "toll_booth"), ("access", "by arrangement")]));
    }

    #[test]
    fn locks() {
        assert!(!closed(&[("barrier", "gate"), ("locked", "no")]));
        assert!(closed(&[("barrier", "gate"), ("access", "yes"), ("locked", "yes")]));
        assert!(!closed(&[("barrier", "gate"), ("motor_vehicle", "permissive"), ("locked", "yes")]));
    }

    #[test]
    fn barriers_are_counted_with_a_share() {
        let mut tally = Tally::new("t.osm");
        for (node, barrier) in [(1, "bollard"), (2, "toll_booth"), (3, "bollard"), (4, "moat")] {
            closes(&[("barrier", barrier)].into_iter().collect(), node, &mut tally);
        }
        closes(&[("barrier", "toll_booth"), ("access", "perhaps")].into_iter().collect(), 5, &mut tally);
        let told: Vec<String> = tally.into_warnings().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "t.osm:5: access \"perhaps\" at a barrier is not known, passed over (20.0 % of 5 barriers on roads)",
                "t.osm:4: barrier \"moat\" is not known, taken as closed to cars (20.0 % of 5 barriers on roads)",
                "t.osm:1: 2 × barrier=bollard closes the road to cars there (40.0 % of 5 barriers on roads)"
            ]
        );
    }

    #[test]
    fn lists_are_sorted() {
        assert!(CLOSING.is_sorted() && PASSABLE.is_sorted() && ACROSS.is_sorted());
    }
}
