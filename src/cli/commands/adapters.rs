//! `adapters`: the graphics adapters, which of them would be used, and why.

use traitpress::engine::{Adapter, measured_adapters};

use crate::cli::failure::Failure;
use crate::cli::measure::bytes;
use crate::cli::print::outln;
use crate::cli::stages::{ALWAYS_CPU, place};

#[derive(Debug, clap::Args)]
pub(crate) struct AdaptersArgs {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &AdaptersArgs) -> Result<(), Failure> {
    let adapters = measured_adapters();
    if args.json {
        let json = serde_json::to_string_pretty(&adapters).map_err(|e| Failure::Other(e.to_string()))?;
        // Line by line, so that control characters in names are escaped.
        json.lines().for_each(|line| outln!("{line}"));
        return Ok(());
    }
    for adapter in &adapters {
        print(adapter);
    }
    if !adapters.is_empty() {
        outln!("{ALWAYS_CPU}");
    }
    let works = |adapter: &&Adapter| adapter.used && adapter.stages.iter().any(|stage| stage.gpu);
    match adapters.iter().find(works) {
        Some(adapter) => outln!("--backend auto uses {}", adapter.name),
        None if cfg!(not(feature = "gpu")) => {
            outln!("this build has no GPU path; --backend auto uses the CPU");
        }
        None if adapters.is_empty() => {
            outln!(
                "no adapter found (install a Vulkan, Metal or Direct3D 12 driver); --backend auto uses the CPU"
            );
        }
        None => outln!("--backend auto uses the CPU"),
    }
    Ok(())
}

fn print(adapter: &Adapter) {
    outln!("{}", adapter.name);
    outln!("    kind      {}, by {}", adapter.kind, adapter.backend);
    outln!("    driver    {}", adapter.driver);
    outln!(
        "    limits    textures of {} pixels a side and {} layers, buffers of {}",
        adapter.texture_side,
        adapter.texture_layers,
        bytes(adapter.buffer_bytes)
    );
    outln!("    clock     {}", if adapter.timestamps { "yes" } else { "no" });
    outln!("    verdict   {}", adapter.verdict);
    for stage in &adapter.stages {
        outln!("    {:<9} {}", stage.stage, place(stage));
    }
}
