//! Where and when time is lost on the road.
//!
//! Lost is what a link takes beyond the time on it when it is empty, added up over the vehicles that drive it to its end. It is
//! no cost of a jam alone: a red light costs as well. Both reports, of a run and of a comparison, rank links by it, and so it
//! stands beside neither.

use engine::network::Network;
use engine::traffic::LinkBins;
use engine::validate::travel::Hourly;

/// Vehicle hours that are lost against free flow, whole population.
pub(super) struct Lost {
    /// Hours lost by link and hour of the day, `[hour * links + link]`.
    pub lost_h: Vec<f64>,
    /// Volumes and times by link and hour, as simulated.
    pub hourly: Hourly,
    /// Share of the population that was simulated.
    sample: f64,
}

impl Lost {
    /// Those of a day. Times are those of vehicles that drove a link to its end.
    pub(super) fn of(network: &Network, bins: &LinkBins, sample: f64) -> Self {
        let n = network.links.len();
        let hourly = Hourly::of(bins);
        let lost_h = (0..24 * n).map(|at| {
            let link = &network.links[at % n];
            let free_s = hourly.entered[at] * link.length_m / link.freespeed_mps;
            // Whole seconds of a link may be fewer than its free time: that is no gain.
            (hourly.time_s[at] - free_s).max(0.0) / 3600.0 / sample
        });
        Self { lost_h: lost_h.collect(), hourly, sample }
    }

    /// Hours lost on a link in a day.
    pub(super) fn daily_h(&self, link: usize) -> f64 {
        self.by_hour(link).sum()
    }

    /// Hours lost on a link in each hour of the day.
    fn by_hour(&self, link: usize) -> impl Iterator<Item = f64> + '_ {
        (0..24).map(move |hour| self.lost_h[hour * self.hourly.n_links + link])
    }

    /// The hour in which most is lost on a link; of equals the last.
    pub(super) fn worst_hour(&self, link: usize) -> usize {
        let hours: Vec<f64> = self.by_hour(link).collect();
        (0..24).max_by(|a, b| hours[*a].total_cmp(&hours[*b])).unwrap_or(0)
    }

    /// Vehicles that leave a link in an hour, whole population.
    pub(super) fn volume(&self, link: usize, hour: usize) -> f64 {
        self.hourly.left[hour * self.hourly.n_links + link] / self.sample
    }

    /// The links on which most is lost, the worst first, as many as `most`; none where it is below three minutes a day.
    pub(super) fn worst(&self, most: usize) -> Vec<usize> {
        let mut ranked: Vec<(f64, usize)> =
            (0..self.hourly.n_links).map(|link| (self.daily_h(link), link)).collect();
        // Equals by number, so that two equal runs have the same table.
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.retain(|(lost_h, _)| *lost_h >= 0.05);
        ranked.truncate(most);
        ranked.into_iter().map(|(_, link)| link).collect()
    }
}
