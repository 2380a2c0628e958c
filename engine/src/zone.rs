//! Traffic analysis zones: where people live and what there is to do.

use crate::error::{Fault, Result};
use crate::id::ZoneId;
use geo::MultiPolygon;

/// What a zone offers, in jobs, pupils and acres. The size terms of destination choice come from here.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LandUse {
    /// Residents, persons; not negative.
    pub population: f64,
    /// Occupied households; not negative.
    pub households: f64,
    /// Jobs at work places in the zone; not negative.
    pub jobs: f64,
    /// Jobs in retail.
    pub jobs_retail: f64,
    /// Jobs in health, education and recreation services.
    pub jobs_service: f64,
    /// Jobs in financial and professional services.
    pub jobs_office: f64,
    /// Pupils of schools (up to high school).
    pub pupils: f64,
    /// College students, full-time equivalents.
    pub students: f64,
    /// Area, square metres.
    pub area_m2: f64,
}

/// A traffic analysis zone: the smallest area with known totals.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Name in the source.
    pub name: String,
    /// Representative point, east, metres.
    pub x_m: f64,
    /// Representative point, north, metres.
    pub y_m: f64,
    /// Larger area it belongs to (county, super-district); 0-based, dense.
    pub region: u16,
    /// Outline in metres; `None` when only the point is known.
    pub outline: Option<MultiPolygon<f64>>,
    /// What there is.
    pub land: LandUse,
}

/// All zones, by [`ZoneId`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Zones {
    /// The zones by [`ZoneId`].
    pub zones: Vec<Zone>,
    /// Names of the regions.
    pub regions: Vec<String>,
}

impl Zones {
    /// The zone of an id.
    pub fn zone(&self, id: ZoneId) -> &Zone {
        &self.zones[id.index()]
    }

    /// Name of a zone; `None` where there is no such zone, as of a place whose zone is not known.
    pub fn name(&self, id: ZoneId) -> Option<&str> {
        self.zones.get(id.index()).map(|zone| zone.name.as_str())
    }

    /// Number of zones.
    pub fn len(&self) -> usize {
        self.zones.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.zones.is_empty()
    }

    /// Ids of all zones.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = ZoneId> + use<> {
        (0..self.zones.len() as u32).map(ZoneId)
    }

    /// Checks that every number is finite and not negative.
    ///
    /// # Errors
    /// A [`Fault`] naming the zone.
    pub fn check(&self, source: &str) -> Result<()> {
        for zone in &self.zones {
            let land = &zone.land;
            let numbers = [
                land.population,
                land.households,
                land.jobs,
                land.jobs_retail,
                land.jobs_service,
                land.jobs_office,
                land.pupils,
                land.students,
            ];
            if !(zone.x_m.is_finite() && zone.y_m.is_finite())
                || numbers.iter().any(|n| !(n.is_finite() && *n >= 0.0))
            {
                return Err(Fault::new(
                    source,
                    format!("zone {}", zone.name),
                    "has a number that is negative or missing",
                )
                .expected("finite coordinates and counts of zero or more")
                .into());
            }
        }
        Ok(())
    }
}
