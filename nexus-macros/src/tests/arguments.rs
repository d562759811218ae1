//! Mistakes in the arguments of an annotation: each is reported, all at once, with a line of help.

use super::errors;

const EVENT: &str = "struct Alarm;";
const WATCH: &str = "fn watch(reading: &Reading) {}";
const TICK: &str = "fn tick() -> Tick { Tick }";

/// The mistakes of `#[annotation] item`, without their help.
fn whats(annotation: &str, item: &str) -> Vec<String> {
    let all = errors(&format!("#[{annotation}] {item}"));
    all.iter().map(|text| text.split("\n  help: ").next().unwrap_or_default().to_owned()).collect()
}

/// The help for the one mistake of `#[annotation] item`.
fn help(annotation: &str, item: &str) -> String {
    let all = errors(&format!("#[{annotation}] {item}"));
    let [text] = &*all else { panic!("{all:?}") };
    text.split_once("\n  help: ").expect("a line of help").1.to_owned()
}

#[test]
fn a_misspelt_key_is_recognised() {
    for (annotation, item, meant) in [
        ("named_event(prioritty = 3)", EVENT, "priority"),
        ("named_event(exclusiv)", EVENT, "exclusive"),
        ("named_event(unhandeld = discard)", EVENT, "unhandled"),
        ("handler(Reading, oder = 3)", WATCH, "order"),
        ("handler(Reading, domian = Audit)", WATCH, "domain"),
        ("handler(Reading, is = X)", WATCH, "as"),
        ("timer(every = \"1s\", count_upp = 3)", TICK, "count_up"),
        ("timer(every = \"1s\", onc)", TICK, "once"),
        ("main(worker_thread = 2)", "async fn main() {}", "worker_threads"),
    ] {
        assert_eq!(help(annotation, item), format!("did you mean `{meant}`?"), "{annotation}");
    }
}

#[test]
fn an_unknown_key_lists_those_that_are_known() {
    assert_eq!(whats("named_event(colour = 3)", EVENT), ["unknown key `colour`"]);
    let keys = "expected one of `name = \"plant.Alarm\"`, `priority = -10`, `exclusive`, `unhandled = discard`, \
                `crate = ::nexus`";
    assert_eq!(help("named_event(colour = 3)", EVENT), keys);
    assert_eq!(whats("named_event(x)", EVENT), ["unknown key `x`"]);
    assert_eq!(whats("named_event(a::b)", EVENT), ["`a::b` is no key"]);
    assert_eq!(whats("named_event(\"Alarm\")", EVENT), ["`\"Alarm\"` is no key"]);
}

#[test]
fn a_key_given_twice_is_reported_once() {
    assert_eq!(whats("named_event(priority = 1, priority = 2)", EVENT), ["`priority` is given twice"]);
    assert_eq!(whats("named_event(exclusive, exclusive)", EVENT), ["`exclusive` is given twice"]);
    assert_eq!(whats("timer(every = \"1s\", every = \"2s\")", TICK), ["`every` is given twice"]);
    assert_eq!(help("named_event(exclusive, exclusive)", EVENT), "remove one of them");
}

#[test]
fn a_value_of_the_wrong_kind_is_named() {
    for (annotation, item, what) in [
        ("named_event(name = 3)", EVENT, "`name` takes a string"),
        ("named_event(name)", EVENT, "`name` takes a string"),
        ("named_event(priority = \"high\")", EVENT, "`priority` takes an integer of 32 bits"),
        ("named_event(priority = 3000000000)", EVENT, "`priority` takes an integer of 32 bits"),
        ("named_event(priority = -2147483649)", EVENT, "`priority` takes an integer of 32 bits"),
        ("named_event(priority = 1.5)", EVENT, "`priority` takes an integer of 32 bits"),
        ("named_event(exclusive = true)", EVENT, "`exclusive` takes no value"),
        ("named_event(unhandled = \"discard\")", EVENT, "`unhandled` takes a name"),
        ("named_event(crate = \"nexus\")", EVENT, "`crate` takes a path"),
        ("handler(Reading, order = ten)", WATCH, "`order` takes an integer of 32 bits"),
        ("handler(Reading, domain = 3)", WATCH, "`domain` takes a path"),
        ("handler(Reading, domain)", WATCH, "`domain` takes a path"),
        ("handler(Reading, as = a::b)", WATCH, "`as` takes a name"),
        ("handler(Reading, as)", WATCH, "`as` takes a name"),
        ("timer(every = \"1s\", count_up = 0)", TICK, "`count_up` takes an integer from 1 on"),
        ("timer(every = \"1s\", count_down = -3)", TICK, "`count_down` takes an integer from 1 on"),
        ("timer(every = \"1s\", once = 1)", TICK, "`once` takes no value"),
        ("timer(every)", TICK, "`every` takes a value"),
        (
            "converter(ahead = 0)",
            "async fn read() -> Option<Line> { None }",
            "`ahead` takes an integer from 1 on",
        ),
        ("main(worker_threads = 0)", "async fn main() {}", "`worker_threads` takes an integer from 1 on"),
        ("main(flavor = current_thread)", "async fn main() {}", "`flavor` takes a string"),
    ] {
        assert_eq!(whats(annotation, item), [what], "{annotation}");
        assert!(help(annotation, item).starts_with("write `"), "{annotation}");
    }
}

#[test]
fn every_number_that_rust_writes_is_read() {
    for priority in ["-10", "0x10", "1_000", "- 0b11", "7i32", "-2147483648", "2147483647"] {
        assert_eq!(whats(&format!("named_event(priority = {priority})"), EVENT), [""; 0], "{priority}");
    }
}

#[test]
fn what_cannot_be_read_does_not_hide_the_rest() {
    assert_eq!(whats("timer(every = |limits: &Limits|)", TICK), ["the closure of `every` has no body"]);
    assert_eq!(whats("timer(every = |)", TICK), ["`every` has no whole value"]);
    assert_eq!(whats("handler(Reading, order = fn, domain = Audit)", WATCH), ["`order` has no whole value"]);
    let annotation = "handler(Reading, domain =, order = 1 2, ordr = 3, as = \"x\",)";
    let expected =
        ["`domain` has no value", "expected `,` before `2`", "unknown key `ordr`", "`as` takes a name"];
    assert_eq!(whats(annotation, WATCH), expected);
    assert_eq!(whats("timer(every = \"1s\" once)", TICK), ["expected `,` before `once`"]);
    assert_eq!(whats("timer(, every = \"1s\")", TICK), ["expected an argument before `,`"]);
}

#[test]
fn a_handler_names_one_event_first() {
    assert_eq!(whats("handler", WATCH), ["`#[handler]` does not say for which event"]);
    assert_eq!(whats("handler()", WATCH), ["`#[handler]` does not say for which event"]);
    assert_eq!(whats("handler(order = 1)", WATCH), ["`#[handler]` does not say for which event"]);
    assert_eq!(whats("handler(order = 1, Reading)", WATCH), ["`Reading` has to stand first"]);
    assert_eq!(whats("handler(Reading, Alarm)", WATCH), ["a handler is for one event"]);
    assert_eq!(whats("handler(1 + 1)", WATCH), ["`1 + 1` is no event type"]);
    assert_eq!(whats("handler(10 20)", WATCH), ["`10 20` is no event type"]);
    assert_eq!(whats("handler(100..=)", WATCH), ["`100..=` is no event type"]);
}

#[test]
fn a_handler_of_dynamic_events_takes_the_record() {
    const RECORD: &str = "fn line(event: &nexus::Event) {}";
    for key in [
        "10",
        "-5",
        "- 1",
        "0x10_i64",
        "\"line\"",
        "r\"line\"",
        "100..=199",
        "-5..=-1",
        "7..=7",
        "_",
        "mask = 6",
    ] {
        assert_eq!(whats(&format!("handler({key}, order = 1)"), RECORD), [""; 0], "{key}");
        let other = format!("handler `watch` is for `{}`", key.replace("- ", "-").replace("= 6", "= 0b110"));
        let [what] = &*whats(&format!("handler({key})"), WATCH) else { panic!("{key}") };
        assert_eq!(*what, format!("{other}, but its first parameter is `&Reading`"));
        assert_eq!(help(&format!("handler({key})"), WATCH), "write `&Event`, or `#[handler(Reading)]`");
        assert_eq!(help(&format!("handler({key})"), "fn line(event: Event) {}"), "write `&Event`");
        assert_eq!(help(&format!("handler({key})"), "fn line() {}"), "let its first parameter be `&Event`");
    }
}

#[test]
fn what_is_no_key_is_told_with_a_better_one() {
    const RECORD: &str = "fn line(event: &Event) {}";
    let smallest = "-9223372036854775808";
    for (key, meant) in [
        ("100..200", "write `100..=199`"),
        ("-5..-1", "write `-5..=-2`"),
        ("100..100", "write `100`"),
        ("200..100", "write `100..=200`"),
        ("200..=100", "write `100..=200`"),
        ("100..", "write `100..=199`"),
        ("9223372036854775807..", "write `9223372036854775807..=9223372036854775807`"),
        ("..=199", "write `100..=199`"),
        ("..5", "write `0..=5`"),
        ("..=-5", "write `-5..=-5`"),
        ("..", "write `100..=199`"),
        ("'c'", "write `\"c\"`"),
        ("'\\n'", "write `\"\\n\"`"),
        ("true", "write `\"true\"`"),
        ("b'a'", "write `97`"),
        ("b\"x\"", "write `\"x\"`"),
        ("1.5", "write an integer, as `10`, or `\"1.5\"`"),
        ("-\"x\"", "write a number, as `10`"),
        ("1..=2.5", "write an integer, as `10`, or `\"2.5\"`"),
        ("9223372036854775808", &format!("write an integer from `{smallest}` to `{}`", i64::MAX)),
        ("mask = 9223372036854775808", "write `mask = 0b0110`"),
    ] {
        assert_eq!(help(&format!("handler({key})"), RECORD), meant, "{key}");
    }
    assert_eq!(whats(&format!("handler({smallest})"), RECORD), [""; 0]);
    let expected =
        ["`1.5` is a float, but an event's type is an integer or a string", "`\"x\"` is no integer"];
    assert_eq!(whats("handler(1.5..\"x\")", RECORD), expected);
    assert_eq!(whats("handler(10, 20)", RECORD), ["a handler is for one event or key"]);
    assert_eq!(whats("handler(10, mask = 1)", RECORD), ["a handler is for one event or key"]);
    assert_eq!(whats("filter(10)", RECORD)[0], "a filter is for every event, not for `10`");
}

/// The mistakes of a derive with these arguments.
fn of_derive(name: &str, arguments: &str, item: &str) -> Vec<String> {
    whats(&format!("derive({name})] #[{}({arguments})", name.to_lowercase()), item)
}

#[test]
fn a_boundary_says_between_which_domains_and_for_which_events() {
    const ITEM: &str = "struct ToAudit;";
    let rest = "from = Main, to = Audit";
    for (arguments, what) in [
        ("", "boundary `ToAudit` has no `from`, no `to` and no `events`".to_owned()),
        (rest, "boundary `ToAudit` has no `events`".to_owned()),
        ("from = A, to = A, events(B)", "boundary `ToAudit` leads from `A` to `A`".to_owned()),
        ("from = A, to = B, events = [C, D]", "`events` takes types in parentheses".to_owned()),
        ("from = A, to = B, events(, C)", "expected a type before `,`".to_owned()),
        ("from = A, to = B, events(C D)", "`C D` is no type".to_owned()),
        ("from = A, to = B, events(&C)", "`&C` is no event type".to_owned()),
        ("from = A, to = B, events(C), replies(C)", {
            "`C` can't be both an event and a reply of boundary `ToAudit`".to_owned()
        }),
        ("from = A, to = B, events(C), replies(nexus::Event)", {
            "`nexus::Event` is every event, but boundary `ToAudit` has to name those that it carries"
                .to_owned()
        }),
        ("from = A, to = B, events(C) capacity = 3", "expected `,` before `capacity = 3`".to_owned()),
        ("form = A, to = B, events(C)", "unknown key `form`".to_owned()),
    ] {
        assert_eq!(of_derive("Boundary", arguments, ITEM), [what], "{arguments}");
    }
    for arguments in
        ["events(C, D<E, F>,), replies()", "events(self::Event)", "events(C), capacity = 1, ahead = 1,"]
    {
        assert_eq!(of_derive("Boundary", &format!("{rest}, {arguments}"), ITEM), [""; 0], "{arguments}");
    }
    let two = format!("{rest})] #[boundary(events(C)");
    assert_eq!(of_derive("Boundary", &two, ITEM), [""; 0]);
}

#[test]
fn a_fan_out_names_its_event_and_has_members() {
    const ITEM: &str = "struct Sinks(Store);";
    for (arguments, item, what) in [
        ("", ITEM, "fan-out `Sinks` does not say for which event"),
        ("default", ITEM, "fan-out `Sinks` does not say for which event"),
        ("_", ITEM, "`_` is no event type"),
        ("\"line\"", ITEM, "`\"line\"` is no event type"),
        ("Reading, Alarm", ITEM, "a fan-out is for one event"),
        ("Reading, defalt", ITEM, "unknown key `defalt`"),
        ("Reading, mask = 3", ITEM, "unknown key `mask`"),
        ("Reading, default = true", ITEM, "`default` takes no value"),
        ("order = 1, Reading", ITEM, "`Reading` has to stand first"),
        ("Reading", "struct Sinks {}", "fan-out `Sinks` has no members"),
        ("Reading", "struct Sinks(#[fanout(skp)] Store, Store);", "unknown key `skp`"),
        (
            "Reading",
            "struct Sinks(#[fanout(skip)] Store);",
            "fan-out `Sinks` has no members, since it skips all its fields",
        ),
        ("Reading", "enum Sinks { Store(Store) }", "fan-out `Sinks` is an enum, but has to be a struct"),
    ] {
        assert_eq!(of_derive("Fanout", arguments, item), [what], "{arguments} {item}");
    }
}

#[test]
fn raw_keys_are_keys() {
    assert_eq!(whats("named_event(r#priority = 3)", EVENT), [""; 0]);
}

#[test]
fn attribute_function_and_parameters_are_reported_together() {
    let all = whats(
        "timer(ever = \"1s\", count_up = 0, once)",
        "unsafe fn tick<T>(count: u64, queue: &mut Queue<A>, meta: Meta) where T: Copy {}",
    );
    let expected = [
        "unknown key `ever`",
        "timer `tick` is generic, but the plan has to know its types",
        "timer `tick` has a `where` clause",
        "timer `tick` is `unsafe`, but the nexus calls it from safe code",
        "timer `tick` has more than one kind",
        "`count_up` takes an integer from 1 on",
        "timer `tick` counts in `i64`, but takes `u64`",
        "timer `tick` takes a queue, but only filters and handlers have one",
        "timer `tick` takes a `Meta`, but has no event in hand",
        "timer `tick` emits no event",
    ];
    assert_eq!(all, expected);
}

/// Every annotation with arguments that make it whole, and what it annotates.
const WHOLE: [(&str, &[&str], &str); 12] = [
    ("named_event", &[], EVENT),
    ("handler", &["Reading"], WATCH),
    ("filter", &[], "fn keep(_: &Event) -> Verdict { Verdict::Pass }"),
    ("handlers", &[], "impl Billing { #[handler(Reading)] fn bill(&mut self, _: &Reading) {} }"),
    ("converter", &[], "async fn read() -> Option<Line> { None }"),
    ("producer", &[], "async fn keyboard(out: Emitter<Line>) {}"),
    ("timer", &["every = \"1s\""], TICK),
    ("main", &[], "async fn main() {}"),
    ("domain", &[], "struct Audit;"),
    ("boundary", &["from = Main", "to = Audit", "events(Alarm)"], "struct ToAudit;"),
    ("fanout", &["Reading"], "struct Sinks(Store);"),
    ("handler", &[], "fn line(_: &Event) {}"),
];

/// The texts of the mistakes of an annotation of `WHOLE`, with these arguments beside those that it needs.
fn of_whole(name: &str, needs: &[&str], item: &str, key: &str, arguments: &str) -> Vec<String> {
    let needs = needs.iter().filter(|need| need.split([' ', '(']).next() != Some(key));
    let all: Vec<&str> = needs.copied().chain([arguments]).collect();
    let code = format!("#[{name}({})] {item}", all.join(", "));
    let derive = match name {
        "domain" => "#[derive(Domain)] ",
        "boundary" => "#[derive(Boundary)] ",
        "fanout" => "#[derive(Fanout)] ",
        _ => "",
    };
    errors(&format!("{derive}{code}"))
}

/// What an annotation expects, as it tells of a key that it does not know: the keys as one writes them.
fn keys(name: &str, needs: &[&str], item: &str) -> Vec<String> {
    let [text] = &*of_whole(name, needs, item, "", "xyzzyx = 1") else { panic!("`{name}` knows `xyzzyx`") };
    let (what, help) = text.split_once("\n  help: ").expect("a line of help");
    assert_eq!(what, "unknown key `xyzzyx`");
    help.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_of_every_annotation_is_checked_in_the_same_way() {
    let mut checked = 0;
    for (name, needs, item) in WHOLE {
        for example in keys(name, needs, item) {
            let key = example.split([' ', '(']).next().expect("a name");
            // Without an event, it is a mask; with one, it may not be one.
            if (name == "handler") && (key == "mask") != needs.is_empty() {
                continue;
            }
            checked += 1;
            let one = |arguments: &str| {
                let all = of_whole(name, needs, item, key, arguments);
                let [text] = &*all else { panic!("{name}({arguments}): {all:?}") };
                let (what, help) = text.split_once("\n  help: ").expect("a line of help");
                assert!(!help.is_empty() && !what.contains('\n'), "{name}({arguments}): {text}");
                (what.to_owned(), help.to_owned())
            };
            let twice = (format!("`{key}` is given twice"), "remove one of them".to_owned());
            assert_eq!(one(&format!("{example}, {example}")), twice, "{name}");
            let misspelt = format!("{key}{}", key.chars().last().expect("a letter"));
            let meant = (format!("unknown key `{misspelt}`"), format!("did you mean `{key}`?"));
            assert_eq!(one(&example.replacen(key, &misspelt, 1)), meant, "{name}");
            let flag = key == example;
            let wrong = match example.as_str() {
                "exclusive" | "default" | "once" => ["= true", "= 1", "(1)"],
                "unhandled = discard" => ["= ignore", "= \"discard\"", "(discard)"],
                list if list.ends_with(')') => ["", "= Report", "= [Report, Page]"],
                _ => ["", "= [1]", "(1, 2)"],
            };
            for value in wrong {
                let (what, help) = one(&format!("{key} {value}"));
                assert!(what.starts_with(&format!("`{key}` takes ")), "{name}({key} {value}): {what}");
                let pasted = help.strip_prefix("write `").and_then(|help| help.split('`').next());
                let pasted = pasted.unwrap_or_else(|| panic!("{name}({key} {value}): {help}"));
                assert!(pasted.starts_with(key) && (flag || pasted != key), "{name}({key} {value}): {help}");
                assert_eq!(of_whole(name, needs, item, key, pasted), [""; 0], "{name}({pasted})");
            }
        }
    }
    assert_eq!(checked, 48);
}

#[test]
fn what_was_meant_is_written_in_the_help() {
    for (annotation, item, meant) in [
        ("named_event(name = Alarm)", EVENT, "write `name = \"Alarm\"`"),
        ("named_event(priority = \"-3\")", EVENT, "write `priority = -3`"),
        ("named_event(name = \"plant  hot alarm\")", EVENT, "write `name = \"plant.hot.alarm\"`"),
        ("handler(Reading, domain = \"plant::Audit\")", WATCH, "write `domain = plant::Audit`"),
        ("handler(Reading, as = \"Watch\")", WATCH, "write `as = Watch`"),
        ("handler(&Reading)", WATCH, "write `#[handler(Reading)]`"),
        ("main(flavor = multi_thread)", "async fn main() {}", "write `flavor = \"multi_thread\"`"),
    ] {
        assert_eq!(help(annotation, item), meant, "{annotation}");
    }
}

/// The first thing in back-ticks that a line of help says to write.
fn pasted(help: &str) -> &str {
    help.split('`').nth(1).unwrap_or_else(|| panic!("nothing to paste: {help}"))
}

#[test]
fn what_is_pasted_from_the_help_works() {
    for key in [
        "every = |limits: &Limits|",
        "every = 5",
        "every = \"5\"",
        "every = \"2 hours\"",
        "every = \"40000d\"",
        "every = \"0s\"",
    ] {
        let help = help(&format!("timer({key})"), TICK);
        assert_eq!(whats(&format!("timer({})", pasted(&help)), TICK), [""; 0], "{key}");
    }
    for annotation in ["timer", "timer(once)", "timer(count_up = 7)"] {
        let help = help(annotation, TICK);
        let whole = pasted(&help).strip_prefix("#[").and_then(|code| code.strip_suffix(']'));
        assert_eq!(whats(whole.expect("an annotation"), TICK), [""; 0], "{annotation}");
    }
    for (annotation, item) in
        [("timer(every = \"1s\" once)", TICK), ("handler(Reading, order = 1 domain = Audit)", WATCH)]
    {
        let help = help(annotation, item);
        let added = pasted(&help).strip_prefix(", ").expect("a comma");
        let with = annotation.replace(&format!(" {added}"), &format!(", {added}"));
        assert_eq!(whats(&with, item), [""; 0], "{annotation}");
    }
}

#[test]
fn what_is_no_first_parameter_is_told_with_a_better_one() {
    for (annotation, parameters, expected) in [
        ("handler(Reading)", "_: &Limits, _: &Reading", "move `&Reading` to the front"),
        ("handler(Reading)", "_: &mut Queue<Alarm>, _: Reading", "move `Reading` to the front"),
        ("handler(Reading)", "_: &mut Queue<Alarm>", "let its first parameter be `&Reading`"),
        ("handler(Reading)", "_: Meta, _: &Limits", "let its first parameter be `&Reading`"),
        ("handler(Reading)", "_: &Alarm", "write `&Reading`, or `#[handler(Alarm)]`"),
        ("handler(Reading)", "_: &u32", "write `&Reading`"),
        ("handler(Reading)", "_: &mut Reading", "write `&Reading`"),
        ("handler(10)", "_: &Limits, _: &Event", "move `&Event` to the front"),
        ("filter", "_: &Limits, _: &Event", "move `&Event` to the front"),
        ("filter", "_: &mut Queue<Alarm>", "let its first parameter be `&Event`"),
        ("filter", "_: &Reading", "write `&Event`"),
    ] {
        let item = format!("fn watch({parameters}) -> Verdict {{}}");
        assert_eq!(help(annotation, &item), expected, "{annotation} {parameters}");
    }
}

#[test]
fn what_is_no_parameter_is_told_with_a_better_one() {
    for (parameter, expected) in [
        ("Option<&Limits>", "state is never missing: write `&Limits`"),
        ("Option<Limits>", "state is never missing: write `&Limits`"),
        ("Option<Arc<Limits>>", "state is never missing: write `Arc<Limits>`"),
        ("Option<Meta>", "it is never missing: write `Meta`"),
        (
            "Option<u32>",
            "state is never missing: give it a type of its own: `struct Limit(u32);` and `&Limit`",
        ),
        (
            "Option<&str>",
            "state is never missing: give it a type of its own: `struct Greeting(String);` and `&Greeting`",
        ),
        ("u32", "give it a type of its own: `struct Limit(u32);` and `&Limit`"),
        ("(u8, u8)", "give it a type of its own: `struct Limit(u8, u8);` and `&Limit`"),
        ("Limits", "state is `&Limits` or `Arc<Limits>`; else: `&mut Queue<…>`, `Meta`, `Emitter<…>`"),
        ("&mut Queue", "add the events: `&mut Queue<MyEvent>`"),
        ("Queue", "add the events: `&mut Queue<MyEvent>`"),
        ("nexus::Emitter", "add the events: `Emitter<MyEvent>`"),
        (
            "&(dyn Clock + Send)",
            "write `&Arc<dyn Clock + Send + Sync>`, and give `.state(Arc::new(…) as Arc<dyn Clock + Send + Sync>)`",
        ),
    ] {
        let item = format!("fn watch(_: &Reading, _: {parameter}) {{}}");
        assert_eq!(help("handler(Reading)", &item), expected, "{parameter}");
    }
}

#[test]
fn a_struct_has_no_parameters() {
    for (item, expected) in [
        ("struct Line<'a>(&'a str);", "own it: `String` instead of `&'a str`"),
        ("struct Line<'a> { all: &'a [u8] }", "own it: `Vec<u8>` instead of `&'a [u8]`"),
        ("struct Line<'a>(&'a Store);", "own it: `Store` instead of `&'a Store`"),
        ("struct Line<'a>(Cow<'a, str>);", "own what it borrows: `String` instead of `&'a str`"),
        ("struct Changed<T>(T);", "write one for each type: `struct ChangedOfU32(u32);`"),
        ("struct Changed<T> { from: T, to: Vec<T> }", {
            "write one for each type: `struct ChangedOfU32 { from: u32, to: Vec<u32> }`"
        }),
        ("struct Frame<const N: usize>([u8; N]);", "write one for each type: `struct FrameOf3([u8 ; 3]);`"),
        ("struct Both<'a, T>(&'a T);", "write one for each type: `struct BothOfU32(&'a u32);`"),
    ] {
        assert_eq!(help("named_event", item), expected, "{item}");
    }
}

#[test]
fn a_filter_names_no_event() {
    const KEEP: &str = "fn keep(_: &Event) -> Verdict {}";
    for (annotation, expected) in [
        ("filter(Reading)", "remove it, and look with `event.payload::<Reading>()`"),
        (
            "filter(&plant::Reading, order = 1)",
            "remove it, and look with `event.payload::<plant::Reading>()`",
        ),
        ("filter(\"line\")", "remove it, and look at `event.event_type()`"),
        ("filter(Event)", "remove it: `#[filter]`"),
        ("filter(ordr)", "did you mean `order`?"),
    ] {
        assert_eq!(help(annotation, KEEP), expected, "{annotation}");
    }
}

#[test]
fn a_macro_cannot_see_what_a_constant_is_worth() {
    for (annotation, item, what) in [
        (
            "named_event(priority = HIGH)",
            EVENT,
            "`priority` takes an integer of 32 bits, but a macro can't see what `HIGH` is",
        ),
        (
            "named_event(name = names::ALARM)",
            EVENT,
            "`name` takes a string, but a macro can't see what `names::ALARM` is",
        ),
        (
            "handler(FIRST..=9)",
            "fn line(_: &Event) {}",
            "`FIRST` is a constant, but a macro can't see what it is worth",
        ),
    ] {
        assert_eq!(whats(annotation, item), [what], "{annotation}");
    }
}

#[test]
fn what_is_variadic_is_one_mistake_and_has_a_substitute() {
    let item = "pub unsafe extern \"C\" fn watch(reading: &Reading, rest: ...) -> u8 { 3 }";
    let what = "handler `watch` is variadic, but the nexus calls it with what its parameters ask for";
    assert_eq!(whats("handler(Reading)", item), [what]);
}

#[test]
fn a_second_annotation_of_main_is_taken_off() {
    let what = "program `main` has a second annotation that runs it";
    for second in ["tokio::main", "nexus::main(flavor = \"current_thread\")", "main"] {
        assert_eq!(whats("main", &format!("#[{second}] async fn main() {{}}")), [what], "{second}");
    }
}
