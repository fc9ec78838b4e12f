//! Running a script in QuickJS: CommonJS and ECMAScript modules, in a thread of its own.
//!
//! The engine has no modules of its own here, so a script has the language and what `prelude.js` gives it. Every call of the
//! script, a getter's too, is under the same interrupt handler.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::context::EvalOptions;
use rquickjs::function::Function;
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::promise::PromiseState;
use rquickjs::{CaughtError, Context, Ctx, Exception, Module, Object, Runtime, Value as JsValue};

use super::error::{Cause, ScriptError};
use super::files::{self, Files, ROOT};
use super::walk::{self, Stop, Walk};
use super::{Called, MAX_MEMORY, MAX_SECONDS, Script};
use crate::import::value::Value;
use crate::panics;

/// Bytes of stack that the engine may use; the thread has more.
const MAX_STACK: usize = 512 << 10;
/// Bytes of stack of the thread.
const THREAD_STACK: usize = 8 << 20;
/// What CommonJS wraps around the text of a file.
const BEFORE: &str = "(function (exports, require, module, __filename, __dirname) {";
const AFTER: &str = "\n})";

/// Runs a script; see [`super::evaluate`].
pub(super) fn evaluate(root: &Path, file: &Path, calls: &[&str]) -> Result<Script, ScriptError> {
    let work = || panics::caught(|| run(root, file, calls));
    let ran = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(THREAD_STACK);
        thread.spawn_scoped(scope, work).map(std::thread::ScopedJoinHandle::join)
    });
    match ran {
        Ok(Ok(Ok(result))) => result,
        Ok(Ok(Err(panic))) => Err(Cause::Result(format!("the engine failed ({panic})")).into()),
        Ok(Err(_)) => Err(Cause::Result("the engine failed".to_owned()).into()),
        Err(error) => {
            Err(Cause::Result(format!("no thread could be started for the script: {error}")).into())
        }
    }
}

/// What a script used that differs from run to run.
#[derive(Default)]
struct Used {
    random: Cell<bool>,
    clock: Cell<bool>,
    environment: RefCell<BTreeSet<String>>,
}

fn run(root: &Path, file: &Path, calls: &[&str]) -> Result<Script, ScriptError> {
    let is_late = Rc::new(Cell::new(false));
    let deadline = Instant::now() + Duration::from_secs(MAX_SECONDS);
    let failed =
        |error: rquickjs::Error| ScriptError::from(Cause::Result(format!("the engine failed: {error}")));
    let runtime = Runtime::new().map_err(failed)?;
    runtime.set_memory_limit(MAX_MEMORY);
    runtime.set_max_stack_size(MAX_STACK);
    let late = Rc::clone(&is_late);
    runtime.set_interrupt_handler(Some(Box::new(move || {
        late.set(late.get() || Instant::now() >= deadline);
        late.get()
    })));
    let files = Rc::new(Files::new(root.to_owned()));
    runtime.set_loader(Modules(Rc::clone(&files)), Modules(Rc::clone(&files)));
    let context = Context::full(&runtime).map_err(failed)?;
    let used = Rc::new(Used::default());
    context.with(|ctx| {
        let entry = files::seen(root, file);
        let script = exports(&ctx, &files, &used, &entry).and_then(|exports| {
            let Value::Map(map) = Walk::new().value(exports.as_value())? else {
                return Err(Stop::Limit("the script exports no object with settings".to_owned()));
            };
            let mut script = Script {
                exports: map,
                is_random: used.random.get(),
                reads_clock: used.clock.get(),
                environment: used.environment.borrow().iter().cloned().collect(),
                ..Script::default()
            };
            for name in calls {
                let Some(function) = walk::function(&exports, name) else { continue };
                script.called.push(((*name).to_owned(), called(&ctx, &function, &used)));
            }
            Ok(script)
        });
        script.map_err(|stop| match stop {
            Stop::Limit(text) => Cause::Result(text).into(),
            Stop::Engine(error) => caught(&ctx, error, is_late.get()),
        })
    })
}

/// What the script `entry` exports.
fn exports<'js>(
    ctx: &Ctx<'js>,
    files: &Rc<Files>,
    used: &Rc<Used>,
    entry: &str,
) -> Result<Object<'js>, Stop> {
    let require = prelude(ctx, files, used)?;
    let text = files.read(entry).map_err(Stop::Limit)?;
    let exported: JsValue<'js> = if is_module(&text) {
        let (module, promise) = Module::declare(ctx.clone(), entry, text)?.eval()?;
        while ctx.execute_pending_job() {}
        match promise.state() {
            PromiseState::Pending => {
                return Err(Stop::Limit("the script waits for something that does not come".to_owned()));
            }
            PromiseState::Rejected => {
                if let Some(Err(error)) = promise.result::<JsValue<'js>>() {
                    return Err(error.into());
                }
            }
            PromiseState::Resolved => {}
        }
        let namespace = module.namespace()?;
        let only_default = namespace.keys::<String>().flatten().all(|key| key == "default");
        let default = namespace.get::<_, JsValue<'js>>("default")?;
        if only_default && default.is_object() { default } else { namespace.into_value() }
    } else {
        require.call((entry,))?
    };
    if exported.is_promise() {
        return Err(Stop::Limit("the script exports a promise, and no layerConfigurations".to_owned()));
    }
    let what = exported.type_name();
    let object = exported.into_object().filter(|object| !object.is_function() && !object.is_array());
    object.ok_or_else(|| Stop::Limit(format!("the script exports no object with settings, but: {what}")))
}

/// Runs the prelude, which gives the function `require` of the project's folder.
fn prelude<'js>(ctx: &Ctx<'js>, files: &Rc<Files>, used: &Rc<Used>) -> rquickjs::Result<Function<'js>> {
    let host = Object::new(ctx.clone())?;
    let of_resolve = Rc::clone(files);
    host.set(
        "resolve",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, folder: String, name: String| {
            of_resolve.resolve(&folder, &name).map_err(|text| Exception::throw_message(&ctx, &text))
        })?,
    )?;
    let of_read = Rc::clone(files);
    host.set(
        "read",
        Function::new(ctx.clone(), move |ctx: Ctx<'js>, path: String| {
            of_read.read(&path).map_err(|text| Exception::throw_message(&ctx, &text))
        })?,
    )?;
    host.set("compile", Function::new(ctx.clone(), compile)?)?;
    let used = Rc::clone(used);
    host.set(
        "note",
        Function::new(ctx.clone(), move |what: String| match what.strip_prefix("env ") {
            Some(name) => _ = used.environment.borrow_mut().insert(name.to_owned()),
            None if what == "random" => used.random.set(true),
            None => used.clock.set(true),
        })?,
    )?;
    let options = options("prelude.js");
    let start: Function<'js> = ctx.eval_with_options(include_str!("prelude.js"), options)?;
    start.call((host,))
}

fn options(name: &str) -> EvalOptions {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    options
}

/// The function that the text of a file in CommonJS is the body of.
fn compile<'js>(ctx: Ctx<'js>, path: String, text: String) -> rquickjs::Result<Function<'js>> {
    if is_module(&text) {
        let what = format!("{path} is an ECMAScript module, which cannot be required; import it");
        return Err(Exception::throw_message(&ctx, &what));
    }
    ctx.eval_with_options(format!("{BEFORE}{text}{AFTER}"), options(&path))
}

/// Whether a file is an ECMAScript module: a line outside of comments begins with `import` or `export`.
fn is_module(text: &str) -> bool {
    let mut in_comment = false;
    text.lines().any(|line| {
        let line = line.trim_start();
        if in_comment {
            in_comment = !line.contains("*/");
            return false;
        }
        in_comment = line.starts_with("/*") && !line.contains("*/");
        let is_end = |rest: &str| rest.starts_with([' ', '{', '*', '"', '\'']);
        let rest = line.strip_prefix("import").or_else(|| line.strip_prefix("export"));
        rest.is_some_and(is_end)
    })
}

/// The modules that a script may import.
struct Modules(Rc<Files>);

impl Resolver for Modules {
    fn resolve<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<String> {
        let folder = base.rsplit_once('/').map_or(ROOT, |(folder, _)| folder);
        self.0.resolve(folder, name).map_err(|text| Exception::throw_message(ctx, &text))
    }
}

impl Loader for Modules {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _: Option<ImportAttributes<'js>>,
    ) -> rquickjs::Result<Module<'js, Declared>> {
        if let Some(absent) = name.strip_prefix("absent:") {
            let source = format!("export default __traitpress_require({ROOT:?})({absent:?});\n");
            return Module::declare(ctx.clone(), name, source);
        }
        let expression = match name.strip_prefix("module:") {
            Some(module) => format!("__traitpress_builtin({module:?})"),
            None => {
                let text = self.0.read(name).map_err(|text| Exception::throw_message(ctx, &text))?;
                if is_module(&text) {
                    return Module::declare(ctx.clone(), name, text);
                }
                format!("__traitpress_require({ROOT:?})({name:?})")
            }
        };
        // What is exported in the older way has no list of names before it has run.
        let exported: JsValue<'js> = ctx.eval(expression.as_str())?;
        let mut source = format!("const all = {expression};\nexport default all;\n");
        if let Some(object) = exported.as_object() {
            let keys = object.keys::<String>().flatten().filter(|key| key != "default");
            for (number, key) in keys.enumerate() {
                source += &format!("const e{number} = all[{key:?}];\nexport {{ e{number} as {key:?} }};\n");
            }
        }
        Module::declare(ctx.clone(), name, source)
    }
}

/// Calls a function twice, without arguments.
fn called<'js>(ctx: &Ctx<'js>, function: &Function<'js>, used: &Used) -> Called {
    let (random, clock) = (used.random.replace(false), used.clock.replace(false));
    let once = || -> Result<_, Stop> { Walk::new().value(&function.call::<_, JsValue<'js>>(())?) };
    let values = once().and_then(|first| Ok((first, once()?)));
    let varies = used.random.replace(random) | used.clock.replace(clock);
    match values {
        Ok((first, second)) if first == second && !varies => Called::Constant(first),
        Ok(_) => Called::Varies,
        Err(Stop::Limit(text)) => Called::Failed(text),
        Err(Stop::Engine(error)) => Called::Failed(caught(ctx, error, false).cause.to_string()),
    }
}

/// What an error of the engine means.
fn caught<'js>(ctx: &Ctx<'js>, error: rquickjs::Error, is_late: bool) -> ScriptError {
    let caught = CaughtError::from_error(ctx, error);
    if is_late {
        return Cause::Time.into();
    }
    let (name, message, stack) = match caught {
        CaughtError::Exception(exception) => {
            let name = exception.as_object().get::<_, String>("name").unwrap_or_default();
            (name, exception.message().unwrap_or_default(), exception.stack().unwrap_or_default())
        }
        // The engine has no memory left for an error.
        CaughtError::Value(value) if value.is_null() => return Cause::Memory.into(),
        CaughtError::Value(value) => {
            let text = value.as_string().and_then(|text| text.to_string().ok()).unwrap_or_default();
            (String::new(), text, String::new())
        }
        CaughtError::Error(error) => (String::new(), error.to_string(), String::new()),
    };
    if message.contains("out of memory") {
        return Cause::Memory.into();
    }
    if message.contains("stack overflow") || message.contains("call stack size") {
        return Cause::Stack.into();
    }
    let text = if name.is_empty() || name == "Error" { message } else { format!("{name}: {message}") };
    ScriptError { cause: Cause::Thrown(text), place: place(&stack) }
}

/// The first place of a list of calls that is in a file of the project.
fn place(stack: &str) -> Option<(String, usize, usize)> {
    stack.lines().find_map(|line| {
        let from = line.find(ROOT)?;
        let text = line[from + ROOT.len() + 1..].trim_end_matches(')');
        let (text, column) = text.rsplit_once(':')?;
        let (file, line) = text.rsplit_once(':')?;
        let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
        let column = if line == 1 { column.saturating_sub(BEFORE.len()).max(1) } else { column };
        Some((file.to_owned(), line, column))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What scripts export of which the first is the configuration.
    fn evaluated(scripts: &[(&str, &str)], calls: &[&str]) -> Result<Script, ScriptError> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (name, text) in scripts {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), text).unwrap();
        }
        evaluate(&root, &root.join(scripts[0].0), calls)
    }

    fn number(script: &Script, key: &str) -> f64 {
        script.exports.get(key).and_then(Value::as_number).unwrap()
    }

    #[test]
    fn modules_of_both_kinds_are_read_with_their_own() {
        let script = evaluated(
            &[
                (
                    "src/config.js",
                    "const path = require('path');\nconst { b } = require(path.join(process.cwd(), 'src/b'));\n\
                     require('dotenv').config();\nconst e = process.env.A || 2;\nconsole.log(e);\n\
                     const { MODE } = require(`${__dirname}/../constants/blend_mode.js`);\n\
                     module.exports = { b, e, c: require('./c.json').c, blend: MODE.softLight, r: Math.random(), f() {} };",
                ),
                ("src/b.js", "exports.b = 1;"),
                ("src/c.json", "{ \"c\": 3 }"),
            ],
            &[],
        );
        let script = script.unwrap();
        assert_eq!([number(&script, "b"), number(&script, "e"), number(&script, "c")], [1.0, 2.0, 3.0]);
        assert_eq!(script.exports.get("blend").and_then(Value::as_text), Some("soft-light"));
        assert_eq!((script.is_random, script.reads_clock), (true, false));
        assert_eq!(script.environment, ["A"]);
        assert_eq!(script.exports.get("f"), Some(&Value::Opaque("a function")));
        let module = evaluated(
            &[
                (
                    "config.js",
                    "import path from \"path\";\nimport { a } from './a.mjs';\nimport { b } from './b.js';\n\
                     import c from './c.json' with { type: 'json' };\nexport const list = [a, b, c.c, path.join('x', 'y')];\n\
                     export default 5;",
                ),
                ("a.mjs", "/*\nexport nothing\n*/\nexport const a = 1;"),
                ("b.js", "module.exports = { b: 2 };"),
                ("c.json", "{ \"c\": 3 }"),
            ],
            &[],
        );
        let list = ["1", "2", "3", "\"x/y\""].join(", ");
        assert_eq!(module.unwrap().exports.get("list").unwrap().shown(), format!("[{list}]"));
    }

    #[test]
    fn functions_are_called_twice() {
        let text = "let n = 0; module.exports = { a: () => [n], b: () => n++, c: () => Math.random(), \
                    d: () => { throw new Error('no') }, e: 5 };";
        let script = evaluated(&[("c.js", text)], &["a", "b", "c", "d", "e"]).unwrap();
        let called: Vec<&Called> = script.called.iter().map(|(_, called)| called).collect();
        assert_eq!(called[0], &Called::Constant(Value::List(vec![Value::Number(0.0)])));
        assert_eq!(called[1..3], [&Called::Varies, &Called::Varies]);
        assert_eq!(called[3], &Called::Failed("the script fails: no".to_owned()));
        assert_eq!(called.len(), 4);
        assert!(!script.is_random);
    }

    #[test]
    fn errors_have_their_place() {
        let error = evaluated(&[("src/config.js", "const a = ;")], &[]).unwrap_err();
        assert_eq!(error.place, Some(("src/config.js".to_owned(), 1, 11)));
        let text = "const b = 1;\n\nundefinedFunction();";
        let error = evaluated(&[("c.js", "require('./d')"), ("d.js", text)], &[]).unwrap_err();
        assert_eq!(error.place.map(|(file, line, _)| (file, line)), Some(("d.js".to_owned(), 3)));
        assert!(matches!(error.cause, Cause::Thrown(text) if text.contains("undefinedFunction")));
    }

    #[test]
    fn scripts_end_at_their_limits() {
        for (text, cause) in [
            ("for (;;) {}", Cause::Time),
            ("module.exports = { get a() { for (;;) {} } };", Cause::Time),
            ("const a = []; for (;;) a.push(new Array(1e5).fill(0));", Cause::Memory),
            ("const f = () => f() + 1; f();", Cause::Stack),
        ] {
            assert_eq!(evaluated(&[("c.js", text)], &[]).unwrap_err().cause, cause, "{text}");
        }
        for (text, part) in [
            ("module.exports = (async () => ({}))();", "promise"),
            ("module.exports = 5;", "no object"),
            ("module.exports = { a: Array(3e5).fill(0) };", "200000 values"),
            ("let o = {}; module.exports = o; for (let i = 0; i < 50; i++) o = o.a = {};", "32 levels"),
            ("process.exit(0);", "process.exit"),
            ("require('fs').writeFileSync('x', 'y');", "fs.writeFileSync"),
            ("require('child_process').execSync('x');", "the module child_process.execSync is not available"),
            (
                "const { Buffer } = require('buffer'); new Buffer(5);",
                "the module buffer.Buffer is not available",
            ),
            ("module.exports = { a: 'x' + require('os') };", "the module os is not available"),
            ("import x from 'chalk'; export const a = x.red('y');", "the module chalk"),
        ] {
            let error = evaluated(&[("c.js", text)], &[]).unwrap_err().cause.to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        let unused = "const { Option } = require('commander'); module.exports = { a: 1 };";
        assert_eq!(number(&evaluated(&[("c.js", unused)], &[]).unwrap(), "a"), 1.0);
        let cyclic = evaluated(&[("c.js", "const o = { a: 1 }; o.o = o; module.exports = o;")], &[]).unwrap();
        assert_eq!(cyclic.exports.get("o").unwrap().shown(), "(an object that contains itself)");
        let proto = "Object.prototype.x = 1; Array.prototype.map = null; JSON.stringify = () => 0; module.exports = { a: [1] };";
        assert_eq!(evaluated(&[("c.js", proto)], &[]).unwrap().exports.0.len(), 1);
    }
}
