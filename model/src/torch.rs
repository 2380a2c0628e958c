//! The one door to libtorch's global state.

use std::sync::{Mutex, PoisonError};
use tch::Device;

/// libtorch's number of threads belongs to the process, and the last bits of a sum can depend on it: whoever
/// computes with libtorch holds this.
static TORCH: Mutex<()> = Mutex::new(());

/// Where training runs: the first CUDA device where libtorch has one, else the processor.
pub fn device() -> Device {
    Device::cuda_if_available()
}

/// Runs `work` alone with libtorch on `n_threads` threads. Must not be nested.
pub(crate) fn with_threads<T>(n_threads: usize, work: impl FnOnce() -> T) -> T {
    let _alone = TORCH.lock().unwrap_or_else(PoisonError::into_inner);
    let before = tch::get_num_threads();
    tch::set_num_threads(i32::try_from(n_threads.max(1)).unwrap_or(i32::MAX));
    let value = work();
    tch::set_num_threads(before);
    value
}
