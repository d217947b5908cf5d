//! A panic while one file is read costs what is known of that file.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The value of `work`, or what it panicked with. What `work` leaves behind must not be looked at.
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| message(payload.as_ref()))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic").to_owned()
}
