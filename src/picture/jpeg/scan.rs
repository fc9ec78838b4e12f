//! One scan of a JPEG: its units are read and counted, and no pixel is made (ITU-T T.81, annexes F and G).

use crate::picture::jpeg::bits::{Bits, Table};

/// Why a unit cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There are no more bits before the next marker.
    Ends,
    /// The bits are none that the code has.
    NoCode,
}

/// A scan that ends before its last unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stopped {
    pub(super) fault: Fault,
    /// Units that were read.
    pub(super) done: usize,
    pub(super) total: usize,
}

/// No scan has brought this coefficient.
pub(super) const NEVER: u8 = u8::MAX;

/// A colour component of the picture.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks of a unit, where several components share a scan.
    pub(super) shared: usize,
    /// Blocks of the whole component, in a scan of its own.
    pub(super) blocks: usize,
    /// For each coefficient the lowest bit that a scan has brought, or [`NEVER`].
    pub(super) lowest: [u8; 64],
    /// Progressive pictures: for each block the coefficients that are not zero, as bits.
    filled: Vec<u64>,
}

impl Component {
    pub(super) fn new(id: u8, shared: usize, blocks: usize) -> Self {
        Self { id, shared, blocks, lowest: [NEVER; 64], filled: Vec::new() }
    }
}

/// The picture as a whole.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) is_progressive: bool,
    /// Units, where several components share a scan.
    pub(super) units: usize,
    pub(super) components: Vec<Component>,
}

/// What a scan's header says.
#[derive(Debug)]
pub(super) struct Scan<'t> {
    /// The components' places in the frame, with their codes.
    pub(super) parts: Vec<Part<'t>>,
    /// The coefficients, first and last.
    pub(super) band: [u8; 2],
    /// The bit that was the lowest before, or 0 in a first scan, and the lowest of this scan.
    pub(super) bits: [u8; 2],
}

/// A component of a scan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'t> {
    pub(super) component: usize,
    pub(super) dc: Option<&'t Table>,
    pub(super) ac: Option<&'t Table>,
}

/// Reads the units of `scan`; how many bytes between them belong to none. Restart markers occur every `restart` units.
pub(super) fn read(
    bits: &mut Bits<'_>,
    frame: &mut Frame,
    scan: &Scan<'_>,
    restart: usize,
) -> Result<usize, Stopped> {
    let [first, last] = scan.band.map(usize::from);
    let is_alone = scan.parts.len() == 1;
    let total = if is_alone { frame.components[scan.parts[0].component].blocks } else { frame.units };
    let blocks =
        |frame: &Frame, part: &Part<'_>| if is_alone { 1 } else { frame.components[part.component].shared };
    let counted: Vec<(usize, Part<'_>)> =
        scan.parts.iter().map(|part| (blocks(frame, part), *part)).collect();
    let read = if !frame.is_progressive {
        units(bits, total, restart, |bits, _, _| {
            counted.iter().try_for_each(|(blocks, part)| (0..*blocks).try_for_each(|_| block(bits, part)))
        })
    } else if first == 0 {
        let is_refined = scan.bits[0] > 0;
        units(bits, total, restart, |bits, _, _| {
            for (blocks, part) in &counted {
                for _ in 0..*blocks {
                    match is_refined {
                        true => bits.skip(1)?,
                        false => difference(bits, part)?,
                    }
                }
            }
            Ok(())
        })
    } else {
        let part = &counted[0].1;
        let filled = &mut frame.components[part.component].filled;
        filled.resize(total, 0);
        let table = part.ac;
        let is_refined = scan.bits[0] > 0;
        units(bits, total, restart, |bits, index, run| match is_refined {
            true => refined(bits, table, [first, last], &mut filled[index], run),
            false => coefficients(bits, table, [first, last], &mut filled[index], run),
        })
    }?;
    let band = if frame.is_progressive { first..last.min(63) + 1 } else { 0..64 };
    for (_, part) in counted {
        let low = if frame.is_progressive { scan.bits[1] } else { 0 };
        let lowest = &mut frame.components[part.component].lowest[band.clone()];
        lowest.iter_mut().for_each(|lowest| *lowest = low.min(*lowest));
    }
    Ok(read)
}

/// Reads so many units by `unit`, which is given their numbers and the run of blocks without coefficients.
fn units(
    bits: &mut Bits<'_>,
    total: usize,
    restart: usize,
    mut unit: impl FnMut(&mut Bits<'_>, usize, &mut u32) -> Result<(), Fault>,
) -> Result<usize, Stopped> {
    let (mut passed, mut run) = (0, 0);
    for done in 0..total {
        let stopped = |fault| Stopped { fault, done, total };
        if restart > 0 && done > 0 && done.is_multiple_of(restart) {
            passed += bits.go_to_marker();
            if !bits.restart() {
                return Err(stopped(Fault::Ends));
            }
            run = 0;
        }
        unit(bits, done, &mut run).map_err(stopped)?;
    }
    Ok(passed + bits.go_to_marker())
}

/// Reads the difference of a block's mean to the one before.
fn difference(bits: &mut Bits<'_>, part: &Part<'_>) -> Result<(), Fault> {
    let length = bits.symbol(part.dc.ok_or(Fault::NoCode)?)?;
    if length > 16 { Err(Fault::NoCode) } else { bits.skip(length.into()) }
}

/// Reads a block of a picture that is not progressive.
fn block(bits: &mut Bits<'_>, part: &Part<'_>) -> Result<(), Fault> {
    difference(bits, part)?;
    let table = part.ac.ok_or(Fault::NoCode)?;
    let mut at = 1;
    while at < 64 {
        let symbol = bits.symbol(table)?;
        let (zeros, length) = (symbol >> 4, symbol & 15);
        match (zeros, length) {
            (15, 0) => at += 16,
            (_, 0) => return Ok(()),
            _ => {
                at += usize::from(zeros) + 1;
                bits.skip(length.into())?;
            }
        }
    }
    Ok(())
}

/// Reads the length of a run of blocks that have no more coefficients: 2 to the power of `length`, and as many bits.
fn run_of(bits: &mut Bits<'_>, length: u8) -> Result<u32, Fault> {
    Ok((1 << length) + bits.number(length.into())?)
}

/// Reads coefficients of a block for the first time.
fn coefficients(
    bits: &mut Bits<'_>,
    table: Option<&Table>,
    [first, last]: [usize; 2],
    filled: &mut u64,
    run: &mut u32,
) -> Result<(), Fault> {
    if *run > 0 {
        *run -= 1;
        return Ok(());
    }
    let table = table.ok_or(Fault::NoCode)?;
    let mut at = first;
    while at <= last {
        let symbol = bits.symbol(table)?;
        let (zeros, length) = (symbol >> 4, symbol & 15);
        match (zeros, length) {
            (15, 0) => at += 16,
            (_, 0) => {
                *run = run_of(bits, zeros)? - 1;
                return Ok(());
            }
            _ => {
                at += usize::from(zeros);
                bits.skip(length.into())?;
                if at > 63 {
                    return Err(Fault::NoCode);
                }
                *filled |= 1 << at;
                at += 1;
            }
        }
    }
    Ok(())
}

/// Reads one more bit of each coefficient of a block that is not zero, and those that are not zero from now on.
fn refined(
    bits: &mut Bits<'_>,
    table: Option<&Table>,
    [first, last]: [usize; 2],
    filled: &mut u64,
    run: &mut u32,
) -> Result<(), Fault> {
    let table = table.ok_or(Fault::NoCode)?;
    let mut at = first;
    while *run == 0 && at <= last {
        let symbol = bits.symbol(table)?;
        let (mut zeros, length) = (symbol >> 4, symbol & 15);
        if length == 0 && zeros < 15 {
            *run = run_of(bits, zeros)?;
            break;
        }
        bits.skip(length.into())?;
        while at <= last {
            if *filled >> at & 1 == 1 {
                bits.skip(1)?;
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            at += 1;
        }
        if length > 0 && at <= last {
            *filled |= 1 << at;
        }
        at += 1;
    }
    if *run > 0 {
        *run -= 1;
        if at <= last {
            let rest = *filled >> at & (u64::MAX >> (63 - (last - at)));
            bits.skip_many(rest.count_ones())?;
        }
    }
    Ok(())
}
