//! Memory, from mimalloc. glibc grows and shrinks its arenas page by page under the tail's first-in, first-out use of
//! memory: a call to the kernel for every third request, and a tenth of all processor time within malloc. Huge pages are left
//! off: they make an idle server twice as large and a busy one no faster.
//!
//! mimalloc's own bindings ask for an alignment each time, which goes a longer way through it: for every block of more than a
//! kilobyte, and for most that do not happen to be the next of their page. Nearly all of Rust's allocations are aligned as any
//! memory is, and are asked for as C does.

#![expect(unsafe_code, reason = "an allocator hands out memory that the language knows nothing of")]

use std::alloc::{GlobalAlloc, Layout};

use libmimalloc_sys::{
    mi_free, mi_malloc, mi_malloc_aligned, mi_realloc, mi_realloc_aligned, mi_zalloc, mi_zalloc_aligned,
};

/// What mimalloc aligns all blocks to that are at least as large; smaller ones to their size.
const ALIGNED: usize = 16;

pub struct Allocator;

/// Whether a block of such a size is aligned enough without being asked to be.
const fn is_aligned(size: usize, align: usize) -> bool {
    align <= ALIGNED && align <= size
}

// SAFETY: mimalloc's functions are what these have to be: a block has the size that was asked for, is nobody else's until it
// is freed, keeps its bytes when it is resized, and null says that there is none. Each frees and resizes what any of the others
// gave. `is_aligned` says where the alignment that was asked for comes by itself.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: any size will do, and an alignment of a layout is a power of two.
        let block =
            unsafe { if is_aligned(size, align) { mi_malloc(size) } else { mi_malloc_aligned(size, align) } };
        block.cast()
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let (size, align) = (layout.size(), layout.align());
        // SAFETY: as above.
        let block =
            unsafe { if is_aligned(size, align) { mi_zalloc(size) } else { mi_zalloc_aligned(size, align) } };
        block.cast()
    }

    unsafe fn dealloc(&self, block: *mut u8, _: Layout) {
        // SAFETY: the caller has it from here, and does not use it any more.
        unsafe { mi_free(block.cast()) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let (block, align) = (block.cast(), layout.align());
        // SAFETY: as above, of both.
        let block = unsafe {
            if is_aligned(size, align) {
                mi_realloc(block, size)
            } else {
                mi_realloc_aligned(block, size, align)
            }
        };
        block.cast()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of all sizes that a request takes, many of each, so that they come from everywhere in their pages.
    #[test]
    fn blocks_are_aligned_as_they_were_asked_for_and_keep_what_they_hold() {
        for align in [1, 2, 4, 8, 16, 32, 64, 128, 4096] {
            for size in (1..200).chain([1000, 1064, 1100, 5000, 40_000, 300_000]) {
                let layout = Layout::from_size_align(size, align).unwrap();
                let grown = Layout::from_size_align(size + size / 2 + 1, align).unwrap();
                let blocks: Vec<*mut u8> = (0..20)
                    .map(|nth| {
                        // SAFETY: the layout has a size.
                        let block = unsafe { Allocator.alloc_zeroed(layout) };
                        assert!(!block.is_null() && block.addr().is_multiple_of(align), "{layout:?}");
                        // SAFETY: the block has that size, and is zero.
                        let bytes = unsafe { std::slice::from_raw_parts_mut(block, size) };
                        assert!(bytes.iter().all(|&byte| byte == 0));
                        bytes.fill(nth);
                        block
                    })
                    .collect();
                for (nth, block) in (0..).zip(blocks) {
                    // SAFETY: it was given for this layout, and is not used any more.
                    let block = unsafe { Allocator.realloc(block, layout, grown.size()) };
                    assert!(!block.is_null() && block.addr().is_multiple_of(align), "{grown:?}");
                    // SAFETY: the block is larger than what it held.
                    let bytes = unsafe { std::slice::from_raw_parts(block, size) };
                    assert!(bytes.iter().all(|&byte| byte == nth));
                    // SAFETY: it was given for that layout.
                    unsafe { Allocator.dealloc(block, grown) };
                }
            }
        }
    }
}
