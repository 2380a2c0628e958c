//! The rules of the house as functions over source text, so that each can be shown a bad text and must find it.

pub mod function;
pub mod layer;
pub mod page;
pub mod source;
