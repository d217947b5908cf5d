//! Texts with damage, the same on every run.

/// Numbers that are the same on every run (xorshift).
pub struct Numbers(u64);

impl Numbers {
    /// From a seed; 0 is as good as any other.
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A number below `bound`; 0, if there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// Whole lines, from one at random; so many at most.
fn lines(text: &[u8], numbers: &mut Numbers, most: usize) -> std::ops::Range<usize> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1))
        .chain([text.len()])
        .collect();
    let first = numbers.below(starts.len());
    let last = (first + 1 + numbers.below(most)).min(starts.len() - 1);
    starts[first]..starts[last].max(starts[first])
}

/// A text with some of its bytes changed, pieces or lines cut out, doubled, or taken from another
/// text, its end cut off, another text joined to it, or in Latin-1.
pub fn damaged(text: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut out = text.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(out.len());
        let end = (at + numbers.below(60)).min(out.len());
        match numbers.below(10) {
            0 => out[at..end].fill(b"(){};,*&#\\\"\n_0"[numbers.below(14)]),
            1 => drop(out.drain(at..end)),
            2 => {
                let piece = out[at..end].to_vec();
                drop(out.splice(at..at, piece));
            }
            3 => {
                let from = numbers.below(other.len());
                let to = (from + numbers.below(200)).min(other.len());
                drop(out.splice(at..end, other[from..to].iter().copied()));
            }
            4 => out.truncate(at.max(1)),
            5 => {
                for _ in 0..=numbers.below(20) {
                    let at = numbers.below(out.len());
                    if let Some(byte) = out.get_mut(at) {
                        *byte ^= 1 << numbers.below(8);
                    }
                }
                // NUL makes it no text at all, which is told before anything is read.
                out.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
            }
            6 => drop(out.drain(lines(&out, numbers, 5))),
            7 => {
                let piece = other[lines(other, numbers, 30)].to_vec();
                let at = lines(&out, numbers, 1).start;
                drop(out.splice(at..at, piece));
            }
            8 => out.extend_from_slice(other),
            _ => {
                let letters = out.iter_mut().filter(|byte| byte.is_ascii_alphabetic());
                let every = 1 + numbers.below(50);
                letters.step_by(every).for_each(|byte| *byte |= 0x80);
            }
        }
        if out.is_empty() {
            out.push(b'\n');
        }
    }
    out
}
