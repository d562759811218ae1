// #[producer]
// fn serial_port(out: Emitter<(Reading, Command)>, port: &Port) {}

#[allow(clippy::needless_pass_by_value, clippy::trivially_copy_pass_by_ref)]
fn serial_port(out: Emitter<(Reading, Command)>, port: &Port) {}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Declared for __serial_port {
        const RECORDS: &'static [__nexus::Record] = &[
            __nexus::Record {
                name: "serial_port",
                module: __nexus::std::core::module_path!(),
                location: __nexus::Location {
                    file: __nexus::std::core::file!(),
                    line: __nexus::std::core::line!(),
                    column: __nexus::std::core::column!(),
                },
                domain: __nexus::DomainKey::of::<__nexus::Main>,
                order: 0,
                emits: || __nexus::Emits::none().and::<Reading>().and::<Command>(),
                states: &[__nexus::Need::of::<Port>],
                meta: false,
                role: __nexus::Role::BlockingProducer {
                    run: |__context| {
                        let state_0 = __context.state::<Port>(0);
                        let result = serial_port(
                            __context.emitter::<(Reading, Command)>(),
                            &*state_0,
                        );
                        <() as __nexus::Ended>::ended(result)
                    },
                },
            },
        ];
    }
    __nexus::inventory::submit! {
        __nexus::Submission(< __serial_port as __nexus::Declared > ::RECORDS)
    }
};
#[doc(hidden)]
#[non_exhaustive]
enum __serial_port {}
#[doc(hidden)]
#[allow(non_camel_case_types, dead_code)]
type serial_port = __serial_port;
