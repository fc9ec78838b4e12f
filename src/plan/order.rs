//! A plan in the order of its editions, for what is written one file behind the other.

use std::borrow::Cow;

use crate::plan::model::Plan;

impl Plan {
    /// The same items by ascending edition: this plan itself, unless it was put together in another order.
    ///
    /// What comes out is for pressing alone: as a file it would be another plan.
    pub(crate) fn by_edition(&self) -> Cow<'_, Self> {
        let Some(editions) = self.editions.as_ref().filter(|editions| !editions.is_sorted()) else {
            return Cow::Borrowed(self);
        };
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|&index| editions[index]);
        let rows = order.iter().flat_map(|&index| self.traits(index)).copied().collect();
        let groups = self.groups.as_ref().map(|groups| order.iter().map(|&index| groups[index]).collect());
        let of_one = |(to, &from): (usize, &usize)| Some((to as u32, self.one(from)? as u32));
        let ones = order.iter().enumerate().filter_map(of_one).collect();
        let of_name = |(to, &from): (usize, &usize)| Some((to as u32, self.name(from)?.into()));
        let names = order.iter().enumerate().filter_map(of_name).collect();
        let editions = Some(order.iter().map(|&index| editions[index]).collect());
        Cow::Owned(Self { rows, groups, ones, names, editions, ..*self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::ABSENT;

    #[test]
    fn items_keep_their_rows_groups_ones_and_names_and_come_by_edition() {
        let mut plan = Plan::plain(vec![1, 10, ABSENT, ABSENT, 3, 30], 2);
        assert!(matches!(plan.by_edition(), Cow::Borrowed(_)));
        plan.editions = Some(vec![2, 5, 9]);
        plan.ones = vec![(1, 0)];
        plan.groups = Some(vec![0, ABSENT, 1]);
        plan.names = vec![(2, "Ada".into())];
        assert!(matches!(plan.by_edition(), Cow::Borrowed(_)), "they are in order");
        plan.editions = Some(vec![7, 9, 4]);
        let ordered = plan.by_edition();
        let items = |plan: &Plan| -> Vec<_> {
            let item = |index| {
                let name = plan.name(index).map(str::to_owned);
                (plan.edition(index), plan.traits(index).to_vec(), plan.group(index), plan.one(index), name)
            };
            (0..plan.len()).map(item).collect()
        };
        let mut wanted = items(&plan);
        wanted.sort();
        assert_eq!(items(&ordered), wanted);
        assert_eq!(ordered.one(2), Some(0));
    }
}
