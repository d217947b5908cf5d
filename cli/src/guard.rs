//! Keeps a panic in one file from ending the run.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// `Some` while a guarded call runs on this thread; then what the hook noted.
    static NOTED: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The value of `work`, or what it panicked with and where.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| {
            let noted = NOTED.with_borrow_mut(|noted| {
                if let Some(text) = noted {
                    let payload = info.payload();
                    let message = payload
                        .downcast_ref::<&str>()
                        .copied()
                        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
                        .unwrap_or("panic");
                    *text = match info.location() {
                        Some(at) => format!("{message} ({}:{})", at.file(), at.line()),
                        None => message.to_owned(),
                    };
                }
                noted.is_some()
            });
            if !noted {
                usual(info);
            }
        }));
    });
    let outer = NOTED.replace(Some("panic".to_owned()));
    // What a panicking call leaves behind is not looked at again.
    let result = catch_unwind(AssertUnwindSafe(work));
    let text = NOTED.replace(outer).unwrap_or_default();
    result.map_err(|_| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_messages() {
        assert_eq!(guarded(|| 1), Ok(1));
        let message = guarded(|| -> u8 { panic!("no {}", "way") }).unwrap_err();
        assert!(message.starts_with("no way (") && message.contains("guard.rs:"), "{message}");
    }
}
