//! Classes of vehicles: what a car, a van, a lorry or a motorcycle takes of the road.
//!
//! A run has one table of classes; class 0 is always the ordinary car. A trip names the class of the vehicle that is
//! driven, and the queue model pays flow and storage by its passenger-car equivalent and holds it to its top speed, as
//! MATSim's QSim does (see [`crate::traffic`]).

use crate::error::{Fault, Result};
use crate::unit::CELL_M;
use std::path::Path;

/// Smallest and largest passenger-car equivalent: outside of these a number is a mistake.
pub const PCE_RANGE: (f64, f64) = (0.001, 1000.0);

/// Name of class 0.
pub const ORDINARY: &str = "ordinary car";

/// Number of a class in [`Classes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct ClassId(pub u8);

impl ClassId {
    /// The ordinary car.
    pub const CAR: Self = Self(0);

    /// The number as an index into tables of classes.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What all vehicles of a class have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Name in the source; unique in a table. That of class 0 is [`ORDINARY`], so that a source may call a type of its
    /// own `car`.
    pub name: String,
    /// Name of the mode in the source (MATSim `networkMode`): `car`, `truck`, `freight`.
    pub mode: String,
    /// Passenger-car equivalent: flow capacity and places on a link that one vehicle takes, in ordinary cars
    /// ([`PCE_RANGE`]).
    pub pce: f64,
    /// Length, metres. Held for other programs: the queue model takes the places on a link from `pce`, as QSim does.
    pub length_m: f64,
    /// Speed that it never exceeds, metres per second; infinite where it has no limit of its own.
    pub top_speed_mps: f64,
    /// Seats, as the source counts them (MATSim `capacity seats`); `None` where it does not. Nothing reads it yet but
    /// the writer of MATSim's file.
    pub seats: Option<u32>,
    /// Persons on board on an ordinary trip, the driver included. Nothing reads it yet.
    pub occupancy: f64,
    /// Whether it may use lanes for vehicles with several occupants. Nothing reads it yet: no network that Wayfare
    /// reads says which links these are.
    pub may_use_hov: bool,
    /// Whether it may use links that are closed to lorries. Nothing reads it yet, as with `may_use_hov`.
    pub may_use_truck_restricted: bool,
}

impl Class {
    /// The ordinary car: 1 passenger-car equivalent, 7.5 m of road in a jam, as fast as the link allows.
    pub fn car() -> Self {
        Self {
            name: ORDINARY.into(),
            mode: "car".into(),
            pce: 1.0,
            length_m: CELL_M,
            top_speed_mps: f64::INFINITY,
            seats: None,
            occupancy: 1.0,
            may_use_hov: false,
            may_use_truck_restricted: true,
        }
    }

    /// Whether the queue model treats it as the ordinary car.
    fn moves_as_car(&self) -> bool {
        self.pce == 1.0 && self.top_speed_mps == f64::INFINITY
    }
}

/// The classes of a run, by number.
#[derive(Debug, Clone, PartialEq)]
pub struct Classes(Vec<Class>);

impl Default for Classes {
    fn default() -> Self {
        Self(vec![Class::car()])
    }
}

impl Classes {
    /// Most classes of a table.
    pub const MOST: usize = 1 << u8::BITS;

    /// All of them; the first is the ordinary car.
    pub fn all(&self) -> &[Class] {
        &self.0
    }

    /// A class. The number must come from this table.
    pub fn get(&self, id: ClassId) -> &Class {
        &self.0[id.index()]
    }

    /// Adds a class of `file` and gives its number. One that is there already, under its name and with the same
    /// numbers, keeps the number it has.
    ///
    /// # Errors
    /// A [`Fault`] at `record` for a number that no vehicle has, a name that is taken by another class, or more classes
    /// than [`Classes::MOST`].
    pub fn add(&mut self, class: Class, file: &Path, record: &dyn std::fmt::Display) -> Result<ClassId> {
        let name = class.name.clone();
        let fault =
            |what: String, expected: String| Err(Fault::new(file, record, what).expected(expected).into());
        if !(PCE_RANGE.0..=PCE_RANGE.1).contains(&class.pce) {
            let (least, most) = PCE_RANGE;
            return fault(
                format!("vehicle class \"{name}\" has {} passenger-car equivalents", class.pce),
                format!("a number from {least} to {most}"),
            );
        }
        let positive =
            [("length", class.length_m), ("top speed", class.top_speed_mps), ("occupancy", class.occupancy)];
        for (what, value) in positive {
            let endless = value == f64::INFINITY && what == "top speed";
            if !(value > 0.0 && (value.is_finite() || endless)) {
                return fault(
                    format!("vehicle class \"{name}\" has {what} {value}"),
                    "a positive number".into(),
                );
            }
        }
        if let Some(place) = self.0.iter().position(|other| other.name == name) {
            return match self.0[place] == class {
                true => Ok(ClassId(place as u8)),
                false => fault(format!("vehicle class \"{name}\" is there twice"), "one class a name".into()),
            };
        }
        if self.0.len() == Self::MOST {
            return fault("has too many vehicle classes".into(), format!("at most {}", Self::MOST));
        }
        self.0.push(class);
        Ok(ClassId((self.0.len() - 1) as u8))
    }

    /// The class of a name.
    pub fn named(&self, name: &str) -> Option<ClassId> {
        self.0.iter().position(|class| class.name == name).map(|place| ClassId(place as u8))
    }

    /// Whether all vehicles of `used` move as the ordinary car does: the queue model is then spared the look-ups.
    pub fn all_move_as_cars(&self, used: impl IntoIterator<Item = ClassId>) -> bool {
        let plain: Vec<bool> = self.0.iter().map(Class::moves_as_car).collect();
        used.into_iter().all(|id| plain.get(id.index()).copied().unwrap_or(false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lorry() -> Class {
        Class { name: "lorry".into(), mode: "truck".into(), pce: 3.0, top_speed_mps: 22.2, ..Class::car() }
    }

    #[test]
    fn a_table_begins_with_the_car_and_names_each_class_once() {
        let mut classes = Classes::default();
        let mut add = |class: Class| classes.add(class, Path::new("v.xml"), &7);
        assert_eq!(add(Class::car()).unwrap(), ClassId::CAR);
        assert_eq!(add(lorry()).unwrap(), ClassId(1));
        assert_eq!(add(lorry()).unwrap(), ClassId(1));
        let slow = Class { name: "car".into(), top_speed_mps: 30.0, ..Class::car() };
        assert_eq!(add(slow).unwrap(), ClassId(2));
        let van = Class { name: "van".into(), mode: "van".into(), ..Class::car() };
        assert_eq!(add(van).unwrap(), ClassId(3));
        let said = add(Class { pce: 2.0, ..lorry() }).unwrap_err().to_string();
        assert_eq!(said, "v.xml:7: vehicle class \"lorry\" is there twice — expected one class a name");
        assert_eq!((classes.all().len(), classes.named("lorry")), (4, Some(ClassId(1))));
        assert!(classes.all_move_as_cars([ClassId(0), ClassId(3)]));
        assert!(!classes.all_move_as_cars([ClassId(0), ClassId(1)]));
    }

    #[test]
    fn numbers_that_no_vehicle_has_are_refused() {
        let mut classes = Classes::default();
        for odd in [
            Class { pce: 0.0, ..lorry() },
            Class { pce: f64::NAN, ..lorry() },
            Class { pce: 1001.0, ..lorry() },
            Class { top_speed_mps: 0.0, ..lorry() },
            Class { length_m: f64::INFINITY, ..lorry() },
            Class { occupancy: -1.0, ..lorry() },
        ] {
            assert_eq!(classes.add(odd, Path::new("v.xml"), &"").unwrap_err().exit_code(), 2);
        }
        for number in 0..300 {
            let class = Class { name: number.to_string(), ..lorry() };
            assert_eq!(classes.add(class, Path::new("v.xml"), &"").is_ok(), number < 255);
        }
    }
}
