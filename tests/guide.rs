//! `docs/guide.md` shows what stands in its programs, and what they print.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The steps: the program's text, the name of its example, and what the guide says of it.
fn steps() -> Vec<(String, String, String)> {
    let guide = std::fs::read_to_string(root().join("docs/guide.md")).unwrap();
    let between = |text: &str, from: &str, to: &str| -> Option<String> {
        Some(text.split_once(from)?.1.split_once(to)?.0.to_owned())
    };
    let step = |section: &str| {
        let file = between(section, "](../", ")")?;
        let example = between(section, "cargo run --example ", "`")?;
        Some((std::fs::read_to_string(root().join(file)).unwrap(), example, section.to_owned()))
    };
    guide.split("\n## ").filter_map(step).collect()
}

/// The blocks of this language, each with the text before it.
fn blocks<'a>(section: &'a str, language: &str) -> Vec<(&'a str, &'a str)> {
    let fence = format!("```{language}\n");
    let mut found = Vec::new();
    let mut rest = section;
    while let Some((before, block)) = rest.split_once(&*fence) {
        let (block, after) = block.split_once("```").unwrap();
        found.push((before, block));
        rest = after;
    }
    found
}

#[test]
fn the_test_in_the_readme_is_one() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, code) = include_str!("readme.rs").split_once("\n\n").unwrap();
    assert!(readme.contains(&format!("```rust\n{code}```")));
}

#[test]
fn the_errors_in_the_readme_are_read_by_somebody() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, section) = readme.split_once("## Mistakes").unwrap();
    let errors = blocks(section, "text")[0].1;
    let folder = std::fs::read_dir(root().join("tests/ui/fail")).unwrap();
    let files = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "stderr"));
    let texts: Vec<String> = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for error in errors.trim_end().split("\nerror") {
        let error = error.trim_start_matches("error");
        assert!(texts.iter().any(|text| text.contains(&format!("error{error}\n"))), "nobody reads: {error}");
    }
}

#[test]
fn every_piece_of_code_stands_in_its_program() {
    let steps = steps();
    assert_eq!(steps.len(), 6);
    for (program, example, section) in &steps {
        let pieces = blocks(section, "rust");
        assert!(!pieces.is_empty(), "{example}");
        for (_, piece) in pieces {
            assert!(program.contains(piece), "this does not stand in the program of {example}:\n{piece}");
        }
    }
}

#[test]
fn the_programs_print_what_it_says() {
    let mut compared = 0;
    for (_, example, section) in steps() {
        let prints = |(before, _): &(&str, &str)| {
            let line = before.trim_end().lines().last().unwrap_or_default();
            line.ends_with("It prints:") || line.ends_with("prints this one first:")
        };
        let texts = blocks(&section, "text").into_iter().chain(blocks(&section, "mermaid"));
        let said: Vec<&str> = texts.filter(prints).map(|(_, block)| block).collect();
        if said.is_empty() {
            continue;
        }
        let run = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--locked", "--example", &example])
            .current_dir(root())
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let out = String::from_utf8(run.stdout).unwrap();
        assert!(run.status.success(), "{example}");
        for block in said {
            compared += 1;
            assert!(out.contains(block), "{example} prints:\n{out}and not:\n{block}");
        }
    }
    assert_eq!(compared, 3);
}

/// The two errors of step 2: one of the compiler, one of the plan.
#[test]
fn the_errors_are_those_of_its_program() {
    let (program, _, section) = steps().swap_remove(1);
    let texts = blocks(&section, "text");
    let compiler = std::fs::read_to_string(root().join("tests/ui/fail/emit_undeclared.stderr")).unwrap();
    let first = texts[0].1.lines().next().unwrap().replace("`Reading`", "`Page`");
    assert!(compiler.starts_with(&first), "{first}");

    let mut places = 0;
    for line in texts[1].1.lines().filter(|line| line.trim_start().starts_with("--> ")) {
        let (_, place) = line.split_once("2_flow.rs:").unwrap();
        let (number, what) = place.split_once(": ").unwrap();
        let name = what.split('`').nth(1).unwrap();
        let there = program.lines().nth(number.parse::<usize>().unwrap() - 1).unwrap();
        assert!(there.contains(name), "{name} does not stand in line {number}: {there}");
        places += 1;
    }
    assert_eq!(places, 2);
}
