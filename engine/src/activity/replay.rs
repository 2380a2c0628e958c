//! Days from outside: plans as another simulator or a survey wrote them, and chains made from them.

/// One activity of a plan (MATSim population_v6 `activity`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stay {
    /// The source's name of the activity type.
    pub kind: String,
    /// East and north, metres.
    pub xy_m: Option<(f64, f64)>,
    /// Name of the link.
    pub link: Option<String>,
    /// Name of the facility.
    pub facility: Option<String>,
    /// Planned start, seconds.
    pub start_s: Option<u32>,
    /// Planned end, seconds.
    pub end_s: Option<u32>,
    /// Longest duration, seconds.
    pub max_dur_s: Option<u32>,
}

/// One leg of a plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlannedLeg {
    /// The source's name of the mode.
    pub mode: String,
    /// Mode of the trip that the leg is a part of (MATSim leg attribute `routingMode`), when the source names one: the walk
    /// to a car has that of the car.
    pub routing_mode: Option<String>,
    /// Planned departure, seconds.
    pub depart_s: Option<u32>,
    /// Planned travel time, seconds.
    pub travel_s: Option<u32>,
    /// Names of the links from origin to destination, both included; `None` when there is no network route.
    pub route: Option<Vec<String>>,
    /// Names of the nodes passed (population v4 and older), when the source gives nodes instead of links.
    pub nodes: Option<Vec<String>>,
    /// Length of the route, metres.
    pub distance_m: Option<f64>,
    /// Name of the vehicle that is driven (MATSim `vehicleRefId`), when the source names one.
    pub vehicle: Option<String>,
    /// Names of the links at which the vehicle starts and stops, when they are not those of the stays before and after: of a
    /// trip of several legs, whose driver walks to the car.
    pub ends: [Option<String>; 2],
}

/// An attribute of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// The source's name of the type of the value (MATSim: a class of Java); empty where it gives none.
    pub kind: String,
    /// Value, as text.
    pub value: String,
}

impl Attribute {
    /// An attribute of a stated type.
    pub fn new(name: &str, kind: &str, value: impl ToString) -> Self {
        Self { name: name.into(), kind: kind.into(), value: value.to_string() }
    }
}

/// A person with the selected plan: `stays.len() == legs.len() + 1` unless the plan is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlannedPerson {
    /// Name in the source.
    pub name: String,
    /// Attributes, in the order of the source.
    pub attributes: Vec<Attribute>,
    /// The activities of the plan, in order of time.
    pub stays: Vec<Stay>,
    /// Legs between them.
    pub legs: Vec<PlannedLeg>,
}
