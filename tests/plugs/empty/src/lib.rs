//! A library without annotated items.
