//! A library whose users know it by another name, and whose package has yet another one.

use nexus::prelude::*;

/// Handled here.
#[named_event(name = "renamed.Signal", unhandled = discard)]
pub struct Signal;

#[handler(Signal)]
fn receive(_: &Signal) {}
