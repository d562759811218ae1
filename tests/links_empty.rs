//! A library that is named in `link_crates!`, but has no annotated item.

use nexus::prelude::*;

nexus::link_crates!(nexus_test_empty);

#[test]
fn build_says_so() {
    let error = Nexus::builder().build().unwrap_err().to_string();
    let expected = "the plan has 2 problems:\n\n\
        the crate `nexus_test_empty` is named in `link_crates!`, but has no annotated item\n  \
        --> tests/links_empty.rs:5: `link_crates!`\n  \
        help: remove `nexus_test_empty`";
    assert!(error.starts_with(expected), "{error}");
    // And so there is nothing at all.
    let nothing = "nothing annotated is linked into this program\n  --> tests/links_empty.rs:9: `Nexus::builder()`\n  \
        help: name the library that has it, which the linker leaves out: `nexus::link_crates!(my_library);`; or begin with \
        nothing: `Nexus::empty()`";
    assert!(error.ends_with(nothing), "{error}");
}

#[test]
fn so_does_the_users_test() {
    assert!(std::panic::catch_unwind(|| nexus::assert_complete!()).is_err());
}
