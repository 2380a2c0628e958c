//! Access tags → whether cars may pass: of ways, of their two directions, of single lanes and of barriers.
//!
//! A tag for a kind of vehicle goes before one for all vehicles (wiki "Key:access": `access` < `vehicle` <
//! `motor_vehicle` < `motorcar`), and one for a direction before one for both.

use super::raw::Tags;
use crate::tally::Tally;

/// The keys that may speak of cars, the most special first.
pub const KEYS: [&str; 4] = ["motorcar", "motor_vehicle", "vehicle", "access"];

/// What tags say about cars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Every car may pass.
    Open,
    /// Cars whose trip ends there may pass (`destination`, `customers`).
    Destination,
    /// No car may pass.
    Closed,
}

/// What a word means for cars; of several (`agricultural;forestry`) the most open one decides. `None` for words that
/// are not known.
pub fn word(value: &str) -> Option<Access> {
    let one = |word: &str| {
        Some(match word.trim() {
            "yes" | "permissive" | "designated" | "official" | "public" | "discouraged" | "unknown"
            | "hov" | "car" | "motorcar" | "motor_vehicle" | "toll" | "variable" => Access::Open,
            "destination" | "customers" | "delivery" | "residents" | "resident" | "visitors" => {
                Access::Destination
            }
            "no" | "private" | "agricultural" | "forestry" | "emergency" | "military" | "bus" | "psv"
            | "taxi" | "permit" | "restricted" | "service" | "use_sidepath" | "dismount" | "bicycle"
            | "foot" | "hgv" | "employees" | "staff" | "closed" => Access::Closed,
            _ => return None,
        })
    };
    let all = value.split(';').map(one).collect::<Option<Vec<_>>>()?;
    all.into_iter().min_by_key(|access| *access as u8)
}

/// The tag that decides for cars in a direction (`forward`, `backward`, or `""` for none): key and value.
pub fn deciding<'a>(tags: &'a Tags, side: &str) -> Option<(&'static str, &'a str)> {
    let of = |key: &'static str| {
        let sided = if side.is_empty() { None } else { tags.get(&format!("{key}:{side}")) };
        Some((key, sided.or_else(|| tags.get(key))?))
    };
    KEYS.iter().find_map(|key| of(key))
}

/// Whether cars may drive a way in a direction. Cars with several occupants are cars here: where `hov` lets them in,
/// the way is open.
pub fn of_way(tags: &Tags, side: &str, way: i64, tally: &mut Tally) -> Access {
    let Some((_, value)) = deciding(tags, side) else { return Access::Open };
    let access = word(value).unwrap_or_else(|| {
        tally.unknown("ways", format!("access \"{}\" is not known, taken as open", short(value)), way);
        Access::Open
    });
    match access {
        Access::Closed if matches!(tags.get("hov"), Some("yes" | "designated")) => Access::Open,
        access => access,
    }
}

/// The begin of a value, for a message: some are whole sentences.
pub fn short(value: &str) -> String {
    value.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)], side: &str) -> Access {
        of_way(&pairs.iter().copied().collect(), side, 1, &mut Tally::new("t.osm"))
    }

    #[test]
    fn the_most_special_tag_decides() {
        assert_eq!(of(&[], ""), Access::Open);
        assert_eq!(of(&[("access", "no"), ("motor_vehicle", "yes")], ""), Access::Open);
        assert_eq!(of(&[("motor_vehicle", "yes"), ("motorcar", "no")], ""), Access::Closed);
        assert_eq!(of(&[("access", "private"), ("vehicle", "destination")], ""), Access::Destination);
        assert_eq!(of(&[("motor_vehicle", "no"), ("motor_vehicle:forward", "yes")], "forward"), Access::Open);
        assert_eq!(
            of(&[("motor_vehicle", "no"), ("motor_vehicle:forward", "yes")], "backward"),
            Access::Closed
        );
        assert_eq!(of(&[("access", "no"), ("hov", "designated")], ""), Access::Open);
    }

    #[test]
    fn several_words_and_unknown_ones() {
        assert_eq!(word("agricultural;forestry"), Some(Access::Closed));
        assert_eq!(word("agricultural; destination"), Some(Access::Destination));
        assert_eq!(word("no;maybe"), None);
        let mut tally = Tally::new("t.osm");
        let tags = [("access", "by arrangement")].into_iter().collect();
        assert_eq!(of_way(&tags, "", 7, &mut tally), Access::Open);
        assert_eq!(tally.count("access \"by arrangement\" is not known, taken as open"), 1);
    }
}
