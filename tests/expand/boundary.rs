// #[derive(Boundary)]
// #[boundary(from = Main, to = Audit, events(Alarm, Page), replies(AlarmSeen), capacity = 100, ahead = 256, order = 1)]
// struct ToAudit;

const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for ToAudit {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "ToAudit",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<Main>,
                order: 1,
                emits: || __nexus::Emits::none().and_event::<AlarmSeen>(),
                states: &[],
                meta: false,
                role: __nexus::Role::Boundary {
                    to: __nexus::DomainKey::of::<Audit>,
                    events: || {
                        __nexus::Emits::none().and_event::<Alarm>().and_event::<Page>()
                    },
                    capacity: 100,
                    ahead: 256,
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< ToAudit as __nexus::Declared > ::RECORDS)
    }
};
