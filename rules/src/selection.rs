//! Which rules run.

use std::fmt;

use rculint_analyzer::Wanted;

use crate::registry;
use crate::rule::Rule;

/// The rules chosen by code, by the start of a code (`RCU1`), by name, or by `ALL`. Of a choice for a
/// rule and one against it the longer word wins; of equals, the one against. Preview rules run only
/// if a word chooses them.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    select: Vec<String>,
    ignore: Vec<String>,
    /// What is to run as well, in other places.
    also: Vec<Selection>,
}

impl Selection {
    /// Every rule, preview rules as well.
    pub fn all() -> Selection {
        Selection { select: vec![ALL.to_owned()], ..Selection::default() }
    }

    /// Runs what `select` names (all but preview rules, if it is empty) less what `ignore` names.
    ///
    /// # Errors
    /// A word fits no rule.
    pub fn new(select: &[String], ignore: &[String]) -> Result<Selection, UnknownCode> {
        for word in select.iter().chain(ignore) {
            if !registry::RULES.iter().any(|rule| fit(rule, word).is_some()) {
                return Err(UnknownCode { word: word.clone(), nearest: registry::nearest(word) });
            }
        }
        Ok(Selection { select: select.to_vec(), ignore: ignore.to_vec(), also: Vec::new() })
    }

    /// What the rules that are to run look at beyond types and annotations (RCU1xx).
    pub fn wanted(&self) -> Wanted {
        let any = |start: &str| {
            registry::RULES.iter().any(|rule| rule.code.starts_with(start) && self.has(rule))
        };
        Wanted {
            accessors: any("RCU2"),
            sections: any("RCU3"),
            lifetimes: any("RCU4"),
            lists: any("RCU5"),
            inferred: any("RCU108"),
            dealings: false,
        }
    }

    /// What runs if in some places others run.
    pub fn with(self, also: Vec<Selection>) -> Selection {
        Selection { also, ..self }
    }

    /// Whether the rule is to run.
    pub fn has(&self, rule: &Rule) -> bool {
        self.names(rule) || self.also.iter().any(|other| other.has(rule))
    }

    fn names(&self, rule: &Rule) -> bool {
        let longest = |words: &[String]| words.iter().filter_map(|word| fit(rule, word)).max();
        let wanted = match self.select.as_slice() {
            [] => (!rule.is_preview()).then_some(0),
            words => longest(words),
        };
        wanted.is_some_and(|wanted| longest(&self.ignore).is_none_or(|not| wanted > not))
    }
}

/// The word for every rule.
const ALL: &str = "ALL";

/// How closely a word names a rule, if it does.
fn fit(rule: &Rule, word: &str) -> Option<usize> {
    if rule.name.eq_ignore_ascii_case(word) {
        return Some(rule.code.len());
    }
    if word.eq_ignore_ascii_case(ALL) {
        return Some(0);
    }
    let start = rule.code.get(..word.len())?;
    (!word.is_empty() && start.eq_ignore_ascii_case(word)).then_some(word.len())
}

/// A word that names no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    /// The word.
    pub word: String,
    /// What may have been meant.
    pub nearest: Option<&'static str>,
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no rule has the code or name '{}'", self.word)?;
        match self.nearest {
            Some(nearest) => write!(f, "; did you mean '{nearest}'?"),
            None => write!(f, "; 'rculint rules' lists them"),
        }
    }
}

impl std::error::Error for UnknownCode {}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(select: &[&str], ignore: &[&str]) -> Vec<&'static str> {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let selection = Selection::new(&words(select), &words(ignore)).unwrap();
        registry::RULES.iter().filter(|rule| selection.has(rule)).map(|rule| rule.code).collect()
    }

    #[test]
    fn prefixes_and_names() {
        let all: Vec<_> = registry::RULES.iter().map(|rule| rule.code).collect();
        let stable: Vec<_> = registry::RULES
            .iter()
            .filter(|rule| !rule.is_preview())
            .map(|rule| rule.code)
            .collect();
        assert_eq!(chosen(&[], &[]), stable);
        assert_eq!(chosen(&["all"], &[]), all);
        assert_eq!(chosen(&["rcu102"], &[]), ["RCU102"]);
        assert_eq!(chosen(&["plain-test"], &[]), ["RCU104"]);
        assert_eq!(chosen(&["ALL"], &["RCU103"]).len(), all.len() - 1);
        assert_eq!(chosen(&["RCU103"], &["RCU1"]), ["RCU103"]);
        assert!(chosen(&["RCU103"], &["plain-null-store"]).is_empty());
    }

    #[test]
    fn unknown_words() {
        let unknown = |word: &str| Selection::new(&[word.to_owned()], &[]).unwrap_err().to_string();
        assert_eq!(
            unknown("RCU1O1"),
            "no rule has the code or name 'RCU1O1'; did you mean 'RCU101'?"
        );
        assert_eq!(
            unknown("zzz"),
            "no rule has the code or name 'zzz'; 'rculint rules' lists them"
        );
        assert!(Selection::new(&[String::new()], &[]).is_err());
        assert!(Selection::new(&["é".to_owned()], &[]).is_err());
    }
}
