//! What a script exports, as our own values, taken out on our side of the border.
//!
//! The script's own `JSON.stringify` is not used, because a script can replace it. Getters run here, too, so the limit of time
//! still holds; the number of values and the length of all texts have limits of their own.

use rquickjs::function::Function;
use rquickjs::{Array, Object, Value as JsValue};

use crate::import::value::{Map, NOTHING, Value};

/// Levels that values may be nested.
const MAX_DEPTH: usize = 32;
/// Values that may be exported.
const MAX_VALUES: usize = 200_000;
/// Bytes that their texts may have together.
const MAX_TEXT: usize = 8 << 20;

/// Why the walk ended.
#[derive(Debug)]
pub(super) enum Stop {
    /// An error of the engine, as one that a getter threw.
    Engine(rquickjs::Error),
    /// A limit.
    Limit(String),
}

impl From<rquickjs::Error> for Stop {
    fn from(error: rquickjs::Error) -> Self {
        Self::Engine(error)
    }
}

/// What is left of the limits.
#[derive(Debug)]
pub(super) struct Walk<'js> {
    values: usize,
    text: usize,
    /// The objects that the walk is in.
    within: Vec<JsValue<'js>>,
}

impl<'js> Walk<'js> {
    pub(super) fn new() -> Self {
        Self { values: MAX_VALUES, text: MAX_TEXT, within: Vec::new() }
    }

    /// The value of something exported.
    pub(super) fn value(&mut self, value: &JsValue<'js>) -> Result<Value, Stop> {
        let too_many = || Stop::Limit(format!("the configuration exports more than {MAX_VALUES} values"));
        self.values = self.values.checked_sub(1).ok_or_else(too_many)?;
        if let Some(yes) = value.as_bool() {
            return Ok(Value::Bool(yes));
        }
        if let Some(number) = value.as_number() {
            return Ok(Value::Number(number));
        }
        if let Some(text) = value.as_string() {
            return Ok(self
                .text(text.to_string())?
                .map_or(Value::Opaque("a text that is not Unicode"), Value::Text));
        }
        if value.is_null() {
            return Ok(Value::Null);
        }
        if value.is_undefined() {
            return Ok(Value::Opaque(NOTHING));
        }
        if value.is_function() {
            return Ok(Value::Opaque("a function"));
        }
        if value.is_promise() {
            return Ok(Value::Opaque("a promise"));
        }
        let Some(object) = value.as_object() else {
            return Ok(Value::Opaque("a value without a counterpart"));
        };
        if self.within.contains(value) {
            return Ok(Value::Opaque("an object that contains itself"));
        }
        if self.within.len() >= MAX_DEPTH {
            return Err(Stop::Limit(format!(
                "the configuration is nested more than {MAX_DEPTH} levels deep"
            )));
        }
        self.within.push(value.clone());
        let walked = match value.as_array() {
            Some(array) => self.list(array),
            None => self.map(object).map(Value::Map),
        };
        self.within.pop();
        walked
    }

    fn text(&mut self, text: rquickjs::Result<String>) -> Result<Option<String>, Stop> {
        // Half of a pair of surrogates is no text of ours.
        let Ok(text) = text else { return Ok(None) };
        let too_long = || Stop::Limit(format!("the configuration's texts have more than {MAX_TEXT} bytes"));
        self.text = self.text.checked_sub(text.len()).ok_or_else(too_long)?;
        Ok(Some(text))
    }

    fn list(&mut self, array: &Array<'js>) -> Result<Value, Stop> {
        if array.len() > self.values {
            return Err(Stop::Limit(format!("the configuration exports more than {MAX_VALUES} values")));
        }
        let mut list = Vec::with_capacity(array.len());
        for index in 0..array.len() {
            list.push(self.value(&array.get::<JsValue<'js>>(index)?)?);
        }
        Ok(Value::List(list))
    }

    /// The object's own enumerable properties, so that what was added to a prototype is left out.
    fn map(&mut self, object: &Object<'js>) -> Result<Map, Stop> {
        let mut map = Map::default();
        for key in object.keys::<String>() {
            let Some(key) = self.text(key)? else { continue };
            let value = object.get::<_, JsValue<'js>>(&*key)?;
            map.0.push((key, self.value(&value)?));
        }
        Ok(map)
    }
}

/// A function that is exported under this name.
pub(super) fn function<'js>(exports: &Object<'js>, name: &str) -> Option<Function<'js>> {
    exports.get::<_, JsValue<'js>>(name).ok()?.into_function()
}
