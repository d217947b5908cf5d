//! The folder of the cache: a folder in it for each kind of run, with a record and what belongs to it.
//! Nothing is ever changed, only replaced as a whole; whatever cannot be read is as if absent.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::witness::{Print, print};

/// The cache takes no more than this on the disk, apart from what is written last.
const MOST_BYTES: u64 = 1 << 30;

/// What every file begins with; the hash of what follows comes next.
const MAGIC: &[u8; 16] = b"rculint cache 1\n";

/// The name of a folder's record.
const RECORD: &str = "record";

/// Marks the folder as one that may be emptied (<https://bford.info/cachedir/>).
const TAG: (&str, &str) = (
    "CACHEDIR.TAG",
    "Signature: 8a477f597d28d172789f06886806bc55\n# Made by rculint; `rculint cache clean` empties it.\n",
);

/// The folder of one kind of run.
#[derive(Debug)]
pub(super) struct Store {
    top: PathBuf,
    folder: PathBuf,
}

/// The cache of this user, unless the environment tells of none: `$XDG_CACHE_HOME/rculint`, or
/// `~/.cache/rculint`.
pub(crate) fn usual() -> Option<PathBuf> {
    let set =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    base.map(|base| base.join("rculint"))
}

impl Store {
    /// For the runs that `key` stands for, in the cache at `top`.
    pub fn new(top: &Path, key: Print) -> Store {
        Store { top: top.to_owned(), folder: top.join(hex(key)) }
    }

    /// The record, if there is one that can be read.
    pub fn record<T: DeserializeOwned>(&self) -> Option<T> {
        let path = self.folder.join(RECORD);
        let found = decode(&read(&path)?.1)?;
        // The cache forgets what was not used for longest.
        let _ = fs::File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        Some(found)
    }

    /// Whether there is one, readable or not.
    pub fn has_record(&self) -> bool {
        self.folder.join(RECORD).exists()
    }

    /// Something that belongs to a record, if it is still what was kept with it: who runs at the same
    /// time may have put something else there.
    pub fn part<T: DeserializeOwned>(&self, name: &str, print: Print) -> Option<T> {
        let (stated, bytes) = read(&self.folder.join(name))?;
        if stated == print { decode(&bytes) } else { None }
    }

    /// Keeps something that belongs to a record, and says by what it is known again.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put_part<T: Serialize>(&self, name: &str, part: &T) -> io::Result<Print> {
        let bytes = encode(part)?;
        self.write(&self.folder.join(name), &bytes)?;
        Ok(print(&bytes))
    }

    /// Keeps a record, whose parts are there, in place of the one before.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn put_record<T: Serialize>(&self, record: &T) -> io::Result<()> {
        self.write(&self.folder.join(RECORD), &encode(record)?)?;
        self.shrink();
        Ok(())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let tag = self.top.join(TAG.0);
        if !tag.exists() {
            fs::write(tag, TAG.1)?;
        }
        let mut file = tempfile::Builder::new().prefix(".part").tempfile_in(&self.folder)?;
        file.write_all(MAGIC)?;
        file.write_all(&print(bytes))?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    }

    /// Removes what was not used for longest until the cache is small enough.
    fn shrink(&self) {
        let mut all = runs(&self.top);
        all.sort_by_key(|run| run.used);
        let mut size: u64 = all.iter().map(|run| run.bytes).sum();
        for run in all {
            if size <= MOST_BYTES {
                break;
            }
            if run.folder != self.folder && fs::remove_dir_all(&run.folder).is_ok() {
                size -= run.bytes;
            }
        }
    }
}

/// What is kept of one kind of run.
#[derive(Debug)]
pub(super) struct Kind {
    pub folder: PathBuf,
    pub bytes: u64,
    /// When it was used last.
    pub used: SystemTime,
}

/// All that is kept in a cache.
pub(super) fn runs(top: &Path) -> Vec<Kind> {
    let Ok(entries) = fs::read_dir(top) else { return Vec::new() };
    let folders = entries.flatten().map(|entry| entry.path()).filter(|path| is_ours(path));
    let kind = |folder: PathBuf| {
        let files = fs::read_dir(&folder).into_iter().flatten().flatten();
        let bytes = files.filter_map(|file| file.metadata().ok()).map(|found| found.len()).sum();
        let used = fs::metadata(folder.join(RECORD)).and_then(|found| found.modified());
        Kind { folder, bytes, used: used.unwrap_or(SystemTime::UNIX_EPOCH) }
    };
    let mut all: Vec<Kind> = folders.map(kind).collect();
    all.sort_by(|a, b| a.folder.cmp(&b.folder));
    all
}

/// Whether a folder has a name that [`Store`] gives.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) && path.is_dir()
}

fn hex(print: Print) -> String {
    print.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encode<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// A value that was encoded, and nothing else.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(value)
}

/// The content of a file of the cache and its hash, if it is as it was written.
fn read(path: &Path) -> Option<(Print, Vec<u8>)> {
    let mut bytes = fs::read(path).ok()?;
    let mut stated = Print::default();
    let head = MAGIC.len() + stated.len();
    stated.copy_from_slice(bytes.get(..head)?.strip_prefix(MAGIC)?);
    bytes.drain(..head);
    (print(&bytes) == stated).then_some((stated, bytes))
}
