//! The tile atlas: slots of a tile's size in the pages of one array texture.
//!
//! Only tiles that hold more than one colour take a slot; empty and solid tiles are written into the stacks
//! themselves. All slots are of one size, so tiles come and go without leaving holes of the wrong shape. Tiles are
//! copied from staging buffers that are used again, a row of 64 pixels being just the 256 bytes that copies must be
//! aligned to.

use std::num::NonZeroU64;

use wgpu::util::StagingBelt;
use wgpu::{
    CommandEncoder, Extent3d, Origin3d, TexelCopyBufferInfo, TexelCopyBufferLayout, TexelCopyTextureInfo,
    TextureAspect, TextureDescriptor, TextureDimension, TextureUsages, TextureView, TextureViewDescriptor,
    TextureViewDimension,
};

use crate::compositor::gpu::context::{Context, Fault};
use crate::compositor::gpu::{FORMAT, TEXEL};
use crate::geometry::Grid;
use crate::pixel::Pixel;

/// Pixels a side of a slot.
const WIDTH: u32 = Grid::TILE_WIDTH;
const HEIGHT: u32 = Grid::TILE_HEIGHT;
/// Bytes of a slot.
pub(super) const SLOT_BYTES: u64 = (WIDTH * HEIGHT * 4) as u64;
/// Bytes of a row of a slot.
const ROW_BYTES: u32 = WIDTH * 4;
/// Bytes of a staging buffer.
const STAGING_BYTES: u64 = 4 << 20;

/// A place for one tile: column in bits 0 to 7, row in 8 to 15, page in 16 to 31, as the shader reads it.
pub(super) type Slot = u32;

/// How many slots an atlas has, and in pages of what size.
///
/// Pages are as narrow as they can be, one slot wide and as high as textures may be, so that a tile's rows follow
/// each other in memory. Devices that lay textures out by themselves do not mind; on a software adapter, which lays
/// them out row by row, passes took 0.6 to 0.75 of the time that they took with square pages, whose rows lie 8 KB
/// apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pages {
    /// Slots in a row of a page.
    pub(super) columns: u32,
    /// Rows of slots of a page.
    pub(super) rows: u32,
    pub(super) count: u32,
}

impl Pages {
    /// Pages for at least `slots` slots, if textures may have `max_side` pixels a side and `max_count` layers; fewer
    /// slots where these do not suffice.
    pub(super) fn of(slots: u64, max_side: u32, max_count: u32) -> Self {
        let slots = slots.max(1);
        let most = (max_side / WIDTH).min(256);
        let rows = u64::from((max_side / HEIGHT).min(256)).min(slots) as u32;
        let pages = |columns: u32| slots.div_ceil(u64::from(columns * rows));
        let mut columns = 1;
        while pages(columns) > u64::from(max_count) && columns * 2 <= most {
            columns *= 2;
        }
        Self { columns, rows, count: pages(columns).min(u64::from(max_count)).min(1 << 16) as u32 }
    }

    pub(super) fn slots(self) -> u64 {
        u64::from(self.columns * self.rows) * u64::from(self.count)
    }

    fn slot(self, index: u64) -> Slot {
        let a_page = u64::from(self.columns * self.rows);
        let (page, within) = ((index / a_page) as u32, (index % a_page) as u32);
        (page << 16) | ((within / self.columns) << 8) | (within % self.columns)
    }
}

/// The texture and which of its slots are free.
#[derive(Debug)]
pub(super) struct Atlas {
    texture: wgpu::Texture,
    pub(super) view: TextureView,
    pages: Pages,
    free: Vec<Slot>,
    belt: StagingBelt,
    /// Bytes copied so far.
    pub(super) uploaded: u64,
}

impl Atlas {
    pub(super) fn new(context: &Context, pages: Pages) -> Result<Self, Fault> {
        let texture = context.device.create_texture(&TextureDescriptor {
            label: Some("tile atlas"),
            size: Extent3d {
                width: pages.columns * WIDTH / TEXEL,
                height: pages.rows * HEIGHT,
                depth_or_array_layers: pages.count,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: FORMAT,
            usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
            view_formats: &[],
        });
        context.check()?;
        let view = texture.create_view(&TextureViewDescriptor {
            dimension: Some(TextureViewDimension::D2Array),
            ..TextureViewDescriptor::default()
        });
        Ok(Self {
            texture,
            view,
            pages,
            // Popped from the end, so the first pages fill first.
            free: (0..pages.slots()).rev().map(|index| pages.slot(index)).collect(),
            belt: StagingBelt::new(context.device.clone(), STAGING_BYTES),
            uploaded: 0,
        })
    }

    /// Bytes of the texture.
    pub(super) fn bytes(&self) -> u64 {
        self.pages.slots() * SLOT_BYTES
    }

    pub(super) fn slots(&self) -> u64 {
        self.pages.slots()
    }

    pub(super) fn free_slots(&self) -> usize {
        self.free.len()
    }

    /// A free slot, which is no longer free.
    pub(super) fn take(&mut self) -> Option<Slot> {
        self.free.pop()
    }

    pub(super) fn give_back(&mut self, slots: impl IntoIterator<Item = Slot>) {
        self.free.extend(slots);
    }

    /// Copies a tile of `width` columns into a slot, as part of the work that `encoder` records.
    pub(super) fn upload(
        &mut self,
        encoder: &mut CommandEncoder,
        slot: Slot,
        pixels: &[Pixel],
        width: usize,
    ) -> Result<(), Fault> {
        const ALIGNED: NonZeroU64 = NonZeroU64::new(ROW_BYTES as u64).expect("not zero");
        let height = pixels.len() / width;
        let bytes = NonZeroU64::new(u64::from(ROW_BYTES) * height as u64).expect("a tile has rows");
        let staged = self.belt.allocate(bytes, ALIGNED);
        let mut view = staged.get_mapped_range_mut().map_err(|error| Fault::Refused(error.to_string()))?;
        if width == WIDTH as usize {
            view.copy_from_slice(bytemuck::cast_slice(pixels));
        } else {
            for (y, row) in pixels.chunks_exact(width).enumerate() {
                let at = y * ROW_BYTES as usize;
                view.slice(at..at + width * 4).copy_from_slice(bytemuck::cast_slice(row));
            }
        }
        drop(view);
        let source = TexelCopyBufferInfo {
            buffer: staged.buffer(),
            layout: TexelCopyBufferLayout {
                offset: staged.offset(),
                bytes_per_row: Some(ROW_BYTES),
                rows_per_image: None,
            },
        };
        let target = TexelCopyTextureInfo {
            texture: &self.texture,
            mip_level: 0,
            origin: Origin3d {
                x: (slot & 255) * WIDTH / TEXEL,
                y: (slot >> 8 & 255) * HEIGHT,
                z: slot >> 16,
            },
            aspect: TextureAspect::All,
        };
        let size = Extent3d {
            width: (width as u32).div_ceil(TEXEL),
            height: height as u32,
            depth_or_array_layers: 1,
        };
        encoder.copy_buffer_to_texture(source, target, size);
        self.uploaded += bytes.get();
        Ok(())
    }

    /// Ends what is recorded; staging buffers come back once `encoder`'s work is done.
    pub(super) fn finish_uploads(&mut self, encoder: &CommandEncoder) {
        self.belt.finish_and_recall_on_submit(encoder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_what_is_asked_for_within_the_limits() {
        let of = |slots, side, count| {
            let pages = Pages::of(slots, side, count);
            (pages.columns, pages.rows, pages.count)
        };
        assert_eq!(of(0, 8192, 256), (1, 1, 1));
        assert_eq!(of(5, 8192, 256), (1, 5, 1));
        assert_eq!(of(257, 8192, 256), (1, 256, 2));
        assert_eq!(of(256 * 256, 8192, 256), (1, 256, 256));
        assert_eq!(of(256 * 256 + 1, 8192, 256), (2, 256, 129));
        assert_eq!(of(u64::MAX, 2048, 256), (32, 64, 256));
        assert!(Pages::of(u64::MAX, 16384, 2048).slots() <= u64::from(u32::MAX), "slots are 32 bits");
    }

    #[test]
    fn slots_are_distinct_and_inside_their_page() {
        let pages = Pages { columns: 2, rows: 3, count: 4 };
        let slots: std::collections::BTreeSet<Slot> = (0..pages.slots()).map(|i| pages.slot(i)).collect();
        assert_eq!(slots.len(), 24);
        assert!(slots.iter().all(|slot| slot & 255 < 2 && slot >> 8 & 255 < 3 && slot >> 16 < 4));
    }
}
