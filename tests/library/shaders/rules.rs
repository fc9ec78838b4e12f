//! What arithmetic that decides pixels must not do, looked for in naga's intermediate representation.

use std::collections::BTreeSet;

use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{BinaryOperator, Block, Expression, Function, Handle, Module, ScalarKind, Statement, TypeInner};

/// A rule that a function can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// Floating point differs between devices.
    Float,
    /// Integer division is slow everywhere.
    Division,
    /// An array of the function's own, indexed by a variable, lies in memory instead of registers.
    DynamicIndex,
    /// What runs for each pixel and layer runs straight through.
    Loop,
}

/// A parsed and validated shader.
pub(crate) struct Shader {
    pub(crate) module: Module,
    info: ModuleInfo,
}

impl Shader {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let module = naga::front::wgsl::parse_str(text).map_err(|error| error.emit_to_string(text))?;
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .map_err(|error| error.emit_to_string(text))?;
        Ok(Self { module, info })
    }

    /// The function called `name`.
    /// Of files that are put together.
    ///
    /// # Panics
    /// If they are no valid module.
    pub(crate) fn of_files(files: &[&str]) -> Self {
        Self::parse(&files.concat()).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn function(&self, name: &str) -> Option<Handle<Function>> {
        let named = |(_, function): &(_, &Function)| function.name.as_deref() == Some(name);
        self.module.functions.iter().find(named).map(|(handle, _)| handle)
    }

    /// The names of the fragment shaders, in their order.
    pub(crate) fn fragment_shaders(&self) -> Vec<&str> {
        let entry_points = self.module.entry_points.iter();
        let fragments = entry_points.filter(|entry| entry.stage == naga::ShaderStage::Fragment);
        fragments.map(|entry| entry.name.as_str()).collect()
    }

    /// The names of the compute shaders, in their order.
    pub(crate) fn compute_shaders(&self) -> Vec<&str> {
        let entry_points = self.module.entry_points.iter();
        let kernels = entry_points.filter(|entry| entry.stage == naga::ShaderStage::Compute);
        kernels.map(|entry| entry.name.as_str()).collect()
    }

    /// The names of all functions and entry points that `is` says.
    fn all_that(&self, is: impl Fn(&Function) -> bool) -> BTreeSet<String> {
        let functions =
            self.module.functions.iter().filter_map(|(_, function)| Some((function.name.clone()?, function)));
        let entry_points = self.module.entry_points.iter().map(|entry| (entry.name.clone(), &entry.function));
        functions.chain(entry_points).filter(|(_, function)| is(function)).map(|(name, _)| name).collect()
    }

    /// What has a loop.
    pub(crate) fn with_loops(&self) -> BTreeSet<String> {
        self.all_that(|function| {
            let mut has_loop = false;
            statements(&function.body, &mut |statement| {
                has_loop |= matches!(statement, Statement::Loop { .. });
            });
            has_loop
        })
    }

    /// What reads or writes the module's variable of this name.
    pub(crate) fn with_variable(&self, name: &str) -> BTreeSet<String> {
        self.all_that(|function| {
            function.expressions.iter().any(|(_, node)| match node {
                Expression::GlobalVariable(variable) => {
                    self.module.global_variables[*variable].name.as_deref() == Some(name)
                }
                _ => false,
            })
        })
    }

    /// What has loops and neither reads nor writes the module's variable of this name.
    pub(crate) fn loops_without(&self, name: &str) -> Vec<String> {
        self.with_loops().difference(&self.with_variable(name)).cloned().collect()
    }

    /// Whether any type of the module is a floating-point number, or made of such.
    pub(crate) fn has_floats(&self) -> bool {
        self.module.types.iter().any(|(_, ty)| match &ty.inner {
            TypeInner::Scalar(scalar) | TypeInner::Vector { scalar, .. } => scalar.kind == ScalarKind::Float,
            TypeInner::Matrix { .. } => true,
            _ => false,
        })
    }

    /// Whether an entry point, or anything that it calls, divides or takes a remainder.
    pub(crate) fn entry_point_divides(&self, name: &str) -> bool {
        let entry = self.module.entry_points.iter().find(|entry| entry.name == name);
        let function = &entry.expect("the entry point is there").function;
        let mut called = Vec::new();
        statements(&function.body, &mut |statement| {
            if let Statement::Call { function, .. } = statement {
                called.push(*function);
            }
        });
        let called = self.closure(called).into_iter().map(|handle| &self.module.functions[handle]);
        std::iter::once(function).chain(called).any(|function| {
            function.expressions.iter().any(|(_, node)| {
                matches!(node, Expression::Binary { op: BinaryOperator::Divide | BinaryOperator::Modulo, .. })
            })
        })
    }

    /// The functions of these names that exist, and all that they call.
    pub(crate) fn reachable(&self, names: &[&str]) -> BTreeSet<Handle<Function>> {
        self.closure(names.iter().filter_map(|name| self.function(name)).collect())
    }

    /// These functions, and all that they call.
    fn closure(&self, mut open: Vec<Handle<Function>>) -> BTreeSet<Handle<Function>> {
        let mut found = BTreeSet::new();
        while let Some(function) = open.pop() {
            if found.insert(function) {
                statements(&self.module.functions[function].body, &mut |statement| {
                    if let Statement::Call { function, .. } = statement {
                        open.push(*function);
                    }
                });
            }
        }
        found
    }

    /// Each broken rule with the function's name, in the functions of these names and all that they call.
    pub(crate) fn broken_rules(&self, names: &[&str]) -> BTreeSet<(String, Rule)> {
        let mut broken = BTreeSet::new();
        for handle in self.reachable(names) {
            let function = &self.module.functions[handle];
            let mut note = |rule| broken.insert((function.name.clone().unwrap_or_default(), rule));
            for (expression, node) in function.expressions.iter() {
                if is_float(self.info[handle][expression].ty.inner_with(&self.module.types)) {
                    note(Rule::Float);
                }
                match node {
                    Expression::Binary { op: BinaryOperator::Divide | BinaryOperator::Modulo, .. } => {
                        note(Rule::Division);
                    }
                    Expression::Access { base, .. }
                        if !matches!(function.expressions[*base], Expression::GlobalVariable(_)) =>
                    {
                        note(Rule::DynamicIndex);
                    }
                    _ => {}
                }
            }
            let variables = function.local_variables.iter().map(|(_, variable)| variable.ty);
            let types = function.arguments.iter().map(|argument| argument.ty).chain(variables);
            if types.into_iter().any(|ty| is_float(&self.module.types[ty].inner)) {
                note(Rule::Float);
            }
            statements(&function.body, &mut |statement| {
                if let Statement::Loop { .. } = statement {
                    note(Rule::Loop);
                }
            });
        }
        broken
    }
}

/// Checks that these kernels calculate in integers and divide nothing.
pub(crate) fn check_arithmetic(shader: &Shader, kernels: &[&str]) {
    assert!(!shader.has_floats());
    for kernel in kernels {
        assert!(!shader.entry_point_divides(kernel), "{kernel}");
    }
}

/// Whether values of the type are floating-point numbers; of what is no number, vector or pointer to such, all is
/// refused that is not known to hold integers.
fn is_float(inner: &TypeInner) -> bool {
    let scalar = match inner {
        TypeInner::Scalar(scalar) | TypeInner::Vector { scalar, .. } => scalar,
        TypeInner::ValuePointer { scalar, .. } => scalar,
        // What they lead to is an expression with a type of its own once it is read.
        TypeInner::Pointer { .. } | TypeInner::Array { .. } => return false,
        _ => return true,
    };
    !matches!(scalar.kind, ScalarKind::Uint | ScalarKind::Sint | ScalarKind::Bool)
}

/// Every statement of a block, those inside of others too.
fn statements<'a>(block: &'a Block, visit: &mut impl FnMut(&'a Statement)) {
    for statement in block {
        visit(statement);
        match statement {
            Statement::Block(block) => statements(block, visit),
            Statement::If { accept, reject, .. } => {
                statements(accept, visit);
                statements(reject, visit);
            }
            Statement::Switch { cases, .. } => cases.iter().for_each(|case| statements(&case.body, visit)),
            Statement::Loop { body, continuing, .. } => {
                statements(body, visit);
                statements(continuing, visit);
            }
            _ => {}
        }
    }
}
