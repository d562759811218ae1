//! What the compiler says: one case a mistake, and programs that look unusual but are right. See `ui/README.md`.

/// For clippy, which runs on this package but not on trybuild's programs.
#[path = "ui/pass/strict_lints.rs"]
pub mod strict_lints;

#[test]
fn a_mistake_is_one_error_at_the_token_that_must_change() {
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn what_looks_unusual_is_right() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn what_strict_lints_accept_builds() {
    strict_lints::main();
}
