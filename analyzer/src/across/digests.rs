//! The digests of all files, kept so that what they come to can be found again when one has changed.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::tables::Tables;
use crate::kernel::version::Version;

/// The digests of headers and of inputs.
#[derive(Debug, Default)]
pub struct Digests {
    /// Of headers, in the order of paths.
    pub headers: Vec<OfHeader>,
    /// Of inputs that are code, in the order of paths.
    pub code: Vec<OfCode>,
}

/// The digest of a header.
#[derive(Debug, Serialize, Deserialize)]
pub struct OfHeader {
    path: PathBuf,
    digest: Digest,
}

/// The digest of an input that is code, by its number.
#[derive(Debug, Serialize, Deserialize)]
pub struct OfCode {
    input: u32,
    digest: Digest,
}

/// Which file a digest is of.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// A header.
    Header(&'a Path),
    /// The input of this number.
    Code(u32),
}

impl Digests {
    pub(crate) fn new(headers: Vec<(PathBuf, Digest)>, code: Vec<(u32, Digest)>) -> Digests {
        let headers = headers.into_iter().map(|(path, digest)| OfHeader { path, digest });
        let code = code.into_iter().map(|(input, digest)| OfCode { input, digest });
        Digests { headers: headers.collect(), code: code.collect() }
    }

    /// What they come to; whether the inputs are `whole` the kernel.
    pub fn tables(&self, whole: bool) -> Tables {
        let headers: Vec<&Digest> = self.headers.iter().map(|one| &one.digest).collect();
        let code: Vec<(u32, &Digest)> =
            self.code.iter().map(|one| (one.input, &one.digest)).collect();
        Tables::new(&headers, &code, whole)
    }

    /// Leaves out what the tables do not know of anyway.
    pub(crate) fn without_others(mut self, tables: &Tables) -> Digests {
        let headers = self.headers.iter_mut().map(|one| &mut one.digest);
        for digest in headers.chain(self.code.iter_mut().map(|one| &mut one.digest)) {
            digest.heads.retain(|head| tables.is_head_member(head.member));
            digest.heads.shrink_to_fit();
        }
        self
    }

    /// Whose digest has which print, in no order.
    pub fn prints(&self) -> impl Iterator<Item = (Whose<'_>, u64)> {
        let headers = self.headers.iter().map(|one| (Whose::Header(&one.path), print(&one.digest)));
        headers.chain(self.code.iter().map(|one| (Whose::Code(one.input), print(&one.digest))))
    }

    /// Takes the digest of other bytes for one that is there, and says where: its place among those of
    /// headers or of code. `None` if there is none.
    pub fn replace(&mut self, whose: Whose<'_>, bytes: &[u8], version: Version) -> Option<usize> {
        let (at, place, header) = match whose {
            Whose::Header(path) => {
                let at = self.headers.iter().position(|one| one.path == path)?;
                (at, &mut self.headers[at].digest, true)
            }
            Whose::Code(input) => {
                let at = self.code.iter().position(|one| one.input == input)?;
                (at, &mut self.code[at].digest, false)
            }
        };
        *place = Digest::of_file(bytes, header, version).0;
        Some(at)
    }
}

/// By which the digest of some bytes is known again, with that of members that nobody asks about left out.
pub fn print_of(bytes: &[u8], header: bool, version: Version, tables: &Tables) -> u64 {
    let mut digest = Digest::of_file(bytes, header, version).0;
    digest.heads.retain(|head| tables.is_head_member(head.member));
    print(&digest)
}

fn print(digest: &Digest) -> u64 {
    let mut hasher = DefaultHasher::new();
    digest.hash(&mut hasher);
    hasher.finish()
}
