// #[derive(Domain)]
// #[domain(name = "plant.Audit")]
// struct Audit;

const _: () = {
    use ::nexus::__private as __nexus;
    impl __nexus::Domain for Audit {
        const NAME: &'static str = "plant.Audit";
    }
};
