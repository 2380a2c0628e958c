//! Wayfare's verbs and the order of the stages. The rooms of the house (engine, netconvert, model,
//! viz) know nothing of each other; this crate alone knows all four.

pub mod adapt;
pub mod bench;
pub mod cli;
pub mod compare;
pub mod convert;
pub mod diaries;
pub mod experiment;
pub mod export;
pub mod fetch;
pub mod finished;
pub mod forecast;
pub mod known_world;
pub mod modes;
pub mod new;
pub mod outcome;
pub mod phase;
pub mod report;
pub mod run;
pub mod say;
pub mod scenario;
pub mod source;
pub mod team;
pub mod travellers;
pub mod verbs;
