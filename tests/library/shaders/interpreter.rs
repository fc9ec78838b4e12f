//! Runs a shader's functions as naga parsed them, one expression after the other.
//!
//! It knows what the arithmetic of `over.wgsl`, `blend.wgsl` and `straight.wgsl` consists of, and panics at anything else: a new kind
//! of expression is added here when a formula needs it. Sums, differences, products and shifts that leave 32 bits
//! panic too. WGSL would wrap, but none of the formulas means to, so it would be a mistake.

use naga::{
    BinaryOperator, Block, Expression, Function, Handle, Literal, LocalVariable, MathFunction, Statement,
    SwitchValue,
};
use traitpress::pixel::{
    Arithmetic, Blend, Pixel, blend, blend_straight, blend_tables, over, pack, premultiply,
};

use crate::shaders::rules::Shader;
use crate::shaders::{BLEND, CLIP, OVER, STRAIGHT};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Bool(bool),
    Word(u32),
    Three([u32; 3]),
    /// The whole storage buffer, and one word of it.
    Buffer,
    Element(u32),
    Local(Handle<LocalVariable>),
}

/// What a block ends with.
enum Flow {
    Next,
    Return(Value),
}

struct Machine<'a> {
    shader: &'a Shader,
    buffer: &'a [u32],
}

/// One call of a function.
struct Frame<'a> {
    machine: &'a Machine<'a>,
    function: &'a Function,
    arguments: &'a [Value],
    /// By expression, once it has been reached.
    values: Vec<Option<Value>>,
    locals: Vec<Option<Value>>,
}

impl Machine<'_> {
    /// Calls a function of words that gives a word.
    fn word(&self, function: Handle<Function>, arguments: &[u32]) -> u32 {
        let arguments: Vec<Value> = arguments.iter().map(|&word| Value::Word(word)).collect();
        match self.call(function, &arguments) {
            Value::Word(word) => word,
            other => panic!("{other:?} is no word"),
        }
    }

    fn call(&self, function: Handle<Function>, arguments: &[Value]) -> Value {
        let function = &self.shader.module.functions[function];
        let mut frame = Frame {
            machine: self,
            function,
            arguments,
            values: vec![None; function.expressions.len()],
            locals: vec![None; function.local_variables.len()],
        };
        for (handle, variable) in function.local_variables.iter() {
            frame.locals[handle.index()] = variable.init.map(|init| frame.value(init));
        }
        match frame.run(&function.body) {
            Flow::Return(value) => value,
            Flow::Next => panic!("{:?} ends without a value", function.name),
        }
    }
}

impl Frame<'_> {
    fn run(&mut self, block: &Block) -> Flow {
        for statement in block {
            let flow = match statement {
                Statement::Emit(range) => {
                    for expression in range.clone() {
                        self.values[expression.index()] = Some(self.evaluate(expression));
                    }
                    Flow::Next
                }
                Statement::Block(block) => self.run(block),
                Statement::If { condition, accept, reject } => match self.value(*condition) {
                    Value::Bool(true) => self.run(accept),
                    Value::Bool(false) => self.run(reject),
                    other => panic!("{other:?} is no condition"),
                },
                Statement::Switch { selector, cases } => {
                    let Value::Word(selector) = self.value(*selector) else { panic!("no selector") };
                    let chosen = |wanted| cases.iter().position(|case| case.value == wanted);
                    let at = chosen(SwitchValue::U32(selector)).or_else(|| chosen(SwitchValue::Default));
                    let mut bodies = cases[at.expect("a switch has a default")..].iter();
                    let case = bodies.by_ref().find(|case| !case.fall_through).expect("the last ends");
                    self.run(&case.body)
                }
                Statement::Return { value } => Flow::Return(self.value(value.expect("a value"))),
                Statement::Store { pointer, value } => {
                    let Value::Local(local) = self.value(*pointer) else { panic!("no variable") };
                    self.locals[local.index()] = Some(self.value(*value));
                    Flow::Next
                }
                Statement::Call { function, arguments, result } => {
                    let arguments: Vec<Value> = arguments.iter().map(|&a| self.value(a)).collect();
                    let value = self.machine.call(*function, &arguments);
                    self.values[result.expect("all give values").index()] = Some(value);
                    Flow::Next
                }
                other => panic!("{other:?} is not known here"),
            };
            if let Flow::Return(_) = flow {
                return flow;
            }
        }
        Flow::Next
    }

    /// The value of an expression: kept since it was reached, or one that needs no reaching.
    fn value(&self, expression: Handle<Expression>) -> Value {
        self.values[expression.index()].unwrap_or_else(|| self.evaluate(expression))
    }

    fn word(&self, expression: Handle<Expression>) -> u32 {
        match self.value(expression) {
            Value::Word(word) => word,
            other => panic!("{other:?} is no word"),
        }
    }

    fn evaluate(&self, expression: Handle<Expression>) -> Value {
        let module = &self.machine.shader.module;
        match &self.function.expressions[expression] {
            Expression::Literal(literal) => literal_value(literal),
            Expression::Constant(constant) => {
                match &module.global_expressions[module.constants[*constant].init] {
                    Expression::Literal(literal) => literal_value(literal),
                    other => panic!("{other:?} is no constant"),
                }
            }
            Expression::FunctionArgument(index) => self.arguments[*index as usize],
            Expression::GlobalVariable(_) => Value::Buffer,
            Expression::LocalVariable(local) => Value::Local(*local),
            Expression::Access { base, index } => {
                assert_eq!(self.value(*base), Value::Buffer);
                Value::Element(self.word(*index))
            }
            Expression::AccessIndex { base, index } => match self.value(*base) {
                Value::Three(three) => Value::Word(three[*index as usize]),
                Value::Buffer => Value::Element(*index),
                other => panic!("{other:?} has no parts"),
            },
            Expression::Load { pointer } => match self.value(*pointer) {
                Value::Element(index) => Value::Word(self.machine.buffer[index as usize]),
                Value::Local(local) => self.locals[local.index()].expect("it is set before it is read"),
                other => panic!("{other:?} cannot be loaded"),
            },
            Expression::Compose { components, .. } => {
                let words: Vec<u32> = components.iter().map(|&c| self.word(c)).collect();
                Value::Three(words.try_into().expect("vectors have three components"))
            }
            Expression::Splat { value, .. } => Value::Three([self.word(*value); 3]),
            Expression::Select { condition, accept, reject } => match self.value(*condition) {
                Value::Bool(true) => self.value(*accept),
                Value::Bool(false) => self.value(*reject),
                other => panic!("{other:?} is no condition"),
            },
            Expression::Binary { op, left, right } => binary(*op, self.value(*left), self.value(*right)),
            Expression::Math { fun, arg, arg1, .. } => {
                let (a, b) = (self.word(*arg), arg1.map(|b| self.word(b)));
                Value::Word(match (fun, b) {
                    (MathFunction::Min, Some(b)) => a.min(b),
                    (MathFunction::Max, Some(b)) => a.max(b),
                    (MathFunction::CountLeadingZeros, None) => a.leading_zeros(),
                    (other, _) => panic!("{other:?} is not known here"),
                })
            }
            other => panic!("{other:?} is not known here"),
        }
    }
}

fn literal_value(literal: &Literal) -> Value {
    match *literal {
        Literal::U32(word) => Value::Word(word),
        Literal::Bool(truth) => Value::Bool(truth),
        other => panic!("{other:?} is not known here"),
    }
}

fn binary(op: BinaryOperator, left: Value, right: Value) -> Value {
    match (left, right) {
        (Value::Word(a), Value::Word(b)) => words(op, a, b),
        (Value::Three(a), Value::Three(b)) => Value::Three(std::array::from_fn(|i| number(op, a[i], b[i]))),
        (Value::Three(a), Value::Word(b)) => Value::Three(a.map(|a| number(op, a, b))),
        (Value::Word(a), Value::Three(b)) => Value::Three(b.map(|b| number(op, a, b))),
        other => panic!("{op:?} of {other:?} is not known here"),
    }
}

fn words(op: BinaryOperator, a: u32, b: u32) -> Value {
    Value::Bool(match op {
        BinaryOperator::Equal => a == b,
        BinaryOperator::NotEqual => a != b,
        BinaryOperator::Less => a < b,
        BinaryOperator::LessEqual => a <= b,
        BinaryOperator::Greater => a > b,
        BinaryOperator::GreaterEqual => a >= b,
        _ => return Value::Word(number(op, a, b)),
    })
}

fn number(op: BinaryOperator, a: u32, b: u32) -> u32 {
    let result = match op {
        BinaryOperator::Add => a.checked_add(b),
        BinaryOperator::Subtract => a.checked_sub(b),
        BinaryOperator::Multiply => a.checked_mul(b),
        BinaryOperator::ShiftLeft => a.checked_shl(b).filter(|shifted| shifted >> b == a),
        BinaryOperator::ShiftRight => a.checked_shr(b),
        BinaryOperator::And => Some(a & b),
        BinaryOperator::InclusiveOr => Some(a | b),
        BinaryOperator::ExclusiveOr => Some(a ^ b),
        other => panic!("{other:?} is not known here"),
    };
    result.unwrap_or_else(|| panic!("{op:?} of {a} and {b} leaves 32 bits"))
}

/// Premultiplied pixels: ends, halves and small alphas with all kinds of colours, then random ones.
fn pixels(random: usize, seed: u32) -> Vec<Pixel> {
    let mut pixels = vec![0];
    for a in [1, 2, 3, 128, 254, 255] {
        let half = |c: u8| c.div_ceil(2);
        for [r, g, b] in
            [[0, 0, 0], [a, a, a], [a, 0, 0], [0, a, half(a)], [half(a), 1, a / 4], [a - 1, a, half(a)]]
        {
            pixels.push(pack([r, g, b, a]));
        }
    }
    let mut state = seed;
    let mut word = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    for _ in 0..random {
        let alpha = [255, word() & 255][word() as usize & 1] << 24;
        pixels.push(premultiply(word() << 8 & 0xff_ffff ^ word() | alpha));
    }
    pixels
}

#[test]
fn over_gives_the_same_pixels_as_the_library() {
    let shader = Shader::parse(OVER).expect("it is valid");
    let machine = Machine { shader: &shader, buffer: &[] };
    let function = shader.function("over").expect("it is there");
    for s in pixels(200, 1) {
        for d in pixels(200, 2) {
            assert_eq!(machine.word(function, &[s, d]), over(s, d), "{s:08x} over {d:08x}");
        }
    }
}

#[test]
fn every_mode_gives_the_same_pixels_as_the_library() {
    let shader = Shader::parse(&[OVER, BLEND].concat()).expect("it is valid");
    let machine = Machine { shader: &shader, buffer: blend_tables() };
    let function = shader.function("blend").expect("it is there");
    for &mode in Blend::ALL {
        for s in pixels(100, mode.code()) {
            for d in pixels(100, 99) {
                let got = machine.word(function, &[mode.code(), s, d]);
                assert_eq!(got, blend(mode, s, d), "{mode:?} of {s:08x} over {d:08x}");
            }
        }
    }
}

/// Straight pixels: those above taken as such, and colours that exceed their alphas.
fn straight_pixels(random: usize, seed: u32) -> Vec<Pixel> {
    let mut pixels = pixels(random, seed);
    let bright = pixels.iter().map(|pixel| pixel ^ 0x00ff_80ff).filter(|pixel| pixel >> 24 > 0);
    pixels.extend(bright.collect::<Vec<_>>());
    pixels
}

#[test]
fn every_mode_gives_the_same_straight_pixels_as_the_library() {
    let shader = Shader::parse(&[OVER, BLEND, STRAIGHT].concat()).expect("it is valid");
    let machine = Machine { shader: &shader, buffer: blend_tables() };
    let function = shader.function("blend_straight").expect("it is there");
    for &mode in Blend::ALL {
        for s in straight_pixels(40, mode.code()) {
            for d in straight_pixels(40, 99) {
                let got = machine.word(function, &[mode.code(), s, d]);
                assert_eq!(got, blend_straight(mode, s, d), "{mode:?} of {s:08x} over {d:08x}");
            }
        }
    }
}

#[test]
fn clipped_and_masked_pixels_are_the_same_as_in_the_library() {
    let shader = Shader::parse(&[OVER, BLEND, STRAIGHT, CLIP].concat()).expect("it is valid");
    let machine = Machine { shader: &shader, buffer: blend_tables() };
    for (arithmetic, name) in [(Arithmetic::Premultiplied, "clip"), (Arithmetic::Straight, "clip_straight")] {
        let function = shader.function(name).expect("it is there");
        let some = |count, seed| match arithmetic {
            Arithmetic::Premultiplied => pixels(count, seed),
            Arithmetic::Straight => straight_pixels(count, seed),
        };
        for &mode in Blend::ALL {
            for s in some(30, mode.code()) {
                for d in some(30, 99) {
                    let got = machine.word(function, &[mode.code(), s, d]);
                    assert_eq!(got, arithmetic.clip(mode, s, d), "{mode:?} of {s:08x} clipped to {d:08x}");
                }
            }
        }
    }
    let masked = shader.function("masked_straight").expect("it is there");
    for s in straight_pixels(40, 3) {
        for mask in (0..=255).map(|alpha| alpha << 24 | 7) {
            let wanted = Arithmetic::Straight.masked(s, (mask >> 24) as u8);
            assert_eq!(machine.word(masked, &[s, mask]), wanted, "{s:08x} masked by {mask:08x}");
        }
    }
}
