//! The keys of `collection.toml`, for what refuses all others.

/// Keys of the file as a whole.
pub(super) const KEYS: [&str; 29] = [
    "name",
    "description",
    "size",
    "count",
    "seed",
    "start",
    "base_uri",
    "background",
    "fit",
    "scale_filter",
    "colors",
    "output_size",
    "format",
    "quality",
    "predict",
    "layers_folder",
    "layers",
    "rules",
    "unique",
    "traits",
    "groups",
    "group_order",
    "rarity",
    "duplicates",
    "distinct",
    "choice",
    "same",
    "ones",
    "metadata",
];
/// Those of [`KEYS`] that are tables of their own, wherever they are in the file.
const TABLES: [&str; 8] = ["layers", "rules", "unique", "traits", "groups", "ones", "metadata", "predict"];
pub(super) const PREDICT_KEYS: [&str; 3] = ["window", "similarity", "top"];

/// Whether a key belongs to the collection as a whole, so that it must be above the first table of the file.
pub(super) fn is_of_collection(key: &str) -> bool {
    KEYS.contains(&key) && !TABLES.contains(&key)
}
