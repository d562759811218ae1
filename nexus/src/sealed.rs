//! What keeps traits for this crate.

/// Keeps a trait for this crate: nobody else can name this type, and so nobody else can implement a trait that has a
/// constant of it. The graph holds what signatures declare, so what declares must not be open.
#[derive(Debug)]
pub struct Sealed;
