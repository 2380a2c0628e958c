//! Wayfare's verbs and the order of the stages. The four libraries `netconvert` (foreign formats), `model` (activity
//! model), `viz` (report) and `engine` (the simulator) are put together here and nowhere else: the first three know only
//! `engine`, and `engine` knows none of them.
//!
//! Begin reading at [`mod@run`], where all stages of a run and its one feedback loop stand on a page. [`cli`] says what can be
//! typed, [`scenario`] what a `scenario.toml` may hold, [`source`] how the files that it names are read, [`outcome`] and
//! `viz` what is left behind. [`finished`] opens that again for the verbs that come after a run. What the engine may
//! not know, it is lent from here: other processes by [`team`], clock and memory by [`phase`], a place for words by [`say`].

pub mod bench;
pub mod check;
pub mod cli;
pub mod compare;
pub mod convert;
pub mod counts;
pub mod diaries;
pub mod experiment;
pub mod export;
pub mod fetch;
pub mod finished;
pub mod forecast;
pub mod group;
pub mod interrupt;
pub mod known_world;
pub mod modes;
pub mod new;
pub mod outcome;
pub mod phase;
pub mod run;
pub mod say;
pub mod scenario;
pub mod share;
pub mod source;
pub mod team;
pub mod travellers;
pub mod validate;
pub mod verbs;
