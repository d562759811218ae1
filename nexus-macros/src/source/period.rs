//! A timer's period: a literal such as `"1.5s"`, or a function of state.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprLit, Lit};

use crate::diagnostics::Errors;

const UNITS: [(&str, u128); 11] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("sec", 1_000_000_000),
    ("s", 1_000_000_000),
    ("min", 60_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("day", 86_400_000_000_000),
];

const HUNDRED_YEARS: u128 = 100 * 365 * 86_400_000_000_000;

/// The `Period` that a value stands for.
pub(crate) fn read(value: &Expr, errors: &mut Errors) -> Option<TokenStream> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => match nanoseconds(&text.value()) {
            Ok(0) => {
                errors.push(text, "a period of zero would tick without end", "write `every = \"1s\"`");
                None
            }
            Ok(nanos) if nanos > HUNDRED_YEARS => {
                errors.push(text, "a period of more than a hundred years", "write `every = \"1s\"`");
                None
            }
            Ok(nanos) => {
                let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
                let (seconds, rest) = (u64::try_from(seconds).ok()?, u32::try_from(rest).ok()?);
                Some(quote!(__nexus::Period::Fixed(__nexus::std::Duration::new(#seconds, #rest))))
            }
            Err(what) => {
                errors.push(text, what, "write a number and a unit: `every = \"250ms\"`, `\"1.5s\"`, `\"2min\"`, `\"1h\"`");
                None
            }
        },
        Expr::Lit(literal) => {
            errors.push(literal, "a period needs a unit", "write it as a string: `every = \"1s\"`");
            None
        }
        Expr::Closure(_) | Expr::Path(_) => Some(quote!(__nexus::Period::from_state(#value))),
        other => {
            errors.push(
                other,
                "`every` takes a literal or a function of state",
                "write `every = \"1s\"` or `every = |limits: &Limits| limits.period`",
            );
            None
        }
    }
}

fn nanoseconds(text: &str) -> Result<u128, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
    let (number, unit) = (text[..split].replace('_', ""), text[split..].trim());
    if number.is_empty() {
        return Err(format!("`{text}` is no period"));
    }
    let Some((_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(if unit.is_empty() { "a period needs a unit".to_owned() } else { format!("`{unit}` is no unit of time") });
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let digits = |digits: &str| if digits.is_empty() { Some(0) } else { digits.parse::<u128>().ok() };
    let parsed = digits(whole).zip(digits(fraction)).filter(|_| fraction.len() <= 9);
    let nanos = parsed.and_then(|(whole, part)| {
        let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        whole.checked_mul(*factor)?.checked_add(part.checked_mul(*factor)? / scale)
    });
    nanos.ok_or_else(|| format!("`{number}` is no number"))
}
