extern crate alloc;

use core::{alloc::Layout, arch::wasm32::unreachable, panic::PanicInfo};

use lol_alloc::{AssumeSingleThreaded, LeakingAllocator};

// Compiled code calls a few functions of the C library, such as `memcmp`. The linker
// omits functions that nothing calls.
#[allow(unsafe_code, reason = "linking a library requires an `unsafe extern` block, even an empty one")]
#[link(name = "c")]
unsafe extern "C" {}

#[global_allocator]
#[allow(unsafe_code, reason = "the library requires the promise that there is one thread")]
static ALLOCATOR: AssumeSingleThreaded<LeakingAllocator> =
    // SAFETY: the host rejects components with threads.
    unsafe { AssumeSingleThreaded::new(LeakingAllocator::new()) };

#[panic_handler]
fn trap(_: &PanicInfo<'_>) -> ! {
    unreachable()
}

/// The `realloc` of the component model's canonical ABI: allocates a block if
/// `old_size` is 0, and resizes `old` otherwise.
#[allow(unsafe_code, reason = "the canonical ABI defines the name and the signature, which has raw pointers")]
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, new_size: usize) -> *mut u8 {
    let size = if old_size == 0 { new_size } else { old_size };
    let Ok(layout) = Layout::from_size_align(size, align) else { unreachable() };
    let block = match (old_size, new_size) {
        (0, 0) => return core::ptr::without_provenance_mut(align),
        // SAFETY: the layout's size is `new_size`, which is not 0.
        (0, _) => unsafe { alloc::alloc::alloc(layout) },
        // SAFETY: this function allocated `old` with this layout, and the new size is
        // not 0, because the ABI never resizes a block to 0 bytes.
        (_, _) => unsafe { alloc::alloc::realloc(old, layout, new_size) },
    };
    if block.is_null() { unreachable() } else { block }
}
