//! The progress bar.

use std::io::IsTerminal;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Runs shorter than this show no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bar on stderr that appears when a run turns out to be long.
pub(crate) struct Progress {
    bar: ProgressBar,
    waiter: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// A bar for `total` files; one that never shows unless it is wanted and stderr is a terminal.
    pub fn new(total: usize, wanted: bool) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        if !wanted || !std::io::stderr().is_terminal() {
            return Progress { bar, waiter: None };
        }
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files {elapsed}") {
            bar.set_style(style);
        }
        let (stop, stopped) = channel();
        let shown = bar.clone();
        let waiter = thread::spawn(move || {
            if stopped.recv_timeout(PATIENCE).is_err() {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(200));
            }
        });
        Progress { bar, waiter: Some((stop, waiter)) }
    }

    /// One more file is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    /// Takes the bar away.
    pub fn finish(self) {
        if let Some((stop, waiter)) = self.waiter {
            let _ = stop.send(());
            let _ = waiter.join();
        }
        self.bar.finish_and_clear();
    }
}
