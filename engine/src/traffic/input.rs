//! Checks what a day is run on, once, so that the day itself need not.
//!
//! [`World::new`](super::World::new) calls [`check`]; whoever holds a `World` may index by the links, legs and
//! classes in it without asking again, and the bound on `end_s` keeps sums of seconds within 32 bits. A check added
//! here should therefore say which assumption of the day it makes true. What this module never does: repair input.
//! A route with a gap is an error, not a detour.

use super::Config;
use super::record::MAX_LINKS;
use crate::error::{Fault, Result};
use crate::id::LegId;
use crate::network::{Change, Network, Signal};
use crate::trip::{Legs, Routes};

/// Checks everything.
///
/// # Errors
/// A [`Fault`] for the first thing wrong.
pub(super) fn check(
    network: &Network,
    legs: &Legs,
    routes: &Routes,
    changes: &[Change],
    config: &Config,
) -> Result<()> {
    check_config(config)?;
    if network.links.len() >= MAX_LINKS {
        return Err(Fault::new("network", "", "has too many links").expected("fewer than 2^28").into());
    }
    check_changes(network, changes)?;
    check_legs(legs, routes)?;
    check_routes(network, legs, routes)
}

/// Numbers of the configuration. The upper bounds are not limits of taste: `parts` is kept in 16 bits by the
/// layout, and see below for the end of the day.
fn check_config(config: &Config) -> Result<()> {
    let fault = |what: String, expected: &str| Err(Fault::new("traffic", "", what).expected(expected).into());
    if !(config.sample.is_finite() && config.sample > 0.0) {
        return fault(format!("sample is {}", config.sample), "a positive share");
    }
    if config.bin_s == 0 {
        return fault("bin_s is 0".into(), "at least one second");
    }
    if config.parts == 0 || config.parts > usize::from(u16::MAX) {
        return fault(format!("parts is {}", config.parts), "from 1 to 65535");
    }
    // Travel times are cut at 2^30 s, so that sums of seconds stay below 2^32.
    if config.end_s > 1 << 28 {
        return fault(format!("end_s is {}", config.end_s), "at most 2^28 seconds");
    }
    Ok(())
}

/// Changes must come in order of time, because each part plays them back with one index, and must leave a link on
/// which whole seconds can be counted: speed and lanes positive, capacity zero (closed) or more. A signal needs a
/// green of at least one second, else its wait would never end; [`Signal::NONE`] takes a signal away.
fn check_changes(network: &Network, changes: &[Change]) -> Result<()> {
    let mut last_s = 0;
    for (row, change) in changes.iter().enumerate() {
        let fault = |what: String| Err(Fault::new("changes", row, what).into());
        if change.link.index() >= network.links.len() {
            return fault(format!("link {} is unknown", change.link.0));
        }
        if change.time_s < last_s {
            return fault(format!("time {} s comes after {last_s} s", change.time_s));
        }
        last_s = change.time_s;
        let bad = |value: Option<f64>| value.is_some_and(|v| !(v.is_finite() && v > 0.0));
        if change.capacity_vph.is_some_and(|v| !(v.is_finite() && v >= 0.0)) {
            return fault("capacity is negative or no number".into());
        }
        let makes_sense = |s: Signal| s == Signal::NONE || (1..=s.cycle_s).contains(&s.green_s);
        if !change.signal.is_none_or(makes_sense) {
            return fault("signal has no green, or more than its cycle".into());
        }
        if bad(change.freespeed_mps) || bad(change.lanes) {
            return fault("speed or number of lanes is not positive".into());
        }
    }
    Ok(())
}

/// That the columns of legs and the rows of persons and routes fit together: all columns have one length, rows
/// begin at 0, do not fall and end at that length, and every class of vehicle exists. Without legs the rows may be
/// empty.
fn check_legs(legs: &Legs, routes: &Routes) -> Result<()> {
    let n = legs.len();
    let lengths = [
        legs.vehicle.len(),
        legs.depart_s.len(),
        legs.dwell_s.len(),
        legs.from.len(),
        legs.to.len(),
        legs.teleport_s.len(),
    ];
    let rows_fit = |first: &[u32], n_rows: usize| {
        first.len() == n_rows + 1 && first[0] == 0 && first.windows(2).all(|pair| pair[0] <= pair[1])
    };
    let persons_fit = legs.first.is_empty() && n == 0
        || rows_fit(&legs.first, legs.n_persons()) && legs.first.last() == Some(&(n as u32));
    if lengths.iter().any(|&length| length != n) || !persons_fit {
        return Err(Fault::new("legs", "", "columns do not have the same length").into());
    }
    let n_classes = legs.classes.all().len();
    if let Some(leg) = legs.vehicle.iter().position(|class| class.index() >= n_classes) {
        return Err(Fault::new("legs", format!("leg {leg}"), "has a vehicle of an unknown class")
            .expected(format!("a number below {n_classes}"))
            .into());
    }
    let routes_fit = routes.first.is_empty() && n == 0
        || rows_fit(&routes.first, n) && routes.first.last() == Some(&(routes.links.len() as u32));
    if !routes_fit {
        return Err(Fault::new("routes", "", "do not belong to the legs")
            .expected("one for each leg")
            .into());
    }
    Ok(())
}

/// That every leg that drives has a route from its first link to its last over links that meet at a node. Turns
/// that are forbidden, and links that are closed to cars, are the concern of routing and of
/// [`validate::day`](crate::validate::day): the queue model would drive over them.
fn check_routes(network: &Network, legs: &Legs, routes: &Routes) -> Result<()> {
    // 8 bytes a link instead of the whole row: routes jump over the network, and this table stays in the cache.
    let ends: Vec<(u32, u32)> = network.links.iter().map(|link| (link.from.0, link.to.0)).collect();
    for leg in 0..legs.len() {
        if !legs.mode[leg].drives() {
            continue;
        }
        let route = routes.of(LegId(leg as u32));
        let fault = |what: &str| {
            // The last person whose legs begin at or before this one: persons without legs share the start of the
            // next.
            let person = legs.first.partition_point(|&first| first as usize <= leg) - 1;
            Err(Fault::new("routes", format!("person {person}, leg {leg}"), what)
                .expected("neighbouring links from the origin's to the destination's")
                .into())
        };
        let (Some(first), Some(last)) = (route.first(), route.last()) else {
            return fault("drives and has no route");
        };
        if *first != legs.from[leg] || *last != legs.to[leg] {
            return fault("does not start or end where the leg does");
        }
        let mut at = None;
        for link in route {
            let Some(&(from, to)) = ends.get(link.index()) else {
                return fault("goes over an unknown link");
            };
            if at.is_some_and(|node| node != from) {
                return fault("jumps between links that do not touch");
            }
            at = Some(to);
        }
    }
    Ok(())
}
