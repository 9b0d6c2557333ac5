//! The client against servers: recorded, mocked, simulated.

mod socket;
