//! tntp
