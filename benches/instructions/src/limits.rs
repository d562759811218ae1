//! The limits: a file that people edit, and that a change shows in its diff.

use std::collections::BTreeMap;

use crate::Error;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/limits.txt");

/// The most that each row may come to.
#[derive(Debug)]
pub(crate) struct Limits(BTreeMap<String, f64>);

impl Limits {
    pub(crate) fn read() -> Result<Self, Error> {
        let text = std::fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
        Self::parse(&text)
    }

    /// A line is a name and a number; `#` begins a comment.
    fn parse(text: &str) -> Result<Self, Error> {
        let mut limits = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [name, limit] => {
                    let limit = limit
                        .parse()
                        .map_err(|_| format!("limits.txt:{}: `{limit}` is no number", index + 1))?;
                    if limits.insert((*name).to_owned(), limit).is_some() {
                        return Err(format!("limits.txt:{}: `{name}` has two limits", index + 1).into());
                    }
                }
                _ => {
                    return Err(
                        format!("limits.txt:{}: a line is a row's name and a number", index + 1).into()
                    );
                }
            }
        }
        Ok(Self(limits))
    }

    pub(crate) fn of(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_a_number() {
        let limits = Limits::parse("# a comment\n\nW1/nexus 220 # another\nSPREAD 1.05\n").unwrap();
        assert_eq!(limits.of("W1/nexus"), Some(220.0));
        assert_eq!(limits.of("W2/nexus"), None);
        assert_eq!(limits.names().collect::<Vec<_>>(), ["SPREAD", "W1/nexus"]);
    }

    #[test]
    fn mistakes_name_their_line() {
        let error = |text| Limits::parse(text).unwrap_err().to_string();
        assert_eq!(error("\nW1"), "limits.txt:2: a line is a row's name and a number");
        assert_eq!(error("W1 few"), "limits.txt:1: `few` is no number");
        assert_eq!(error("W1 1\nW1 2"), "limits.txt:2: `W1` has two limits");
    }
}
