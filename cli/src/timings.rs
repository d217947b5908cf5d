//! `--timings`: where the time went. No part of what is found.

use std::fmt::Write;
use std::time::Duration;

/// So many files are named.
const NAMED: usize = 10;

/// What a run took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timings {
    /// Reading includes, headers and the digests of all files.
    pub reading: Duration,
    /// Analyzing and judging, all threads together.
    pub checking: Duration,
    /// The same by the clock.
    pub elapsed: Duration,
    /// The files that took longest, the slowest first.
    pub slowest: Vec<(Duration, String)>,
}

impl Timings {
    /// Takes in what the files of a kernel tree took.
    pub fn add(&mut self, mut files: Vec<(Duration, String)>) {
        self.checking += files.iter().map(|(took, _)| *took).sum::<Duration>();
        self.slowest.append(&mut files);
        self.slowest.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        self.slowest.truncate(NAMED);
    }

    /// Takes in what else was done.
    pub fn join(&mut self, other: Timings) {
        self.reading += other.reading;
        self.elapsed += other.elapsed;
        let checking = self.checking + other.checking;
        self.add(other.slowest);
        self.checking = checking;
    }

    /// The lines for people.
    pub fn render(&self) -> String {
        let Timings { reading, checking, elapsed, slowest } = self;
        let mut out = String::from("timings:\n");
        let mut line = |took: &Duration, what: &str| {
            let _ = writeln!(out, "{:9.3} s  {what}", took.as_secs_f64());
        };
        line(reading, "reading includes and headers");
        line(elapsed, "checking");
        line(checking, "... of all threads together");
        for (took, name) in slowest {
            line(took, name);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_are_named() {
        let took = |at: u64| (Duration::from_millis(at), format!("{at}.c"));
        let mut timings = Timings::default();
        timings.add((0..8).map(took).collect());
        timings.add((8..16).map(took).collect());
        assert_eq!(timings.checking, Duration::from_millis(120));
        let lines = timings.render();
        assert_eq!(lines.lines().count(), 4 + NAMED);
        assert_eq!(lines.lines().nth(4), Some("    0.015 s  15.c"));
    }
}
