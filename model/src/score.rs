//! How far two sets of days are apart, and how well hidden parts of days are completed. The five divergences themselves are
//! [`engine::validate::score`].

pub mod acteval;
pub mod compare;
pub mod completion;
mod transport;
pub mod two_sample;
