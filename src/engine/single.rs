//! Single pictures on demand, with the bytes that they have in a collection.

use crate::compositor::Band;
use crate::engine::ahead::{AheadUse, Busy};
use crate::engine::facade::Engine;
use crate::engine::ones::check_one;
use crate::engine::output::Output;
use crate::engine::watch::Watch;
use crate::error::Error;
use crate::output::MetadataTexts;
use crate::plan::{Item, Plan};
use crate::rules;
use crate::selection::{ItemRequest, Items};
use crate::telemetry::{CancelToken, Observer};

impl Engine {
    /// Begins a request for a single item: drawn from a text, with some layers limited, or with what is possible beside them.
    /// See [`ItemRequest`].
    ///
    /// The first call builds the decision diagrams of the rules; the others share them.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), traitpress::Error> {
    /// let engine = traitpress::engine::Engine::open("my-project")?;
    /// let alice = engine.item()?.with("Hat", "Crown")?.seeded("alice")?;
    /// let png = engine.render(&alice)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no item obeys all rules, or none of a group does.
    pub fn item(&self) -> Result<ItemRequest<'_>, Error> {
        let items = match self.items.get() {
            Some(items) => items,
            None => {
                let made = Items::new(self.project())?;
                self.items.get_or_init(|| made)
            }
        };
        Ok(items.request(self.project()))
    }

    /// Makes one picture: the PNG file of an item, put together from traits or a one-of-one.
    ///
    /// The bytes are those that pressing a collection writes for this item.
    ///
    /// # Errors
    /// If the project cannot make such an item.
    pub fn render(&self, item: &Item) -> Result<Vec<u8>, Error> {
        if let Some(number) = item.one() {
            return self.render_one(number);
        }
        let row = item.row();
        rules::check_row(self.project(), row)?;
        let _busy = self.begin_request();
        let next = self.observe(row);
        let file = self.presser().picture(row, next, &Watch::default())?;
        self.budget.after_picture();
        Ok(file)
    }

    /// Prepares the items that are likely to be requested next, on this thread and those of the engine, until there is nothing
    /// more to prepare or `stop` is cancelled. For callers with pauses of their own; see
    /// [`Performance::press_ahead`](crate::engine::Performance::press_ahead) for others.
    ///
    /// # Errors
    /// If a picture must be decoded again and has changed.
    pub fn press_ahead(&self, stop: &CancelToken) -> Result<(), Error> {
        self.ahead.prepare(&|| stop.is_cancelled())
    }

    /// What was prepared so far for items that may come.
    #[must_use]
    pub fn ahead_use(&self) -> AheadUse {
        self.ahead.usage()
    }

    /// Begins a request; while it is at work nothing is prepared for others.
    pub(crate) fn begin_request(&self) -> Busy<'_> {
        Busy::new(self.options().performance.press_ahead.then_some(&self.ahead))
    }

    /// Records that an item was requested; what the back end may load for those that come next.
    pub(crate) fn observe(&self, row: &[u16]) -> Vec<Band> {
        self.prefetcher.observe(row);
        self.prefetcher.guess(self.art().grid.rows())
    }

    /// The metadata document of an item with this number, as a collection has it in `json/`: its name, its attributes and the
    /// address of its picture. `None` if the project writes no document per item.
    ///
    /// # Errors
    /// If the project cannot make such an item.
    pub fn metadata(&self, item: &Item, edition: u32) -> Result<Option<String>, Error> {
        let mut plan = Plan::of_items(self.project(), std::slice::from_ref(item))?;
        plan.start = edition;
        let mut document = Vec::new();
        MetadataTexts::new(self.project()).write_item(&plan, 0, &mut document);
        Ok((!document.is_empty()).then(|| String::from_utf8_lossy(&document).into_owned()))
    }

    /// Makes one picture in all sizes, in their order; the first file is what [`Self::render`] gives.
    ///
    /// # Errors
    /// If the project cannot make such an item.
    pub fn render_sizes(&self, item: &Item) -> Result<Vec<Vec<u8>>, Error> {
        let mut files = vec![self.render(item)?];
        for Output { presser, ones } in &self.outputs.more {
            files.push(match item.one() {
                Some(number) => ones.encode(self.project(), number)?,
                None => presser.picture(item.row(), Vec::new(), &Watch::default())?,
            });
        }
        Ok(files)
    }

    /// Makes the picture of the one-of-one with this number in [`Project::ones`](crate::project::Project::ones): a PNG file.
    ///
    /// The bytes are those that pressing a collection writes for it.
    ///
    /// # Errors
    /// If the project has no such one, or its picture is not what it was when the project was loaded.
    pub fn render_one(&self, number: usize) -> Result<Vec<u8>, Error> {
        check_one(self.project(), number)?;
        self.outputs.first.ones.encode(self.project(), number)
    }
}
