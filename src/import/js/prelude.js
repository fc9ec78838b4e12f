// What a configuration may use of Node: `require` of files of the project and of a few modules, and nothing of the system.
// It is called once, before the configuration, with the functions of the host.
(function (host) {
  "use strict";
  const parse = JSON.parse;
  const RealDate = Date;
  const NOW = 1700000000000;
  const missing = (module, name) => () => {
    const what = module.startsWith("the module ") ? module : `${module}.${String(name)}`;
    throw new Error(`${what} is not available while a configuration is read`);
  };
  // Every member that is not there is a function that says so when it is called.
  const stub = (module, members) =>
    new Proxy(members, { get: (all, name) => (name in all || typeof name === "symbol" ? all[name] : missing(module, name)) });

  Math.random = () => (host.note("random"), 0.5);
  const FixedDate = class Date extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) {
        host.note("clock");
        super(NOW);
      } else super(...parts);
    }
    static now() {
      host.note("clock");
      return NOW;
    }
  };
  globalThis.Date = FixedDate;

  const split = (path) => {
    const out = [];
    const absolute = path.startsWith("/");
    for (const part of path.split("/")) {
      if (part === "" || part === ".") continue;
      if (part === ".." && out.length > 0 && out[out.length - 1] !== "..") out.pop();
      else if (part !== ".." || !absolute) out.push(part);
    }
    return (absolute ? "/" : "") + out.join("/") || ".";
  };
  const path = {
    sep: "/",
    delimiter: ":",
    normalize: (text) => split(String(text)),
    join: (...parts) => split(parts.filter((part) => part !== "").join("/")),
    isAbsolute: (text) => text.startsWith("/"),
    resolve: (...parts) => {
      let out = "";
      for (const part of ["/project", ...parts]) out = part.startsWith("/") ? part : `${out}/${part}`;
      return split(out);
    },
    basename: (text, end = "") => {
      const name = text.replace(/\/+$/, "").split("/").pop();
      return end !== "" && name !== end && name.endsWith(end) ? name.slice(0, -end.length) : name;
    },
    dirname: (text) => {
      const parts = text.replace(/\/+$/, "").split("/");
      parts.pop();
      return parts.join("/") || (text.startsWith("/") ? "/" : ".");
    },
    extname: (text) => (/[^/.]\.[^/.]*$/.test(text) ? text.slice(text.lastIndexOf(".")) : ""),
    relative: (from, to) => {
      const [a, b] = [path.resolve(from).split("/"), path.resolve(to).split("/")];
      while (a.length > 0 && a[0] === b[0]) (a.shift(), b.shift());
      return [...a.filter(Boolean).map(() => ".."), ...b].join("/");
    },
    parse: (text) => {
      const [base, ext] = [path.basename(text), path.extname(text)];
      return { root: text.startsWith("/") ? "/" : "", dir: path.dirname(text), base, ext, name: path.basename(text, ext) };
    },
    format: (parts) => `${parts.dir ? `${parts.dir}/` : ""}${parts.base ?? parts.name + (parts.ext ?? "")}`,
  };
  path.posix = path;
  path.default = path;

  const env = new Proxy(
    {},
    {
      get: (all, name) => (typeof name === "string" && host.note(`env ${name}`), undefined),
      has: () => false,
    },
  );
  const process = stub("process", {
    cwd: () => "/project",
    env,
    argv: ["node", "config.js"],
    platform: "linux",
    execPath: "/project/node",
    pkg: undefined,
    versions: { node: "20.0.0" },
    version: "v20.0.0",
    exit: () => {
      throw new Error("the configuration ends the program (process.exit)");
    },
    on: () => process,
    stdout: { write: () => true },
    stderr: { write: () => true },
  });
  globalThis.process = process;
  globalThis.global = globalThis;
  globalThis.console = new Proxy({}, { get: () => () => undefined });

  const dotenv = { config: () => ({ parsed: {} }) };
  dotenv.default = dotenv;
  const fs = stub("fs", { existsSync: () => false });
  const url = stub("url", {
    fileURLToPath: (text) => String(text).replace(/^file:\/\//, ""),
    pathToFileURL: (text) => ({ href: `file://${text}` }),
  });
  // Modules that are not there are often required and never used.
  const absent = (name) =>
    new Proxy(function () {}, {
      get: (all, key) => (key === Symbol.toPrimitive ? missing(name, "value") : absent(`${name}.${String(key)}`)),
      apply: () => missing(name, "call")(),
      construct: () => missing(name, "new")(),
    });
  const builtin = { path, dotenv, "dotenv/config": {}, fs, url, process };

  const loaded = new Map();
  const requireFrom = (folder) => {
    const require = (name) => {
      const found = host.resolve(folder, String(name));
      if (found.startsWith("module:")) return builtin[found.slice(7)];
      if (found.startsWith("absent:")) return absent(`the module ${found.slice(7)}`);
      const known = loaded.get(found);
      if (known !== undefined) return known.exports;
      const module = { exports: {}, id: found, filename: found, loaded: false, children: [], paths: [] };
      loaded.set(found, module);
      const text = host.read(found);
      if (found.endsWith(".json")) {
        module.exports = parse(text);
        return module.exports;
      }
      const inner = path.dirname(found);
      const run = host.compile(found, text);
      run.call(module.exports, module.exports, requireFrom(inner), module, found, inner);
      module.loaded = true;
      return module.exports;
    };
    require.resolve = (name) => host.resolve(folder, String(name));
    require.cache = {};
    require.main = undefined;
    return require;
  };
  globalThis.__traitpress_builtin = (name) => builtin[name];
  globalThis.__traitpress_require = requireFrom;
  return requireFrom("/project");
});
