//! Static user equilibrium.
