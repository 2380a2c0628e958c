//! What changes on the roads during the day: a MATSim network's own file of changes beside the measures of a policy.

use super::{Finder, Source};
use crate::scenario::{Config, NetworkInput, Scenario};
use engine::id::LinkId;
use engine::network::{Change, Network};
use engine::policy::{self, Compiled, Window};
use engine::{Fault, Result, Warning};
use netconvert::clean::Dropped;
use netconvert::matsim::change_events;
use netconvert::tally::Tally;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The changes of a network's own file.
#[derive(Default)]
pub(super) struct Changes {
    /// The file; empty without one.
    file: PathBuf,
    /// In order of time.
    list: Vec<Change>,
}

/// Reads the file of changes that belongs to the network, if the scenario names one. `raw` is the network before cleaning:
/// a change of a link that was dropped is no fault, but counted.
///
/// # Errors
/// As [`change_events::read`].
pub(super) fn read(
    scenario: &Scenario,
    finder: &mut Finder<'_>,
    raw: &Network,
    dropped: &Dropped,
    warnings: &mut Vec<Warning>,
) -> Result<Changes> {
    let NetworkInput::Matsim { changes: Some(file), .. } = &scenario.config.network else {
        return Ok(Changes::default());
    };
    let file = finder.file(file)?;
    let (all, more) = change_events::read(&file, raw)?;
    warnings.extend(more);
    let mut tally = Tally::new(&file);
    tally.whole("changes of a link", all.len() as u64);
    let mut list = Vec::with_capacity(all.len());
    for change in all {
        let link = dropped.new_link[change.link.index()];
        if link.is_some() {
            list.push(Change { link, ..change });
        } else {
            let record = format!("link {}", raw.link(change.link).name);
            tally.part(
                "changes of a link",
                "is of a link that is not strongly connected and was left out",
                record,
            );
        }
    }
    warnings.extend(tally.into_warnings());
    Ok(Changes { file, list })
}

impl Changes {
    /// Links and the times at which nobody may enter them: from a capacity of zero to the next that is not.
    fn closed(&self) -> Vec<Window> {
        let mut since: BTreeMap<LinkId, u32> = BTreeMap::new();
        let mut windows = Vec::new();
        for change in &self.list {
            match change.capacity_vph {
                Some(0.0) => {
                    since.entry(change.link).or_insert(change.time_s);
                }
                Some(_) => {
                    let from_s = since.remove(&change.link);
                    windows.extend(from_s.filter(|&from_s| from_s < change.time_s).map(|from_s| Window {
                        link: change.link,
                        from_s,
                        to_s: change.time_s,
                    }));
                }
                None => {}
            }
        }
        windows.extend(since.into_iter().map(|(link, from_s)| Window { link, from_s, to_s: u32::MAX }));
        windows
    }
}

impl Source {
    /// The measures of a scenario on its roads, with the changes of the network's own file. Drivers know of closures in
    /// both.
    ///
    /// # Errors
    /// As [`policy::compile`]; a [`Fault`] for a link that both change, since nobody could say which of two is meant.
    pub fn policy(&self, config: &Config) -> Result<Compiled> {
        let mut compiled = policy::compile(&self.network, &config.policy)?;
        let Changes { file, list } = &self.changes;
        let by_policy: BTreeSet<LinkId> = compiled.changes.iter().map(|change| change.link).collect();
        if let Some(twice) = list.iter().find(|change| by_policy.contains(&change.link)) {
            let link = &self.network.link(twice.link).name;
            return Err(Fault::new(
                file,
                format!("link {link}"),
                "is changed here and by a measure of the policy",
            )
            .expected("one of the two")
            .advice("give the whole change in one place")
            .into());
        }
        compiled.changes.extend(list);
        compiled.changes.sort_by_key(|change| (change.time_s, change.link));
        compiled.closed.extend(self.changes.closed());
        compiled.closed.sort_unstable();
        compiled.closed.dedup();
        Ok(compiled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capacity_of_zero_closes_until_the_next() {
        let change =
            |time_s, link, capacity_vph| Change { capacity_vph, ..Change::new(time_s, LinkId(link)) };
        let list = vec![
            change(100, 4, Some(0.0)),
            change(150, 4, None),
            change(200, 4, Some(0.0)),
            change(300, 4, Some(900.0)),
            change(400, 7, Some(1800.0)),
            change(500, 4, Some(0.0)),
        ];
        let window = |from_s, to_s| Window { link: LinkId(4), from_s, to_s };
        let changes = Changes { file: PathBuf::new(), list };
        assert_eq!(changes.closed(), [window(100, 300), window(500, u32::MAX)]);
    }
}
