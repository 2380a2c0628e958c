//! Who travels: the layers of demand as a scenario names them.

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::path::PathBuf;

/// Who travels, by source.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "source", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum PeopleInput {
    /// Households made from zone totals and a seed sample in Travel Model One's tables.
    Mtc {
        /// `taz1454_2015_popsim_vars.csv.gz`.
        totals: PathBuf,
        /// Seed households.
        households: PathBuf,
        /// Seed persons.
        persons: PathBuf,
        /// Name of the layer, `residents` when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        layer: Option<String>,
        /// Table of households by number of cars, a row a region (county): region, 0, 1, 2, 3+. The seed sample's cars when
        /// absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cars: Option<PathBuf>,
    },
    /// The same from our own tables `controls.csv`, `households.csv`, `persons.csv`.
    County {
        /// The folder.
        folder: PathBuf,
        /// As for `mtc`, where `controls.csv` does not count cars.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cars: Option<PathBuf>,
        /// Name of the layer, `residents` when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        layer: Option<String>,
    },
    /// One traveller for each trip of a table (from, to, trips); departures are spread evenly over a window.
    TripTable {
        /// Table: from node, to node, trips; or a TNTP `_trips` file.
        file: PathBuf,
        /// Start of the window, `HH:MM`.
        start: String,
        /// End of the window, `HH:MM`.
        end: String,
        /// Name of the layer, `trip table` when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        layer: Option<String>,
    },
    /// Persons with their plans from a MATSim population file (v4, v5, v6).
    Plans {
        /// The file.
        file: PathBuf,
        /// MATSim file of vehicle types and vehicles (v1, v2): who drives what. Everybody drives the ordinary car when
        /// absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vehicles: Option<PathBuf>,
        /// MATSim file of facilities (v1, v2), where activities tell a facility and no place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        facilities: Option<PathBuf>,
        /// Reference system of the coordinates (`EPSG:…`, `WGS84`, `plane`), where the file does not tell it or is wrong; else
        /// that of the network.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        crs: Option<String>,
        /// Name of the layer, `plans` when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        layer: Option<String>,
    },
}

impl PeopleInput {
    /// Name of the layer of demand.
    pub fn layer(&self) -> &str {
        let (given, usual) = match self {
            Self::Mtc { layer, .. } | Self::County { layer, .. } => (layer, "residents"),
            Self::TripTable { layer, .. } => (layer, "trip table"),
            Self::Plans { layer, .. } => (layer, "plans"),
        };
        given.as_deref().unwrap_or(usual)
    }
}

/// For the schema: one layer, or a list of them.
#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code)] // only its schema is used
pub(super) enum OneOrMany {
    /// `[people]`
    One(PeopleInput),
    /// `[[people]]`
    Many(Vec<PeopleInput>),
}

/// Reads `[people]` and `[[people]]`. (An untagged enum would hide what is wrong in a layer.)
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<PeopleInput>, D::Error> {
    struct Layers;

    impl<'de> Visitor<'de> for Layers {
        type Value = Vec<PeopleInput>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a table [people], or several [[people]]")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Ok(vec![PeopleInput::deserialize(MapAccessDeserializer::new(map))?])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list))
        }
    }

    from.deserialize_any(Layers)
}
