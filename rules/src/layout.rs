//! Line lengths: an edit that makes a line too long breaks it the way the kernel does.
//!
//! A line may have 80 columns, a tab being 8; one or two more are let be. It may have 100 where the author was above 80 already:
//! in the line that is edited, or in one line of [`MANY`] of the file. Lines break behind an
//! argument's comma, or behind `&&` and `||`, and go on below the first letter behind the opening
//! parenthesis. A line that has no such place stays long, and so does code in a preprocessor line.
//! A comment at the end of a line does not count. Lines of the edit that stood below a parenthesis
//! follow it.

use rculint_analyzer::text::{COLUMNS, SourceFile, Span, TAB, advance};

use crate::rewrite;

/// So many columns more are better than a line for what stands there.
const SLACK: usize = 2;
/// What it puts up with.
const WIDE: usize = 100;
/// A file in which one line in so many is longer than usual has wide lines.
const MANY: usize = 50;
/// A line that goes on further right than so many columns before the limit has no room.
const ROOM: usize = 16;
/// So many bytes above a line are searched for the parenthesis that is still open in it.
const LOOKBACK: usize = 4096;
/// Lines that an edit touches are laid out up to so many bytes: nobody wrote longer ones by hand.
const MOST_BYTES: usize = 2048;

/// The edit with its lines broken where they grew too long. The new span contains the old one: the
/// break may lie elsewhere in the line.
pub(crate) fn wrapped(source: &SourceFile, span: Span, content: String) -> (Span, String) {
    match laid_out(source, span, &content) {
        Some(edit) => edit,
        None => (span, content),
    }
}

fn laid_out(source: &SourceFile, span: Span, content: &str) -> Option<(Span, String)> {
    let bytes = source.bytes();
    let lines = source.lines(span, MOST_BYTES)?;
    let (start, end) = (lines.range().start, lines.range().end);
    if content.len() > MOST_BYTES {
        return None;
    }
    let crlf = bytes[..end].ends_with(b"\r");
    let end = end - usize::from(crlf);
    let old = std::str::from_utf8(&bytes[start..end]).ok()?;
    let (head, tail) =
        (old.get(..span.range().start - start)?, old.get(span.range().end - start..)?);
    let text = format!("{head}{content}{tail}");
    let longest = |text: &str| text.lines().map(|line| width(code_of(line))).max().unwrap_or(0);
    if is_directive(&bytes[..start], &text) || starts_in_comment(&text) {
        return None;
    }
    let mut places = Vec::new();
    let mut limit = COLUMNS;
    if longest(&text) > (COLUMNS + SLACK).max(longest(old)) {
        if longest(old) > COLUMNS || has_wide_lines(source) {
            limit = WIDE;
        }
        places = breaks(&text, &bytes[..start], limit, longest(old));
    }
    // What is replaced: the old span and every break.
    let from = places.first().map_or(head.len(), |first| head.len().min(first.at));
    let edited = head.len() + content.len();
    let to = places.last().map_or(edited, |last| edited.max(last.resume));
    let newline = if crlf { "\r\n" } else { "\n" };
    let mut new = String::new();
    let mut at = 0;
    for place in &places {
        new.push_str(&text[at..place.at]);
        new.push_str(newline);
        new.push_str(&indent(place.column));
        at = place.resume;
    }
    new.push_str(&text[at..]);
    let behind = text.len() - to;
    // Breaks further down would be lines without a counterpart.
    let first_line = text.find('\n').unwrap_or(text.len());
    if places.iter().all(|place| place.at < first_line) {
        new = aligned(old, new, places.len(), limit);
    }
    let out = new.get(from..new.len() - behind)?.to_owned();
    Some((Span::new(start + from, end - behind), out))
}

/// `new` with the lines below a parenthesis that has moved since `old` moved as well. It has `more`
/// lines, all of them in place of the first.
fn aligned(old: &str, mut new: String, more: usize, limit: usize) -> String {
    let rows = old.matches('\n').count();
    if new.matches('\n').count() != rows + more {
        return new;
    }
    let before = openings(old);
    for row in 1..=rows {
        let Some(line) = old.split('\n').nth(row) else { break };
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        let stood = before.get(row).copied().flatten() == Some(advance(0, &line[..blanks]));
        // The lines above may have moved a parenthesis in them.
        let column = openings(&new).get(row + more).copied().flatten();
        let start = new.match_indices('\n').nth(row + more - 1).map(|(at, _)| at + 1);
        let (Some(column), Some(start), true) = (column, start, stood) else { continue };
        let length = new[start..].find('\n').unwrap_or(new.len() - start);
        let code = code_of(&new[start..start + length]);
        if !code.starts_with(&line[..blanks]) {
            continue;
        }
        if advance(column, &code[blanks..]) <= limit {
            new.replace_range(start..start + blanks, &indent(column));
        }
    }
    new
}

/// For each line, the column behind the innermost parenthesis that is open where it starts.
fn openings(text: &str) -> Vec<Option<usize>> {
    let mut open = Vec::new();
    let mut brackets = rewrite::code(text).peekable();
    let starts = text.match_indices('\n').map(|(at, _)| at + 1);
    let mut found = vec![None];
    for start in starts {
        while let Some((at, byte)) = brackets.next_if(|(at, _)| *at < start) {
            match byte {
                b'(' => {
                    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
                    open.push(Some(advance(0, &text[line..=at])));
                }
                b'[' | b'{' => open.push(None),
                b')' | b']' | b'}' => {
                    open.pop();
                }
                _ => {}
            }
        }
        found.push(open.last().copied().flatten());
    }
    found
}

/// The columns that a line takes.
fn width(line: &str) -> usize {
    advance(0, line.trim_end_matches('\r'))
}

/// A line without the comment at its end.
fn code_of(line: &str) -> &str {
    let last = rewrite::code(line).filter(|(_, byte)| !byte.is_ascii_whitespace()).last();
    // Literals are left out as well, but something follows each of them.
    let end = last.map_or(0, |(at, byte)| if byte.is_ascii() { at + 1 } else { line.len() });
    &line[..end]
}

/// Tabs, then spaces, up to a column.
fn indent(column: usize) -> String {
    "\t".repeat(column / TAB) + &" ".repeat(column % TAB)
}

fn has_wide_lines(source: &SourceFile) -> bool {
    source.wide_lines() * MANY > source.line_count()
}

/// Whether the lines belong to a preprocessor line, in which a break would need a backslash.
fn is_directive(above: &[u8], text: &str) -> bool {
    let above = above.strip_suffix(b"\n").unwrap_or(above);
    let above = above.strip_suffix(b"\r").unwrap_or(above);
    text.trim_start().starts_with('#')
        || above.ends_with(b"\\")
        || text.lines().any(|line| line.trim_end_matches('\r').ends_with('\\'))
}

/// Whether a comment from above ends here: what is code cannot be told from the text alone.
fn starts_in_comment(text: &str) -> bool {
    text.find("*/").is_some_and(|end| !text[..end].contains("/*"))
}

/// A place where a line may be broken.
#[derive(Clone, Copy, Debug)]
struct Break {
    /// Where the text before it ends, blanks left out.
    at: usize,
    /// Where the text behind it starts.
    resume: usize,
    /// Where the next line goes on: below the letter at this offset, or at its own line's start.
    below: Option<usize>,
    /// Parentheses around it.
    depth: usize,
    /// Where the next line goes on, as a column.
    column: usize,
}

/// The breaks that `text` needs. `above` is the code before it; `known` is a width that was there
/// before.
fn breaks(text: &str, above: &[u8], limit: usize, known: usize) -> Vec<Break> {
    let places = places(text, is_inside_call(above));
    let mut taken: Vec<Break> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + code_of(line).len();
        if width(&text[at..end]) > limit.max(known) {
            break_line(text, &places, at..end, limit, &mut taken);
        }
        at += line.len();
    }
    taken
}

/// Breaks one line, and what is left of it again.
fn break_line(
    text: &str,
    places: &[Break],
    line: std::ops::Range<usize>,
    limit: usize,
    taken: &mut Vec<Break>,
) {
    let own = line.start;
    let first = text[own..line.end].trim_start_matches([' ', '\t']);
    let own_column = advance(0, &text[own..line.end - first.len()]);
    // The start of the line at hand: an offset, and the column it stands in.
    let (mut start, mut column) = (own, 0);
    loop {
        let total = advance(column, &text[start..line.end]);
        if total <= limit {
            return;
        }
        let inside = |place: &&Break| start < place.at && place.resume < line.end;
        let mut best: Option<(Break, usize, (usize, usize))> = None;
        for place in places.iter().filter(inside) {
            let below = match place.below {
                // The parenthesis stands in a line that was left behind.
                Some(open) if open < start => continue_column(text, taken, own, open),
                Some(open) => advance(column, &text[start..open]),
                None => own_column,
            };
            let head = advance(column, &text[start..place.at]);
            let rest = advance(below, &text[place.resume..line.end]);
            // The outermost one that fits, the last of them; or else the one that helps most.
            let rank = if head <= limit { (0, place.depth) } else { (1, head.max(rest)) };
            let helps = head.max(rest) < total && below + ROOM <= limit;
            if helps && best.is_none_or(|(_, _, other)| rank <= other) {
                best = Some((*place, below, rank));
            }
        }
        let Some((place, below, _)) = best else { return };
        taken.push(Break { column: below, ..place });
        (start, column) = (place.resume, below);
    }
}

/// The column of the letter at `offset`, given the breaks made so far in the line from `own`.
fn continue_column(text: &str, taken: &[Break], own: usize, offset: usize) -> usize {
    let before = taken.iter().rev().find(|place| place.resume <= offset && place.resume > own);
    match before {
        Some(place) => advance(place.column, &text[place.resume..offset]),
        None => advance(0, &text[own..offset]),
    }
}

/// Every place at which `text` may be broken, outside comments and literals.
fn places(text: &str, inside_call: bool) -> Vec<Break> {
    let bytes = text.as_bytes();
    // Offsets behind the open brackets; nothing for brackets that are not parentheses.
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut found = Vec::new();
    for (at, byte) in rewrite::code(text) {
        let length = match byte {
            b'(' => {
                open.push(Some(at + 1));
                continue;
            }
            b'[' | b'{' => {
                open.push(None);
                continue;
            }
            b')' | b']' | b'}' => {
                open.pop();
                continue;
            }
            b',' => 1,
            b'&' | b'|' if bytes.get(at + 1) == Some(&byte) => 2,
            _ => continue,
        };
        let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let below = match open.last() {
            Some(Some(open)) if *open >= line => Some(*open),
            Some(Some(_)) => None,
            None if inside_call => None,
            _ => continue,
        };
        let end = at + length;
        let blanks = text[end..].len() - text[end..].trim_start_matches([' ', '\t']).len();
        let behind = text[end + blanks..].trim_start_matches('\r');
        if !behind.is_empty() && !behind.starts_with('\n') {
            let depth = open.len();
            found.push(Break { at: end, resume: end + blanks, below, depth, column: 0 });
        }
    }
    found
}

/// Whether a parenthesis opened above is still open: the statement is followed back to its start.
fn is_inside_call(above: &[u8]) -> bool {
    let mut closed = 0usize;
    for byte in above.iter().rev().take(LOOKBACK) {
        match byte {
            b')' => closed += 1,
            b'(' if closed == 0 => return true,
            b'(' => closed -= 1,
            b';' | b'{' | b'}' => return false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests;
