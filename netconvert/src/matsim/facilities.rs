//! `facilities_v1.dtd`, `facilities_v2.dtd`: single places and what can be done there.

use super::{attribute, attribute_if, time_attribute, time_if};
use crate::limit::{Token, xml};
use crate::packed;
use engine::projection::Crs;
use engine::{Fault, Result, Warning};
use std::path::Path;

/// One place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facility {
    /// Name in the source.
    pub name: String,
    /// East and north, metres.
    pub xy_m: Option<(f64, f64)>,
    /// Name of the link it is reached from.
    pub link: Option<String>,
    /// What can be done there.
    pub offers: Vec<Offer>,
}

/// One activity that a [`Facility`] offers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offer {
    /// The source's name of the activity type.
    pub kind: String,
    /// Persons at one time; `None` = no limit.
    pub capacity: Option<f64>,
    /// Opening times: days (`mon` … `sun`, `wkday`, `wkend`, `wk`), from, to (seconds; past 24 h allowed).
    pub open: Vec<(String, u32, u32)>,
}

/// Facilities as their file has them.
#[derive(Debug, Default)]
pub struct Facilities {
    /// The places.
    pub list: Vec<Facility>,
    /// Name of the reference system of the coordinates, where the file gives one.
    pub crs: Option<String>,
}

/// Reads facilities.
///
/// # Errors
/// A [`Fault`] for XML that holds no facilities, a facility without an id, or a bad number or time.
pub fn read(path: impl AsRef<Path>) -> Result<(Vec<Facility>, Vec<Warning>)> {
    Ok((read_whole(path)?.list, Vec::new()))
}

/// As [`read`], with the name of the reference system.
///
/// # Errors
/// As [`read`].
pub fn read_whole(path: impl AsRef<Path>) -> Result<Facilities> {
    let path = path.as_ref();
    let mut cursor = xml(path)?;
    let mut facilities: Vec<Facility> = Vec::new();
    let (mut root, mut crs, mut names_crs) = (false, None, false);
    while let Some(token) = cursor.advance()? {
        if token == Token::Close {
            // facilities > attributes are open.
            if cursor.name() == "attribute" && cursor.depth() == 2 && names_crs {
                crs = Some(cursor.text().trim().to_string());
            }
            continue;
        }
        // Capacity and opening times belong to the activity that was opened last.
        let offer = facilities.last_mut().and_then(|f| f.offers.last_mut());
        match (cursor.parent(token), cursor.name()) {
            ("", "facilities") => root = true,
            ("attributes", "attribute") => {
                names_crs = cursor.get("name") == Some("coordinateReferenceSystem");
            }
            ("", other) => {
                return Err(cursor
                    .fault(format!("is not a facilities file: the root is <{other}>"))
                    .expected("<facilities>")
                    .into());
            }
            ("facilities", "facility") => facilities.push(Facility {
                name: cursor.need("id")?.to_string(),
                xy_m: cursor.number_if("x")?.zip(cursor.number_if("y")?),
                link: cursor.get("linkId").map(str::to_string),
                offers: Vec::new(),
            }),
            ("facility", "activity") => {
                let kind = cursor.need("type")?.to_string();
                if let Some(facility) = facilities.last_mut() {
                    facility.offers.push(Offer { kind, ..Offer::default() });
                }
            }
            ("activity", "capacity") => {
                if let Some(offer) = offer {
                    // MATSim writes "Infinity" for no limit.
                    offer.capacity = if cursor.get("value") == Some("Infinity") {
                        None
                    } else {
                        cursor.number_if("value")?
                    };
                }
            }
            ("activity", "opentime") => {
                let from = time_if(&cursor, "start_time", "facility")?;
                let to = time_if(&cursor, "end_time", "facility")?;
                if let (Some(offer), Some(from), Some(to)) = (offer, from, to) {
                    offer.open.push((cursor.get("day").unwrap_or("wk").to_string(), from, to));
                }
            }
            _ => {}
        }
    }
    if !root {
        return Err(Fault::new(path, "", "holds no facilities").expected("<facilities>").into());
    }
    Ok(Facilities { list: facilities, crs })
}

/// Writes facilities as `facilities_v2.dtd`, gzipped when the name ends with `.gz`. An offer without a capacity or opening times
/// says none: there is no limit.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn write(facilities: &[Facility], crs: &Crs, path: impl AsRef<Path>) -> Result<()> {
    packed::write_plain(path.as_ref(), |out| {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<!DOCTYPE facilities SYSTEM \"http://www.matsim.org/files/dtd/facilities_v2.dtd\">")?;
        let crs = if *crs == Crs::Plane { "Atlantis".to_string() } else { crs.to_string() };
        writeln!(
            out,
            "<facilities>\n<attributes>\n<attribute name=\"coordinateReferenceSystem\" \
             class=\"java.lang.String\">{crs}</attribute>\n</attributes>"
        )?;
        for Facility { name, xy_m, link, offers } in facilities {
            let xy = xy_m.map_or_else(String::new, |(x, y)| format!(" x=\"{x}\" y=\"{y}\""));
            writeln!(
                out,
                "<facility{}{xy}{}>",
                attribute("id", name),
                attribute_if("linkId", link.as_deref())
            )?;
            for Offer { kind, capacity, open } in offers {
                writeln!(out, "<activity{}>", attribute("type", kind))?;
                if let Some(capacity) = capacity {
                    writeln!(out, "<capacity value=\"{capacity}\"/>")?;
                }
                for (day, from_s, to_s) in open {
                    let times = [("start_time", *from_s), ("end_time", *to_s)];
                    let times = times.map(|(name, time_s)| time_attribute(name, Some(time_s)));
                    writeln!(out, "<opentime{}{}/>", attribute("day", day), times.concat())?;
                }
                writeln!(out, "</activity>")?;
            }
            writeln!(out, "</facility>")?;
        }
        writeln!(out, "</facilities>")
    })
}
