//! `networkChangeEvents.xsd`: what changes on the network during the day.
//!
//! | attribute | values |
//! |---|---|
//! | `startTime` of `<networkChangeEvent>` | from when the change holds; until another change, since there is no end |
//! | `refId` of `<link>` | a link that changes; an event may name several |
//! | `type` of `<flowCapacity>`, `<freespeed>`, `<lanes>` | `absolute` (the new value; also where it is missing), `scaleFactor`, `offset` |
//! | `value` | vehicles a second, metres a second, lanes; of a factor no unit |
//!
//! Absolute capacities are in vehicles a second, not an hour: 0.5 is 1800 vehicles an hour. A value above one vehicle a second
//! and lane, which no road passes, is taken as it stands and counted.
//!
//! An incident of an hour is thus two events: one that lowers the capacity and one that sets it back. Other
//! elements are passed over.

use super::{attribute, time_if};
use crate::limit::{Token, Xml, xml};
use crate::packed;
use crate::tally::Tally;
use engine::id::LinkId;
use engine::network::{Change, Network};
use engine::unit::hms;
use engine::{Fault, Result, Warning};
use std::collections::HashMap;
use std::path::Path;

/// Which number of a link a change concerns, as a position in the arrays below.
const KINDS: [&str; 3] = ["flowCapacity", "freespeed", "lanes"];

/// How a value is given.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Amount {
    /// The new value, in the unit of the file.
    Absolute(f64),
    /// The new value as a multiple of the one before.
    Factor(f64),
    /// What is added to the value before, in the unit of the file.
    Offset(f64),
}

/// A change as the file has it; its factors can be applied only when all changes are sorted by time.
#[derive(Debug, Default)]
struct Raw {
    time_s: u32,
    /// Line in the file, for messages.
    line: u64,
    /// The links it concerns.
    links: Vec<LinkId>,
    /// What changes, in the order of `KINDS`; `None` stays as it is.
    amounts: [Option<Amount>; 3],
}

/// Reads the changes of a network, in order of time. MATSim gives flow capacities in vehicles a second
/// (SI units); factors and offsets apply to what the change before left.
///
/// # Errors
/// A [`Fault`] for an unknown link, a bad time, or a change that leaves a negative capacity or a speed or
/// lane count that is not positive (a capacity of zero closes the link).
pub fn read(path: impl AsRef<Path>, network: &Network) -> Result<(Vec<Change>, Vec<Warning>)> {
    let path = path.as_ref();
    let mut raws = read_raw(path, network)?;
    raws.sort_by_key(|r| r.time_s);
    // What each changed link has by now, in the order of `KINDS` and the units of MATSim.
    let mut now: HashMap<LinkId, [f64; 3]> = HashMap::new();
    let (mut changes, mut tally) = (Vec::new(), Tally::new(path));
    for raw in &raws {
        for &id in &raw.links {
            let link = network.link(id);
            let values =
                now.entry(id).or_insert([link.capacity_vph / 3600.0, link.freespeed_mps, link.lanes]);
            let mut new = [None; 3];
            for (kind, amount) in raw.amounts.iter().enumerate() {
                let Some(amount) = amount else { continue };
                let value = match *amount {
                    Amount::Absolute(value) => value,
                    Amount::Factor(factor) => values[kind] * factor,
                    Amount::Offset(offset) => values[kind] + offset,
                };
                let least = if kind == 0 { value >= 0.0 } else { value > 0.0 };
                if !(value.is_finite() && least) {
                    return Err(Fault::new(
                        path,
                        raw.line,
                        format!("{} of link {} becomes {value}", KINDS[kind], link.name),
                    )
                    .expected("a positive number")
                    .advice("set flowCapacity to 0 to close a link")
                    .into());
                }
                tally.whole("values", 1);
                if kind == 0 && matches!(amount, Amount::Absolute(_)) && value > link.lanes {
                    let what = "a flow capacity is above one vehicle a second and lane: its unit is vehicles a second, not an hour";
                    tally.part("values", what, raw.line);
                }
                values[kind] = value;
                new[kind] = Some(value);
            }
            let [flow, freespeed_mps, lanes] = new;
            let capacity_vph = flow.map(|f| f * 3600.0);
            changes.push(Change { capacity_vph, freespeed_mps, lanes, ..Change::new(raw.time_s, id) });
        }
    }
    Ok((changes, tally.into_warnings()))
}

/// The changes in the order of the file.
fn read_raw(path: &Path, network: &Network) -> Result<Vec<Raw>> {
    let links: HashMap<&str, LinkId> =
        network.link_ids().map(|id| (network.link(id).name.as_str(), id)).collect();
    let mut cursor = xml(path)?;
    let mut raws: Vec<Raw> = Vec::new();
    let mut root = false;
    while let Some(token) = cursor.advance()? {
        if token == Token::Close {
            continue;
        }
        match (cursor.parent(token), cursor.name()) {
            ("", "networkChangeEvents") => root = true,
            ("", other) => {
                return Err(cursor
                    .fault(format!("is not a file of network changes: the root is <{other}>"))
                    .expected("<networkChangeEvents>")
                    .into());
            }
            ("networkChangeEvents", "networkChangeEvent") => {
                let time_s = time_if(&cursor, "startTime", "change")?
                    .ok_or_else(|| cursor.fault("has no startTime"))?;
                raws.push(Raw { time_s, line: cursor.line(), ..Raw::default() });
            }
            ("networkChangeEvent", name) => take(&cursor, name, &links, raws.last_mut())?,
            _ => {}
        }
    }
    if !root {
        return Err(Fault::new(path, "", "holds no network changes")
            .expected("<networkChangeEvents>")
            .into());
    }
    Ok(raws)
}

/// Takes one element inside a change.
fn take(xml: &Xml, name: &str, links: &HashMap<&str, LinkId>, raw: Option<&mut Raw>) -> Result<()> {
    let Some(raw) = raw else { return Ok(()) };
    if name == "link" {
        let id = links.get(xml.need("refId")?);
        raw.links.push(*id.ok_or_else(|| xml.value_fault("refId", "the id of a link of the network"))?);
        return Ok(());
    }
    if let Some(kind) = KINDS.iter().position(|k| *k == name) {
        let value = xml.number("value")?;
        raw.amounts[kind] = Some(match xml.get("type").unwrap_or("absolute") {
            "absolute" => Amount::Absolute(value),
            "scaleFactor" => Amount::Factor(value),
            "offset" => Amount::Offset(value),
            _ => return Err(xml.value_fault("type", "absolute, scaleFactor or offset").into()),
        });
    }
    Ok(())
}

/// Writes changes, gzipped when the name ends with `.gz`: one event a change, with absolute values. Signals have no word in
/// this format: a change of nothing else is not written, and each is counted as a warning.
///
/// # Errors
/// Whatever keeps the file from being written.
pub fn write(changes: &[Change], network: &Network, path: impl AsRef<Path>) -> Result<Vec<Warning>> {
    const SCHEMA: &str = "http://www.matsim.org/files/dtd";
    let mut tally = Tally::new(path.as_ref());
    packed::write_plain(path.as_ref(), |out| {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(
            out,
            "<networkChangeEvents xmlns=\"{SCHEMA}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:schemaLocation=\"{SCHEMA} {SCHEMA}/networkChangeEvents.xsd\">"
        )?;
        for change in changes {
            let link = &network.link(change.link).name;
            if change.signal.is_some() {
                tally.add("a signal is not written: the format has no word for it", format!("link {link}"));
            }
            let values = [change.capacity_vph.map(|vph| vph / 3600.0), change.freespeed_mps, change.lanes];
            if values.iter().all(Option::is_none) {
                continue;
            }
            writeln!(out, "<networkChangeEvent{}>", attribute("startTime", &hms(change.time_s)))?;
            writeln!(out, "<link{}/>", attribute("refId", link))?;
            for (kind, value) in KINDS.iter().zip(values) {
                if let Some(value) = value {
                    writeln!(out, "<{kind} type=\"absolute\" value=\"{value}\"/>")?;
                }
            }
            writeln!(out, "</networkChangeEvent>")?;
        }
        writeln!(out, "</networkChangeEvents>")
    })?;
    Ok(tally.into_warnings())
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::network::Signal;
    use engine::twin::grid;

    #[test]
    fn changes_come_back_as_they_were_and_signals_are_counted() {
        let network = grid::network(3).unwrap();
        let change = |time_s, link| Change::new(time_s, LinkId(link));
        let changes = [
            Change { capacity_vph: Some(0.0), ..change(0, 1) },
            Change { freespeed_mps: Some(7.5), lanes: Some(3.0), ..change(7200, 2) },
            Change { capacity_vph: Some(1800.0), ..change(90_000, 1) },
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("changes.xml.gz");
        let signal = Change { signal: Some(Signal::NONE), ..change(90_001, 0) };
        let warnings = write(&[&changes[..], &[signal]].concat(), &network, &path).unwrap();
        assert!(warnings.len() == 1 && warnings[0].what.contains("signal"), "{warnings:?}");
        assert_eq!(read(&path, &network).unwrap().0, changes);
        let plain = folder.path().join("changes.xml");
        write(&changes, &network, &plain).unwrap();
        assert!(super::super::tests::valid_against("networkChangeEvents.xsd", &plain));
    }
}
