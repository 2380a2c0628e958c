//! What detectors saw, and the labels that help to find their links.

/// What a detector station measures (PeMS station types).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StationKind {
    /// ML: mainline.
    Mainline,
    /// HV: carpool lane.
    Hov,
    /// OR: on-ramp.
    OnRamp,
    /// FR: off-ramp.
    OffRamp,
    /// FF: freeway to freeway connector.
    Connector,
    /// CD: collector-distributor.
    Collector,
    /// CH: conventional highway.
    Conventional,
    /// Anything else, or a manual count.
    Other,
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
    /// Stations.
    pub stations: Vec<Station>,
    /// Observations, ordered by station, then hour; at most one for each pair.
    pub hours: Vec<HourCount>,
}

/// A stretch of a numbered route, from another map: labels links that carry no names.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteStretch {
    /// Route number.
    pub route: String,
    /// Signed direction (`N`, `S`, `E`, `W`).
    pub direction: char,
    /// Points in travel order, metres.
    pub points_m: Vec<(f64, f64)>,
}
