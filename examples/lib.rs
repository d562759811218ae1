//! A gallery of programs; each one is an example target of this package.
