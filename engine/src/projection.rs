//! Coordinates. Inside Wayfare x and y are metres in a projected system; longitude and latitude occur
//! only at the borders, through [`Projection`] (proj4rs, a pure Rust PROJ).

use crate::error::{Error, Fault, Result};

/// A coordinate reference system, as stored in every network.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Crs {
    /// Metres in a plane that is nowhere on Earth (test networks such as MATSim's "Atlantis").
    Plane,
    /// A projected system in metres, by EPSG code, e.g. `Epsg(32610)`.
    Epsg(u16),
}

impl Crs {
    /// The UTM zone of a longitude and latitude (WGS 84: EPSG 326xx north, 327xx south).
    ///
    /// # Errors
    /// A [`Fault`] for coordinates outside UTM (latitude −80 to 84 degrees).
    pub fn utm(lon: f64, lat: f64) -> Result<Self> {
        if !(-180.0..=180.0).contains(&lon) || !(-80.0..=84.0).contains(&lat) {
            return Err(Fault::new("coordinates", "", format!("lon {lon}, lat {lat} is outside UTM"))
                .expected("degrees, longitude first")
                .into());
        }
        let zone = ((lon + 180.0) / 6.0).floor().clamp(0.0, 59.0) as u16 + 1;
        Ok(Self::Epsg(if lat < 0.0 { 32_700 } else { 32_600 } + zone))
    }

    /// Reads `EPSG:32610`, or `Atlantis` and `plane` for a plane without a place.
    ///
    /// # Errors
    /// A [`Fault`] for any other text.
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        if trimmed.eq_ignore_ascii_case("atlantis") || trimmed.eq_ignore_ascii_case("plane") {
            return Ok(Self::Plane);
        }
        let code = trimmed
            .strip_prefix("EPSG:")
            .or_else(|| trimmed.strip_prefix("epsg:"))
            .and_then(|c| c.parse().ok());
        code.map(Self::Epsg).ok_or_else(|| {
            Fault::new("crs", "", format!("\"{text}\" is not a known reference system"))
                .expected("EPSG:<code> of a projected system in metres, or \"plane\"")
                .into()
        })
    }
}

impl Crs {
    /// Its definition as well-known text (OGC 01-009); `None` for a plane without a place and for a code that is not known.
    pub fn wkt(&self) -> Option<&'static str> {
        match self {
            Self::Plane => None,
            Self::Epsg(code) => {
                crs_definitions::from_code(*code).map(|def| def.wkt).filter(|wkt| !wkt.is_empty())
            }
        }
    }
}

impl std::fmt::Display for Crs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plane => f.write_str("plane"),
            Self::Epsg(code) => write!(f, "EPSG:{code}"),
        }
    }
}

/// Turns longitude and latitude (WGS 84, degrees) into metres of one [`Crs`] and back.
pub struct Projection {
    metres: Option<proj4rs::Proj>,
    degrees: proj4rs::Proj,
}

impl Projection {
    /// The projection of `crs`. Errors when PROJ does not know the code or it is not in metres.
    ///
    /// # Errors
    /// When PROJ does not know the code, and a [`Fault`] when the system is in degrees.
    pub fn new(crs: &Crs) -> Result<Self> {
        let wrap = |e: proj4rs::errors::Error| Error::Other(format!("projection {crs}: {e}"));
        let degrees = proj4rs::Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs").map_err(wrap)?;
        let metres = match crs {
            Crs::Plane => None,
            Crs::Epsg(code) => {
                let utm = match code {
                    32_601..=32_660 => Some((code - 32_600, "")),
                    32_701..=32_760 => Some((code - 32_700, " +south")),
                    _ => None,
                };
                let projection = match utm {
                    Some((zone, south)) => proj4rs::Proj::from_proj_string(&format!(
                        "+proj=utm +zone={zone}{south} +datum=WGS84 +units=m"
                    )),
                    None => proj4rs::Proj::from_epsg_code(*code),
                };
                let projection = projection.map_err(wrap)?;
                if projection.is_latlong() {
                    return Err(Fault::new("crs", "", format!("{crs} is in degrees"))
                        .expected("a projected system in metres")
                        .advice("leave the crs out to get the UTM zone of the data")
                        .into());
                }
                Some(projection)
            }
        };
        Ok(Self { metres, degrees })
    }

    /// Degrees to metres. In a [`Crs::Plane`] the numbers pass unchanged.
    ///
    /// # Errors
    /// [`Error::Other`] for a point that the projection cannot hold.
    pub fn to_metres(&self, lon: f64, lat: f64) -> Result<(f64, f64)> {
        let Some(metres) = &self.metres else { return Ok((lon, lat)) };
        let mut point = (lon.to_radians(), lat.to_radians(), 0.0);
        proj4rs::transform::transform(&self.degrees, metres, &mut point)
            .map_err(|e| Error::Other(format!("lon {lon}, lat {lat} cannot be projected: {e}")))?;
        Ok((point.0, point.1))
    }

    /// Metres to degrees (lon, lat). In a [`Crs::Plane`] the numbers pass unchanged.
    ///
    /// # Errors
    /// [`Error::Other`] for a point that the projection cannot hold.
    pub fn to_degrees(&self, x_m: f64, y_m: f64) -> Result<(f64, f64)> {
        let Some(metres) = &self.metres else { return Ok((x_m, y_m)) };
        let mut point = (x_m, y_m, 0.0);
        proj4rs::transform::transform(metres, &self.degrees, &mut point)
            .map_err(|e| Error::Other(format!("x {x_m}, y {y_m} cannot be unprojected: {e}")))?;
        Ok((point.0.to_degrees(), point.1.to_degrees()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bay-area zone file gives zone 1 both ways: UTM zone 10 and degrees.
    #[test]
    fn utm_matches_a_published_pair() {
        let crs = Crs::utm(-122.398376, 37.79311287).unwrap();
        assert_eq!(crs, Crs::Epsg(32_610));
        let projection = Projection::new(&crs).unwrap();
        let (x_m, y_m) = projection.to_metres(-122.398376, 37.79311287).unwrap();
        assert!((x_m - 552_969.25).abs() < 0.5 && (y_m - 4_183_031.29).abs() < 0.5, "{x_m} {y_m}");
        let (lon, lat) = projection.to_degrees(x_m, y_m).unwrap();
        assert!((lon + 122.398376).abs() < 1e-7 && (lat - 37.79311287).abs() < 1e-7);
    }

    #[test]
    fn systems_with_a_code_have_a_definition_that_names_it() {
        for code in [4326, 32_610, 32_733, 25_832, 2227, 31_468] {
            let wkt = Crs::Epsg(code).wkt().unwrap();
            assert!(wkt.ends_with(&format!("AUTHORITY[\"EPSG\",\"{code}\"]]")), "{wkt}");
        }
        assert_eq!((Crs::Plane.wkt(), Crs::Epsg(1).wkt()), (None, None));
    }

    #[test]
    fn degrees_are_never_taken_for_metres() {
        assert!(Projection::new(&Crs::Epsg(4326)).is_err());
        assert!(Crs::utm(552_969.0, 4_183_031.0).is_err());
        assert!(Crs::parse("WGS84 or so").is_err());
    }
}
