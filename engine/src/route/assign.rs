//! Who reroutes in an iteration, and how far a day is from equilibrium.
