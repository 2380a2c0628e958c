//! pems
