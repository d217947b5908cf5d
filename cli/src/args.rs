//! The arguments.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::builder::ArgPredicate;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use rculint_analyzer::rust::is_rust;
use rculint_rules::diagnostic::Severity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Checks how Linux kernel code uses `__rcu` pointers, without building it.
#[derive(Debug, Parser)]
#[command(
    name = "rculint",
    version = env!("RCULINT_VERSION"),
    after_help = "Started as kbuild starts a checker (make C=1 CHECK=rculint), it takes compiler \
                  flags, checks the source named last and prints like sparse.",
    after_long_help = TOP_HELP
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

const TOP_HELP: &str = "\
Started as kbuild starts a checker (make C=1 CHECK=rculint), it takes compiler flags, checks the source
named last and prints like sparse. -WNAME and -Wno-NAME turn rules on and off, and -Wrculint-error makes
findings fail.

Examples:
  rculint check fs/aio.c             One file of a kernel tree; headers are found
  rculint check net drivers/net      Folders
  rculint check                      All below the current folder
  rculint explain RCU101             What a code means, and what to write instead
  make C=2 CHECK=rculint fs/aio.o    In the kernel's build

Exit status:
  0  Nothing at or above --fail-level; as a kbuild checker, unless -Wrculint-error
  1  Findings at or above it
  2  The work could not be done: bad arguments, an unreadable file, an internal error

NO_COLOR turns colours off, CLICOLOR_FORCE on.";

const CHECK_HELP: &str = "\
Examples:
  rculint check --format concise net
  rculint check --fix fs/aio.c
  rculint check --diff-base origin/master
  rculint check --staged --quiet
  rculint check --select RCU4 --level note drivers
  rculint check --format sarif --output-file rculint.sarif
  git diff --name-only --diff-filter=d -- '*.[ch]' '*.rs' | rculint check --files-from -
  git ls-files -z 'net/*.c' | rculint check --null --files-from -

Exit status:
  0  Nothing at or above --fail-level (with --diff: no changes)
  1  Findings at or above it (with --diff: changes)
  2  The check could not be done: bad arguments, an unreadable file, an internal error";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check files, and the .c, .h and .rs files in folders
    #[command(after_long_help = CHECK_HELP)]
    Check(Box<Check>),
    /// Tell what a rule finds, why it matters and what to write instead
    Explain {
        /// The code or name of a rule, such as RCU101 or plain-load
        #[arg(value_name = "CODE")]
        rule: String,
    },
    /// List the rules
    Rules {
        /// How to print them
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
    },
    /// Tell how much of the code that uses RCU is understood
    Coverage(Box<Coverage>),
    /// Show what holds for a check of these paths, and where it is said
    Config(Box<ShowConfig>),
    /// List what is easily overlooked, for reading
    Audit {
        #[command(subcommand)]
        what: Audit,
    },
    /// See what is kept of earlier checks, or remove it
    Cache {
        #[command(subcommand)]
        what: CacheCommand,
        /// Where it is kept [default: rculint in $XDG_CACHE_HOME or ~/.cache]
        #[arg(long, value_name = "DIR", global = true)]
        cache_dir: Option<PathBuf>,
    },
    /// Print a script that makes a shell complete the arguments
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages, one a command, for packages
    #[command(hide = true)]
    Man {
        /// The folder to write them to
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Tell where it is, how large, and of how many kinds of runs something is kept
    Info,
    /// Remove all of it
    Clean,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Every percpu_ref: what its release callback comes to, who finds the object, and which grace
    /// period stands before its end
    PercpuRef(Box<AuditPercpuRef>),
}

#[derive(Debug, Args)]
pub(crate) struct AuditPercpuRef {
    #[command(flatten)]
    pub reading: Reading,
    /// How to print
    #[arg(long, value_enum, default_value_t = ListFormat::Human)]
    pub format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ShowConfig {
    #[command(flatten)]
    pub reading: Reading,
    /// As for check
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub select: Vec<String>,
    /// As for check
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// As for check
    #[arg(long, value_enum)]
    pub level: Option<Level>,
    /// As for check
    #[arg(long, value_enum)]
    pub fail_level: Option<Level>,
    /// How to print
    #[arg(long, value_enum, default_value_t = ConfigFormat::Human)]
    pub format: ConfigFormat,
}

/// What is read, and with which headers.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Reading {
    /// Files and folders
    #[arg(
        value_name = "PATH",
        default_value = ".",
        default_value_if("files_from", ArgPredicate::IsPresent, None)
    )]
    pub paths: Vec<PathBuf>,
    /// Read further paths from a file, one a line; - is standard input
    #[arg(long, value_name = "FILE")]
    pub files_from: Option<PathBuf>,
    /// The paths of --files-from end with NUL bytes instead of lines
    #[arg(long, requires = "files_from")]
    pub null: bool,
    /// Further folder to search for #include; repeatable
    #[arg(short = 'I', value_name = "DIR", action = ArgAction::Append)]
    pub include: Vec<PathBuf>,
    /// Top of the kernel tree whose headers are used [default: found above each PATH]
    #[arg(long, value_name = "DIR")]
    pub kernel_root: Option<PathBuf>,
    /// The configuration [default: the nearest rculint.toml in or above the folder of all PATHs, up
    /// to the top of the kernel tree]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// No configuration, wherever there is one
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
    /// Architectures, separated by commas; of arch/, only these are read and checked
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub arch: Vec<String>,
    /// Language; only files of it are checked
    #[arg(long, value_enum, value_name = "NAME")]
    pub lang: Option<Language>,
    /// A .config of the kernel; what preprocessor conditions and Kbuild files leave out with it is not reported
    #[arg(long, value_name = "FILE")]
    pub dotconfig: Option<PathBuf>,
    /// Folder of a kernel build, whose compile_commands.json or .cmd files tell flags and generated
    /// headers [default: the kernel tree, if it was built there]
    #[arg(long, value_name = "DIR")]
    pub build_dir: Option<PathBuf>,
    /// Number of threads [default: one a processor]
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// No progress bar
    #[arg(long)]
    pub no_progress: bool,
    /// No summary, no progress bar
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more about what is read
    #[arg(short, long)]
    pub verbose: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub reading: Reading,
    /// How to print findings
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Write the findings to a file, which is replaced as a whole; - is standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "diff")]
    pub output_file: Option<PathBuf>,
    /// Show each finding, not only the first few of those about one declaration; of no effect on
    /// formats other than human, which always have each
    #[arg(long)]
    pub all: bool,
    /// Codes, starts of codes or names of the rules to run, separated by commas; repeatable
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Rules not to run, as with --select
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Lowest level to print [default: warning; note for json, json-lines and sarif]; with --fix
    /// and --diff, also the lowest level to fix [default: note]
    #[arg(long, value_enum)]
    pub level: Option<Level>,
    /// Lowest level that makes the exit status 1 [default: warning]
    #[arg(long, value_enum)]
    pub fail_level: Option<Level>,
    /// Count findings, what was read and what was skipped, on stderr
    #[arg(long)]
    pub statistics: bool,
    /// Tell where the time went, and which files took longest, on stderr
    #[arg(long)]
    pub timings: bool,
    /// Apply the safe fixes to the files, and print the findings that remain
    #[arg(long)]
    pub fix: bool,
    /// Take the fixes that want a review as well; applies nothing without --fix
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Print what --fix would change as a patch, and change nothing
    #[arg(long)]
    pub diff: bool,
    /// Where results are kept for the next run [default: rculint in $XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    pub cache_dir: Option<PathBuf>,
    /// Neither keep results nor use those that are kept
    #[arg(long)]
    pub no_cache: bool,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = ColorWhen::Auto)]
    pub color: ColorWhen,
    #[command(flatten)]
    pub new: New,
}

/// Only what is new.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Only what is new")]
pub(crate) struct New {
    /// Only what the work tree, with all that is not committed, brings since it parted from this
    /// revision of git
    #[arg(long, value_name = "REV", conflicts_with_all = ["staged", "patch"])]
    pub diff_base: Option<String>,
    /// Only what is staged for the next commit, as it is staged
    #[arg(long, conflicts_with_all = ["patch", "fix", "diff"])]
    pub staged: bool,
    /// Only what a patch brings that is applied in memory; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "diff"])]
    pub patch: Option<PathBuf>,
    /// Leave out the findings that this file lists, and name those of them that are gone
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// List the findings in this file, and report none; what it says of files that are not checked
    /// stays
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["baseline", "diff_base", "staged", "patch", "fix", "diff"]
    )]
    pub write_baseline: Option<PathBuf>,
}

impl New {
    /// Whether a change is checked.
    pub fn is_change(&self) -> bool {
        self.diff_base.is_some() || self.staged || self.patch.is_some()
    }
}

#[derive(Debug, Args)]
pub(crate) struct Coverage {
    #[command(flatten)]
    pub reading: Reading,
    /// How to print
    #[arg(long, value_enum, default_value_t = CoverageFormat::Human)]
    pub format: CoverageFormat,
    /// Only the share and the number of failures a reason
    #[arg(long)]
    pub summary: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Source lines, labels and the proposed edit
    Human,
    /// file:line:column: CODE message, for people
    Concise,
    /// One array of findings
    Json,
    /// The objects of the array, a line each
    JsonLines,
    /// file:line:column: level: message [code]
    Gcc,
    /// file:line: LEVEL:CODE: message, as checkpatch prints it; for b4
    Checkpatch,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// A Code Quality report of GitLab
    Gitlab,
    /// Reviewdog's JSON
    Rdjson,
    /// Test cases
    Junit,
    /// Tables, for summaries and comments
    Markdown,
}

impl Format {
    /// Whether a summary goes with it.
    pub fn is_for_people(self) -> bool {
        matches!(self, Format::Human | Format::Concise)
    }

    /// Whether notes are in it unless the level is given: what reads it chooses by level.
    pub fn has_all_levels(self) -> bool {
        matches!(self, Format::Json | Format::JsonLines | Format::Sarif)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CoverageFormat {
    /// Lines for people
    Human,
    /// One object
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// A table for people
    Human,
    /// One array
    Json,
    /// A Markdown table, as in README.md
    Markdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfigFormat {
    /// Lines for people
    Human,
    /// One object
    Json,
    /// The JSON schema of rculint.toml, whatever holds
    Schema,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// C: all files but those whose names end in .rs
    C,
    /// Rust: files whose names end in .rs
    Rust,
}

impl Language {
    /// Whether a file is of it.
    pub fn has(self, path: &Path) -> bool {
        is_rust(path) == (self == Language::Rust)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Error,
    Warning,
    Note,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Severity {
        match level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Note,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set; always if CLICOLOR_FORCE is set
    Auto,
    Always,
    Never,
}
