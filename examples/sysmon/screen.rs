//! Where text goes: to a terminal, with a table that is redrawn in place, or to anything else, line by line.

use std::io::{self, ErrorKind, IsTerminal as _, Write};

/// A place to write to, and the table that stands at its end.
pub(crate) struct Screen {
    out: Box<dyn Write + Send>,
    terminal: bool,
    colour: bool,
    table: Vec<String>,
}

impl Screen {
    /// Standard output.
    pub(crate) fn stdout() -> Self {
        let terminal = io::stdout().is_terminal() && std::env::var("TERM").as_deref() != Ok("dumb");
        let colour = terminal && std::env::var_os("NO_COLOR").is_none();
        Self { terminal, colour, ..Self::plain(io::stdout()) }
    }

    /// A place that shows lines and nothing else.
    pub(crate) fn plain(out: impl Write + Send + 'static) -> Self {
        Self { out: Box::new(out), terminal: false, colour: false, table: Vec::new() }
    }

    /// Whether it can show a table.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes a line that stays: above the table if there is one.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        if self.terminal {
            self.draw(Some(line), self.table.clone())
        } else {
            self.write(format!("{line}\n").as_bytes())
        }
    }

    /// Puts a table in the place of the last one.
    pub(crate) fn table(&mut self, table: Vec<String>) -> io::Result<()> {
        self.draw(None, table)
    }

    /// Red text, where there are colours.
    pub(crate) fn red(&self, text: String) -> String {
        if self.colour { format!("\x1b[31m{text}\x1b[0m") } else { text }
    }

    fn draw(&mut self, above: Option<&str>, table: Vec<String>) -> io::Result<()> {
        // A line that wraps takes two rows, and then the way up to the first one is too short: no wrapping meanwhile.
        let mut text = Vec::new();
        write!(text, "\x1b[?7l\r")?;
        if !self.table.is_empty() {
            write!(text, "\x1b[{}A", self.table.len())?;
        }
        for line in above.into_iter().chain(table.iter().map(String::as_str)) {
            writeln!(text, "{line}\x1b[K")?;
        }
        write!(text, "\x1b[J\x1b[?7h")?;
        self.table = table;
        self.write(&text)
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.out.write_all(text)?;
        self.out.flush()
    }
}

/// Prints to standard output. That nobody reads any more, as behind `sysmon | head -1`, is no error; `print!` would panic.
pub(crate) fn print(text: &str) -> io::Result<()> {
    unless_closed(Screen::plain(io::stdout()).write(text.as_bytes())).map(drop)
}

/// `false` if nobody reads any more.
pub(crate) fn unless_closed(written: io::Result<()>) -> io::Result<bool> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        written => written.map(|()| true),
    }
}

/// What a test reads instead of a terminal.
#[cfg(test)]
#[derive(Clone, Default)]
pub(crate) struct Paper(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

#[cfg(test)]
impl Paper {
    /// What has been written since the last call.
    pub(crate) fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

#[cfg(test)]
impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_the_place_of_the_last_one() {
        let paper = Paper::default();
        let mut screen = Screen { terminal: true, ..Screen::plain(paper.clone()) };
        screen.table(vec!["one".to_owned(), "two".to_owned()]).unwrap();
        assert_eq!(paper.take(), "\x1b[?7l\rone\x1b[K\ntwo\x1b[K\n\x1b[J\x1b[?7h");
        screen.table(vec!["three".to_owned()]).unwrap();
        assert_eq!(paper.take(), "\x1b[?7l\r\x1b[2Athree\x1b[K\n\x1b[J\x1b[?7h");
        screen.line("above").unwrap();
        assert_eq!(paper.take(), "\x1b[?7l\r\x1b[1Aabove\x1b[K\nthree\x1b[K\n\x1b[J\x1b[?7h");
    }

    #[test]
    fn what_is_no_terminal_gets_no_escapes() {
        let paper = Paper::default();
        let mut screen = Screen::plain(paper.clone());
        let line = screen.red("alarm".to_owned());
        screen.line(&line).unwrap();
        assert_eq!(paper.take(), "alarm\n");
    }
}
