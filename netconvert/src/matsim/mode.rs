//! Modes of legs and links. Most names are those of the five modes of a run ([`engine::mode`], [`parse`]); others are
//! vehicles that drive on the roads all the same ([`class`], [`of_link`]).
//!
//! In MATSim the modes of links (`modes="car,truck,freight"`) are those that drive over the network; a leg of any other mode
//! takes a stated time. Here a leg drives where its mode is
//! * `car`,
//! * one of the names of lorries and vans below, or
//! * a mode of at least one link of the network file, and none of a passenger, of a bicycle or of somebody on foot.
//!
//! | names | passenger-car equivalents |
//! |---|---|
//! | `truck`, `freight`, `hgv`, `lorry`, `lkw`, `heavy…`, and a name that begins so (`truck40t`, `freight_long`) | 2.0 |
//! | `van`, `lcv`, `ldv`, `delivery`, `commercial`, `service`, and a name that begins so | 1.0 |
//! | any other mode of links | 1.0 |
//!
//! 2.0 is what the Highway Capacity Manual (6th edition, 2016, exhibit 12-25) takes for a heavy vehicle on a freeway in
//! level terrain; the manual counts vehicles with four tyres as cars. Each is as fast as the road allows. A file of vehicles
//! ([`super::vehicles`]) says otherwise where it names the vehicle or the mode of a leg.

use engine::mode::Mode;
use engine::unit::CELL_M;
use engine::vehicle::Class;

/// Beginnings of names of heavy vehicles.
const HEAVY: [&str; 7] = ["truck", "freight", "hgv", "lorry", "lkw", "heavy", "hdv"];
/// Beginnings of names of light ones.
const LIGHT: [&str; 6] = ["van", "lcv", "ldv", "delivery", "commercial", "service"];
/// Passenger-car equivalents of a heavy vehicle.
const HEAVY_PCE: f64 = 2.0;

/// The mode of a run that a name stands for. Of a taxi or a bus on demand the person is a passenger; the vehicle itself is
/// not simulated.
pub fn parse(name: &str) -> Option<Mode> {
    Mode::parse(name).or_else(|| {
        Some(match name.trim().to_lowercase().as_str() {
            "taxi" | "drt" => Mode::Ride,
            "rail" | "subway" | "metro" | "light_rail" | "ferry" | "funicular" | "gondola" | "cablecar"
            | "cable_car" => Mode::Transit,
            "access_walk" | "egress_walk" | "non_network_walk" => Mode::Walk,
            _ => return None,
        })
    })
}

/// The vehicle of a mode that drives whether or not a link names it; `None` for other names. Upper and lower case are one.
pub fn class(mode: &str) -> Option<Class> {
    let name = mode.trim().to_lowercase();
    let begins = |list: &[&str]| list.iter().any(|word| name.starts_with(word));
    let pce = match (begins(&HEAVY), begins(&LIGHT)) {
        (true, _) => HEAVY_PCE,
        (_, true) => 1.0,
        _ => return None,
    };
    Some(Class { pce, length_m: pce * CELL_M, ..of_link(mode) })
}

/// The vehicle of any other mode that links of the network are open to: like a car, under its own name.
pub fn of_link(mode: &str) -> Class {
    Class { name: mode.into(), mode: mode.into(), ..Class::car() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lorries_and_vans_are_known_by_the_begin_of_their_names() {
        let pce = |mode| class(mode).map(|class| class.pce);
        assert_eq!(
            (pce("truck"), pce("Freight"), pce("truck18t"), pce("HGV")),
            (Some(2.0), Some(2.0), Some(2.0), Some(2.0))
        );
        assert_eq!(
            (pce("van"), pce("lcv"), pce("motorcycle"), pce("drt")),
            (Some(1.0), Some(1.0), None, None)
        );
        let lorry = class("truck").unwrap();
        assert_eq!((lorry.name.as_str(), lorry.mode.as_str(), lorry.length_m), ("truck", "truck", 15.0));
    }
}
