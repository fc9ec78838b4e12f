//! `clip_to` and `mask_for` of layers: which layers show only where another does, and which are not drawn but mask others.

use crate::error::{Problem, quoted};
use crate::project::config::Configuration;
use crate::project::model::Layer;
use crate::project::names::nearest;
use crate::project::rule_settings::Named;
use crate::project::source::Source;
use crate::project::trait_part::Depth;

/// Gives layers the numbers of those that they are clipped to or mask; what cannot be is added to `problems`.
pub(crate) fn link(
    source: Source<'_>,
    layers: &mut [Layer],
    configuration: &Configuration,
    problems: &mut Vec<Problem>,
) {
    let nested = configuration.nested.iter().map(|nested| &nested.settings);
    let settings: Vec<_> = configuration.layers.iter().chain(nested).collect();
    let mut found = Vec::new();
    for settings in settings {
        let Some(number) = layers.iter().position(|layer| layer.name == settings.name) else { continue };
        let mut find = |named: &Named| {
            let other = layers.iter().position(|layer| layer.name == named.name);
            if other.is_none() {
                let remedy = match nearest(&named.name, layers.iter().map(|layer| layer.name.as_str())) {
                    Some(near) => format!("did you mean {}?", quoted(near)),
                    None => "use one of the project's layers".to_owned(),
                };
                problems.push(source.problem(
                    named.span,
                    format!("there is no layer {}", quoted(&named.name)),
                    remedy,
                ));
            }
            Some((other?, named.span))
        };
        let clip_to = settings.clip_to.as_ref().and_then(&mut find);
        let mask_for: Vec<_> = settings.mask_for.iter().filter_map(find).collect();
        found.push((number, clip_to, mask_for));
    }
    for (number, clip_to, mask_for) in &found {
        layers[*number].clip_to = clip_to.map(|(base, _)| base);
        layers[*number].mask_for = mask_for.iter().map(|&(other, _)| other).collect();
    }
    for (number, clip_to, mask_for) in found {
        let name = quoted(&layers[number].name);
        for (other, span) in mask_for {
            let wrong = if other == number {
                Some(format!("layer {name} masks itself"))
            } else if !layers[other].mask_for.is_empty() {
                Some(format!("layer {name} masks layer {}, which is a mask", quoted(&layers[other].name)))
            } else {
                None
            };
            problems.extend(wrong.map(|what| source.problem(span, what, "name layers that are drawn")));
        }
        let Some((base, span)) = clip_to else { continue };
        let of = quoted(&layers[base].name);
        let is_whole = |layer: &Layer| {
            layer.traits.iter().all(|item| {
                item.looks().all(|parts| {
                    matches!(parts, [] | [_]) && parts.iter().all(|part| part.depth == Depth::Layer)
                })
            })
        };
        let wrong = if base >= number {
            Some((
                format!("layer {name} is clipped to layer {of}, which is not behind it"),
                "put its base before it",
            ))
        } else if layers[base].clip_to.is_some() {
            Some((
                format!("layer {name} is clipped to layer {of}, which is clipped itself"),
                "clip it to the base of that",
            ))
        } else if !layers[base].mask_for.is_empty() {
            Some((
                format!("layer {name} is clipped to layer {of}, which is a mask"),
                "mask it in place of clipping it",
            ))
        } else if !is_whole(&layers[base])
            || !layers[number]
                .traits
                .iter()
                .all(|item| item.looks().flatten().all(|part| part.depth == Depth::Layer))
        {
            let what = format!(
                "layer {name} is clipped to layer {of}, and one of them has traits of several pictures or depths"
            );
            Some((what, "make them one picture each, drawn with their layers"))
        } else {
            None
        };
        problems.extend(wrong.map(|(what, remedy)| source.problem(span, what, remedy)));
    }
}
