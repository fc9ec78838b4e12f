//! An item on its way out.

/// One finished item, whole, on its way out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FinishedItem<'a> {
    /// Its place in the plan.
    pub index: usize,
    /// Its number.
    pub edition: u32,
    /// The file of its picture, in the format of the project; that of the first size, if there are several.
    pub picture: &'a [u8],
    /// The files of the other sizes, in their order.
    pub more: &'a [&'a [u8]],
    /// Its metadata: a JSON document of the standard that the project asks for; empty if it asks for none.
    pub metadata: &'a [u8],
}
