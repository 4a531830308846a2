extern crate alloc;

use core::{alloc::Layout, arch::wasm32::unreachable, panic::PanicInfo};

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

// The C library, for the few functions (`memcmp`) that compiled code expects
// everywhere. What nothing calls is left out of the component.
#[allow(unsafe_code, reason = "the only way to name a library to link, though nothing is declared")]
#[link(name = "c")]
unsafe extern "C" {}

#[global_allocator]
static ALLOCATOR: WasmDynamicTalc = new_wasm_dynamic_allocator();

#[panic_handler]
fn trap(_: &PanicInfo<'_>) -> ! {
    unreachable()
}

/// The allocator as the component model's canonical ABI calls it: a new block
/// where `old_size` is 0, and otherwise the old one with another size.
#[allow(
    unsafe_code,
    reason = "the canonical ABI fixes the name and signature, and hands over raw blocks of memory"
)]
#[unsafe(no_mangle)]
unsafe extern "C" fn cabi_realloc(old: *mut u8, old_size: usize, align: usize, new_size: usize) -> *mut u8 {
    let size = if old_size == 0 { new_size } else { old_size };
    let Ok(layout) = Layout::from_size_align(size, align) else { unreachable() };
    let block = match (old_size, new_size) {
        (0, 0) => return core::ptr::without_provenance_mut(align),
        // SAFETY: the layout's size is `new_size`, which is not 0.
        (0, _) => unsafe { alloc::alloc::alloc(layout) },
        // SAFETY: the caller got `old` from this function with this layout, and
        // asks for a size that is not 0 (the ABI never shrinks a block to nothing).
        (_, _) => unsafe { alloc::alloc::realloc(old, layout, new_size) },
    };
    if block.is_null() { unreachable() } else { block }
}
