//! `link_crates!` reads on the compiler's command line what a dependency is really called.

use super::{flat, messages, tokens};
use crate::program::{library, link_crates};

fn called(alias: &str, arguments: &[&str]) -> Option<String> {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    library(alias, &arguments)
}

#[test]
fn a_dependency_has_the_name_of_its_library() {
    let plug = Some("nexus_plug".to_owned());
    assert_eq!(called("plug", &["--extern", "plug=/deps/libnexus_plug-0123abcd.rlib"]), plug);
    assert_eq!(called("plug", &["--extern=plug=/deps/libnexus_plug-0123abcd.rmeta"]), plug);
    assert_eq!(called("plug", &["--extern", "plug=libnexus_plug.rlib"]), plug);
    assert_eq!(
        called("plug", &["--extern", "plug=C:\\deps\\libnexus_plug-01.rlib"]).is_some(),
        cfg!(windows)
    );
}

#[test]
fn options_before_the_name_are_passed_over() {
    let plug = Some("nexus_plug".to_owned());
    assert_eq!(called("plug", &["--extern", "priv:plug=/deps/libnexus_plug-01.rlib"]), plug);
    assert_eq!(called("plug", &["--extern", "priv,noprelude:plug=/deps/libnexus_plug-01.rlib"]), plug);
}

#[test]
fn only_dependencies_are_looked_at() {
    let arguments = ["--cfg", "plug=\"/x/libwrong.rlib\"", "-C", "plug=libwrong-1.rlib", "--extern", "plug"];
    assert_eq!(called("plug", &arguments), None);
    assert_eq!(called("plug", &["--extern", "plugs=/deps/libwrong-01.rlib"]), None);
    assert_eq!(called("plug", &[]), None);
}

#[test]
fn what_is_no_direct_dependency_is_linked_but_not_checked() {
    let expected = "#[allow(unused_imports)] use facade::plug as _;";
    let arguments = ["--extern=facade=libfacade.rlib".to_owned(), "--extern=plug=libplug.rlib".to_owned()];
    assert_eq!(flat(&link_crates(tokens("facade::plug"), &arguments)), flat(&tokens(expected)));
    let expected = "#[allow(unused_imports)] use local as _;";
    assert_eq!(flat(&link_crates(tokens("local"), &arguments)), flat(&tokens(expected)));
}

#[test]
fn no_crate_is_a_mistake() {
    let expected = "`link_crates!` names no crate\n  help: write `nexus::link_crates!(plug_a, plug_b);`";
    assert_eq!(messages(link_crates(tokens(""), &[])), [expected]);
}
