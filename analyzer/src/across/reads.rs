//! Which functions want their callers to be in a reader section: they load for readers, or call what
//! does, and take no section themselves.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::across::digest::{Digest, Reads};
use crate::text::directives::Key;

/// How often what calls such a function is taken to be one.
const ROUNDS: usize = 3;

/// The names of such functions that are not static, or that a header defines.
pub(super) fn find(digests: &[&Digest]) -> FxHashSet<Key> {
    let mut found: Vec<Vec<bool>> = digests
        .par_iter()
        .map(|digest| digest.functions.iter().map(|one| one.reads == Reads::Wants).collect())
        .collect();
    let mut shared = FxHashSet::default();
    for round in 0..=ROUNDS {
        for (digest, wants) in digests.iter().zip(&found) {
            let functions = digest.functions.iter().zip(wants);
            let seen = functions.filter(|(one, wants)| **wants && !one.own);
            shared.extend(seen.map(|(one, _)| one.key));
        }
        if round == ROUNDS {
            break;
        }
        digests.par_iter().zip(&mut found).for_each(|(digest, wants)| {
            let own: FxHashSet<Key> = digest.functions.iter().map(|one| one.key).collect();
            let functions = digest.functions.iter().zip(&*wants);
            let here: FxHashSet<Key> =
                functions.filter(|(_, wants)| **wants).map(|(one, _)| one.key).collect();
            for (at, function) in digest.functions.iter().enumerate() {
                let mut called = digest.anywhere(at).iter();
                wants[at] |= function.reads == Reads::Nothing
                    && called.any(|call| match own.contains(call) {
                        true => here.contains(call),
                        false => shared.contains(call),
                    });
            }
        });
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::version::Version;
    use crate::text::directives::key;

    #[test]
    fn callers_want_what_they_call() {
        let digest = |text: &[u8]| Digest::of_file(text, false, Version::LATEST).0;
        let one = digest(
            b"\
static int inner(struct a *a)
{
	return rcu_dereference(a->b)->c;
}
int outer(struct a *a)
{
	return inner(a);
}
int own(struct a *a)
{
	int c;

	rcu_read_lock();
	c = inner(a);
	rcu_read_unlock();
	return c;
}
",
        );
        let other = digest(
            b"\
static int inner(struct a *a)
{
	return a->d;
}
int far(struct a *a)
{
	return outer(a);
}
int none(struct a *a)
{
	return inner(a) + own(a);
}
int walk(struct a *a)
{
	return list_first_or_null_rcu(&a->list, struct a, list) ? 1 : 0;
}
",
        );
        let wanted: FxHashSet<Key> =
            [&b"outer"[..], b"far", b"walk"].into_iter().map(key).collect();
        assert_eq!(find(&[&one, &other]), wanted);
    }
}
