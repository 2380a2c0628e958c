//! How well days are completed of which most is hidden.

use crate::Generator;
use crate::models::chain::{Observed, observe, quarter_hours};
use engine::Result;
use engine::activity::diary::Diary;
use engine::activity::{Chain, SLOTS};
use engine::draw::{Purpose, draw};
use engine::validate::score::{FiveJsd, five_jsd};
use serde::Serialize;

/// Runs of hidden slots are this long (seed 002, §6.1.3: 8 to 20).
const RUN: (u32, u32) = (8, 20);
/// Bins of a calibration curve.
const BINS: usize = 20;
/// Chances below this are of no interest to calibration.
const LEAST: f64 = 1e-3;

/// What completing hidden days gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Completion {
    /// Days, and those that the model holds for impossible.
    pub n_days: [usize; 2],
    /// Share of slots that was hidden.
    pub hidden: f64,
    /// Share of hidden slots that the drawn day, and the most likely activity of each slot, gets right.
    pub accuracy: [f64; 2],
    /// Expected calibration error of the posterior of hidden slots: mean difference between what it says and what
    /// happened, over 20 bins of chance.
    pub calibration_error: f64,
    /// Divergences between completed and true days, nats.
    pub jsd: FiveJsd,
    /// The same of the days that each slot's most likely activity makes.
    pub jsd_likeliest: FiveJsd,
}

/// Hides runs of 8 to 20 slots of a day until `share` of it is hidden.
pub fn hide(day: &Chain, share: f64, seed: u64, row: u64) -> Observed {
    let mut hidden = [false; SLOTS];
    let mut stream = draw(seed, Purpose::Training, row, 9);
    let enough = (share.clamp(0.0, 1.0) * SLOTS as f64).round() as usize;
    while hidden.iter().filter(|hidden| **hidden).count() < enough {
        let from = stream.below(SLOTS as u32) as usize;
        let length = (RUN.0 + stream.below(RUN.1 - RUN.0 + 1)) as usize;
        hidden[from..(from + length).min(SLOTS)].fill(true);
    }
    observe(day, |slot| !hidden[slot])
}

/// Hides `share` of each day, completes it, and compares with what was there. `travelled`: the set holds only persons
/// who left home (the completed days then do too; the posterior is that of anybody).
///
/// # Errors
/// The generator's weights do not fit.
pub fn completion(
    generator: &Generator,
    days: &[Diary],
    share: f64,
    travelled: bool,
    seed: u64,
) -> Result<Completion> {
    let truth: Vec<Chain> = days.iter().map(|diary| quarter_hours(&diary.chain)).collect();
    let hide_one =
        |(row, (who, day)): (usize, (&Diary, &Chain))| (who.clone(), hide(day, share, seed, row as u64));
    let hidden: Vec<(Diary, Observed)> = days.iter().zip(&truth).enumerate().map(hide_one).collect();
    let completed = generator.complete(&hidden, travelled, seed)?;
    let posterior = generator.posterior(&hidden)?;
    let mut count = Count::default();
    let (mut kept, mut drawn, mut likeliest) = (Vec::new(), Vec::new(), Vec::new());
    for (((truth, (_, seen)), day), chances) in truth.iter().zip(&hidden).zip(completed).zip(&posterior) {
        let Some(day) = day else { continue };
        likeliest.push(count.day(truth, seen, &day, chances));
        kept.push(truth.clone());
        drawn.push(day);
    }
    Ok(Completion {
        n_days: [days.len(), days.len() - kept.len()],
        hidden: count.hidden / (kept.len() * SLOTS).max(1) as f64,
        accuracy: count.right.map(|right| right / count.hidden.max(1.0)),
        calibration_error: count.calibration_error(),
        jsd: five_jsd(&drawn, &kept),
        jsd_likeliest: five_jsd(&likeliest, &kept),
    })
}

/// Sums over completed days.
#[derive(Default)]
struct Count {
    /// Hidden slots.
    hidden: f64,
    /// Right slots of the drawn day, and of the likeliest activities.
    right: [f64; 2],
    /// By bin of chance: how many, their chances, how many happened.
    bins: [[f64; 3]; BINS],
}

impl Count {
    /// Counts a day; gives the day of each slot's likeliest activity.
    fn day(&mut self, truth: &Chain, seen: &Observed, drawn: &Chain, chances: &[f64]) -> Chain {
        let (truth, drawn) = (truth.to_slots(), drawn.to_slots());
        let mut likeliest = truth;
        for (slot, row) in chances.chunks_exact(chances.len() / SLOTS).enumerate() {
            if seen.slots[slot].is_some() {
                continue;
            }
            let best = (0..row.len()).fold(0, |best, kind| if row[kind] > row[best] { kind } else { best });
            likeliest[slot] = best as u8 + 1;
            self.hidden += 1.0;
            for (right, guess) in self.right.iter_mut().zip([drawn[slot], likeliest[slot]]) {
                *right += f64::from(u8::from(guess == truth[slot]));
            }
            for (kind, &chance) in row.iter().enumerate().filter(|(_, chance)| **chance > LEAST) {
                let bin = &mut self.bins[((chance * BINS as f64) as usize).min(BINS - 1)];
                let happened = f64::from(u8::from(usize::from(truth[slot]) == kind + 1));
                bin.iter_mut().zip([1.0, chance, happened]).for_each(|(sum, x)| *sum += x);
            }
        }
        Chain::from_slots(&likeliest)
    }

    /// Mean difference, over the bins, of the sum of chances and of what happened.
    fn calibration_error(&self) -> f64 {
        let n: f64 = self.bins.iter().map(|bin| bin[0]).sum();
        self.bins.iter().map(|bin| (bin[1] - bin[2]).abs()).sum::<f64>() / n.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::diary;
    use engine::activity::diary::Survey;
    use engine::people::{Sex, Student};

    /// In a world that is the model itself the posterior must be calibrated, and whole days drawn from it must be
    /// days of that world; slot by slot they are not.
    #[test]
    fn in_a_known_world_completion_is_calibrated_and_keeps_the_law() {
        let generator = Generator::shipped().unwrap();
        let one = |row: u64| Diary {
            weekday: Some(2),
            age: Some(40),
            sex: if row.is_multiple_of(2) { Sex::Female } else { Sex::Male },
            employed: Some(true),
            student: Some(Student::No),
            ..diary(&format!("p{row}"), Chain::default())
        };
        let diaries: Vec<Diary> = (0..300).map(one).collect();
        let mut world = Survey { name: "psrc2017".into(), travellers_only: false, diaries };
        let days = generator.generate_like(&world, 5).unwrap();
        world.diaries.iter_mut().zip(days).for_each(|(diary, day)| diary.chain = day);
        let found = completion(&generator, &world.diaries, 0.7, false, 1).unwrap();
        assert_eq!(found.n_days, [300, 0]);
        assert!(found.hidden >= 0.7 && found.hidden < 0.8, "{found:?}");
        assert!(found.calibration_error < 0.02, "{found:?}");
        assert!(found.accuracy[1] > found.accuracy[0] && found.accuracy[0] > 0.5, "{found:?}");
        assert!(found.jsd.length.value < 3.0 * found.jsd.length.floor, "{found:?}");
        assert!(found.jsd_likeliest.length.value > 3.0 * found.jsd.length.value, "{found:?}");
    }
}
