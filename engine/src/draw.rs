//! Counter-based random draws: `draw(seed, purpose, entity, step)` is a pure function, so neither
//! threads nor partitions nor the order of work can change a result (Salmon et al. 2011, "Parallel
//! random numbers: as easy as 1, 2, 3": Philox4x32-10).
//!
//! [`Draw`] is also a [`rand::Rng`], so that the distributions of `rand` work on it.

use std::convert::Infallible;

/// What a draw is for. Two purposes never share numbers. Values are part of the reproducibility
/// promise: never renumber, only append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Which sample household fills a place in a zone.
    Synthesis = 1,
    /// Sampling of persons (`--sample`).
    Sample = 2,
    /// Drawing a chain of activities for a person.
    Chain = 3,
    /// Seconds inside the 15-minute slot at which an activity ends.
    Departure = 4,
    /// Places of activities.
    Place = 5,
    /// Mode of a tour.
    Mode = 6,
    /// Who reroutes in an iteration.
    Reroute = 7,
    /// The order in which a node serves its inbound links.
    NodeOrder = 8,
    /// Policies that pick persons (telework).
    Policy = 9,
    /// Synthetic counties and other generators.
    Generator = 10,
    /// Training: shuffles, masks, initial weights.
    Training = 11,
    /// Departure times of trip-table demand.
    Demand = 12,
    /// Resampling persons for bootstrap intervals.
    Bootstrap = 13,
    /// Choice among routes.
    RouteChoice = 14,
    /// Who looks for a better route after a day.
    AskRoute = 15,
    /// Draws of tests, which share no stream with the simulator.
    Test = 99,
}

const M0: u32 = 0xD251_1F53;
const M1: u32 = 0xCD9E_8D57;
const W0: u32 = 0x9E37_79B9;
const W1: u32 = 0xBB67_AE85;

/// Philox4x32 with 10 rounds.
#[inline]
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let low = u64::from(M0) * u64::from(counter[0]);
        let high = u64::from(M1) * u64::from(counter[2]);
        counter = [
            (high >> 32) as u32 ^ counter[1] ^ key[0],
            high as u32,
            (low >> 32) as u32 ^ counter[3] ^ key[1],
            low as u32,
        ];
        key = [key[0].wrapping_add(W0), key[1].wrapping_add(W1)];
    }
    counter
}

/// A stream of random words for one (seed, purpose, entity, step).
#[derive(Debug, Clone)]
pub struct Draw {
    key: [u32; 2],
    counter: [u32; 4],
    block: [u32; 4],
    used: u8,
}

/// The stream of `entity` for `purpose` at `step` (an iteration, a second, a trial: the caller's say).
///
/// Up to 2^32 blocks of four words can be drawn before a stream would repeat.
#[inline]
pub fn draw(seed: u64, purpose: Purpose, entity: u64, step: u32) -> Draw {
    // The key must depend on purpose and on the high half of the entity as well: the counter's words
    // hold (block, entity, step) only. A multiply-xorshift spreads them (splitmix64 finaliser).
    let mut mixed = seed ^ (u64::from(purpose as u32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^= mixed >> 31;
    let key = [mixed as u32, (mixed >> 32) as u32];
    Draw { key, counter: [0, entity as u32, (entity >> 32) as u32, step], block: [0; 4], used: 4 }
}

impl Draw {
    /// The next 32 random bits.
    #[inline]
    pub fn word(&mut self) -> u32 {
        if self.used == 4 {
            self.block = philox(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        let word = self.block[self.used as usize];
        self.used += 1;
        word
    }

    /// Uniform in [0, 1) with 53 bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        let high = u64::from(self.word()) << 32;
        let bits = high | u64::from(self.word());
        (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform integer in `0..n` (Lemire's multiply-shift; the bias is below 2^-32 · n). `n` must be positive.
    #[inline]
    pub fn below(&mut self, n: u32) -> u32 {
        debug_assert!(n > 0);
        ((u64::from(self.word()) * u64::from(n)) >> 32) as u32
    }

    /// Standard normal (Box-Muller, one value a call).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.uniform()));
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Index drawn with probability proportional to `weights`; `None` when no weight is positive.
    pub fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let total: f64 = weights.iter().sum();
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let mut rest = self.uniform() * total;
        for (index, &weight) in weights.iter().enumerate() {
            if weight > 0.0 {
                if rest < weight {
                    return Some(index);
                }
                rest -= weight;
            }
        }
        weights.iter().rposition(|&weight| weight > 0.0)
    }

    /// Index drawn from a cumulative weight table (non-decreasing, last = total).
    #[inline]
    pub fn cumulative(&mut self, cumulative: &[f64]) -> Option<usize> {
        let total = *cumulative.last()?;
        if !(total > 0.0 && total.is_finite()) {
            return None;
        }
        let target = self.uniform() * total;
        Some(cumulative.partition_point(|&sum| sum <= target).min(cumulative.len() - 1))
    }
}

impl rand::TryRng for Draw {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let high = u64::from(self.word()) << 32;
        Ok(high | u64::from(self.word()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of Random123 1.14 (`kat_vectors`, philox4x32 10 rounds).
    #[test]
    fn philox_gives_the_published_vectors() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn each_argument_matters() {
        let base = draw(1, Purpose::Test, 2, 3).word();
        assert_eq!(base, draw(1, Purpose::Test, 2, 3).word());
        assert_ne!(base, draw(2, Purpose::Test, 2, 3).word());
        assert_ne!(base, draw(1, Purpose::Chain, 2, 3).word());
        assert_ne!(base, draw(1, Purpose::Test, 3, 3).word());
        assert_ne!(base, draw(1, Purpose::Test, 2 + (1 << 32), 3).word());
        assert_ne!(base, draw(1, Purpose::Test, 2, 4).word());
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let n = 200_000;
        let mut stream = draw(7, Purpose::Test, 0, 0);
        let mean = (0..n).map(|_| stream.uniform()).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 4.0 * (1.0 / 12f64).sqrt() / f64::from(n).sqrt(), "{mean}");
        let normals: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let variance = normals.iter().map(|x| x * x).sum::<f64>() / f64::from(n);
        assert!((variance - 1.0).abs() < 0.02, "{variance}");
        let heads = (0..n).filter(|_| stream.weighted(&[1.0, 0.0, 3.0]) == Some(2)).count() as f64;
        assert!((heads / f64::from(n) - 0.75).abs() < 0.005);
        assert_eq!(stream.weighted(&[0.0, 0.0]), None);
    }
}
