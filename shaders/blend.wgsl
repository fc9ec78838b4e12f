@group(0) @binding(0) var<storage, read> blend_tables: array<u32>;
fn blend(mode: u32, s: u32, d: u32) -> u32 {
    return over(s, d) + (blend_tables[0] & 0u);
}
