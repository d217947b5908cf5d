//! One indexed file: its items now, its text and its definitions when asked for.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use crate::files::FileSystem;
use crate::index::mentions::{Mention, Mentions};
use crate::items::{FileItems, Item};
use crate::syntax::Tree;
use crate::text::SourceFile;
use crate::text::directives::Condition;
use crate::text::lexer::called;
use crate::types::ParsedItem;

/// Something of each item, once it was asked for.
type PerItem<T> = OnceLock<Box<[OnceLock<T>]>>;

/// A file with its items.
pub struct IndexedFile {
    /// Where it is; absolute.
    pub path: PathBuf,
    /// How reports name it.
    pub shown: String,
    /// Its items; an input that is also a header has them once.
    pub items: Arc<FileItems>,
    source: OnceLock<Arc<SourceFile>>,
    parsed: PerItem<Arc<ParsedItem>>,
    trees: PerItem<Arc<[Tree]>>,
    called: PerItem<Box<[Box<str>]>>,
    mentions: OnceLock<Mentions>,
    files: Arc<dyn FileSystem>,
}

impl IndexedFile {
    /// A file whose text is read again when first asked for.
    pub fn new(
        files: Arc<dyn FileSystem>,
        path: PathBuf,
        shown: String,
        items: impl Into<Arc<FileItems>>,
    ) -> IndexedFile {
        IndexedFile {
            path,
            shown,
            items: items.into(),
            source: OnceLock::new(),
            parsed: OnceLock::new(),
            trees: OnceLock::new(),
            called: OnceLock::new(),
            mentions: OnceLock::new(),
            files,
        }
    }

    /// A file whose text is at hand.
    pub fn with_source(self, source: Arc<SourceFile>) -> IndexedFile {
        let _ = self.source.set(source);
        self
    }

    /// The text. A file that cannot be read any more counts as empty.
    pub fn source(&self) -> &Arc<SourceFile> {
        self.source.get_or_init(|| {
            Arc::new(SourceFile::new(self.files.read(&self.path).unwrap_or_default()))
        })
    }

    /// What has to hold for an item to be compiled.
    pub(crate) fn item_condition(&self, item: u32) -> &Condition {
        self.items.condition(&self.items.items[item as usize])
    }

    /// The bytes of an item.
    pub fn text(&self, item: &Item) -> &[u8] {
        self.source().slice(item.span)
    }

    /// An item's definitions, parsed by `parse` when first asked for.
    pub fn parsed(&self, item: u32, parse: impl FnOnce() -> Arc<ParsedItem>) -> Arc<ParsedItem> {
        let all = self.parsed.get_or_init(|| self.per_item());
        all[item as usize].get_or_init(parse).clone()
    }

    /// The names that stand before a parenthesis in an item.
    pub(crate) fn called(&self, item: u32) -> &[Box<str>] {
        let all = self.called.get_or_init(|| self.per_item());
        all[item as usize].get_or_init(|| called(self.text(&self.items.items[item as usize])))
    }

    /// The items that mention a function.
    pub(crate) fn mentions(&self, name: &str) -> Cow<'_, [Mention]> {
        let all = self.mentions.get_or_init(|| Mentions::of_file(&self.items, self.source()));
        all.of(name, &self.items, self.source())
    }

    fn per_item<T>(&self) -> Box<[OnceLock<T>]> {
        (0..self.items.items.len()).map(|_| OnceLock::new()).collect()
    }

    /// An item's trees, made by `parse` when first asked for.
    pub(crate) fn trees(&self, item: u32, parse: impl FnOnce() -> Arc<[Tree]>) -> Arc<[Tree]> {
        let all = self.trees.get_or_init(|| self.per_item());
        all[item as usize].get_or_init(parse).clone()
    }
}
