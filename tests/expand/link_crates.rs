// nexus::link_crates!(plug_a, alias);

#[allow(unused_imports)]
use plug_a as _;
const _: () = {
    use ::nexus::__private as __nexus;
    const RECORDS: &[__nexus::Record] = &[
        __nexus::Record {
            name: "plug_a",
            module: __nexus::std::core::module_path!(),
            location: __nexus::Location {
                file: __nexus::std::core::file!(),
                line: __nexus::std::core::line!(),
                column: __nexus::std::core::column!(),
            },
            domain: __nexus::DomainKey::of::<__nexus::Main>,
            order: 0,
            emits: __nexus::Emits::none,
            states: &[],
            meta: false,
            role: __nexus::Role::Link {
                library: "plug_a",
            },
        },
    ];
    __nexus::inventory::submit! {
        __nexus::Submission(RECORDS)
    }
};
#[allow(unused_imports)]
use alias as _;
const _: () = {
    use ::nexus::__private as __nexus;
    const RECORDS: &[__nexus::Record] = &[
        __nexus::Record {
            name: "real_name",
            module: __nexus::std::core::module_path!(),
            location: __nexus::Location {
                file: __nexus::std::core::file!(),
                line: __nexus::std::core::line!(),
                column: __nexus::std::core::column!(),
            },
            domain: __nexus::DomainKey::of::<__nexus::Main>,
            order: 0,
            emits: __nexus::Emits::none,
            states: &[],
            meta: false,
            role: __nexus::Role::Link {
                library: "real_name",
            },
        },
    ];
    __nexus::inventory::submit! {
        __nexus::Submission(RECORDS)
    }
};
