//! Links that cross the boundary of a subgraph, and the values that stand there instead of links.

use super::super::promoted::Target;
use super::super::scene::{Place, Role};
use super::super::slots::Wire;
use super::super::warning::Code;
use super::{At, Resolver, Source, Spot, Step, Trail};
use crate::ui::Key;

impl<'s> Resolver<'s, '_> {
    /// From inside a subgraph through its boundary.
    pub(super) fn step_out(&self, host: Place, slot: usize) -> Step<'s> {
        match self.loaded(host).slots.get(slot).map(|input| input.wire) {
            // A slot that was made of a widget inside may have come later than the node was loaded.
            None | Some(Wire::None) => {
                Step::End(self.literal(host, slot).unwrap_or(Source::Nothing))
            }
            Some(_) => Step::On(At::Input {
                place: host,
                slot,
                wanted: None,
            }),
        }
    }

    /// From an output of a subgraph's node to what makes it inside.
    pub(super) fn step_in(
        &self,
        place: Place,
        slot: usize,
        wanted: &'s str,
        trail: &mut Trail<'_, '_>,
    ) -> Step<'s> {
        let Some(&instance) = self.scene.inside.get(&place) else {
            return Step::NOTHING;
        };
        let graph = self.scene.graph(instance);
        let Some(output) = graph.outputs.get(slot) else {
            return Step::NOTHING;
        };
        let Some(&link) = output.links().find_map(|id| graph.by_link.get(&id)) else {
            if let Some(id) = output.links().next() {
                let message = format!(
                    "link {id} inside the subgraph is not in the file; it is left unconnected"
                );
                trail.note(Code::LinkNotFound, message);
            }
            return Step::NOTHING;
        };
        let link = graph.links[link as usize];
        if link.origin.node == Key::INPUTS {
            let message = "the subgraph passes an input straight to this output, where the editor fails; it is followed";
            trail.note(Code::PassedThrough, message);
            return self.step_out(place, link.origin.slot);
        }
        self.step_to_origin(instance, &link, wanted, trail)
    }

    /// The value that the node of a subgraph shows for an input without a link.
    fn literal(&self, host: Place, slot: usize) -> Option<Source<'s>> {
        let mut slot = u32::try_from(slot).ok()?;
        let mut host = host;
        let mut nulled = None;
        loop {
            let graph = self.scene.instances[host.instance as usize].graph;
            let Role::Host(inner) = self.scene.node(host).role else {
                return None;
            };
            let target = self.promoted.target(inner, slot);
            if let Some(own) = self.hosts.slot(graph, host.node, slot) {
                let spot = nulled.unwrap_or(Spot::Entry(own.entry));
                if !own.value.is_null() {
                    let value = own.value;
                    return Some(Source::Literal { value, spot });
                }
                nulled = Some(spot);
            }
            match target? {
                Target::Widget { node, widget } => {
                    let item = &self.graphs[inner as usize].nodes[node as usize].widgets[widget];
                    let spot = nulled.unwrap_or(Spot::Widget(inner, node, widget));
                    let value = item.value()?;
                    return Some(Source::Literal { value, spot });
                }
                Target::Host {
                    node, slot: deeper, ..
                } => {
                    let instance = *self.scene.inside.get(&host)?;
                    (host, slot) = (Place { instance, node }, deeper);
                }
            }
        }
    }
}
