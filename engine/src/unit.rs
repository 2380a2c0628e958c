//! Units. Inside Wayfare: metres, seconds since midnight of the simulated day (may pass 24 h), metres
//! per second, vehicles per hour. Units are the last word of a local name (`wait_s`, `length_m`).

/// Metres in an international mile.
pub const M_PER_MILE: f64 = 1609.344;
/// Metres per second in one mile per hour.
pub const MPS_PER_MPH: f64 = M_PER_MILE / 3600.0;
/// Length of road one car takes in a jam, metres (MATSim `effectivecellsize`, network_v2.dtd).
pub const CELL_M: f64 = 7.5;
/// Seconds in a day.
pub const DAY_S: u32 = 86_400;

/// Writes seconds since midnight as `HH:MM:SS`; hours may pass 24.
pub fn hms(time_s: u32) -> String {
    format!("{:02}:{:02}:{:02}", time_s / 3600, time_s / 60 % 60, time_s % 60)
}

/// Reads `HH:MM:SS`, `HH:MM` or plain seconds (fractions are cut). `None` when it is none of these or negative.
pub fn parse_hms(text: &str) -> Option<u32> {
    let text = text.trim();
    if !text.contains(':') {
        let seconds: f64 = text.parse().ok()?;
        return (0.0..=f64::from(u32::MAX)).contains(&seconds).then_some(seconds as u32);
    }
    let mut parts = text.split(':');
    let hours: u32 = parts.next()?.parse().ok()?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().map_or(Ok(0.0), str::parse).ok()?;
    if parts.next().is_some() || minutes > 59 || !(0.0..60.0).contains(&seconds) {
        return None;
    }
    hours.checked_mul(3600)?.checked_add(minutes * 60 + seconds as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_times_round_trip_past_midnight() {
        for time_s in [0, 59, 3600, 86_399, 86_400, 108_000] {
            assert_eq!(parse_hms(&hms(time_s)), Some(time_s));
        }
        assert_eq!(parse_hms("07:30"), Some(27_000));
        assert_eq!(parse_hms("27000.9"), Some(27_000));
        for bad in ["", "-1", "-16213837", "7:61", "a", "1:2:3:4", "99999999:00:00", "NaN"] {
            assert_eq!(parse_hms(bad), None, "{bad}");
        }
    }
}
