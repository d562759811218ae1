//! A module may have its own idea of what `Result`, `std` or `nexus` is.

#![deny(warnings)]
#![allow(unused)]

mod plant {
    pub struct Result;
    pub struct Option;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct Box;
    pub struct Vec;
    pub struct String;
    pub struct Arc;
    pub struct Pin;
    pub struct Poll;
    pub struct Infallible;
    pub struct ExitCode;
    pub struct Location;
    pub struct Domain;
    pub struct Meta;
    pub struct Main;
    pub struct Record;
    pub struct Role;
    pub struct Duration;
    pub struct MemberErrors;
    pub struct Takes;
    pub trait Handler {}
    pub trait Send {}
    pub trait Sync {}
    pub trait Future {}
    pub trait Sized {}
    pub trait From {}
    pub trait Into {}
    pub trait Iterator {}
    pub trait IntoIterator {}
    pub trait Default {}
    pub trait Clone {}
    pub trait Drop {}
    pub trait Fn {}
    pub trait FnOnce {}
    pub trait FnMut {}
    pub trait NamedEvent {}
    pub trait Ended {}
    pub trait VerdictOutcome {}
    pub trait Outcome {}
    pub trait Answer {}
    pub trait Declared {}
    pub mod std {}
    pub mod core {}
    pub mod alloc {}
    pub mod nexus {}
    pub mod inventory {}
    macro_rules! file {
        () => {};
    }
    macro_rules! line {
        () => {};
    }
    macro_rules! module_path {
        () => {};
    }
    pub(crate) use {file, line, module_path};

    use ::nexus::{
        Emitter, Event, Queue, Stream, Verdict, filter, handler, handlers, named_event, producer, timer,
    };

    #[named_event(unhandled = discard)]
    pub struct Reading(pub f64);

    #[named_event(unhandled = discard)]
    pub struct Alarm;

    #[derive(::nexus::Domain)]
    pub struct Audit;

    #[timer(every = "1s")]
    pub fn sample(_: i64) -> Reading {
        Reading(20.0)
    }

    #[::nexus::converter]
    pub fn readings() -> impl Stream<Item = Reading> {
        ::futures_util::stream::empty()
    }

    #[::nexus::converter]
    pub async fn next_reading() -> ::std::option::Option<Reading> {
        ::std::option::Option::None
    }

    #[producer]
    pub async fn inbox(_: Emitter<Reading>) {}

    #[producer]
    pub fn serial_port(_: Emitter<Reading>) {}

    #[timer(every = |limits: &Limits| limits.0, once)]
    pub async fn paced(limits: &Limits) -> ::std::option::Option<Reading> {
        ::std::option::Option::None
    }

    pub struct Limits(pub ::std::time::Duration);

    #[filter]
    pub fn keep(_: &Event) -> Verdict {
        Verdict::Pass
    }

    #[handler(Reading)]
    pub async fn watch(_: &Reading, queue: &mut Queue<Alarm>) {
        queue.emit(Alarm);
    }

    #[handler(Reading)]
    pub fn show(_: &Reading) -> ::std::option::Option<Alarm> {
        ::std::option::Option::Some(Alarm)
    }

    #[handler(3)]
    pub fn three(_: &Event) {}

    #[derive(::nexus::Boundary)]
    #[boundary(from = ::nexus::Main, to = Audit, events(Alarm))]
    pub struct ToAudit;

    #[derive(::std::default::Default)]
    pub struct Store;

    impl ::nexus::Handler<Reading> for Store {
        type Emits = ();

        async fn handle(&mut self, _: &Reading, _: &mut Queue<()>) -> ::nexus::Result {
            ::std::result::Result::Ok(())
        }
    }

    #[derive(::std::default::Default, ::nexus::Fanout)]
    #[fanout(Reading, default)]
    pub struct Sinks(Store);

    #[derive(::std::default::Default)]
    pub struct Billing;

    #[handlers(default, domain = Audit)]
    impl Billing {
        #[handler(Alarm)]
        pub fn on_alarm(&mut self, _: &Alarm) {}

        #[filter]
        pub async fn pass(&mut self, _: &Event) -> Verdict {
            Verdict::Pass
        }
    }

    #[::nexus::main]
    pub async fn main() -> ::nexus::Result {
        let limits = Limits(::std::time::Duration::from_millis(1));
        let nexus = ::nexus::Nexus::builder().state(limits).build()?;
        ::std::mem::drop(nexus);
        ::std::result::Result::Ok(())
    }
}

fn main() -> std::process::ExitCode {
    plant::main()
}
