//! The digests of all files, kept so that what they come to can be found again when one has changed.

use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::tables::Tables;
use crate::kernel::version::Version;

/// The digests of headers and of inputs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Digests {
    /// Of headers, in the order of paths.
    headers: Vec<(PathBuf, Digest)>,
    /// Of inputs that are code, by their numbers, in the order of paths.
    code: Vec<(u32, Digest)>,
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
        Digests { headers, code }
    }

    /// What they come to; whether the inputs are `whole` the kernel.
    pub fn tables(&self, whole: bool) -> Tables {
        let headers: Vec<&Digest> = self.headers.iter().map(|(_, digest)| digest).collect();
        let code: Vec<(u32, &Digest)> =
            self.code.iter().map(|(input, digest)| (*input, digest)).collect();
        Tables::new(&headers, &code, whole)
    }

    /// Leaves out what the tables do not know of anyway.
    pub(crate) fn without_others(mut self, tables: &Tables) -> Digests {
        let headers = self.headers.iter_mut().map(|(_, digest)| digest);
        for digest in headers.chain(self.code.iter_mut().map(|(_, digest)| digest)) {
            digest.heads.retain(|head| tables.is_head_member(head.member));
            digest.heads.shrink_to_fit();
        }
        self
    }

    /// Whose digest has which print, in no order.
    pub fn prints(&self) -> impl Iterator<Item = (Whose<'_>, u64)> {
        let headers =
            self.headers.iter().map(|(path, digest)| (Whose::Header(path), print(digest)));
        headers.chain(self.code.iter().map(|(input, digest)| (Whose::Code(*input), print(digest))))
    }

    /// Takes the digest of other bytes for one that is there; `false` if there is none.
    pub fn replace(&mut self, whose: Whose<'_>, bytes: &[u8], version: Version) -> bool {
        let (place, header) = match whose {
            Whose::Header(path) => {
                let mut headers = self.headers.iter_mut();
                (headers.find(|(known, _)| known == path).map(|(_, digest)| digest), true)
            }
            Whose::Code(input) => {
                let mut code = self.code.iter_mut();
                (code.find(|(known, _)| *known == input).map(|(_, digest)| digest), false)
            }
        };
        let Some(place) = place else { return false };
        *place = Digest::of_file(bytes, header, version).0;
        true
    }
}

/// By which the digest of some bytes is known again, with that of members that nobody asks about left out.
pub fn print_of(bytes: &[u8], header: bool, version: Version, tables: &Tables) -> u64 {
    let mut digest = Digest::of_file(bytes, header, version).0;
    digest.heads.retain(|head| tables.is_head_member(head.member));
    print(&digest)
}

fn print(digest: &Digest) -> u64 {
    let mut hasher = FxHasher::default();
    digest.hash(&mut hasher);
    hasher.finish()
}
