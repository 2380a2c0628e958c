//! What an OpenStreetMap file holds, before it means anything: nodes, ways, relations, in one shape for
//! PBF and XML.

/// Tags of one element that this crate may look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(Vec<(String, String)>);

impl Tags {
    /// Value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// The keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    /// Adds a tag, if it is one that matters for roads, barriers, turns or routes.
    pub fn add(&mut self, key: &str, value: &str) {
        if matters(key) {
            self.0.push((key.to_string(), value.to_string()));
        }
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Tags {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let mut tags = Self::default();
        for (key, value) in pairs {
            tags.add(key, value);
        }
        tags
    }
}

/// The keys that are read, by the part before the first colon; of `source` only the source of a speed limit.
const STEMS: [&str; 33] = [
    "abandoned",
    "access",
    "area",
    "barrier",
    "bicycle",
    "bus",
    "busway",
    "center_turn_lane",
    "centre_turn_lane",
    "construction",
    "day_on",
    "direction",
    "disused",
    "except",
    "highway",
    "hour_on",
    "hov",
    "junction",
    "lanes",
    "locked",
    "maxspeed",
    "motor_vehicle",
    "motorcar",
    "name",
    "oneway",
    "psv",
    "ref",
    "restriction",
    "route",
    "taxi",
    "type",
    "vehicle",
    "zone",
];

/// Lists with one value a lane, of which only the number of lanes is read.
const LISTS: [&str; 4] = ["change", "destination", "turn", "width"];

fn matters(key: &str) -> bool {
    let stem = key.split(':').next().unwrap_or(key);
    STEMS.binary_search(&stem).is_ok()
        || LISTS.iter().any(|list| key.strip_prefix(list).is_some_and(|rest| rest.starts_with(":lanes")))
        || key.starts_with("source:maxspeed")
}

/// A node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Point {
    /// Id.
    pub id: i64,
    /// Longitude, degrees.
    pub lon: f64,
    /// Latitude, degrees.
    pub lat: f64,
    /// Its tags.
    pub tags: Tags,
}

/// A way: nodes by id, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way {
    /// Id.
    pub id: i64,
    /// Ids of its nodes.
    pub nodes: Vec<i64>,
    /// Its tags.
    pub tags: Tags,
}

/// What a relation refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// A node.
    Node(i64),
    /// A way.
    Way(i64),
    /// Another relation: of no use here.
    Relation,
}

/// A relation: members with their roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relation {
    /// Id.
    pub id: i64,
    /// Members and roles.
    pub members: Vec<(Member, String)>,
    /// Its tags.
    pub tags: Tags,
}

/// One element of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    /// A node.
    Node(Point),
    /// A way.
    Way(Way),
    /// A relation.
    Relation(Relation),
    /// Something with this id that an editor deleted and still has in its file, or that the map once held.
    Deleted(i64),
}

/// Which elements a pass over a file delivers. A file is read twice, so that only the nodes of roads are
/// ever held: a country has fifty times more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Ways and relations.
    Ways,
    /// Nodes.
    Nodes,
}
