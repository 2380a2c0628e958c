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

    /// Adds a tag, if it is one that matters for roads, turns or routes.
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

/// The keys that are read, whole or as the part before the first colon.
fn matters(key: &str) -> bool {
    let stem = key.split(':').next().unwrap_or(key);
    matches!(
        stem,
        "highway"
            | "oneway"
            | "lanes"
            | "maxspeed"
            | "access"
            | "vehicle"
            | "motor_vehicle"
            | "motorcar"
            | "junction"
            | "area"
            | "type"
            | "route"
            | "ref"
            | "direction"
            | "restriction"
            | "except"
    )
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
    /// A node: id, longitude, latitude (degrees).
    Node(i64, f64, f64),
    /// A way.
    Way(Way),
    /// A relation.
    Relation(Relation),
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
