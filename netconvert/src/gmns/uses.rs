//! Who may use a link: what `allowed_uses` says and, where a row says nothing, the type of the link.

use super::NOBODY;
use crate::tally::Tally;
use engine::mode::{Mode, ModeSet};

/// Words for traffic that is none of Wayfare's modes.
const OTHER_USES: [&str; 14] = [
    "truck",
    "trucks",
    "hgv",
    "freight",
    "commercial",
    "delivery",
    "motorcycle",
    "taxi",
    "emergency",
    "rail",
    "railway",
    "ferry",
    "aeroway",
    "waterway",
];

/// Modes of a link, from its `allowed_uses` and the cells that may state its type.
///
/// Names of uses may be parted by commas, semicolons, blanks or bars. `auto`, `sov` and `hov` (one or several persons in a
/// car) are cars, `all` is each of our modes, `none` (which [`write`](super::write) puts where a link is for nobody) is no
/// mode, others go by [`Mode::parse`]. Kinds of traffic that are none of our modes ([`OTHER_USES`]) are left out with their
/// share, so that a link for trucks alone has no mode; a word that is not known is left out as not understood. An empty cell means cars, unless the type is of a way that cars cannot drive: converters from OpenStreetMap write
/// railways so, and cars would drive along the rails; those are counted.
pub(super) fn modes<'a>(
    uses: &str,
    mut types: impl Iterator<Item = &'a str>,
    link: &str,
    tally: &mut Tally,
) -> ModeSet {
    if uses.is_empty() {
        let Some(modes) = types.find_map(without_cars) else { return ModeSet::CAR };
        let what = "tells no use, and its type is no road (railway, path …): closed to cars";
        tally.part("links", what, format!("link {link}"));
        return modes;
    }
    let mut modes = ModeSet::default();
    for name in uses.split([',', ';', ' ', '|']).map(|n| n.trim().to_lowercase()).filter(|n| !n.is_empty()) {
        tally.whole("uses", 1);
        match name.as_str() {
            "auto" | "sov" | "hov" | "hov2" | "hov3" => modes = modes.with(Mode::Car),
            NOBODY => {}
            "all" => modes = Mode::ALL.into_iter().fold(modes, ModeSet::with),
            other => match Mode::parse(other) {
                Some(mode) => modes = modes.with(mode),
                None if OTHER_USES.contains(&other) => {
                    tally.part("uses", format!("use \"{other}\" is none of Wayfare's modes, left out"), link);
                }
                None => {
                    let short: String = other.chars().take(40).collect();
                    tally.unknown("uses", format!("use \"{short}\" is not known and was left out"), link);
                }
            },
        }
    }
    modes
}

/// The modes of a type that is no road for cars, by the values of OpenStreetMap's `railway`, `aeroway` and `highway` and the
/// names that osm2gmns has for them. `None` for roads and for types that are not known.
fn without_cars(kind: &str) -> Option<ModeSet> {
    let kind = kind.trim().to_lowercase();
    match kind.trim_start_matches("highway.").trim_start_matches("railway.") {
        "rail" | "railway" | "light_rail" | "tram" | "subway" | "monorail" | "narrow_gauge" | "funicular"
        | "preserved" | "miniature" | "aeroway" | "runway" | "taxiway" => Some(ModeSet::default()),
        "footway" | "path" | "pedestrian" | "steps" | "corridor" | "bridleway" => {
            Some(ModeSet::default().with(Mode::Walk))
        }
        "cycleway" => Some(ModeSet::default().with(Mode::Bike)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(uses: &str, types: &[&str]) -> (ModeSet, Vec<String>) {
        let mut tally = Tally::new("link.csv");
        let modes = modes(uses, types.iter().copied(), "7", &mut tally);
        (modes, tally.into_warnings().into_iter().map(|w| w.what).collect())
    }

    #[test]
    fn cars_do_not_drive_on_rails() {
        let closed = "tells no use, and its type is no road (railway, path …): closed to cars";
        for (kind, modes) in [
            ("rail", ModeSet::default()),
            ("Tram ", ModeSet::default()),
            ("light_rail", ModeSet::default()),
            ("railway", ModeSet::default()),
            ("footway", ModeSet::default().with(Mode::Walk)),
            ("cycleway", ModeSet::default().with(Mode::Bike)),
        ] {
            assert_eq!(of("", &["", kind]), (modes, vec![closed.to_string()]), "{kind}");
        }
        // What a row says of its uses goes before its type.
        assert_eq!(of("auto", &["tram"]), (ModeSet::CAR, Vec::new()));
    }

    #[test]
    fn roads_without_a_use_are_for_cars() {
        for kind in ["", "residential", "primary", "Highway", "connector", "track", "service"] {
            assert_eq!(of("", &[kind]), (ModeSet::CAR, Vec::new()), "{kind}");
        }
    }
}
