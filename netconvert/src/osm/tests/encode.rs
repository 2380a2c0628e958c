//! A writer of OpenStreetMap PBF for tests, by the published format: a header block and one block with dense nodes, ways
//! and relations (https://wiki.openstreetmap.org/wiki/PBF_Format).

use super::super::raw::{Element, Member, Point, Tags};
use flate2::write::ZlibEncoder;
use std::io::Write;

fn varint(to: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        to.push(value as u8 | 128);
        value >>= 7;
    }
    to.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// A field that holds bytes: a text, a message, or packed numbers.
fn bytes(to: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(to, field << 3 | 2);
    varint(to, value.len() as u64);
    to.extend_from_slice(value);
}

fn number(to: &mut Vec<u8>, field: u64, value: u64) {
    varint(to, field << 3);
    varint(to, value);
}

fn packed(to: &mut Vec<u8>, field: u64, values: impl Iterator<Item = u64>) {
    let mut all = Vec::new();
    values.for_each(|value| varint(&mut all, value));
    bytes(to, field, &all);
}

/// The same with the difference of each number from the one before.
fn deltas(to: &mut Vec<u8>, field: u64, values: impl Iterator<Item = i64>) {
    let mut last = 0;
    packed(to, field, values.map(|value| zigzag(value - std::mem::replace(&mut last, value))));
}

/// Every text once; the first is empty, as the format asks.
struct Texts(Vec<String>);

impl Texts {
    fn at(&mut self, text: &str) -> u64 {
        let found = self.0.iter().position(|t| t == text);
        found.unwrap_or_else(|| {
            self.0.push(text.to_string());
            self.0.len() - 1
        }) as u64
    }

    fn pairs(&mut self, tags: &Tags) -> Vec<(u64, u64)> {
        tags.keys().filter_map(|key| Some((self.at(key), self.at(tags.get(key)?)))).collect()
    }

    fn tags(&mut self, to: &mut Vec<u8>, tags: &Tags) {
        let pairs = self.pairs(tags);
        packed(to, 2, pairs.iter().map(|pair| pair.0));
        packed(to, 3, pairs.iter().map(|pair| pair.1));
    }
}

/// A block with its header: packed with zlib, or as it is.
fn blob(to: &mut Vec<u8>, kind: &str, block: &[u8], zip: bool) {
    let mut blob = Vec::new();
    if zip {
        number(&mut blob, 2, block.len() as u64);
        let mut encoder = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(block).unwrap();
        bytes(&mut blob, 3, &encoder.finish().unwrap());
    } else {
        bytes(&mut blob, 1, block);
    }
    let mut header = Vec::new();
    bytes(&mut header, 1, kind.as_bytes());
    number(&mut header, 3, blob.len() as u64);
    to.extend_from_slice(&(header.len() as u32).to_be_bytes());
    to.extend(header);
    to.extend(blob);
}

/// A file of such elements. Coordinates are kept to 1e-7 degrees, as usual.
pub fn pbf(elements: &[Element], zip: bool) -> Vec<u8> {
    let mut texts = Texts(vec![String::new()]);
    let nodes: Vec<&Point> =
        elements.iter().filter_map(|e| if let Element::Node(node) = e { Some(node) } else { None }).collect();
    let mut dense = Vec::new();
    deltas(&mut dense, 1, nodes.iter().map(|node| node.id));
    deltas(&mut dense, 8, nodes.iter().map(|node| (node.lat * 1e7).round() as i64));
    deltas(&mut dense, 9, nodes.iter().map(|node| (node.lon * 1e7).round() as i64));
    // Keys and values of each node, closed with a 0.
    let tags = nodes.iter().flat_map(|node| {
        let pairs = texts.pairs(&node.tags);
        pairs.into_iter().flat_map(|(key, value)| [key, value]).chain([0])
    });
    let tags: Vec<u64> = tags.collect();
    packed(&mut dense, 10, tags.into_iter());
    let mut group = Vec::new();
    bytes(&mut group, 2, &dense);
    for element in elements {
        let mut one = Vec::new();
        match element {
            Element::Node(_) | Element::Deleted(_) => {}
            Element::Way(way) => {
                number(&mut one, 1, way.id as u64);
                texts.tags(&mut one, &way.tags);
                deltas(&mut one, 8, way.nodes.iter().copied());
                bytes(&mut group, 3, &one);
            }
            Element::Relation(relation) => {
                number(&mut one, 1, relation.id as u64);
                texts.tags(&mut one, &relation.tags);
                let members = relation.members.iter();
                packed(&mut one, 8, members.clone().map(|(_, role)| texts.at(role)));
                let ids = members.clone().map(|(member, _)| match member {
                    Member::Node(id) => (*id, 0),
                    Member::Way(id) => (*id, 1),
                    Member::Relation => (0, 2),
                });
                deltas(&mut one, 9, ids.clone().map(|id| id.0));
                packed(&mut one, 10, ids.map(|id| id.1));
                bytes(&mut group, 4, &one);
            }
        }
    }
    let mut table = Vec::new();
    texts.0.iter().for_each(|text| bytes(&mut table, 1, text.as_bytes()));
    let mut block = Vec::new();
    bytes(&mut block, 1, &table);
    bytes(&mut block, 2, &group);
    let mut header = Vec::new();
    ["OsmSchema-V0.6", "DenseNodes"].iter().for_each(|feature| bytes(&mut header, 4, feature.as_bytes()));
    let mut file = Vec::new();
    blob(&mut file, "OSMHeader", &header, zip);
    blob(&mut file, "OSMData", &block, zip);
    file
}
