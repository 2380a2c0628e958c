//! `validation.json`: measures against counts, the published equilibrium, published figures, who is on the road at each hour, and
//! the checks of the day.

use super::name;
use crate::disk;
use crate::error::{Error, Fault, Result};
use crate::validate::verdict::Verdict;
use crate::validate::yardstick::Fact;
use serde::Deserialize;
use std::path::Path;

/// Writes `validation.json` and `counts.parquet`; `sample` is the share of the population that was simulated.
///
/// # Errors
/// What polars or the file system says; old files, if there are any, are then unchanged.
pub fn write(folder: &Path, verdict: &Verdict, sample: f64) -> Result<()> {
    let mut json = serde_json::Map::new();
    if let Some(counted) = &verdict.counted {
        let value = serde_json::to_value(&counted.validation).map_err(|e| Error::Other(e.to_string()))?;
        if let serde_json::Value::Object(map) = value {
            json.extend(map);
        }
        let unmatched =
            serde_json::to_value(&counted.matching.unmatched).map_err(|e| Error::Other(e.to_string()))?;
        json.insert("unmatched_stations".into(), unmatched);
    } else {
        json.insert("vmt_km".into(), verdict.vmt_km.into());
        json.insert("vht_h".into(), verdict.vht_h.into());
    }
    let other = [
        ("screenlines", serde_json::to_value(&verdict.screenlines)),
        ("equilibrium", serde_json::to_value(&verdict.equilibrium)),
        ("measures", serde_json::to_value(&verdict.facts)),
        ("yardsticks", serde_json::to_value(&verdict.yardsticks)),
        ("on_the_road", serde_json::to_value(&verdict.on_the_road)),
        ("checks", serde_json::to_value(&verdict.checks)),
    ];
    for (key, value) in other {
        json.insert(key.into(), value.map_err(|e| Error::Other(e.to_string()))?);
    }
    let text = serde_json::to_string_pretty(&json).map_err(|e| Error::Other(e.to_string()))?;
    disk::write_bytes(folder.join(name::VALIDATION), text.as_bytes())?;
    super::counts::write(folder, verdict.counted.as_ref().map_or(&[], |c| &c.rows), sample)
}

/// Largest `validation.json` that is read, bytes: a region's has about one MB.
const MOST_BYTES: u64 = 1 << 28;

/// Reads what a run has of all that can be compared with published figures.
///
/// # Errors
/// A [`Fault`] for a file that is missing, damaged, or of a version that did not write them.
pub fn read_facts(folder: &Path) -> Result<Vec<Fact>> {
    #[derive(Deserialize)]
    struct Only {
        measures: Vec<Fact>,
    }
    let path = folder.join(name::VALIDATION);
    let found: Result<Only, _> = serde_json::from_slice(&disk::read(&path, MOST_BYTES)?);
    let found = found.map_err(|e| {
        Fault::new(&path, e.line(), format!("does not hold the measures of the run ({e})"))
            .expected("what this version of wayfare run writes")
            .advice("run the scenario again")
    })?;
    Ok(found.measures)
}
