// #[named_event(name = "plant.Alarm", priority = -10, exclusive, unhandled = discard)]
// #[derive(Clone)]
// pub struct Alarm {
//     pub sensor: u32,
// }

#[derive(Clone)]
pub struct Alarm {
    pub sensor: u32,
}
const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::NamedEvent for Alarm {
        const NAME: &'static str = "plant.Alarm";
        const PRIORITY: i32 = -10;
        const EXCLUSIVE: bool = true;
        const UNHANDLED: __nexus::Unhandled = __nexus::Unhandled::Discard;
        const LOCATION: __nexus::Location = __nexus::Location {
            file: __nexus::std::core::file!(),
            line: __nexus::std::core::line!(),
            column: __nexus::std::core::column!(),
        };
        fn slot() -> __nexus::std::Option<&'static __nexus::Slot<Self>> {
            static SLOT: __nexus::Slot<Alarm> = __nexus::Slot::new();
            __nexus::std::Option::Some(&SLOT)
        }
    }
};
