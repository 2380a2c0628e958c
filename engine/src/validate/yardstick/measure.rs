//! What can be compared with a published figure: the measures, and the groups that each is told by.

use crate::activity::Activity;
use crate::mode::Mode;
use crate::network::RoadClass;
use crate::people::{Demographics, Student};
use crate::unit::M_PER_MILE;

/// A quantity of a day that surveys and agencies publish, too. All are of the whole population.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Persons.
    Persons,
    /// Cars a household.
    CarsPerHousehold,
    /// Households by the cars they own.
    HouseholdsByCars,
    /// Persons who make no trip.
    StayAtHome,
    /// Trips a person.
    TripsPerPerson,
    /// Trips.
    Trips,
    /// Modes of trips.
    ModeShare,
    /// Tours a person.
    ToursPerPerson,
    /// Tours.
    Tours,
    /// Modes of tours.
    TourModeShare,
    /// When tours leave home.
    TourDepartureShare,
    /// When tours are back at home.
    TourReturnShare,
    /// Length of the commute.
    CommuteLength,
    /// Time of the commute.
    CommuteTime,
    /// Persons who go to work.
    Commuters,
    /// Their shares.
    CommuterShare,
    /// Vehicle miles.
    Vmt,
    /// Vehicle miles a person.
    VmtPerPerson,
    /// Vehicle miles by hour.
    VmtShareByHour,
    /// Vehicle miles by class of road.
    VmtByClass,
    /// Their shares.
    VmtShareByClass,
}

/// What the names of a group are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    /// A region of the zones, such as a county.
    Region,
    /// A kind of person ([`person_kind`]).
    Person,
    /// Cars of a household: `0`, `1`, `2`, `3+`.
    Cars,
    /// What a trip or tour is for ([`purpose`]).
    Purpose,
    /// A mode, or `auto`: driving and riding along.
    Mode,
    /// An hour of the clock, `0` to `23`.
    Hour,
    /// A class of road.
    Class,
    /// A layer of demand.
    Layer,
}

/// Any name of a dimension.
pub const ALL: &str = "all";
/// Driving and riding along.
pub const AUTO: &str = "auto";

/// Purposes of trips and tours; a trip may be for `home`, too.
pub const PURPOSES: [&str; 9] =
    ["home", "work", "school", "escort", "shopping", "maintenance", "meals-out", "social", "discretionary"];

/// Kinds of persons.
pub const PERSONS: [&str; 7] =
    ["worker", "student", "adult", "senior", "driving-age-pupil", "pupil", "preschool"];

/// Households by cars.
pub const CARS: [&str; 4] = ["0", "1", "2", "3+"];

/// The purpose of an activity, as household surveys for activity-based models group them (ActivitySim and its forerunners):
/// a position in [`PURPOSES`].
pub const fn purpose(activity: Activity) -> usize {
    match activity {
        Activity::Home => 0,
        Activity::Work => 1,
        Activity::School => 2,
        Activity::PickupDrop => 3,
        Activity::ShopGoods => 4,
        Activity::ShopServices | Activity::Errands | Activity::Healthcare | Activity::Caregiving => 5,
        Activity::MealsOut => 6,
        Activity::Social => 7,
        Activity::Leisure | Activity::Exercise | Activity::Worship | Activity::Other => 8,
    }
}

/// The kind of a person: a position in [`PERSONS`]. Work comes before study, study before age.
pub const fn person_kind(person: &Demographics) -> usize {
    match (person.employed, person.student, person.age) {
        (_, _, ..6) => 6,
        (_, _, 6..16) => 5,
        (true, _, _) => 0,
        (_, Student::School, 16..20) | (_, _, 16..18) => 4,
        (_, Student::School | Student::College, ..65) => 1,
        (_, _, 65..) => 3,
        _ => 2,
    }
}

impl Measure {
    /// All measures, in the order in which they are told.
    pub const ALL: [Self; 21] = [
        Self::Persons,
        Self::CarsPerHousehold,
        Self::HouseholdsByCars,
        Self::StayAtHome,
        Self::TripsPerPerson,
        Self::Trips,
        Self::ModeShare,
        Self::ToursPerPerson,
        Self::Tours,
        Self::TourModeShare,
        Self::TourDepartureShare,
        Self::TourReturnShare,
        Self::CommuteLength,
        Self::CommuteTime,
        Self::Commuters,
        Self::CommuterShare,
        Self::Vmt,
        Self::VmtPerPerson,
        Self::VmtShareByHour,
        Self::VmtByClass,
        Self::VmtShareByClass,
    ];

    /// Name in files.
    pub const fn name(self) -> &'static str {
        TOLD[self as usize].0
    }

    /// Name for readers.
    pub const fn words(self) -> &'static str {
        TOLD[self as usize].1
    }

    /// What exactly is measured.
    pub const fn meaning(self) -> &'static str {
        TOLD[self as usize].2
    }

    /// Unit of its values.
    pub const fn unit(self) -> &'static str {
        TOLD[self as usize].3
    }

    /// What the names of its groups are, in order; a group is written with `/` between them, and each may be `all`.
    pub const fn dimensions(self) -> &'static [Dimension] {
        use Dimension::{Cars, Class, Hour, Layer, Mode, Person, Purpose, Region};
        match self {
            Self::Persons | Self::CarsPerHousehold | Self::CommuteLength | Self::CommuteTime => &[Region],
            Self::HouseholdsByCars => &[Region, Cars],
            Self::StayAtHome | Self::TripsPerPerson | Self::ToursPerPerson => &[Person],
            Self::Trips | Self::ModeShare | Self::TourModeShare => &[Purpose, Mode],
            Self::Tours => &[Purpose],
            Self::TourDepartureShare | Self::TourReturnShare => &[Purpose, Hour],
            Self::Commuters | Self::CommuterShare => &[Region, Region],
            Self::Vmt => &[Layer],
            Self::VmtPerPerson => &[],
            Self::VmtShareByHour => &[Hour],
            Self::VmtByClass | Self::VmtShareByClass => &[Class],
        }
    }

    /// What its groups look like, e.g. `purpose/mode`; `all` where it has none.
    pub fn groups(self) -> String {
        let words: Vec<&str> = self.dimensions().iter().map(|dimension| dimension.word()).collect();
        if words.is_empty() { ALL.into() } else { words.join("/") }
    }

    /// The measure of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// Units in which a yardstick may be given, each with the factor that turns it into [`Self::unit`].
    pub const fn units(self) -> &'static [(&'static str, f64)] {
        const KM: f64 = 1000.0 / M_PER_MILE;
        match self.unit().as_bytes() {
            b"share" => &[("share", 1.0), ("%", 0.01)],
            b"mi" => &[("mi", 1.0), ("km", KM)],
            b"vehicle-mi" => &[("vehicle-mi", 1.0), ("vehicle-km", KM)],
            b"vehicle-mi/person" => &[("vehicle-mi/person", 1.0), ("vehicle-km/person", KM)],
            b"min" => &[("min", 1.0), ("h", 60.0)],
            b"persons" => &[("persons", 1.0)],
            b"cars/household" => &[("cars/household", 1.0)],
            b"trips" => &[("trips", 1.0)],
            b"trips/person" => &[("trips/person", 1.0)],
            b"tours" => &[("tours", 1.0)],
            _ => &[("tours/person", 1.0)],
        }
    }
}

/// Name, words, meaning and unit of each measure, in the order of [`Measure::ALL`].
const TOLD: [(&str, &str, &str, &str); Measure::ALL.len()] = [
    ("persons", "Persons", "residents: persons whose day is known", "persons"),
    ("cars-per-household", "Cars a household", "cars owned over households", "cars/household"),
    (
        "households-by-cars",
        "Households by cars",
        "share of the households of the region that own so many cars",
        "share",
    ),
    ("stay-at-home", "Stay at home", "share of persons who make no trip that day", "share"),
    ("trips-per-person", "Trips a person", "trips over persons, stay-at-homes included", "trips/person"),
    ("trips", "Trips", "trips of residents on the day, by the activity at their end and by mode", "trips"),
    ("mode-share", "Modes of trips", "share of the trips of the purpose that take the mode", "share"),
    (
        "tours-per-person",
        "Tours a person",
        "tours (from home until home again) over persons, stay-at-homes included",
        "tours/person",
    ),
    ("tours", "Tours", "tours by purpose: work if it has any, else school, else what takes longest", "tours"),
    (
        "tour-mode-share",
        "Modes of tours",
        "share of the tours of the purpose that take the mode (that of their first trip)",
        "share",
    ),
    (
        "tour-departure-share",
        "Tours by hour of departure",
        "share of the tours of the purpose that leave home in the hour",
        "share",
    ),
    (
        "tour-return-share",
        "Tours by hour of return",
        "share of the tours of the purpose that are back at home in the hour; those that never come back are left out",
        "share",
    ),
    (
        "commute-length",
        "Length of the commute",
        "mean length of trips from home straight to work, by region of home: along the route of who drives, else 1.3 × the straight line",
        "mi",
    ),
    (
        "commute-time",
        "Time of the commute",
        "mean time of trips from home straight to work that arrived, by region of home, all modes",
        "min",
    ),
    (
        "commuters",
        "Persons who go to work",
        "persons who are at work away from home that day, by region of home and of the first place of work",
        "persons",
    ),
    (
        "commuter-share",
        "Where people work",
        "share of all persons who go to work that live in the one region and work in the other",
        "share",
    ),
    ("vmt", "Vehicle miles", "vehicle miles of trips that arrived, by layer of demand", "vehicle-mi"),
    (
        "vmt-per-person",
        "Vehicle miles a person",
        "vehicle miles of all layers over residents",
        "vehicle-mi/person",
    ),
    (
        "vmt-share-by-hour",
        "Vehicle miles by hour",
        "share of the day's vehicle miles, each link in the hour in which it was entered",
        "share",
    ),
    ("vmt-by-class", "Vehicle miles by class of road", "vehicle miles on roads of the class", "vehicle-mi"),
    (
        "vmt-share-by-class",
        "Shares of vehicle miles by class of road",
        "share of the vehicle miles that is on roads of the class",
        "share",
    ),
];

/// The names that a run has for regions and layers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// Regions of the zones.
    pub regions: &'a [String],
    /// Layers of demand.
    pub layers: &'a [String],
}

impl Dimension {
    /// Its names in a run, without `all`.
    pub fn names(self, of: &Names<'_>) -> Vec<String> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        match self {
            Self::Region => of.regions.to_vec(),
            Self::Layer => of.layers.to_vec(),
            Self::Person => owned(&PERSONS),
            Self::Cars => owned(&CARS),
            Self::Purpose => owned(&PURPOSES),
            Self::Hour => (0..24).map(|hour| hour.to_string()).collect(),
            Self::Mode => Mode::ALL.iter().map(|mode| mode.name()).chain([AUTO]).map(String::from).collect(),
            Self::Class => RoadClass::ALL.iter().map(|class| class.name().to_string()).collect(),
        }
    }

    /// What it is, in a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Layer => "layer",
            Self::Person => "kind of person",
            Self::Cars => "number of cars",
            Self::Purpose => "purpose",
            Self::Hour => "hour",
            Self::Mode => "mode",
            Self::Class => "class of road",
        }
    }
}
