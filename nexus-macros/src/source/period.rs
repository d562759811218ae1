//! A timer's period: a literal such as `"1.5s"`, or a function of state.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprLit, Lit};

use crate::diagnostics::Errors;
use crate::record::number;

/// Units in nanoseconds. The micro sign and the Greek letter look the same.
const UNITS: [(&str, u128); 9] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

const HUNDRED_YEARS: u128 = 100 * 365 * 86_400_000_000_000;

/// The `Period` that a value stands for.
pub(crate) fn read(value: &Expr, errors: &mut Errors) -> Option<TokenStream> {
    let (what, help) = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => match nanoseconds(&text.value()) {
            Ok(nanos) => {
                let (seconds, rest) = (number(nanos / 1_000_000_000), number(nanos % 1_000_000_000));
                return Some(quote!(__nexus::Period::Fixed(__nexus::std::Duration::new(#seconds, #rest))));
            }
            Err(mistake) => mistake,
        },
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => (
            format!("`{number}` has no unit of time"),
            format!("write `every = \"{}s\"`", number.base10_digits()),
        ),
        Expr::Closure(_) => return Some(quote!(__nexus::Period::from_state(#value))),
        Expr::Path(_) | Expr::Call(_) => return Some(quote!(__nexus::Period::of(#value))),
        Expr::Group(group) => return read(&group.expr, errors),
        Expr::Paren(paren) => return read(&paren.expr, errors),
        _ => (
            "`every` takes a period or a function of state".to_owned(),
            "write `every = \"1s\"`, a constant: `every = PERIOD`, or `every = |limits: &Limits| limits.period`"
                .to_owned(),
        ),
    };
    errors.push(value, what, help);
    None
}

/// Reads a period, or says what is wrong and what helps.
fn nanoseconds(text: &str) -> Result<u128, (String, String)> {
    let wrong = |what: String| {
        (what, "write a number and a unit: `every = \"250ms\"`, `\"1.5s\"`, `\"2min\"`, `\"1h\"`".to_owned())
    };
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let (number, unit) = (text[..split].replace('_', ""), text[split..].trim());
    if number.is_empty() {
        return Err(wrong(format!("`{text}` is no period")));
    }
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    let factor = factor.ok_or_else(|| match (unit, meant(unit)) {
        ("", _) => (format!("`{number}` has no unit of time"), format!("write `every = \"{number}s\"`")),
        ("m", _) => (
            "`m` is no unit of time".to_owned(),
            format!("write `every = \"{number}min\"`, or `every = \"{number}ms\"`"),
        ),
        (_, Some(meant)) => {
            (format!("`{unit}` is no unit of time"), format!("did you mean `every = \"{number}{meant}\"`?"))
        }
        (_, None) => (
            format!("`{unit}` is no unit of time"),
            "expected one of `ns`, `us`, `ms`, `s`, `min`, `h`, `d`".to_owned(),
        ),
    })?;
    match scaled(&number, factor) {
        None => Err(wrong(format!("`{number}` is no number"))),
        Some(0) => {
            Err(("a timer can't tick without a pause".to_owned(), "write `every = \"1s\"`".to_owned()))
        }
        Some(nanos) if nanos > HUNDRED_YEARS => {
            let help = "write at most `every = \"36500d\"`".to_owned();
            Err((format!("`{text}` is more than a hundred years"), help))
        }
        Some(nanos) => Ok(nanos),
    }
}

/// The unit that was meant by another word for it.
fn meant(unit: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 12] = [
        ("nano", "ns"),
        ("nsec", "ns"),
        ("micro", "us"),
        ("usec", "us"),
        ("milli", "ms"),
        ("msec", "ms"),
        ("sec", "s"),
        ("min", "min"),
        ("hour", "h"),
        ("hr", "h"),
        ("hs", "h"),
        ("day", "d"),
    ];
    let unit = unit.to_lowercase();
    let known = UNITS.iter().find(|(name, _)| *name == unit).map(|(name, _)| *name);
    known.or_else(|| WORDS.iter().find(|(word, _)| unit.starts_with(word)).map(|(_, unit)| *unit))
}

/// A decimal number with up to nine places, times a unit.
fn scaled(number: &str, factor: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u128>().ok() };
    if fraction.len() > 9 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    digits(whole)?.checked_mul(factor)?.checked_add(digits(fraction)?.checked_mul(factor)? / scale)
}
