//! What detectors saw, and the labels that help to find their links.

use crate::order::natural;

/// What a detector station measures (PeMS station types).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StationKind {
    /// Mainline of a freeway (PeMS code ML).
    Mainline,
    /// HV: carpool lane.
    Hov,
    /// On-ramp (PeMS code OR).
    OnRamp,
    /// Off-ramp (PeMS code FR).
    OffRamp,
    /// FF: freeway to freeway connector.
    Connector,
    /// Collector-distributor road (PeMS code CD).
    Collector,
    /// CH: conventional highway.
    Conventional,
    /// Anything else, or a manual count.
    Other,
}

impl StationKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Mainline,
        Self::Hov,
        Self::OnRamp,
        Self::OffRamp,
        Self::Connector,
        Self::Collector,
        Self::Conventional,
        Self::Other,
    ];

    /// Name in tables and in `validation.json`, lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mainline => "mainline",
            Self::Hov => "hov",
            Self::OnRamp => "on-ramp",
            Self::OffRamp => "off-ramp",
            Self::Connector => "connector",
            Self::Collector => "collector",
            Self::Conventional => "conventional",
            Self::Other => "other",
        }
    }
}

/// A detector station.
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    /// Name in the source.
    pub name: String,
    /// Route number and direction (`N`, `S`, `E`, `W`), e.g. (`"101"`, `'S'`).
    pub route: Option<(String, char)>,
    /// What it measures.
    pub kind: StationKind,
    /// East and north, metres; `None` when the source gives no position.
    pub xy_m: Option<(f64, f64)>,
    /// Lanes it covers.
    pub lanes: u8,
    /// Name of the link it stands on, when the source tells (MATSim counts, TNTP).
    pub link: Option<String>,
    /// The crossing it stands at, as the source names it.
    pub crossing: Option<String>,
}

/// What one station saw in one hour of the typical day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourCount {
    /// Position in the list of stations.
    pub station: u32,
    /// Hour of the day, 0..24.
    pub hour: u8,
    /// Vehicles in the hour, all lanes.
    pub volume_vph: f64,
    /// Standard deviation of the volume from day to day; `None` when unknown.
    pub volume_sd: Option<f64>,
    /// Mean speed, metres per second.
    pub speed_mps: Option<f64>,
    /// Days behind the mean.
    pub days: u16,
}

/// Stations and what they saw.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Counts {
    /// The stations, in the order of the source.
    pub stations: Vec<Station>,
    /// Observations, ordered by station, then hour; at most one for each pair.
    pub hours: Vec<HourCount>,
    /// The year that they were counted in, where the source tells one.
    pub year: Option<u16>,
}

impl Counts {
    /// The same with stations in the order of their names ([`natural`]), then links, whatever the order of the rows.
    pub fn in_order(self) -> Self {
        let mut order: Vec<usize> = (0..self.stations.len()).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (&self.stations[a], &self.stations[b]);
            natural(&a.name, &b.name).then_with(|| a.link.cmp(&b.link))
        });
        let mut new = vec![0; order.len()];
        for (number, &old) in order.iter().enumerate() {
            new[old] = number as u32;
        }
        let stations = order.iter().map(|&old| self.stations[old].clone()).collect();
        let renumber = |hour: HourCount| HourCount { station: new[hour.station as usize], ..hour };
        let mut hours: Vec<HourCount> = self.hours.iter().copied().map(renumber).collect();
        hours.sort_by_key(|hour| (hour.station, hour.hour));
        Self { stations, hours, ..self }
    }
}

/// A stretch of a numbered route, from another map: labels links that carry no names.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteStretch {
    /// Route number, e.g. `101`.
    pub route: String,
    /// Signed direction (`N`, `S`, `E`, `W`).
    pub direction: char,
    /// Points in travel order, metres.
    pub points_m: Vec<(f64, f64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_go_where_their_station_goes() {
        let station = |name: &str| Station {
            name: name.into(),
            route: None,
            kind: StationKind::Other,
            xy_m: None,
            lanes: 1,
            link: None,
            crossing: None,
        };
        let hour = |station, volume_vph| HourCount {
            station,
            hour: 8,
            volume_vph,
            volume_sd: None,
            speed_mps: None,
            days: 1,
        };
        let (ten, nine) = (station("10"), station("9"));
        let counts = Counts {
            stations: vec![ten.clone(), nine.clone()],
            hours: vec![hour(0, 1.0), hour(1, 2.0)],
            year: Some(2017),
        };
        let ordered =
            Counts { stations: vec![nine, ten], hours: vec![hour(0, 2.0), hour(1, 1.0)], year: Some(2017) };
        assert_eq!(counts.in_order(), ordered);
        assert_eq!(ordered.clone().in_order(), ordered);
    }
}
