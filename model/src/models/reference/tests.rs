use super::network::Thaw;
use super::*;
use crate::models::chain::observe;
use crate::tests::diary;
use std::collections::BTreeMap;

/// Workers whose hours tell where they shop, and people at home.
fn examples(n: usize) -> Vec<Example> {
    let one = |row: usize| {
        let mut stream = draw(5, Purpose::Test, row as u64, 0);
        let mut slots: Slots = [Activity::Home.code(); SLOTS];
        if !row.is_multiple_of(4) {
            let begin = 24 + stream.below(12) as usize;
            slots[begin..begin + 34].fill(Activity::Work.code());
            slots[begin + 34..begin + 38].fill(Activity::ShopGoods.code());
        }
        let day = Chain::from_slots(&slots);
        Example { who: diary(&format!("p{row}"), Chain::default()), day, real: [true; SLOTS], weight: 1.0 }
    };
    (0..n).map(one).collect()
}

fn small() -> Settings {
    let size = Size { width: 16, heads: 2, inner: 32, encoders: 2, decoders: 2 };
    Settings { size, batch: 8, dropout: 0.0, learning_rate: 3e-3, ..Settings::default() }
}

fn half_hidden(examples: &[Example]) -> Vec<(Diary, Observed)> {
    let seen = |slot: usize| slot.is_multiple_of(2) || slot > 60;
    examples.iter().map(|example| (example.who.clone(), observe(&example.day, seen))).collect()
}

#[test]
fn it_learns_thirty_two_days_and_keeps_what_was_seen() {
    let examples = examples(32);
    let mut model = Reference::fresh(Settings { decode: Decode::Likeliest, ..small() }, 1);
    model.fit(&examples, 40, 1).unwrap();
    let (first, last) = (model.history[0], model.history[model.history.len() - 1]);
    assert!(last.train_loss.is_finite() && first.train_loss > last.train_loss, "{:?}", model.history);
    let hidden = half_hidden(&examples);
    let completed = model.complete(&hidden, 3).unwrap();
    let mut wrong = 0;
    for ((day, (_, seen)), example) in completed.iter().zip(&hidden).zip(&examples) {
        let day = day.as_ref().unwrap();
        day.check().unwrap();
        let (day, truth) = (day.to_slots(), example.day.to_slots());
        assert!((0..SLOTS).all(|slot| seen.slots[slot].is_none() || day[slot] == truth[slot]));
        wrong += (0..SLOTS).filter(|&slot| day[slot] != truth[slot]).count();
    }
    assert!(wrong < 32 * 3, "{wrong} of {} slots", 32 * SLOTS);
}

#[test]
fn the_same_seed_gives_the_same_bits_and_weights_survive_a_file() {
    let (examples, settings) = (examples(24), Settings { dropout: 0.1, ..small() });
    let train = |seed| {
        let mut model = Reference::fresh(settings, seed);
        model.fit(&examples, 2, seed).unwrap();
        model
    };
    let (one, again, other) = (train(1), train(1), train(2));
    assert_eq!(one.weights(), again.weights());
    assert_ne!(one.weights(), other.weights());
    let bytes = one.weights().to_bytes().unwrap();
    let read = Weights::from_bytes("w", &bytes).unwrap();
    let copy = Reference::with_weights("w", &read, settings).unwrap();
    let hidden = half_hidden(&examples);
    assert_eq!(copy.complete(&hidden, 4).unwrap(), one.complete(&hidden, 4).unwrap());
    assert_ne!(one.complete(&hidden, 5).unwrap(), one.complete(&hidden, 4).unwrap());
    assert!(Reference::with_weights("w", &Weights::default(), settings).is_err());
}

/// Which variables one training moves that ends after the first quarter, the first half, or wholly.
#[test]
fn frozen_layers_stay() {
    assert_eq!([0.0, 0.24, 0.25, 0.49, 0.5, 1.0].map(Thaw::at), {
        use Thaw::{All, Ends, First};
        [Ends, Ends, First, First, All, All]
    });
    let mut model = Reference::fresh(small(), 1);
    model.fit(&examples(24), 1, 1).unwrap();
    for now in [Thaw::Ends, Thaw::First, Thaw::All] {
        let before = model.weights().arrays;
        let mut adam = {
            use tch::nn::OptimizerConfig;
            model.network.thaw(Thaw::All);
            tch::nn::Adam { wd: 1e-2, ..tch::nn::Adam::default() }.build(&model.network.store, 1e-2).unwrap()
        };
        adam.zero_grad();
        for _ in 0..2 {
            model.network.thaw(now);
            let logits = forward(&model.network, &[0; SLOTS], &[3], 0.0);
            adam.backward_step_clip_norm(&logits.square().sum(Kind::Float), 1.0);
        }
        let after: BTreeMap<_, _> = model.weights().arrays;
        for (name, array) in before.iter().filter(|(name, _)| *name != CLASS_WEIGHTS) {
            let moved = after[name] != *array;
            // The bias of keys moves no attention, so it may stay.
            assert!(moved == (Thaw::of(name) <= now) || name.ends_with("bias"), "{name} {now:?} {moved}");
        }
    }
}

/// A short training that thaws leaves the middle layers as they were.
#[test]
fn knowledge_adaptation_begins_with_the_ends() {
    let examples = examples(24);
    let mut model = Reference::fresh(Settings { batch: 64, ..small() }, 1);
    model.fit(&examples, 1, 1).unwrap();
    let before = model.weights().arrays;
    // One epoch of one step: along = 0.
    model.fit(&examples, 1, 2).unwrap();
    let after = model.weights().arrays;
    let same = |name: &str| before[name] == after[name];
    assert!(!same("head_output_weight") && !same("embed_token"));
    assert!(same("encoder0_wide_weight") && same("decoder1_wide_weight"));
}
